// A Plotly chart that is built once and then extended. `data`, JSON as bytes: library (address of
// plotly.js), alt, traces, layout; perhaps sheet {address, columns}, whose tiles the pointer shows.
// Trigger: `picked`, the first of the customdata of the point that was clicked; the second is its
// tile. `data-mounts` on the node counts how often it was built.

let library;

function load(address) {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL(address, document.baseURI);
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      library = undefined;
      script.remove();
      reject();
    };
    document.head.append(script);
  });
  return library;
}

// The points of each trace beyond those that are drawn; null if it is more than that.
function tails(drawn, wanted) {
  if (drawn.traces.length !== wanted.traces.length) return null;
  if (JSON.stringify(drawn.layout) !== JSON.stringify(wanted.layout)) return null;
  const found = { x: [], y: [] };
  for (const [index, trace] of wanted.traces.entries()) {
    const before = drawn.traces[index];
    if (trace.name !== before.name || before.x.length > trace.x.length) return null;
    const kept = before.x.length;
    const same = (axis) => before[axis].every((value, at) => value === trace[axis][at]);
    if (!same("x") || !same("y")) return null;
    found.x.push(trace.x.slice(kept));
    found.y.push(trace.y.slice(kept));
  }
  return found;
}

function styled(layout, family) {
  for (const axis of ["xaxis", "yaxis"]) layout[axis] = { automargin: true, ...layout[axis] };
  const byFinger = matchMedia("(pointer: coarse)").matches; // which is to scroll the page
  return {
    ...layout,
    dragmode: byFinger ? false : layout.dragmode,
    title: { ...layout.title, x: 0, font: { size: 16, weight: 600 } },
    uirevision: "kept",
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family, size: 13 },
  };
}

const SIDE = 96; // of a tile, in pixels, as the style says
const AWAY = 14; // from the point to its picture

function showPictures(node) {
  const tile = node.nextElementSibling;
  const show = ({ points: [{ customdata, bbox }] }) => {
    const { address, columns } = node.wanted.sheet;
    const [row, column] = [Math.floor(customdata[1] / columns), customdata[1] % columns];
    const fits = bbox.y0 > SIDE + AWAY;
    tile.style.backgroundImage = `url("${new URL(address, document.baseURI)}")`;
    tile.style.backgroundSize = `${columns * SIDE}px auto`;
    tile.style.backgroundPosition = `${-column * SIDE}px ${-row * SIDE}px`;
    tile.style.left = `${(bbox.x0 + bbox.x1) / 2}px`;
    tile.style.top = `${fits ? bbox.y0 - AWAY : bbox.y1 + AWAY + SIDE}px`;
    tile.hidden = false;
  };
  node.on("plotly_hover", show);
  node.on("plotly_unhover", () => (tile.hidden = true));
  node.on("plotly_click", (event) => {
    show(event); // a finger does not hover
    node.pick(event.points[0].customdata[0]);
  });
}

async function draw(node, wanted) {
  const Plotly = await load(wanted.library);
  if (node.wanted !== wanted) return; // a newer one came while the library was loading
  const traces = structuredClone(wanted.traces);
  const layout = styled(structuredClone(wanted.layout), getComputedStyle(node).fontFamily);
  if (!node.drawn) {
    node.drawn = wanted;
    const scrollZoom = Boolean(wanted.sheet);
    await Plotly.newPlot(node, traces, layout, { displayModeBar: false, responsive: true, scrollZoom });
    node.dataset.mounts = Number(node.dataset.mounts ?? 0) + 1;
    new ResizeObserver(() => node.offsetWidth && Plotly.Plots.resize(node)).observe(node);
    if (wanted.sheet) showPictures(node);
    return;
  }
  const added = tails(node.drawn, wanted);
  node.drawn = wanted;
  if (!added) await Plotly.react(node, traces, layout);
  else if (added.x.some((values) => values.length))
    await Plotly.extendTraces(node, added, [...traces.keys()]);
}

export default function (component) {
  const node = component.parentElement.querySelector(".chart");
  const wanted = JSON.parse(new TextDecoder().decode(component.data));
  node.wanted = wanted;
  node.pick = (number) => component.setTriggerValue("picked", number);
  node.setAttribute("aria-label", wanted.alt);
  node.style.height = `${wanted.layout.height}px`;
  draw(node, wanted).catch(() => {
    if (!node.drawn) node.textContent = "The chart cannot be loaded. Reload the page.";
  });
}
