// One page of images as toggle buttons. Arrow keys move, space or a click selects, Shift-click
// selects all between. `data`, JSON as bytes: token, columns, sheet (a data URI of tiles), images
// [{number, name, mark, changed}]. State: `selected`, numbers of images.

export default function (component) {
  const { parentElement, setStateValue } = component;
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const root = parentElement.querySelector(".gallery");
  if (root.dataset.token === data.token) return;
  root.dataset.token = data.token;
  const grid = root.querySelector(".grid");
  const count = root.querySelector(".count");
  const selected = new Set();
  let last = 0;

  const rows = Math.max(1, Math.ceil(data.images.length / data.columns));
  const buttons = data.images.map((image, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.tabIndex = index === 0 ? 0 : -1;
    button.title = image.name;
    button.setAttribute("aria-label", image.name);
    button.setAttribute("aria-pressed", "false");
    button.classList.toggle("changed", image.changed);
    const picture = document.createElement("span");
    picture.className = "picture";
    picture.style.backgroundImage = `url("${data.sheet}")`;
    picture.style.backgroundSize = `${data.columns * 100}% ${rows * 100}%`;
    const x = (index % data.columns) / Math.max(1, data.columns - 1);
    const y = Math.floor(index / data.columns) / Math.max(1, rows - 1);
    picture.style.backgroundPosition = `${x * 100}% ${y * 100}%`;
    const mark = document.createElement("span");
    mark.className = "mark";
    mark.textContent = image.mark;
    button.append(picture, mark);
    button.onclick = (event) => {
      const from = event.shiftKey ? Math.min(last, index) : index;
      const to = event.shiftKey ? Math.max(last, index) : index;
      const on = event.shiftKey || !selected.has(image.number);
      for (let i = from; i <= to; i++) press(i, on);
      last = index;
      report();
    };
    button.onfocus = () => {
      buttons.forEach((other) => (other.tabIndex = other === button ? 0 : -1));
    };
    return button;
  });

  function press(index, on) {
    const number = data.images[index].number;
    if (on) selected.add(number);
    else selected.delete(number);
    buttons[index].setAttribute("aria-pressed", String(on));
  }

  function report() {
    count.textContent = selected.size ? `${selected.size} selected` : "";
    setStateValue("selected", [...selected]);
  }

  function pressAll(on) {
    buttons.forEach((_, index) => press(index, on));
    report();
  }

  grid.onkeydown = (event) => {
    const now = buttons.indexOf(parentElement.activeElement ?? document.activeElement);
    const across = buttons.filter((b) => b.offsetTop === buttons[0].offsetTop).length;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across };
    const ends = { Home: 0, End: buttons.length - 1 };
    const next = event.key in ends ? ends[event.key] : now + step[event.key];
    if (now < 0 || !(next in buttons)) return;
    event.preventDefault();
    buttons[next].focus();
  };
  root.querySelector(".all").onclick = () => pressAll(true);
  root.querySelector(".none").onclick = () => pressAll(false);
  count.textContent = "";
  grid.replaceChildren(...buttons);
}
