// @ts-check
/** The stream of the open channel: its rows, its scrolling, and moving through it with the keyboard. */

import { editing, stopEditing } from "./editing.js";
import { byId, el, nameOf } from "./dom.js";
import { icon } from "./icons.js";
import { runsHere } from "./interactions.js";
import { reads } from "./kept.js";
import { isNote, newRow, summary, updateRow } from "./message.js";
import { actions, onRowKey, onRowMenu, placeToolbar } from "./rows.js";
import { loadOlder, reach } from "./session.js";
import { byAge, store } from "./store.js";
import { clock, day, sameDay } from "./time.js";

/** @typedef {import("./store.js").Message} Message */

const GROUP_MS = 7 * 60_000;
const NEAR_END_PX = 30;
const NEAR_START_PX = 400;
const FAR_PX = 600;

const scroller = byId("stream");
const list = byId("messages");
/** @type {Map<string, HTMLElement>} rows and dividers by message id or divider name */
let nodes = new Map();
/** @type {string | null} the person and the channel that the rows belong to */
let shown = null;
const wantedView = () => `${store.me}/${store.current}`;
let atEnd = true;
let lastTop = 0;
let placed = false;
/** @type {string | null} */
let announced = null;
/** @type {string | null} the row that Tab leads to */
let tabStop = null;

store.seesNewest = () =>
  atEnd && placed && shown === wantedView() && document.visibilityState === "visible";

/** Starts to show the store's open channel, and keeps showing it. */
export function showMessages() {
  actions.jump = (message) => jumpTo(message.id);
  store.on(["messages", "current"], draw);
  scroller.addEventListener("scroll", scrolled, { passive: true });
  document.addEventListener("visibilitychange", seen);
  const resized = new ResizeObserver(() => {
    if (atEnd) toEnd();
  });
  resized.observe(scroller);
  resized.observe(list);
  list.addEventListener("keydown", moved);
  list.addEventListener("click", (event) => {
    // Single keys belong to a row that the keyboard went to, not to one that was clicked.
    if (document.activeElement === rowOf(event.target)) rowOf(event.target)?.blur();
  });
  list.addEventListener("contextmenu", (event) => {
    const row = rowOf(event.target);
    const message = row && find(row.dataset.id ?? "");
    if (row && message) onRowMenu(event, row, message);
  });
  list.addEventListener("mouseover", hovered);
  list.addEventListener("focusin", hovered);
  list.addEventListener("focusin", (event) => {
    const row = rowOf(event.target);
    if (row) stopAt(row.dataset.id ?? null);
  });
}

/** @param {EventTarget | null} target */
const rowOf = (target) =>
  /** @type {HTMLElement | null} */ (/** @type {HTMLElement} */ (target)?.closest("li.message"));

/** @param {Event} event */
function hovered(event) {
  const row = rowOf(event.target);
  const message = row && find(row.dataset.id ?? "");
  if (row && message) placeToolbar(row, message);
}

/** @param {string} id */
const find = (id) =>
  store.stream(store.current ?? "")?.messages.find((message) => message.id === id);

// Drawing

function draw() {
  const channel = store.channel;
  if (shown !== wantedView()) {
    shown = wantedView();
    nodes = new Map();
    list.replaceChildren();
    atEnd = true;
    placed = false;
    tabStop = null;
    announced = null;
    stopEditing();
  }
  if (!channel) return;
  list.setAttribute(
    "aria-label",
    `Messages in ${store.isDm(channel) ? "direct messages with " : "#"}${store.nameOfChannel(channel)}`,
  );
  const stream = store.stream(channel.id);
  const newest = stream?.messages.at(-1);
  if (newest && announced && byAge(newest.id, announced) > 0) arrived(newest);
  announced = newest?.id ?? (stream ? "0" : null);

  const anchor = atEnd ? null : firstVisible();
  const anchorTop = anchor?.getBoundingClientRect().top ?? 0;
  const wanted = stream ? contents(stream.messages) : [piece("loading", skeleton)];
  const kept = new Set(wanted);
  for (const [key, node] of nodes) {
    if (kept.has(node)) continue;
    const focused = node.contains(document.activeElement);
    node.remove();
    nodes.delete(key);
    if (focused) actions.leave();
  }
  wanted.forEach((node, i) => {
    if (list.children[i] !== node) list.insertBefore(node, list.children[i] ?? null);
  });
  // Tab leads to the newest message, and back to where the keyboard is while it is among them.
  const moving = tabStop !== null && nodes.has(tabStop) && list.contains(document.activeElement);
  stopAt(moving ? tabStop : (lastRow()?.dataset.id ?? null));

  if (stream && !placed) {
    placed = true;
    toEnd();
    const marker = nodes.get("new");
    if (marker && marker.offsetTop < scroller.scrollTop) scroller.scrollTop = marker.offsetTop - 60;
    scrolled();
  } else if (atEnd) toEnd();
  else if (anchor?.isConnected)
    scroller.scrollTop += anchor.getBoundingClientRect().top - anchorTop;
  bars();
}

/**
 * Everything that the list shows, from top to bottom.
 * @param {Message[]} messages
 * @returns {HTMLElement[]}
 */
function contents(messages) {
  const stream = store.stream(store.current ?? "");
  const result = [stream?.complete ? piece("intro", intro) : piece("older", olderButton)];
  /** @type {Message | null} */
  let before = null;
  let marked = store.readBefore === null;
  const pending = store.pending.filter(
    (each) => each.channel === store.current && each.user === store.me,
  );
  const all = [
    ...messages.map((message) => ({ message, entry: null, run: null })),
    ...pending.map((entry) => ({ message: asMessage(entry), entry, run: null })),
    ...runsHere(messages).map((run) => ({ message: asAnswer(run), entry: null, run })),
  ];
  for (const { message, entry, run } of all) {
    const at = new Date(message.timestamp);
    const newDay = !before || !sameDay(new Date(before.timestamp), at);
    const isNew =
      !marked &&
      !entry &&
      !run &&
      byAge(message.id, store.readBefore ?? "0") > 0 &&
      !store.isMine(message);
    if (newDay) result.push(piece(`day-${at.toDateString()}`, () => divider(day(at))));
    if (isNew) {
      marked = true;
      result.push(piece("new", newDivider));
    }
    const row = piece(message.id, newRow);
    const grouped = !newDay && !isNew && continues(before, message);
    const editor = editing(message.id);
    updateRow(row, message, { grouped, pending: entry, run, editor }, actions);
    result.push(row);
    before = message;
  }
  return result;
}

/**
 * @param {string} key
 * @param {() => HTMLElement} make
 */
function piece(key, make) {
  const known = nodes.get(key) ?? make();
  nodes.set(key, known);
  return known;
}

/** @param {import("./store.js").Pending} entry */
function asMessage(entry) {
  const author = store.users.get(entry.user) ?? { id: entry.user, username: "You" };
  const to = entry.replyTo ? find(entry.replyTo) : null;
  return /** @type {Message} */ ({
    id: entry.key,
    type: entry.replyTo ? 19 : 0,
    channel_id: entry.channel,
    author,
    content: entry.content,
    timestamp: new Date(entry.at).toISOString(),
    referenced_message: to,
  });
}

/**
 * What stands there until a command is answered.
 * @param {import("./interactions.js").Run} run
 */
function asAnswer({ key, channel, user, name, at, state }) {
  const who = store.users.get(user) ?? { id: user, username: "You" };
  return /** @type {Message} */ ({
    id: key,
    type: name.startsWith("/") ? 20 : 23,
    channel_id: channel,
    author: store.bot,
    content: "",
    flags: state === "failed" ? 64 : 0,
    timestamp: new Date(at).toISOString(),
    interaction: { name, user: who },
  });
}

/**
 * Whether a message stands under the name of the one before it.
 * @param {Message | null} before
 * @param {Message} message
 */
function continues(before, message) {
  if (!before || message.type !== 0 || isNote(before)) return false;
  const near = Date.parse(message.timestamp) - Date.parse(before.timestamp) < GROUP_MS;
  const { author } = message;
  return (
    near &&
    before.author.id === author.id &&
    before.author.username === author.username &&
    before.author.avatar === author.avatar
  );
}

/** @param {string} text */
const divider = (text) => el("li", { class: "divider" }, el("span", {}, text));

const newDivider = () => el("li", { class: "divider new" }, el("span", {}, "New"));

const olderButton = () => {
  const click = () => older();
  return el(
    "li",
    { class: "older" },
    el("button", { type: "button", class: "link", on: { click } }, "Load older messages"),
  );
};

const skeleton = () => {
  const line = (/** @type {number} */ i) =>
    el("div", { class: `ghost ghost-${i % 4}` }, el("i"), el("b"), el("span"), el("span"));
  return el(
    "li",
    { class: "skeleton", "aria-label": "Loading messages" },
    [...Array(7).keys()].map(line),
  );
};

function intro() {
  const channel = store.channel;
  const name = channel ? store.nameOfChannel(channel) : "";
  const ask = "Type @ to see who you can talk with.";
  const [title, text, shape] = store.isDm(channel)
    ? [name, `This is the beginning of your direct messages with ${name}. ${ask}`, "bubble"]
    : store.isThread(channel)
      ? [name, "This is where the thread begins.", "thread"]
      : [`Welcome to #${name}!`, `This is the start of the #${name} channel. ${ask}`, "hash"];
  return el(
    "li",
    { class: "intro" },
    el("div", { class: "intro-icon" }, icon(shape)),
    el("h2", {}, title),
    el("p", {}, text),
  );
}

// What arrives

/** @param {Message} message */
function arrived(message) {
  if (store.isMine(message)) {
    atEnd = true;
    return;
  }
  byId("announcer").textContent = `${nameOf(message.author)}: ${summary(message)}`;
  if (!store.seesNewest())
    store.readBefore ??= reads.get(store.me, message.channel_id)?.last ?? "0";
}

function seen() {
  if (store.current && store.stream(store.current) && store.seesNewest())
    store.markRead(store.current);
}

// Scrolling

function toEnd() {
  scroller.scrollTop = scroller.scrollHeight;
  lastTop = scroller.scrollTop;
}

function scrolled() {
  const below = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
  // Growing content also leaves the end behind; only who scrolls up wants to stay there.
  const up = scroller.scrollTop < lastTop;
  lastTop = scroller.scrollTop;
  atEnd = below < NEAR_END_PX || (atEnd && !up);
  if (scroller.scrollTop < NEAR_START_PX && placed) older();
  if (atEnd) seen();
  bars();
}

async function older() {
  if (store.current) await loadOlder(store.current);
}

function firstVisible() {
  const top = scroller.getBoundingClientRect().top;
  return [...list.querySelectorAll("li.message")].find(
    (row) => row.getBoundingClientRect().bottom > top,
  );
}

/** Brings the two bars at the edges of the stream up to date. */
function bars() {
  const messages = store.stream(store.current ?? "")?.messages ?? [];
  const since = store.readBefore;
  const fresh =
    since === null
      ? []
      : messages.filter((message) => byAge(message.id, since) > 0 && !store.isMine(message));
  const marker = nodes.get("new");
  const count = `${fresh.length} new message${fresh.length === 1 ? "" : "s"}`;

  const above = byId("new-bar");
  above.hidden =
    !marker || !fresh.length || marker.offsetTop + marker.offsetHeight > scroller.scrollTop;
  if (!above.hidden) {
    const jump = () => marker?.scrollIntoView({ block: "center" });
    const text = `${count} since ${clock(new Date(fresh[0].timestamp))}`;
    fill(above, [button(text, jump), button("Mark as read", markRead)], text);
  }

  const below = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
  const newBelow =
    fresh.length > 0 &&
    marker !== undefined &&
    marker.offsetTop > scroller.scrollTop + scroller.clientHeight;
  const bar = byId("jump-bar");
  bar.hidden = atEnd || !(newBelow || below > FAR_PX);
  if (!bar.hidden) {
    const text = newBelow ? count : "You are looking at older messages";
    fill(bar, [button(text, jumpToEnd), button("Jump to the newest", jumpToEnd)], text);
  }
}

/**
 * @param {HTMLElement} bar
 * @param {HTMLElement[]} buttons
 * @param {string} text
 */
function fill(bar, buttons, text) {
  if (bar.dataset.text === text && bar.childElementCount) return;
  bar.dataset.text = text;
  bar.replaceChildren(...buttons);
}

/**
 * @param {string} label
 * @param {() => void} click
 */
const button = (label, click) => el("button", { type: "button", on: { click } }, label);

function markRead() {
  store.readBefore = null;
  if (store.current) store.markRead(store.current);
  store.changed("messages");
}

export function jumpToEnd() {
  atEnd = true;
  toEnd();
  scrolled();
}

/**
 * Shows a message, loading back to it when needed.
 * @param {string} id
 */
async function jumpTo(id) {
  const channel = store.current;
  atEnd = false;
  if (!channel || !(await reach(channel, id)) || channel !== store.current) return;
  await new Promise(requestAnimationFrame);
  const row = nodes.get(id);
  row?.scrollIntoView({ block: "center" });
  row?.classList.add("flash");
  row?.focus({ preventScroll: true });
  setTimeout(() => row?.classList.remove("flash"), 1_600);
}

// The keyboard

/** @returns {HTMLElement[]} */
const rows = () =>
  [...list.querySelectorAll("li.message")].map((row) => /** @type {HTMLElement} */ (row));
const lastRow = () => rows().at(-1);

/** @param {string | null} id */
function stopAt(id) {
  if (id === tabStop && id !== null && nodes.get(id)?.tabIndex === 0) return;
  if (tabStop !== null) nodes.get(tabStop)?.setAttribute("tabindex", "-1");
  tabStop = id;
  if (id !== null) nodes.get(id)?.setAttribute("tabindex", "0");
}

/** @param {KeyboardEvent} event */
function moved(event) {
  const row = rowOf(event.target);
  if (!row || event.target !== row || event.ctrlKey || event.altKey || event.metaKey) return;
  const all = rows();
  const at = all.indexOf(row);
  /** @type {Record<string, HTMLElement | undefined>} */
  const targets = { ArrowUp: all[at - 1], ArrowDown: all[at + 1], Home: all[0], End: all.at(-1) };
  if (event.key in targets) {
    event.preventDefault();
    targets[event.key]?.focus();
    if (at === 0 && event.key === "ArrowUp") older();
    return;
  }
  const message = find(row.dataset.id ?? "");
  if (message && onRowKey(event, row, message)) event.preventDefault();
}
