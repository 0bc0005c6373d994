// Embeds of older kinds of messages.

import { h, safeAddress } from "./dom.js";
import { gallery, thumbnail } from "./gallery.js";
import { markdown } from "./markdown.js";

/** @param {object[]} all as Discord gives them */
export function embeds(all, message, scene) {
  return (all ?? []).map((one) => embed(one, message, scene));
}

function embed(one, message, scene) {
  const colour = typeof one.color === "number" ? `#${one.color.toString(16).padStart(6, "0")}` : null;
  const href = one.url ? safeAddress(one.url) : null;
  const text = (words, name) => (words ? h("div", { class: name }, markdown(words, scene)) : null);
  return h(
    "article",
    { class: "container accented embed", style: colour ? { "--accent": colour } : {} },
    one.author?.name ? h("div", { class: "embed-author" }, one.author.name) : null,
    one.title
      ? h(
          "div",
          { class: "embed-title" },
          href ? h("a", { href, target: "_blank", rel: "noopener noreferrer" }, one.title) : one.title,
        )
      : null,
    text(one.description, "text"),
    one.fields?.length
      ? h(
          "dl",
          { class: "embed-fields" },
          one.fields.map((field) =>
            h(
              "div",
              { class: field.inline ? "inline" : null },
              h("dt", {}, markdown(field.name, scene)),
              h("dd", {}, markdown(field.value, scene)),
            ),
          ),
        )
      : null,
    one.image?.url ? gallery([{ media: one.image }], message, scene) : null,
    one.thumbnail?.url ? thumbnail({ media: one.thumbnail }, message, scene) : null,
    one.footer?.text ? h("div", { class: "embed-footer" }, one.footer.text) : null,
  );
}
