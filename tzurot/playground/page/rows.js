// @ts-check
/** What can be done with one message of the stream: by its toolbar, and by single keys. */

import { ask } from "./dialog.js";
import { askAndRemove, startEditing } from "./editing.js";
import { el } from "./dom.js";
import { pickEmoji } from "./emoji.js";
import { icon } from "./icons.js";
import { drop, runAgain } from "./interactions.js";
import { instead } from "./menu.js";
import { below, openMessageMenu, openUserMenu } from "./menus.js";
import { isEphemeral, isNote } from "./message.js";
import { canDelete } from "./roles.js";
import { discard, openThread, remove, retry, toggleReaction } from "./session.js";
import { store } from "./store.js";

/** @typedef {import("./store.js").Message} Message */

/** @type {import("./message.js").Actions & {reply: (message: Message) => void, leave: () => void}} */
export const actions = {
  jump: () => {},
  reply: () => {},
  leave: () => {},
  react: toggleReaction,
  pick: (message, anchor) =>
    pickEmoji(anchor, (char) => toggleReaction(message, { id: null, name: char })),
  retry,
  discard,
  refill: () => {},
  runAgain,
  drop,
  dismiss: (message) => remove(message),
};

/** @param {Message} message */
async function startThread(message) {
  const name = await ask({
    title: "Create a thread",
    label: "Thread name",
    confirm: "Create thread",
  });
  if (name) await openThread(name, message);
}

/** @param {Message} message */
const canThread = (message) =>
  store.channel?.type === 0 && !message.thread && !isNote(message) && !isEphemeral(message);

/**
 * @typedef {object} Tool
 * @property {string} label
 * @property {string} shape
 * @property {string[]} keys
 * @property {(message: Message) => boolean} fits
 * @property {(message: Message, row: HTMLElement, anchor: HTMLElement) => void} run
 */

/** @type {Tool[]} */
const TOOLS = [
  {
    label: "Add reaction",
    shape: "smile",
    keys: ["+", "="],
    fits: (message) => !isEphemeral(message),
    run: (message, _, anchor) => actions.pick(message, anchor),
  },
  {
    label: "Reply",
    shape: "reply",
    keys: ["r"],
    fits: (message) => !isNote(message) && !isEphemeral(message),
    run: (message) => actions.reply(message),
  },
  {
    label: "Edit",
    shape: "pencil",
    keys: ["e"],
    fits: (message) => store.isMine(message) && !isNote(message),
    run: startEditing,
  },
  { label: "Create thread", shape: "thread", keys: ["t"], fits: canThread, run: startThread },
  {
    label: "Delete",
    shape: "bin",
    keys: ["Delete", "Backspace"],
    fits: (message) => canDelete(message) && !isEphemeral(message),
    run: askAndRemove,
  },
  {
    label: "Dismiss message",
    shape: "close",
    keys: ["Delete", "Backspace"],
    fits: isEphemeral,
    run: (message) => actions.dismiss(message),
  },
  {
    label: "More",
    shape: "more",
    keys: [".", "ContextMenu"],
    fits: () => true,
    run: (message, row, anchor) => moreOf(message, row, below(anchor)),
  },
];

/**
 * @param {Message} message
 * @param {HTMLElement} row
 * @param {{left: number, top: number}} at
 */
function moreOf(message, row, at) {
  const tools = TOOLS.filter(({ shape, fits }) => shape !== "more" && fits(message));
  const items = tools.map(({ label, shape, keys, run }) => ({
    label,
    shape,
    key: keyName(keys[0]),
    danger: shape === "bin",
    run: () => run(current(message), row, row),
  }));
  openMessageMenu(message, items, row, at);
}

/** @param {string} key */
const keyName = (key) => (key.length === 1 ? key.toUpperCase() : key);

/**
 * The menu of a message, or of its author when that is what was pressed.
 * @param {MouseEvent} event
 * @param {HTMLElement} row
 * @param {Message} message
 */
export function onRowMenu(event, row, message) {
  const target = /** @type {HTMLElement} */ (event.target);
  const onAuthor = target.closest(".head .author, .gutter .avatar") && !message.webhook_id;
  const at = { left: event.clientX, top: event.clientY };
  instead(event, () => {
    if (onAuthor) openUserMenu(message.author, row, at);
    else moreOf(message, row, at);
  });
}

const toolbar = el("div", { class: "toolbar", role: "toolbar", "aria-label": "Message actions" });

/**
 * Moves the one toolbar to a row.
 * @param {HTMLElement} row
 * @param {Message} message
 */
export function placeToolbar(row, message) {
  if (toolbar.parentElement === row || toolbar.contains(document.activeElement)) return;
  const buttons = TOOLS.filter((tool) => tool.fits(message)).map((tool) => {
    const key = keyName(tool.keys[0]);
    const click = (/** @type {Event} */ event) =>
      tool.run(current(message), row, /** @type {HTMLElement} */ (event.currentTarget));
    const attributes = {
      type: "button",
      "aria-label": tool.label,
      title: `${tool.label} (${key})`,
      on: { click },
    };
    return el("button", { ...attributes, "data-tool": tool.shape }, icon(tool.shape));
  });
  toolbar.replaceChildren(...buttons);
  row.append(toolbar);
}

/** @param {Message} message as it is by now */
const current = (message) =>
  store.stream(message.channel_id)?.messages.find(({ id }) => id === message.id) ?? message;

/**
 * @param {KeyboardEvent} event
 * @param {HTMLElement} row
 * @param {Message} message
 * @returns {boolean} whether the key meant something
 */
export function onRowKey(event, row, message) {
  if (event.key === "Escape") {
    actions.leave();
    return true;
  }
  const tool = TOOLS.find(({ keys, fits }) => keys.includes(event.key) && fits(message));
  tool?.run(message, row, row);
  return Boolean(tool);
}
