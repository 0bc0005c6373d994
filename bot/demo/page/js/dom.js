// Building the page out of nodes. Nothing in this page is ever parsed as HTML: text that people or the bot
// wrote becomes text nodes, and attributes are set one by one.

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element.
 * @param {string} tag its name, e.g. "button"
 * @param {object} [props] attributes; also `class`, `on` (event → listener), `data` (data-* values),
 *   `style` (CSS properties, set one by one as the content security policy wants), and the properties
 *   `value`, `checked`, `disabled`, `hidden`, `open`, `selected`, `tabIndex`. null and false leave one out.
 * @param {...(Node|string|number|null|false|Array)} children nodes and texts
 */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) set(node, name, value);
  append(node, children);
  return node;
}

const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "selected", "tabIndex", "multiple"]);

function set(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === "on") {
    for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
  } else if (name === "data") {
    for (const [key, item] of Object.entries(value))
      if (item !== null && item !== undefined) node.dataset[key] = item;
  } else if (name === "style") {
    for (const [property, item] of Object.entries(value)) node.style.setProperty(property, item);
  } else if (PROPERTIES.has(name)) {
    node[name] = value;
  } else {
    node.setAttribute(name, value === true ? "" : String(value));
  }
}

/** Append nodes and texts; lists are flattened, null and false are left out. */
export function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : String(child));
  }
  return node;
}

/** Put `children` in place of whatever `node` holds. */
export function fill(node, ...children) {
  node.replaceChildren();
  return append(node, children);
}

/** Make `nodes` the children of `parent`; those that are there already stay where they are. */
export function reconcile(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.childNodes]) if (!wanted.has(child)) child.remove();
  let at = parent.firstChild;
  for (const node of nodes) {
    if (node === at) at = at.nextSibling;
    else parent.insertBefore(node, at);
  }
}

const ICONS = {
  hash: "M5 9h14M5 15h14M10.5 4 8 20M16 4l-2.5 16",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M5 11h14v9H5z",
  thread: "M4 5h16v11H11l-5 4v-4H4z",
  people:
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zm-7 9c0-4 3-6 7-6s7 2 7 6M16 4.4a3.5 3.5 0 0 1 0 6.2M18 14.4c2.4.7 4 2.6 4 5.6",
  menu: "M4 7h16M4 12h16M4 17h16",
  close: "M6 6l12 12M18 6 6 18",
  send: "M4 12 20 4l-5 16-3.5-6.5zM11.5 13.5 20 4",
  plus: "M12 5v14M5 12h14",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  down: "M12 5v14M6 13l6 6 6-6",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  chevron: "M6 9l6 6 6-6",
  check: "M5 12.5l4.5 4.5L19 7.5",
  eye: "M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12zm10 3a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
  reply: "M10 6 4 12l6 6M4 12h9c4 0 7 2 7 7",
  globe:
    "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c3 3 3.5 6 3.5 9s-.5 6-3.5 9c-3-3-3.5-6-3.5-9s.5-6 3.5-9z",
  file: "M6 3h8l5 5v13H6zM14 3v5h5",
  save: "M12 4v11M7 11l5 5 5-5M4 20h16",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  trash: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
  slash: "M16 4 8 20",
  out: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
  warning: "M12 3 22 20H2zM12 9v5M12 17v.01",
  smile: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8 14c1 2 2.5 3 4 3s3-1 4-3M9 9.5v.01M15 9.5v.01",
};

/** A line icon, for the eye only: whoever uses it says in words what it means. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" })) {
    svg.setAttribute(key, value);
  }
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** Three dots that take turns. */
export function dots() {
  return h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"));
}

/** Whether a click on an open dialog was beside it. */
export function beside(event, dialog) {
  if (event.target !== dialog) return false;
  const box = dialog.getBoundingClientRect();
  const inside =
    event.clientX >= box.left &&
    event.clientX <= box.right &&
    event.clientY >= box.top &&
    event.clientY <= box.bottom;
  return !inside;
}

/** Tell users of a screen reader. */
export function say(text) {
  const region = document.getElementById("said");
  if (region) region.textContent = text;
}

/** Put a text into the clipboard and say so. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    say("Copied.");
    return true;
  } catch {
    say("This browser does not let the page copy.");
    return false;
  }
}

/** An address that may be opened: http and https only, else null. */
export function safeAddress(text) {
  try {
    const url = new URL(text, location.href);
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
  } catch {
    return null;
  }
}

/**
 * The address with scheme, host and port replaced by this page's: the local Discord's files are served here
 * too.
 */
export function local(text) {
  const url = new URL(text, location.href);
  return url.pathname + url.search;
}

/** Whether the page is shown on something as narrow as a phone. */
export const narrow = () => matchMedia("(max-width: 760px)").matches;

/** Whether there is no pointer that hovers: then menus come up from below. */
export const touch = () => matchMedia("(hover: none)").matches;
