// @ts-check
/** The list that opens when a message begins with a slash: the bot's commands. */

import { entriesOf, fetchCommands, matching } from "./commands.js";
import { avatar, el, nameOf } from "./dom.js";
import { createListbox } from "./listbox.js";
import { store } from "./store.js";

/** @typedef {import("./commands.js").Entry} Entry */

const LIKE_A_COMMAND = /^\/(?!\s)[^\n]*$/;

/**
 * Gives a text box the list of commands.
 * @param {HTMLTextAreaElement} box
 * @param {{choose: (entry: Entry, text: string) => void, send: () => void}} on `choose` is told what was typed
 *   after the slash; `send` sends what is no command
 */
export function offerCommands(box, { choose, send }) {
  const list = createListbox({
    label: "Commands",
    className: "commands",
    draw: drawEntry,
    choose: (/** @type {Entry} */ entry) => take(entry),
    group: heading,
  });
  const root = el("div", { class: "popup", hidden: true }, list.root);
  /** @type {string | null} */
  let dismissed = null;
  let loading = false;
  let asked = 0;
  /** @type {string} */
  let group = "";

  /** @param {Entry} entry */
  function heading({ app }) {
    if (app === group) return null;
    group = app;
    const bot = store.bot ?? { id: "0", username: "App" };
    return el(
      "div",
      { class: "listbox-group", role: "presentation" },
      avatar(bot, "small"),
      nameOf(bot),
    );
  }
  const close = () => {
    root.hidden = true;
    list.close();
  };
  /** @param {Entry} entry */
  const take = (entry) => {
    const text = box.value.slice(1);
    close();
    choose(entry, text);
  };
  /** @returns {Promise<Entry | undefined>} the best answer to what is typed */
  const refresh = async () => {
    const mine = (asked += 1);
    const text = box.value;
    if (!LIKE_A_COMMAND.test(text)) {
      dismissed = null;
      close();
      return;
    }
    if (dismissed !== null) return;
    loading = true;
    if (root.hidden) list.say("Looking for commands…");
    root.hidden = false;
    let all;
    try {
      all = entriesOf(await fetchCommands());
    } catch (error) {
      if (mine === asked) list.say(error instanceof Error ? error.message : String(error));
      throw error;
    } finally {
      if (mine === asked) loading = false;
    }
    if (mine !== asked || box.value !== text || document.activeElement !== box) return;
    const found = matching(all, text.slice(1));
    group = "";
    if (found.length) list.fill(found);
    else if (!all.length) list.say("There are no commands here.");
    else close();
    return found[0];
  };
  const refreshQuietly = () => refresh().catch(() => undefined);

  box.addEventListener("input", refreshQuietly);
  box.addEventListener("blur", close);
  box.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
      if (!LIKE_A_COMMAND.test(box.value) || dismissed !== null) return;
      if (!keyed(event)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    // Before the text box itself sends what is in it.
    { capture: true },
  );

  /**
   * @param {KeyboardEvent} event
   * @returns {boolean} whether it meant the list
   */
  const keyed = ({ key, shiftKey }) => {
    if (shiftKey) return false;
    if (!root.hidden && list.move(key)) return true;
    if (key === "Escape" && !root.hidden) {
      dismissed = box.value;
      close();
      return true;
    }
    if (key === "Enter" || (key === "Tab" && !root.hidden)) {
      enter();
      return true;
    }
    return false;
  };
  const enter = async () => {
    if (!loading && list.marked) return take(list.marked);
    try {
      const found = await refresh();
      if (found) take(found);
      else if (root.hidden) send();
    } catch {
      // The list says why; what was typed stays.
    }
  };
  return { root, enter, refresh: refreshQuietly };
}

/** @param {Entry} entry */
function drawEntry({ name, description, options }) {
  const words = options.map((option) =>
    el("span", { class: option.required ? "hint required" : "hint" }, option.name),
  );
  return [
    avatar(store.bot ?? { id: "0", username: "App" }, "medium"),
    el(
      "div",
      { class: "entry-words" },
      el("div", { class: "entry-name" }, el("strong", {}, `/${name}`), ...words),
      el("div", { class: "entry-about" }, description),
    ),
  ];
}
