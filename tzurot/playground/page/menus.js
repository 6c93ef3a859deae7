// @ts-check
/** What the menus of messages and of people hold; the bot's own commands are under "Apps". */

import { fetchCommands } from "./commands.js";
import { nameOf } from "./dom.js";
import { toast } from "./dialog.js";
import { useMenu } from "./interactions.js";
import { openMenu } from "./menu.js";
import { MAY, may } from "./roles.js";
import { removeBot } from "./session.js";
import { store } from "./store.js";

/** @typedef {import("./menu.js").Item} Item */

const FOR_USERS = 2;
const FOR_MESSAGES = 3;

/**
 * The commands of the bot that fit.
 * @param {number} type
 * @param {string} target
 * @returns {Item}
 */
const apps = (type, target) => ({
  label: "Apps",
  items: async () => {
    const all = await fetchCommands();
    const found = all.filter((each) => each.type === type);
    if (!found.length) return [{ label: "", empty: "No app has a command for this." }];
    return found.map(({ name }) => ({
      label: name,
      shape: "apps",
      run: () => useMenu(name, target),
    }));
  },
});

/**
 * @param {string} label
 * @param {string} text
 * @returns {Item}
 */
const copy = (label, text) => ({
  label,
  shape: "copy",
  run: async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      toast("The browser did not let the page copy.");
    }
  },
});

/**
 * @param {import("./store.js").Message} message
 * @param {Item[]} own what else can be done with it
 * @param {HTMLElement} owner
 * @param {{left: number, top: number}} at
 */
export function openMessageMenu(message, own, owner, at) {
  const texts = [
    ...(message.content ? [copy("Copy text", message.content)] : []),
    copy("Copy message ID", message.id),
  ];
  const dangers = own.filter(({ danger }) => danger);
  const others = own.filter(({ danger }) => !danger);
  const groups = [others, [apps(FOR_MESSAGES, message.id)], texts, dangers];
  openMenu("Message", groups, owner, at);
}

/** @type {{mention: (user: string) => void}} what the menus need of the message box */
export const wanted = { mention: () => {} };

/**
 * @param {import("./store.js").User} user
 * @param {HTMLElement} owner
 * @param {{left: number, top: number}} at
 */
export function openUserMenu(user, owner, at) {
  const mine = user.id === store.bot?.id && store.guild?.bot_member;
  const out =
    mine && may(store.me, store.guild, MAY.manageServer | MAY.kick)
      ? [{ label: "Remove the app from this server", danger: true, run: removeBot }]
      : [];
  const groups = [
    [{ label: "Mention", shape: "at", run: () => wanted.mention(user.id) }],
    [apps(FOR_USERS, user.id)],
    [copy("Copy user ID", user.id)],
    out,
  ];
  openMenu(nameOf(user), groups, owner, at);
}

/** @param {HTMLElement} anchor where a menu of a button opens */
export function below(anchor) {
  const { left, bottom } = anchor.getBoundingClientRect();
  return { left, top: bottom + 4 };
}
