// @ts-check
/** The list that opens above a text box: names after `@`, channels after `#`, emoji after `:`. */

import { avatar, el, nameOf } from "./dom.js";
import { findEmoji } from "./emoji.js";
import { icon } from "./icons.js";
import { store } from "./store.js";
import { askForNames, suggestedNames } from "./suggested-names.js";

/**
 * @typedef {{label: string, detail: string, picture: () => Node, insert: string, mark?: string}} Choice
 *   `mark` is what the inserted word stands for when the message is sent
 * @typedef {{at: number, sign: string, query: string}} Question where it begins, and what was typed
 */

const MOST = 20;
const LONGEST = 40;
let count = 0;

/** @param {string} text */
const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/**
 * How well a name answers: 0 when it begins so, 1 when one of its words does, nothing otherwise.
 * @param {string} name
 * @param {string} query
 */
export function rank(name, query) {
  const [whole, wanted] = [folded(name), folded(query)];
  if (whole.startsWith(wanted)) return 0;
  return whole
    .split(/[^\p{L}\p{N}]+/u)
    .some((_, i, words) => words.slice(i).join(" ").startsWith(wanted))
    ? 1
    : null;
}

/**
 * @param {Choice[]} choices
 * @param {string} query
 */
function ranked(choices, query) {
  const found = choices.flatMap((choice) => {
    const value = rank(choice.label, query);
    return value === null ? [] : [{ choice, value }];
  });
  return found
    .sort((a, b) => a.value - b.value || a.choice.label.localeCompare(b.choice.label))
    .map(({ choice }) => choice);
}

/** @type {Record<string, (query: string) => Choice[]>} */
const SOURCES = {
  "@": (query) => {
    /** @type {Map<string, string>} one spelling of each character's name */
    const names = new Map(
      [...store.voices.keys(), ...store.names, ...suggestedNames(query)].map((name) => [
        name.toLowerCase(),
        name,
      ]),
    );
    const characters = [...names.values()].map((name) => {
      const picture = () =>
        avatar(store.voices.get(name) ?? { id: "0", username: name, bot: true }, "small");
      return { label: name, detail: "character", insert: `@${name} `, picture };
    });
    const bot = store.bot ? [store.bot] : [];
    const people = [...store.people, ...bot].map((user) => {
      const label = nameOf(user);
      const detail = user.bot ? "bot" : "person";
      return {
        label,
        detail,
        insert: `@${label} `,
        mark: `<@${user.id}>`,
        picture: () => avatar(user, "small"),
      };
    });
    return [...ranked(characters, query), ...ranked(people, query)];
  },
  "#": (query) => {
    const channels = store.openable().filter((channel) => !store.isDm(channel));
    const choices = channels.map((channel) => {
      const label = store.nameOfChannel(channel);
      const kind = store.isThread(channel) ? "thread" : "hash";
      return {
        label,
        detail: "channel",
        insert: `#${label} `,
        mark: `<#${channel.id}>`,
        picture: () => icon(kind),
      };
    });
    return ranked(choices, query);
  },
  ":": (query) =>
    query.length < 2
      ? []
      : findEmoji(query).map(({ char, name }) => {
          return {
            label: `:${name}:`,
            detail: "",
            insert: char,
            picture: () => el("span", { class: "glyph" }, char),
          };
        }),
};

/**
 * What is being asked for at the cursor, if anything.
 * @param {string} text what stands before the cursor
 * @returns {Question | null}
 */
export function question(text) {
  const end = text.slice(-LONGEST - 2);
  const found =
    /(?:^|\s)(:)([\w+-]+)$/.exec(end) ?? /(?:^|[\s("'*_~|>])([@#])([^@#\n]*)$/.exec(end);
  if (!found) return null;
  return { at: text.length - found[2].length - 1, sign: found[1], query: found[2] };
}

/**
 * Gives a text box its list.
 * @param {HTMLTextAreaElement} box
 * @param {(label: string, mark: string) => void} remember told what an inserted word stands for
 */
export function complete(box, remember) {
  const id = `completion-${(count += 1)}`;
  const list = el("ul", {
    id,
    class: "completion",
    role: "listbox",
    "aria-label": "Suggestions",
    hidden: true,
  });
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-controls", id);
  box.setAttribute("aria-haspopup", "listbox");
  /** @type {Choice[]} */
  let choices = [];
  /** @type {Question | null} */
  let asked = null;
  let selected = 0;
  let dismissed = -1;

  const close = () => {
    list.hidden = true;
    choices = [];
    box.removeAttribute("aria-activedescendant");
  };
  const select = (/** @type {number} */ index) => {
    selected = (index + choices.length) % choices.length;
    for (const [i, option] of [...list.children].entries())
      option.setAttribute("aria-selected", String(i === selected));
    box.setAttribute("aria-activedescendant", `${id}-${selected}`);
    list.children[selected].scrollIntoView({ block: "nearest" });
  };
  /** What is marked stays marked when names come that nobody typed for. */
  const renew = () => {
    if (document.activeElement !== box) return;
    const before = choices[selected]?.insert;
    refresh();
    if (choices.length) select(Math.max(0, choices.findIndex(({ insert }) => insert === before)));
  };
  const refresh = () => {
    asked =
      box.selectionStart === box.selectionEnd
        ? question(box.value.slice(0, box.selectionStart))
        : null;
    if (!asked) dismissed = -1;
    if (!asked || asked.at === dismissed) return close();
    if (asked.sign === "@") askForNames(asked.query, renew);
    choices = SOURCES[asked.sign](asked.query).slice(0, MOST);
    const { sign, query } = asked;
    const typed = query.trimEnd();
    // A finished name and a space: the next key belongs to the sentence again.
    const finished =
      typed !== query && SOURCES[sign](typed).some(({ label }) => folded(label) === folded(typed));
    if (!choices.length || finished) return close();
    list.replaceChildren(
      ...choices.map(({ label, detail, picture }, i) =>
        el(
          "li",
          { id: `${id}-${i}`, role: "option", "data-index": i },
          picture(),
          el("span", { class: "completion-label" }, label),
          el("span", { class: "completion-detail" }, detail),
        ),
      ),
    );
    list.hidden = false;
    select(0);
  };
  const accept = () => {
    const choice = choices[selected];
    if (!asked || !choice) return;
    if (choice.mark) remember(choice.insert.trim(), choice.mark);
    dismissed = asked.at;
    box.setRangeText(choice.insert, asked.at, box.selectionStart, "end");
    box.dispatchEvent(new Event("input", { bubbles: true }));
    close();
  };
  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowDown: () => select(selected + 1),
    ArrowUp: () => select(selected - 1),
    Enter: accept,
    Tab: accept,
    Escape: () => {
      dismissed = asked?.at ?? -1;
      close();
    },
  };
  box.addEventListener("input", refresh);
  box.addEventListener("click", refresh);
  box.addEventListener("blur", close);
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = /** @type {HTMLElement} */ (event.target).closest("li");
    if (!option) return;
    select(Number(option.dataset.index));
    accept();
  });
  return {
    list,
    renew,
    /**
     * @param {KeyboardEvent} event
     * @returns {boolean} whether the list took the key
     */
    takes(event) {
      const plain = !(
        event.shiftKey ||
        event.ctrlKey ||
        event.altKey ||
        event.metaKey ||
        event.isComposing
      );
      if (list.hidden || !plain || !(event.key in keys)) return false;
      event.preventDefault();
      event.stopPropagation();
      keys[event.key]();
      return true;
    },
  };
}
