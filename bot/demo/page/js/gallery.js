// Pictures and files: galleries of one to ten, thumbnails, file cards, and the large view.

import { append, fill, h, icon, local } from "./dom.js";

const PREVIEW_BYTES = 200_000;
const PREVIEW_LINES = 400;

const known = new Map();

/**
 * The address of a file on this page's origin. One that was shown keeps it, though each reading is signed
 * anew: so an edit of a message does not load its pictures again.
 */
export function fileAddress(url) {
  const address = local(url);
  const path = address.split("?")[0];
  if (!known.has(path)) known.set(path, address);
  return known.get(path);
}

/**
 * A media gallery.
 * @param {{media: object, description?: string, spoiler?: boolean}[]} items one to ten
 */
export function gallery(items, message, scene) {
  const node = h("div", {
    class: `gallery of-${items.length}`,
    role: "group",
    "aria-label": items.length > 1 ? `${items.length} pictures` : null,
  });
  items.forEach((item, at) => node.append(tile(item, at, items, message, scene)));
  return node;
}

function tile(item, at, items, message, scene) {
  const key = `${message.id}:${item.media.id ?? item.media.url}`;
  const hidden = item.spoiler && !scene.revealed.has(key);
  const picture = media(item);
  const open = () => {
    if (hidden && !scene.revealed.has(key)) {
      scene.revealed.add(key);
      node.classList.remove("hidden-media");
      node.querySelector(".cover-label")?.remove();
      node.setAttribute("aria-label", label);
    } else enlarge(items, at);
  };
  const label = `Enlarge: ${item.description || "picture"}`;
  const node = h(
    "button",
    {
      type: "button",
      class: hidden ? "tile hidden-media" : "tile",
      "aria-label": hidden ? "Spoiler: show picture" : label,
      on: { click: open },
    },
    picture,
    hidden ? h("span", { class: "cover-label" }, "Spoiler") : null,
  );
  if (items.length === 1) shape(node, item.media);
  return node;
}

/** A single picture keeps its shape, and its room before it is loaded. */
function shape(node, { width, height }) {
  if (!width || !height) return;
  node.style.setProperty("--ratio", `${width} / ${height}`);
  node.style.setProperty("--natural", `${width}px`);
  node.style.setProperty("--tall", String(width / height));
}

function media(item) {
  const { content_type: kind = "", width, height } = item.media;
  const source = fileAddress(item.media.url);
  if (kind?.startsWith("video/"))
    return h("video", { src: source, muted: true, controls: true, preload: "metadata" });
  return h("img", {
    src: source,
    alt: item.description ?? "",
    width,
    height,
    decoding: "sync",
    draggable: "false",
  });
}

/** The small picture beside a section. */
export function thumbnail(part, message, scene) {
  const node = tile(part, 0, [part], message, scene);
  node.classList.add("thumbnail");
  return node;
}

/**
 * A file with its name and size.
 * @param {object} media a media object or attachment (`url`)
 */
export function fileCard(media, { name, size, spoiler = false }, message, scene) {
  const address = fileAddress(media.url);
  const title = name ?? decodeURIComponent(address.split("?")[0].split("/").at(-1));
  const key = `${message.id}:file:${title}`;
  const card = h(
    "div",
    { class: "file" },
    h("span", { class: "file-icon" }, icon("file")),
    h(
      "div",
      { class: "file-words" },
      h("a", { href: address, download: title, class: "file-name" }, title),
      h("span", { class: "file-size" }, bytes(size)),
    ),
    h(
      "a",
      { href: address, download: title, class: "icon-button", "aria-label": `Download ${title}` },
      icon("save"),
    ),
  );
  const whole =
    /\.(txt|json|log|md|csv|toml)$/i.test(title) && (size ?? 0) <= PREVIEW_BYTES
      ? h("div", { class: "file-with-preview" }, card, preview(address))
      : card;
  return spoiler && !scene.revealed.has(key) ? coveredFile(whole, key, scene) : whole;
}

function coveredFile(card, key, scene) {
  card.inert = true;
  const outer = h("div", { class: "covered" }, card);
  const reveal = () => {
    scene.revealed.add(key);
    card.inert = false;
    outer.classList.add("open");
    cover.remove();
  };
  const cover = h(
    "button",
    { type: "button", class: "cover", on: { click: reveal } },
    h("span", { class: "cover-label" }, "Spoiler"),
  );
  return append(outer, [cover]);
}

function preview(address) {
  const place = h("pre", { class: "code-block", tabIndex: 0 });
  const node = h("details", { class: "file-preview" }, h("summary", {}, "Show what is in it"), place);
  node.addEventListener("toggle", async () => {
    if (!node.open || place.textContent) return;
    try {
      const answer = await fetch(address);
      const text = answer.ok ? await answer.text() : "This file is no longer there.";
      fill(place, text.split("\n").slice(0, PREVIEW_LINES).join("\n"));
    } catch {
      fill(place, "This file cannot be read now.");
    }
  });
  return node;
}

/** A number of bytes in words. */
export function bytes(size) {
  if (typeof size !== "number") return "";
  if (size < 1024) return `${size} bytes`;
  const [value, unit] = size < 1 << 20 ? [size / 1024, "KB"] : [size / (1 << 20), "MB"];
  return `${value.toFixed(value < 10 ? 2 : 0)} ${unit}`;
}

/** Attachments of a classic message: the pictures as a gallery, the others as cards. */
export function attachments(all, message, scene) {
  const shown = all.filter((one) => /^(image|video)\//.test(one.content_type ?? ""));
  const others = all.filter((one) => !shown.includes(one));
  const items = shown.map((one) => ({
    media: one,
    description: one.description,
    spoiler: one.filename.startsWith("SPOILER_"),
  }));
  return [
    items.length ? gallery(items, message, scene) : null,
    ...others.map((one) => fileCard(one, { name: one.filename, size: one.size }, message, scene)),
  ];
}

/** The large view: one picture of several, with its description. Arrow keys, a swipe, Esc. */
export function enlarge(items, start) {
  let at = start,
    touchedAt = null;
  const place = h("div", { class: "enlarged" });
  const words = h("p", { class: "large-words" });
  const original = h("a", { class: "large-open", target: "_blank" }, icon("save"), "Download");
  const dialog = h(
    "dialog",
    { class: "lightbox", "aria-label": "Picture" },
    place,
    h("footer", {}, words, original),
  );
  const show = (next) => {
    at = (next + items.length) % items.length;
    const item = items[at];
    fill(place, media(item));
    fill(
      words,
      items.length > 1 ? h("b", {}, `${at + 1} of ${items.length} `) : null,
      item.description ?? "",
    );
    original.href = fileAddress(item.media.url);
    original.setAttribute("download", original.pathname.split("/").at(-1));
  };
  const arrow = (name, step, label) =>
    h(
      "button",
      {
        type: "button",
        class: `icon-button arrow ${name}`,
        "aria-label": label,
        on: { click: () => show(at + step) },
      },
      icon(name),
    );
  if (items.length > 1)
    append(dialog, [arrow("left", -1, "Previous picture"), arrow("right", 1, "Next picture")]);
  dialog.append(
    h(
      "button",
      {
        type: "button",
        class: "icon-button lightbox-close",
        "aria-label": "Close",
        on: { click: () => dialog.close() },
      },
      icon("close"),
    ),
  );
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target === place) dialog.close();
  });
  dialog.addEventListener("keydown", (event) => {
    if (items.length > 1 && event.key === "ArrowLeft") show(at - 1);
    if (items.length > 1 && event.key === "ArrowRight") show(at + 1);
  });
  dialog.addEventListener(
    "touchstart",
    (event) => {
      touchedAt = event.touches.length === 1 ? event.touches[0].clientX : null;
    },
    { passive: true },
  );
  dialog.addEventListener("touchend", (event) => {
    const moved = touchedAt === null ? 0 : event.changedTouches[0].clientX - touchedAt;
    if (items.length > 1 && Math.abs(moved) > 60) show(at + (moved > 0 ? -1 : 1));
  });
  dialog.addEventListener("close", () => dialog.remove());
  show(start);
  document.body.append(dialog);
  dialog.showModal();
}
