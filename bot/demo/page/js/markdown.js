// Discord's markdown as nodes. Rules are tried in order at each place; what no rule takes is text.
// https://support.discord.com/hc/en-us/articles/210298617-Markdown-Text-101

import { copyText, fill, h, icon, safeAddress } from "./dom.js";
import { emojiOrText } from "./emoji.js";

const MOST_NESTED = 12;

/**
 * A text of a message.
 * @param {string} text
 * @param {{users: Map, channels: Map, roles: Map, me: string, onChannel?: function, onCommand?: function}}
 *   scene who and what a mention can name
 * @returns {DocumentFragment}
 */
export function markdown(text, scene) {
  const out = document.createDocumentFragment();
  out.append(...blocks(text, scene, 0));
  return out;
}

const FENCE = /```(?:([A-Za-z0-9+#_.-]+)\n)?\n*([^\n][\s\S]*?)\n*```/g;

function blocks(text, scene, depth) {
  const found = [];
  let from = 0;
  for (const match of text.matchAll(FENCE)) {
    found.push(...lines(text.slice(from, match.index), scene, depth));
    found.push(codeBlock(match[2], match[1]));
    from = match.index + match[0].length;
  }
  found.push(...lines(text.slice(from), scene, depth));
  return found;
}

function codeBlock(text, language) {
  const copy = h(
    "button",
    {
      type: "button",
      class: "code-copy",
      "aria-label": "Copy",
      title: "Copy",
      on: { click: async () => fill(copy, icon((await copyText(text)) ? "check" : "warning")) },
    },
    icon("copy"),
  );
  return h(
    "div",
    { class: "code-box" },
    h("pre", { class: "code-block", data: { language } }, h("code", {}, text)),
    copy,
  );
}

const LINE_RULES = [
  [
    /^(#{1,3}) +(.+)$/,
    (match, scene, depth) =>
      h(
        `h${match[1].length + 2}`,
        { class: `md-h${match[1].length}` },
        inline(match[2].replace(/\s+#+\s*$/, ""), scene, depth),
      ),
  ],
  [/^-# +(.+)$/, (match, scene, depth) => h("small", { class: "md-small" }, inline(match[1], scene, depth))],
];
const QUOTE = /^(>>>|>) (.*)$/;
const ITEM = /^(\s*)([-*]|\d{1,9}\.) +(.+)$/;

function lines(text, scene, depth) {
  const found = [];
  const all = text.replace(/^\n|\n$/g, "").split("\n");
  if (text.trim() === "") return found;
  let plain = [];
  const flush = () => {
    if (plain.length) found.push(h("div", { class: "md-text" }, inline(plain.join("\n"), scene, depth)));
    plain = [];
  };
  for (let at = 0; at < all.length; at += 1) {
    const block = lineBlock(all, at, scene, depth);
    if (!block) {
      plain.push(all[at]);
      continue;
    }
    flush();
    found.push(block.node);
    at = block.last;
  }
  flush();
  return found;
}

function lineBlock(all, at, scene, depth) {
  for (const [pattern, make] of LINE_RULES) {
    const match = all[at].match(pattern);
    if (match) return { node: make(match, scene, depth), last: at };
  }
  if (depth < MOST_NESTED && QUOTE.test(all[at])) return quote(all, at, scene, depth);
  return ITEM.test(all[at]) ? list(all, at, scene, depth) : null;
}

function quote(all, at, scene, depth) {
  const [, mark, first] = all[at].match(QUOTE);
  const inside = [first];
  let last = at;
  while (last + 1 < all.length && (mark === ">>>" || QUOTE.test(all[last + 1]))) {
    last += 1;
    inside.push(mark === ">>>" ? all[last] : all[last].match(QUOTE)[2]);
  }
  return { node: h("blockquote", {}, blocks(inside.join("\n"), scene, depth + 1)), last };
}

function list(all, at, scene, depth) {
  const ordered = /\d/.test(all[at].match(ITEM)[2]);
  const node = h(ordered ? "ol" : "ul", ordered ? { start: parseInt(all[at].match(ITEM)[2], 10) } : {});
  let last = at - 1;
  while (last + 1 < all.length) {
    const match = all[last + 1].match(ITEM);
    if (!match) break;
    node.append(h("li", { class: match[1].length > 1 ? "deeper" : null }, inline(match[3], scene, depth)));
    last += 1;
  }
  return { node, last };
}

const within =
  (tag, props = {}) =>
  (match, scene, depth) =>
    h(tag, props, inline(match[1], scene, depth + 1));

const RULES = [
  [/\\([^0-9A-Za-z\s])/y, (match) => match[1]],
  [
    /(`+)([\s\S]*?[^`])\1(?!`)/y,
    (match) => h("code", {}, match[2].trim() === "" ? match[2] : match[2].replace(/^ (?=`)|(?<=`) $/g, "")),
  ],
  [/\|\|([\s\S]+?)\|\|/y, (match, scene, depth) => spoiler(inline(match[1], scene, depth + 1))],
  [/\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)/y, within("strong")],
  [/__((?:\\[\s\S]|[^\\])+?)__(?!_)/y, within("u")],
  [/~~([\s\S]+?)~~/y, within("s")],
  [/\*(?![\s*])((?:\\[\s\S]|\*\*[^*]+\*\*|[^*\\])+?)(?<!\s)\*(?!\*)/y, within("em")],
  [/\b_((?:__|\\[\s\S]|[^\\_])+?)_\b/y, within("em")],
  [
    /\[([^[\]\n]+)\]\((https?:\/\/[^\s()]+(?:\([^\s()]*\))?[^\s()]*)\)/y,
    (match, scene, depth) => link(match[2], inline(match[1], scene, depth + 1)),
  ],
  [/<(https?:\/\/[^\s<>]+)>/y, (match) => link(match[1], match[1])],
  [
    /https:\/\/discord\.com\/channels\/(?:\d+|@me)\/(\d+)\/(\d+)\b/y,
    (match, scene) => messageMention(match[1], match[2], scene),
  ],
  [/https?:\/\/[^\s<]+[^<.,:;"'\])\s]/y, (match) => link(match[0], match[0])],
  [
    /<@!?(\d+)>/y,
    (match, scene) =>
      mention("@", scene.users.get(match[1])?.display_name ?? "unknown-user", match[1] === scene.me),
  ],
  [/<@&(\d+)>/y, (match, scene) => mention("@", scene.roles.get(match[1])?.name ?? "unknown-role")],
  [/<#(\d+)>/y, (match, scene) => channelMention(match[1], scene)],
  [/<\/([^:<>]+):(\d+)>/y, (match, scene) => commandMention(match[1], scene)],
  [/<t:(-?\d{1,13})(?::([tTdDfFR]))?>/y, (match) => moment(Number(match[1]), match[2] ?? "f")],
  [/<a?:(\w+):(\d+)>/y, (match) => h("span", { class: "custom-emoji" }, `:${match[1]}:`)],
  [/@(everyone|here)\b/y, (match) => mention("@", match[1])],
];
const PLAIN = /[\s\S][^\\`*_~|[<@h]*/y;

function inline(text, scene, depth) {
  if (depth > MOST_NESTED) return [text];
  const found = [];
  let at = 0,
    plain = "";
  const flush = () => {
    if (plain) found.push(...emojiOrText(plain));
    plain = "";
  };
  while (at < text.length) {
    const hit = first(text, at);
    if (hit) {
      const made = hit.make(hit.match, scene, depth);
      if (typeof made === "string") plain += made;
      else {
        flush();
        found.push(made);
      }
      at += hit.match[0].length;
    } else {
      PLAIN.lastIndex = at;
      const taken = PLAIN.exec(text)[0];
      plain += taken;
      at += taken.length;
    }
  }
  flush();
  return found;
}

function first(text, at) {
  for (const [pattern, make] of RULES) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) return { match, make };
  }
  return null;
}

/** Something covered until it is clicked. */
export function spoiler(children) {
  const node = h(
    "span",
    { class: "spoiler", role: "button", tabIndex: 0, "aria-label": "Spoiler", "aria-expanded": "false" },
    h("span", { class: "spoiler-inside" }, children),
  );
  const show = (event) => {
    if (node.classList.contains("shown") || (event.key && event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    node.classList.add("shown");
    node.setAttribute("aria-expanded", "true");
    node.removeAttribute("aria-label");
  };
  node.addEventListener("click", show);
  node.addEventListener("keydown", show);
  return node;
}

function link(address, children) {
  const href = safeAddress(address);
  return href
    ? h("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, children)
    : h("span", {}, children);
}

function mention(mark, name, mine = false) {
  return h("span", { class: mine ? "mention mine" : "mention" }, mark + name);
}

function channelMention(id, scene) {
  const name = scene.channels.get(id)?.name;
  if (!name || !scene.onChannel) return mention("#", name ?? "unknown");
  return h(
    "button",
    { type: "button", class: "mention", on: { click: () => scene.onChannel(id) } },
    `#${name}`,
  );
}

/** A message's address, as Discord shows it: short, and it leads there. */
function messageMention(channel, message, scene) {
  const words = `#${scene.channels.get(channel)?.name ?? "unknown"} › 💬`;
  const go = () => {
    scene.onChannel?.(channel);
    scene.onGoTo?.(message);
  };
  return h("button", { type: "button", class: "mention", on: { click: go } }, emojiOrText(words));
}

function commandMention(name, scene) {
  if (!scene.onCommand) return mention("/", name);
  return h(
    "button",
    { type: "button", class: "mention", on: { click: () => scene.onCommand(name) } },
    `/${name}`,
  );
}

const STYLES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
};
const UNITS = [
  ["year", 31557600],
  ["month", 2629800],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

function moment(seconds, style) {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return String(seconds);
  const full = new Intl.DateTimeFormat(undefined, STYLES.F).format(date);
  const text =
    style === "R" ? relative(seconds) : new Intl.DateTimeFormat(undefined, STYLES[style]).format(date);
  return h("time", { class: "moment", datetime: date.toISOString(), title: full }, text);
}

function relative(seconds) {
  const away = seconds - Date.now() / 1000;
  const [unit, size] = UNITS.find(([, each]) => Math.abs(away) >= each) ?? UNITS.at(-1);
  return new Intl.RelativeTimeFormat(undefined, { numeric: "auto" }).format(Math.round(away / size), unit);
}

/** A text without its marks, for one line: replies, announcements, names of things. */
export function plainText(text, scene) {
  const lines = [...markdown(text.slice(0, 600), scene).childNodes].map((node) => node.textContent);
  return lines.join(" ").replace(/\s+/g, " ").trim();
}
