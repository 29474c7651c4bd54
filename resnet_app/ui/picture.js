// Hands a picture on the clipboard to Streamlit's uploader, as if it had been chosen there: on
// Ctrl+V anywhere on the page, or with the button. `data-uploader` names the uploader's container.

const listeners = new WeakMap();

export default function (component) {
  const root = component.parentElement.querySelector(".paste");
  const button = root.querySelector("button");
  const status = root.querySelector("[role=status]");

  function hand(file) {
    status.textContent = file ? "" : "There is no picture on the clipboard.";
    const input = document.querySelector(`.${root.dataset.uploader} input[type=file]`);
    if (!file || !input) return;
    const carrier = new DataTransfer();
    carrier.items.add(file);
    input.files = carrier.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function onPaste(event) {
    const file = [...event.clipboardData.files].find((each) => each.type.startsWith("image/"));
    if (file) event.preventDefault();
    hand(file);
  }

  async function onClick() {
    try {
      const items = await navigator.clipboard.read();
      for (const item of items) {
        const type = item.types.find((each) => each.startsWith("image/"));
        if (!type) continue;
        const name = `pasted.${type.slice("image/".length)}`;
        hand(new File([await item.getType(type)], name, { type }));
        return;
      }
      hand(null);
    } catch {
      status.textContent = "The browser does not let the page read the clipboard; press Ctrl+V.";
    }
  }

  button.hidden = !navigator.clipboard?.read; // browsers offer it on safe addresses alone
  button.onclick = onClick;
  document.removeEventListener("paste", listeners.get(root));
  document.addEventListener("paste", onPaste);
  listeners.set(root, onPaste);
  return () => document.removeEventListener("paste", listeners.get(root));
}
