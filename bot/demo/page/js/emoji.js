// Emoji. Systems draw them differently and some not at all, so those that Easel uses are drawn here; the
// others are left to the system's font.

const SVG = "http://www.w3.org/2000/svg";

const DRAWN = {
  "🎲": "die",
  "📋": "clipboard",
  "❌": "cross",
  "✖": "times",
  "🎨": "palette",
  "⏳": "hourglass",
  "⌛": "hourglass",
  "⚠": "warning",
  "🚫": "forbidden",
  "📮": "postbox",
  "🖋": "pen",
  "✏": "pen",
  "⬆": "up",
  "⬇": "down",
  "⬅": "previous",
  "➡": "next",
  "↔": "sideways",
  "⏭": "skip",
  "🔁": "repeat",
  "🔄": "repeat",
  "✨": "sparkles",
  "🪄": "wand",
  "🔍": "magnifier",
  "🔎": "magnifier",
  "⭐": "star",
  "✉": "envelope",
  "🖼": "picture",
  "✅": "done",
  "❤": "heart",
  "👍": "thumb",
  "😂": "laugh",
  "😄": "laugh",
  "🖥": "computer",
  "💻": "computer",
  "🌙": "moon",
};
const FOUND = new RegExp(`(?:${Object.keys(DRAWN).join("|")})\uFE0F?`, "gu");

/** An emoji that is drawn here as a picture with the character as its name, else null. */
export function drawn(character) {
  const id = DRAWN[character.replace("\uFE0F", "")];
  if (!id) return null;
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ class: "emoji", role: "img", "aria-label": character }))
    svg.setAttribute(key, value);
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `/emoji.svg#${id}`);
  svg.append(use);
  return svg;
}

/** A text as strings and drawn emoji. @returns {(string|Node)[]} */
export function emojiOrText(text) {
  const parts = [];
  let from = 0;
  for (const match of text.matchAll(FOUND)) {
    if (match.index > from) parts.push(text.slice(from, match.index));
    parts.push(drawn(match[0]));
    from = match.index + match[0].length;
  }
  if (from < text.length) parts.push(text.slice(from));
  return parts;
}

/** The emoji of a button, option or reaction ({name, id}) as a node or text. */
export function emojiOf(emoji) {
  if (emoji.id) return `:${emoji.name}:`;
  return drawn(emoji.name ?? "") ?? document.createTextNode(emoji.name ?? "");
}
