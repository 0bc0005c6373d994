// The page: makes its parts and ties them together.

import { information } from "./api.js";
import { Composer } from "./composer.js";
import { fill, h, touch } from "./dom.js";
import { banner, starters, welcome } from "./greeting.js";
import { Menus } from "./menus.js";
import { Messages } from "./messages.js";
import { openModal } from "./modal.js";
import { Panels } from "./panels.js";
import { Store } from "./store.js";

const FIRST_PERSON = "ben";
const FIRST_CHANNEL = "drawing";

const byId = (id) => document.getElementById(id);

/** What renderers may know and do. */
function makeScene(store) {
  return {
    get users() {
      return store.users;
    },
    get roles() {
      return store.roles;
    },
    get channels() {
      return store.channels;
    },
    get me() {
      return store.me?.id;
    },
    get bot() {
      return store.bot;
    },
    revealed: store.revealed,
    message: (id) => store.messages.get(store.channelId)?.get(id) ?? null,
    failure: (messageId) => store.failures.get(messageId) ?? null,
    isBusy: (messageId, customId) => store.isBusy(messageId, customId),
    click: (message, part) => store.click(message, part),
    select: (message, part, values) => store.select(message, part, values),
    remove: (message) => store.remove(message),
    forget: (id) => store.forget(id),
    react: (message, emoji, remove) => store.react(message, emoji, remove),
    onChannel: (id) => store.show(id),
  };
}

/** Fit into what the keyboard of a phone leaves free, where the browser does not do so by itself. */
function fitKeyboard() {
  const view = window.visualViewport;
  if (!view || !touch()) return;
  const fit = () => {
    document.documentElement.style.setProperty("--height", `${view.height}px`);
    if (view.offsetTop) scrollTo(0, 0);
  };
  view.addEventListener("resize", fit);
  fit();
}

/** The address says who and where: "#ben/drawing". */
function placeFromAddress() {
  const [person, channel] = decodeURIComponent(location.hash.slice(1)).split("/");
  return { person: person || FIRST_PERSON, channel: channel || FIRST_CHANNEL };
}

function rememberPlace(store) {
  if (store.me && store.channel)
    history.replaceState(
      null,
      "",
      `#${encodeURIComponent(store.me.username)}/${encodeURIComponent(store.channel.name)}`,
    );
}

function showLine(store) {
  const node = byId("line");
  node.hidden = store.connected;
  fill(node, store.connected ? "" : "The demo does not answer. Trying again…");
}

function showTyping(store) {
  fill(
    byId("typing"),
    store.typing.has(store.channelId) ? h("span", {}, h("b", {}, store.bot.display_name), " is typing…") : "",
  );
}

/** Whoever types without having chosen where, means the box below. */
function typeAnywhere(composer) {
  document.addEventListener("keydown", (event) => {
    if (event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey || event.key === " ") return;
    if (document.querySelector("dialog[open]") || event.target.closest("input, textarea, select")) return;
    composer.focus();
  });
}

async function begin() {
  const store = new Store();
  const scene = makeScene(store);
  const info = await information().catch(() => null);
  const draw = (prompt) => {
    const entry = store.entries().find((one) => one.title === "draw");
    if (entry) store.slash(entry, { prompt });
  };
  const messages = new Messages(
    { list: byId("messages"), scroller: byId("scroller"), jump: byId("jump") },
    store,
    scene,
    (channel) => welcome(channel, store, info, draw),
  );
  const composer = new Composer(byId("composer"), store, scene);
  const menus = new Menus(store, scene, byId("messages"));
  const panels = new Panels(store, scene);
  Object.assign(scene, {
    onCommand: (title) => composer.command(title),
    onReply: (message) => composer.reply(message),
    onGoTo: (id) => messages.goTo(id),
    onMenu: (message, anchor) => menus.message(message, anchor),
    onReact: (message, anchor) => menus.reactions(message, anchor),
    onPerson: (user, anchor) => {
      panels.close();
      menus.person(user, anchor);
    },
  });
  store.on("modal", (modal) =>
    openModal(modal, scene, (values, files) => store.submit(modal, values, files)),
  );
  for (const kind of ["person", "channel", "messages"]) store.on(kind, () => rememberPlace(store));
  for (const kind of ["person", "messages", "message", "commands"])
    store.on(kind, () => starters(byId("starters"), store, info, draw));
  for (const kind of ["typing", "message", "channel"]) store.on(kind, () => showTyping(store));
  store.on("line", () => showLine(store));
  typeAnywhere(composer);
  banner(byId("banner"), info);
  fitKeyboard();
  const { person, channel } = placeFromAddress();
  store.enter(person, channel);
}

begin();
