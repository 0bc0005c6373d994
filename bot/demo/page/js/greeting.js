// What the page itself says: the beginning of a channel, prompts to tap, who paints here.

import { copyText, fill, h, icon } from "./dom.js";
import { avatar } from "./message.js";

const PROMPTS = ["maltese puppy"];

const canDraw = (store) => store.channel?.can_send && store.entries().some((entry) => entry.title === "draw");

function chips(info, draw) {
  return h(
    "div",
    { class: "prompts" },
    (info?.prompts ?? PROMPTS).map((prompt, at) =>
      h(
        "button",
        { type: "button", class: at === 0 ? "prompt first" : "prompt", on: { click: () => draw(prompt) } },
        h("span", { class: "prompt-command" }, "/draw "),
        prompt,
      ),
    ),
  );
}

/** The beginning of a channel. */
export function welcome(channel, store, info, draw) {
  if (!channel) return "";
  if (channel.kind === "dm") {
    return h(
      "div",
      { class: "welcome" },
      avatar(store.bot, "huge"),
      h("h2", {}, store.bot.display_name),
      h("p", {}, "This is the beginning of your direct messages with Easel."),
    );
  }
  return h(
    "div",
    { class: "welcome" },
    h("span", { class: "welcome-hash" }, icon("hash")),
    h("h2", {}, `Welcome to #${channel.name}!`),
    h("p", {}, welcomeWords(channel, store)),
    canDraw(store)
      ? [h("p", {}, "Tap a prompt, or type ", h("kbd", {}, "/draw"), " below:"), chips(info, draw)]
      : null,
  );
}

function welcomeWords(channel, store) {
  if (!channel.can_send) return "You may read here, but not write.";
  if (channel.nsfw) return "This channel is age-restricted.";
  return `This is a Discord of your own, on this computer. ${store.bot.display_name}, the real bot, is in it: what you type goes the way it would on Discord.`;
}

/**
 * Above the box to type in, as long as nobody used a command from this page and the welcome may be out of
 * sight.
 */
export function starters(node, store, info, draw) {
  const count = store.messages.get(store.channelId)?.size ?? 0;
  const wanted = store.me && count > 0 && canDraw(store) && !store.used;
  fill(node, wanted ? [h("span", { class: "muted" }, "Try it:"), chips(info, draw)] : null);
}

/** Who paints. */
export function banner(node, info) {
  node.hidden = false;
  node.classList.toggle("stand-in", info?.painter !== "webui");
  if (info?.painter === "webui") {
    fill(
      node,
      icon("check"),
      h("span", {}, h("b", {}, "A real web UI paints here"), info.webui ? `: ${info.webui}` : "."),
    );
    return;
  }
  fill(
    node,
    icon("warning"),
    h(
      "span",
      {},
      h("b", {}, "A stand-in paints here, not a model."),
      h("span", { class: "only-wide" }, " Everything else is real: the bot, its queue, its buttons."),
    ),
    h(
      "button",
      { type: "button", class: "button small", on: { click: () => explain(info) } },
      "Use a real web UI",
    ),
  );
}

const EXAMPLE = "http://127.0.0.1:7860";

/** How to let a real web UI paint. */
function explain(info) {
  const command = info?.command ?? "python -m bot demo --webui";
  const line = h("code", { id: "webui-line" });
  const address = h("input", {
    class: "input",
    id: "webui-address",
    type: "url",
    inputmode: "url",
    placeholder: EXAMPLE,
    autocomplete: "off",
    spellcheck: "false",
    on: { input: () => show() },
  });
  const note = h("p", { class: "muted", role: "status" });
  const copy = h(
    "button",
    {
      type: "button",
      class: "button primary",
      on: {
        click: async () =>
          fill(note, (await copyText(line.textContent)) ? "Copied." : "Mark the line and copy it by hand."),
      },
    },
    icon("copy"),
    "Copy",
  );
  const dialog = h(
    "dialog",
    { class: "modal explain", "aria-labelledby": "explain-title" },
    h(
      "header",
      {},
      h("h2", { id: "explain-title" }, "Let a real web UI paint"),
      h(
        "button",
        { type: "button", class: "icon-button", "aria-label": "Close", on: { click: () => dialog.close() } },
        icon("close"),
      ),
    ),
    h(
      "ol",
      { class: "steps" },
      h(
        "li",
        {},
        "Start your Stable Diffusion web UI (AUTOMATIC1111, Forge …) with ",
        h("code", {}, "--api"),
        ".",
      ),
      h("li", {}, h("label", { for: "webui-address" }, "Paste its address:"), address),
      h(
        "li",
        {},
        "Stop this demo (Ctrl+C in its window) and start it with:",
        h("div", { class: "copy-line" }, line, copy),
      ),
    ),
    note,
  );
  const show = () => {
    const given = address.value.trim();
    const good = given === "" || /^https?:\/\/[^\s"'`$\\;&|<>()]+$/i.test(given);
    fill(line, `${command} ${good && given ? given : EXAMPLE}`);
    copy.disabled = !good;
    address.setAttribute("aria-invalid", String(!good));
    fill(note, good ? "" : `An address begins with http://, such as ${EXAMPLE}`);
  };
  show();
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  address.focus();
}
