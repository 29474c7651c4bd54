// A Plotly chart that is built once and then extended. `data`, JSON as bytes: library (address of
// plotly.js), alt, traces, layout. `data-mounts` on the node counts how often it was built.

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
  return {
    ...layout,
    title: { ...layout.title, x: 0, font: { size: 16, weight: 600 } },
    uirevision: "kept",
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family, size: 13 },
  };
}

async function draw(node, wanted) {
  const Plotly = await load(wanted.library);
  if (node.wanted !== wanted) return; // a newer one came while the library was loading
  const traces = structuredClone(wanted.traces);
  const layout = styled(structuredClone(wanted.layout), getComputedStyle(node).fontFamily);
  if (!node.drawn) {
    node.drawn = wanted;
    await Plotly.newPlot(node, traces, layout, { displayModeBar: false, responsive: true });
    node.dataset.mounts = Number(node.dataset.mounts ?? 0) + 1;
    new ResizeObserver(() => node.offsetWidth && Plotly.Plots.resize(node)).observe(node);
    return;
  }
  const added = tails(node.drawn, wanted);
  node.drawn = wanted;
  if (!added) await Plotly.react(node, traces, layout);
  else if (added.x.some((values) => values.length))
    await Plotly.extendTraces(node, added, [...traces.keys()]);
}

export default function (component) {
  const node = component.parentElement.querySelector(".curves");
  const wanted = JSON.parse(new TextDecoder().decode(component.data));
  node.wanted = wanted;
  node.setAttribute("aria-label", wanted.alt);
  node.style.height = `${wanted.layout.height}px`;
  draw(node, wanted).catch(() => {
    if (!node.drawn) node.textContent = "The chart cannot be loaded. Reload the page.";
  });
}
