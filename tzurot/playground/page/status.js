// @ts-check
/** How things are: the connection, the bot, who is typing, and the title of the page. */

import { byId, el } from "./dom.js";
import { icon } from "./icons.js";
import { addBot } from "./session.js";
import { store } from "./store.js";

/** A gap shorter than this is not worth a word. */
const PATIENCE_MS = 700;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let patience;

/** Keeps all of it shown. */
export function showStatus() {
  store.on(["connection"], connection);
  store.on(["structure", "current"], botNotice);
  store.on(["structure", "current"], title);
  store.on(["typing", "current"], typing);
  connection();
}

function connection() {
  clearTimeout(patience);
  const bar = byId("connection");
  if (store.connected) {
    bar.hidden = true;
    return;
  }
  patience = setTimeout(() => {
    bar.replaceChildren(icon("retry"), "Reconnecting to the playground. What you write is kept.");
    bar.hidden = false;
  }, PATIENCE_MS);
}

function botNotice() {
  const notice = byId("bot-notice");
  const name = store.bot?.username ?? "The bot";
  const absent = store.guild?.bot_member === false;
  notice.hidden = !store.bot || !(absent || !store.botOnline);
  const kind = absent ? `absent ${store.guild?.id}` : "offline";
  if (notice.hidden || notice.dataset.kind === kind) return;
  notice.dataset.kind = kind;
  if (absent) {
    const add = { type: "button", class: "button primary", on: { click: addBot } };
    notice.replaceChildren(
      el("span", { class: "notice-words" }, el("strong", {}, `${name} is not here yet.`), " It joins when you add it to this server."),
      el("button", add, "Add the app"),
    );
    return;
  }
  notice.replaceChildren(
    el("span", { class: "status offline" }),
    el(
      "span",
      {},
      el("strong", {}, `${name} is offline or starting.`),
      " What you say is kept; nobody answers until it is here.",
    ),
  );
}

function typing() {
  const names = store.typists();
  const strong = names.map((name) => el("strong", {}, name));
  /** @type {(Node | string)[]} */
  let words = [];
  if (names.length === 1) words = [strong[0], " is typing…"];
  else if (names.length === 2) words = [strong[0], " and ", strong[1], " are typing…"];
  else if (names.length === 3)
    words = [strong[0], ", ", strong[1], " and ", strong[2], " are typing…"];
  else if (names.length > 3) words = ["Several people are typing…"];
  const key = names.join();
  const line = byId("typing");
  if (line.dataset.key === key) return;
  line.dataset.key = key;
  const dots = el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
  line.replaceChildren(...(names.length ? [dots, el("span", {}, ...words)] : []));
}

function title() {
  const { channel } = store;
  const pings = store.allPings(store.me);
  const unread = store.openable().some((each) => store.isUnread(each)) ? "• " : "";
  const sign = store.isDm(channel) ? "@" : "#";
  const name = channel ? `${sign}${store.nameOfChannel(channel)} | ` : "";
  document.title = `${pings ? `(${pings}) ` : unread}${name}The Playground`;
}
