// @ts-check
/** The quick switcher: type a few letters of a channel and press Enter. */

import { rank } from "./completion.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { open } from "./session.js";
import { store } from "./store.js";

/** @typedef {import("./store.js").Channel} Channel */

/** Opens it, or closes it when it is open. */
export function openSwitcher() {
  const there = document.querySelector("dialog.switcher");
  if (there instanceof HTMLDialogElement) return there.close();
  const input = el("input", {
    class: "field",
    type: "text",
    placeholder: "Where would you like to go?",
    "aria-label": "Find a channel",
    role: "combobox",
    "aria-expanded": "true",
    "aria-controls": "switcher-list",
    "aria-autocomplete": "list",
    autocomplete: "off",
  });
  const list = el("ul", { id: "switcher-list", role: "listbox", "aria-label": "Channels" });
  const hint = el("p", { class: "switcher-hint" }, "↑ ↓ to choose, Enter to go, Esc to stay");
  const dialog = /** @type {HTMLDialogElement} */ (
    el("dialog", { class: "switcher", "aria-label": "Find a channel" }, input, list, hint)
  );
  /** @type {Channel[]} */
  let found = [];
  let selected = 0;

  const mark = () => {
    for (const [i, option] of [...list.children].entries())
      option.setAttribute("aria-selected", String(i === selected));
    input.setAttribute("aria-activedescendant", found.length ? `switcher-${selected}` : "");
    list.children[selected]?.scrollIntoView({ block: "nearest" });
  };
  const fill = () => {
    const query = input.value.replace(/^[#@]/, "");
    const ranked = store
      .openable()
      .map((channel) => ({ channel, value: rank(store.nameOfChannel(channel), query) }));
    found = ranked
      .filter(({ value, channel }) => value !== null && (query || channel.id !== store.current))
      .sort(
        (a, b) =>
          Number(a.value) - Number(b.value) ||
          Number(store.isUnread(b.channel)) - Number(store.isUnread(a.channel)),
      )
      .map(({ channel }) => channel);
    list.replaceChildren(...found.map(option));
    if (!found.length) list.append(el("li", { class: "nothing" }, "No channel has that name."));
    selected = 0;
    mark();
  };
  const go = () => {
    const channel = found[selected];
    dialog.close();
    if (channel) open(channel.id);
  };
  input.addEventListener("input", fill);
  input.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && found.length) {
      selected = (selected + step + found.length) % found.length;
      mark();
    } else if (event.key === "Enter") go();
    else return;
    event.preventDefault();
  });
  list.addEventListener("click", (event) => {
    const clicked = /** @type {HTMLElement} */ (event.target).closest("[role=option]");
    if (!clicked) return;
    selected = [...list.children].indexOf(clicked);
    go();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("close", () => dialog.remove());
  fill();
  document.body.append(dialog);
  dialog.showModal();
  input.focus();
}

/**
 * @param {Channel} channel
 * @param {number} i
 */
function option(channel, i) {
  const shape = store.isThread(channel) ? "thread" : store.isDm(channel) ? "bubble" : "hash";
  const parent = channel.parent_id ? store.channels.get(channel.parent_id) : null;
  const guild = store.guilds.find(({ id }) => id === channel.guild_id);
  const where = store.isDm(channel)
    ? "Direct message"
    : parent
      ? `#${store.nameOfChannel(parent)}`
      : (guild?.name ?? "");
  const pings = store.pings(channel.id);
  return el(
    "li",
    { id: `switcher-${i}`, role: "option", class: store.isUnread(channel) ? "unread" : "" },
    icon(shape),
    el("span", { class: "channel-name" }, store.nameOfChannel(channel)),
    pings ? el("span", { class: "badge" }, String(pings)) : null,
    el("small", {}, where),
  );
}
