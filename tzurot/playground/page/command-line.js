// @ts-check
/** The message box while it holds a command: one pill for each option, with what can be chosen for it. */

import { api } from "./api.js";
import { Field } from "./command-field.js";
import { limitsOf, optionsIn } from "./commands.js";
import { avatar, el } from "./dom.js";
import { createListbox } from "./listbox.js";
import { store } from "./store.js";
import { drawSuggestion, filtered } from "./suggestions.js";

/**
 * @typedef {import("./commands.js").Entry} Entry
 * @typedef {import("./commands.js").Option} Option
 * @typedef {import("./suggestions.js").Suggestion} Suggestion
 * @typedef {{text: string, chosen: Suggestion["value"] | null, file: File | null}} Kept
 * @typedef {{entry: Entry, fields: Record<string, Kept>}} Filled a command and what was filled in
 */

const PAUSE_MS = 180;

/**
 * @param {{run: (command: import("./interactions.js").Command) => void, leave: (text: string) => void,
 *   changed: () => void, problem: (text: string) => void}} on `leave` gets the command as text
 */
export function createCommandLine(on) {
  const root = el("div", { class: "command-line", role: "group", hidden: true });
  const about = el("div", { class: "option-about" });
  const list = createListbox({ label: "Suggestions", draw: drawSuggestion, choose: take });
  const popup = el("div", { class: "popup", hidden: true }, about, list.root);
  const more = el("input", { class: "more-options", type: "text", autocomplete: "off" });
  /** @type {Entry | null} */
  let entry = null;
  /** @type {Field[]} */
  let fields = [];
  /** @type {Field | typeof more | null} what has the keyboard, or had it last */
  let at = null;
  let asked = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let pause;

  const rest = () =>
    (entry?.options ?? []).filter(({ name }) => !fields.some(({ option }) => option.name === name));

  // Showing

  function draw() {
    const left = rest();
    more.hidden = !left.length;
    more.placeholder = `+${left.length} optional`;
    more.setAttribute("aria-label", `Add an option, ${left.length} more`);
    const icon = avatar(store.bot ?? { id: "0", username: "App" }, "small");
    const name = el("span", { class: "command-name" }, icon, `/${entry?.name}`);
    const pills = fields.map((field) => field.root);
    // What has the keyboard is not taken out of the page on the way.
    if (root.firstElementChild?.textContent !== name.textContent) root.replaceChildren(name);
    for (const old of [...root.querySelectorAll(".pill")])
      if (!pills.includes(/** @type {any} */ (old))) old.remove();
    for (const pill of pills) if (!pill.isConnected) root.append(pill);
    if (!more.isConnected || more !== root.lastElementChild) root.append(more);
  }

  /** @param {Option} option */
  function add(option) {
    const field = new Field(option, { changed });
    field.input.addEventListener("focus", () => arrive(field));
    field.input.addEventListener("input", () => {
      changed();
      field.complain(null);
      suggest();
    });
    field.input.addEventListener("click", () => suggest());
    fields.push(field);
    draw();
    return field;
  }

  function changed() {
    on.problem("");
    on.changed();
  }

  /** @param {Field | typeof more} place */
  function arrive(place) {
    at = place;
    const box = place === more ? more : place.input;
    if (box instanceof HTMLInputElement) list.attach(box);
    suggest();
  }

  function suggest() {
    clearTimeout(pause);
    asked += 1;
    popup.hidden = false;
    list.close();
    if (at === more) {
      about.replaceChildren(el("strong", {}, "Optional"), el("span", {}, "Add one of these."));
      const left = rest().map(({ name, description }) => ({
        label: name,
        value: name,
        detail: description,
      }));
      list.fill(filtered(left, more.value), more.value ? 0 : -1);
      return;
    }
    if (!(at instanceof Field)) return;
    const { option } = at;
    const limits = limitsOf(option);
    about.replaceChildren(
      el("strong", {}, option.name),
      el("span", {}, option.description),
      limits ? el("small", {}, limits) : "",
    );
    if (option.autocomplete) {
      if (at.chosen === null) pause = setTimeout(askBot, PAUSE_MS);
      return;
    }
    const found = at.suggestions();
    if (found.length) list.fill(found);
    else if (at.source && at.chosen === null) list.say("Nothing here answers to that.");
  }

  async function askBot() {
    const field = at;
    if (!(field instanceof Field) || !entry) return;
    const mine = asked;
    list.say("Loading options…");
    /** @type {Record<string, any>} */
    const options = {};
    for (const each of fields)
      if (!each.empty && !each.file && (each === field || !each.problem()))
        options[each.option.name] = each === field ? each.text : each.value;
    options[field.option.name] ??= "";
    try {
      const { choices } = await api.autocomplete({
        user: store.me,
        channel: store.current,
        command: entry.name,
        options,
        focused: field.option.name,
      });
      if (mine !== asked) return;
      const found = choices.map((/** @type {any} */ { name, value }) => ({ label: name, value }));
      if (found.length) list.fill(found);
      else list.say("No options match what you typed.");
    } catch (error) {
      if (mine === asked)
        list.say(`Loading options failed. ${error instanceof Error ? error.message : ""}`);
    }
  }

  /** @param {Suggestion} suggestion */
  function take(suggestion) {
    if (at === more) {
      more.value = "";
      const option = rest().find(({ name }) => name === suggestion.value);
      if (option) add(option).input.focus();
      changed();
    } else if (at instanceof Field) {
      at.choose(suggestion);
      changed();
      forward();
    }
  }

  /** Goes where something is still missing, or to what can be added. */
  function forward() {
    const missing = fields.find((field) => field.option.required && field.empty);
    if (missing) missing.input.focus();
    else if (!more.hidden) more.focus();
    else suggest();
  }

  /** @param {number} step */
  function go(step) {
    const stops = [...fields.map(({ input }) => input), ...(more.hidden ? [] : [more])];
    const here = stops.indexOf(/** @type {any} */ (document.activeElement));
    const next = stops[here + step];
    if (!next) return false;
    next.focus();
    if (next instanceof HTMLInputElement) {
      const end = step < 0 ? next.value.length : 0;
      next.setSelectionRange(end, end);
    }
    return true;
  }

  // The keyboard

  /** @type {Record<string, (event: KeyboardEvent) => boolean>} each answers whether it took the key */
  const keys = {
    ArrowDown: ({ key }) => list.move(key),
    ArrowUp: ({ key }) => list.move(key),
    Enter: () => {
      if (list.marked) take(list.marked);
      else if (at instanceof Field && at.empty && at.input.chooser) return false;
      else run();
      return true;
    },
    Tab: ({ shiftKey }) => {
      if (!shiftKey && list.marked && !(at instanceof Field && at.empty)) {
        take(list.marked);
        return true;
      }
      return go(shiftKey ? -1 : 1);
    },
    ArrowLeft: ({ target }) => edge(target, 0) && go(-1),
    ArrowRight: ({ target }) => edge(target, 1) && go(1),
    Backspace: ({ target }) => {
      if (!edge(target, 0) || /** @type {any} */ (target).value) return false;
      if (at instanceof Field && at.file) {
        at.take(null);
        return true;
      }
      if (at instanceof Field && !at.option.required) {
        const gone = at;
        go(-1);
        fields = fields.filter((field) => field !== gone);
        draw();
        if (!root.contains(document.activeElement)) forward();
        changed();
        return true;
      }
      if (at === more && fields.length) return go(-1);
      if (!fields.length || at === fields[0]) leave();
      else return go(-1);
      return true;
    },
    Escape: () => {
      if (list.marked) {
        list.close();
        asked += 1;
      } else leave();
      return true;
    },
  };

  /**
   * Whether the cursor is at the beginning (0) or the end (1) of a box.
   * @param {EventTarget | null} target
   * @param {0 | 1} side
   */
  const edge = (target, side) => {
    if (!(target instanceof HTMLInputElement)) return true;
    const { selectionStart, selectionEnd, value } = target;
    return selectionStart === selectionEnd && selectionStart === (side ? value.length : 0);
  };
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (!(event.key in keys) || !keys[event.key](event)) return;
    event.preventDefault();
    event.stopPropagation();
  });
  more.addEventListener("focus", () => arrive(more));
  more.addEventListener("input", suggest);
  root.addEventListener("focusout", (event) => {
    if (!root.contains(/** @type {Node | null} */ (event.relatedTarget))) popup.hidden = true;
  });
  root.addEventListener("click", (event) => {
    if (event.target === root || event.target === root.firstElementChild) focus();
  });

  // Running

  function run() {
    for (const field of fields) field.complain(null);
    const wrong = fields.find((field) => field.problem());
    if (wrong) {
      wrong.input.focus();
      wrong.complain(wrong.problem());
      on.problem(wrong.problem() ?? "");
      return;
    }
    if (!entry) return;
    /** @type {Record<string, any>} */
    const options = {};
    /** @type {Record<string, File>} */
    const files = {};
    for (const { option, file, empty, value } of fields.map(plain)) {
      if (file) files[option.name] = file;
      else if (!empty) options[option.name] = value;
    }
    const command = { name: entry.name, options, files, filled: filled() };
    close();
    on.run(command);
  }
  /** @param {Field} field */
  const plain = (field) => ({
    option: field.option,
    file: field.file,
    empty: field.empty,
    value: field.empty || field.file ? null : field.value,
  });

  /** @returns {Filled | null} */
  function filled() {
    if (!entry) return null;
    const kept = fields.map(({ option, text, chosen, file }) => [
      option.name,
      { text, chosen, file },
    ]);
    return { entry, fields: Object.fromEntries(kept) };
  }

  /** The command as text, so that it can be kept, and read again. */
  function asText() {
    const words = fields.filter(({ text }) => text).map(({ option, text }) => `${option.name}:${text}`);
    return [`/${entry?.name}`, ...words].join(" ");
  }

  function leave() {
    const text = asText();
    close();
    on.leave(text);
  }

  function close() {
    entry = null;
    fields = [];
    at = null;
    asked += 1;
    clearTimeout(pause);
    root.hidden = true;
    popup.hidden = true;
    list.close();
  }

  /** @param {Filled} what */
  function open({ entry: wanted, fields: kept }) {
    close();
    root.replaceChildren();
    entry = wanted;
    more.value = "";
    root.setAttribute("aria-label", `Command /${wanted.name}`);
    root.hidden = false;
    draw();
    for (const option of wanted.options) {
      const known = kept[option.name];
      if (!option.required && !known) continue;
      const field = add(option);
      if (known?.file) field.take(known.file);
      if (!known) continue;
      field.text = known.text;
      field.chosen = known.chosen;
    }
    focus();
    changed();
  }

  function focus() {
    const missing = fields.find((field) => field.option.required && field.empty);
    const target = missing?.input ?? (more.hidden ? fields.at(-1)?.input : more);
    if (target) target.focus();
    else {
      // A command without options: the box itself waits for Enter.
      root.tabIndex = -1;
      root.focus();
    }
  }

  return {
    root,
    popup,
    open,
    /**
     * @param {Entry} wanted
     * @param {string} text what was typed of it
     */
    begin(wanted, text) {
      const kept = Object.entries(optionsIn(wanted, text)).map(([name, words]) => [
        name,
        { text: words, chosen: null, file: null },
      ]);
      open({ entry: wanted, fields: Object.fromEntries(kept) });
    },
    close,
    run,
    focus,
    asText,
    get active() {
      return entry !== null;
    },
    /** @param {File[]} given the first goes to the first option that waits for a file */
    addFiles(given) {
      const option = rest().find(({ type }) => type === 11);
      const waiting = fields.find((field) => field.input.chooser && !field.file);
      const field = waiting ?? (option && add(option));
      if (field) field.take(given[0]);
      else on.problem("This command takes no file.");
      field?.input.focus();
    },
    /** @param {string} words put where the cursor is */
    insert(words) {
      if (!(at instanceof Field) || at.input.chooser) return;
      at.input.setRangeText(words, at.input.selectionStart, at.input.selectionEnd, "end");
      at.input.dispatchEvent(new Event("input", { bubbles: true }));
      at.input.focus();
    },
  };
}
