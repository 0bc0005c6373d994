// Discord's message components as nodes.
// https://discord.com/developers/docs/components/reference

import { append, dots, h, icon, safeAddress } from "./dom.js";
import { emojiOf } from "./emoji.js";
import { fileCard, gallery, thumbnail } from "./gallery.js";
import { markdown } from "./markdown.js";
import { openSelect, selectFace } from "./selects.js";

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link", 6: "primary" };

/**
 * The components of a message.
 * @param {object[]} parts as Discord gives them, media resolved
 * @param {object} message the message they belong to
 * @param {object} scene see store.js: who and what can be named, and what presses do
 * @returns {Node[]}
 */
export function components(parts, message, scene) {
  return (parts ?? []).map((part) => component(part, message, scene)).filter(Boolean);
}

function component(part, message, scene) {
  const make = MAKERS[part.type];
  return make
    ? make(part, message, scene)
    : h("div", { class: "unknown-part" }, "This page cannot show this part.");
}

const MAKERS = {
  1: row,
  2: button,
  3: select,
  5: select,
  6: select,
  7: select,
  8: select,
  9: section,
  10: text,
  11: (part, message, scene) => thumbnail(part, message, scene),
  12: (part, message, scene) => gallery(part.items, message, scene),
  13: (part, message, scene) =>
    fileCard(part.file, { name: part.name, size: part.size, spoiler: part.spoiler }, message, scene),
  14: separator,
  17: container,
};

function row(part, message, scene) {
  return h("div", { class: "row" }, components(part.components, message, scene));
}

function text(part, message, scene) {
  return h("div", { class: "text" }, markdown(part.content, scene));
}

function separator(part) {
  const divider = part.divider !== false;
  return h("div", {
    class: `separator${part.spacing === 2 ? " wide" : ""}${divider ? " line" : ""}`,
    role: divider ? "separator" : "presentation",
  });
}

function section(part, message, scene) {
  return h(
    "div",
    { class: "section" },
    h("div", { class: "section-texts" }, components(part.components, message, scene)),
    part.accessory ? h("div", { class: "accessory" }, component(part.accessory, message, scene)) : null,
  );
}

function container(part, message, scene) {
  const accent =
    typeof part.accent_color === "number" ? `#${part.accent_color.toString(16).padStart(6, "0")}` : null;
  const node = h(
    "div",
    { class: "container", style: accent ? { "--accent": accent } : {} },
    components(part.components, message, scene),
  );
  if (accent) node.classList.add("accented");
  return part.spoiler ? covered(node, `${message.id}:container:${part.id}`, scene) : node;
}

/** A whole container behind a spoiler cover. */
function covered(node, key, scene) {
  if (scene.revealed.has(key)) return node;
  node.inert = true;
  const outer = h("div", { class: "covered" }, node);
  const reveal = () => {
    scene.revealed.add(key);
    node.inert = false;
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

function button(part, message, scene) {
  const face = [
    part.emoji ? emojiOf(part.emoji) : null,
    part.label ? h("span", { class: "button-label" }, part.label) : null,
  ];
  const kind = `button ${STYLES[part.style] ?? "secondary"}`;
  if (part.style === 5) {
    const href = safeAddress(part.url ?? "");
    return h(
      "a",
      {
        class: kind,
        href,
        target: "_blank",
        rel: "noopener noreferrer",
        "aria-disabled": part.disabled ? "true" : null,
      },
      face,
      icon("out"),
    );
  }
  const busy = scene.isBusy(message.id, part.custom_id);
  return h(
    "button",
    {
      type: "button",
      class: busy ? `${kind} busy` : kind,
      disabled: Boolean(part.disabled),
      "aria-busy": busy ? "true" : null,
      "aria-label": part.label ? null : part.emoji?.name,
      data: { customId: part.custom_id },
      on: {
        click: () => {
          if (!busy) scene.click(message, part);
        },
      },
    },
    face,
    busy ? dots() : null,
  );
}

function select(part, message, scene) {
  const face = selectFace(part, scene, [], scene.isBusy(message.id, part.custom_id));
  face.addEventListener("click", () => {
    openSelect(face, part, scene, { onDone: (values) => scene.select(message, part, values) });
  });
  return face;
}
