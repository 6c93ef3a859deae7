// @ts-check
/** Select menus of messages and forms: a button that opens a list with a search. */

import { el } from "./dom.js";
import { toast } from "./dialog.js";
import { icon } from "./icons.js";
import { createListbox } from "./listbox.js";
import { beside, closeBox, openBox } from "./popup.js";
import { channels, filtered, people, roles } from "./suggestions.js";

/** @typedef {import("./suggestions.js").Suggestion & {emoji?: any}} Item */

const STRING = 3;
const SEARCH_FROM = 8;

/** @type {Record<number, (component: any) => Item[]>} */
const SOURCES = {
  3: ({ options }) => options.map(fromOption),
  5: people,
  6: roles,
  7: () => [...people(), ...roles()],
  8: ({ channel_types }) => channels(channel_types),
};
/** @type {Record<number, string>} */
const WORDS = {
  3: "Make a selection",
  5: "Choose a person",
  6: "Choose a role",
  7: "Choose a person or a role",
  8: "Choose a channel",
};

export const SELECTS = Object.keys(SOURCES).map(Number);

/** @param {any} option Discord's own object */
const fromOption = ({ label, value, description, emoji }) => ({
  label,
  value,
  detail: description,
  emoji,
});

/** @param {{id?: string | null, name?: string | null}} emoji */
export const glyph = (emoji) =>
  el("span", { class: "glyph" }, emoji.id ? `:${emoji.name}:` : (emoji.name ?? ""));

/** @param {any} component what is chosen before anybody chooses */
export function defaultsOf(component) {
  if (component.type === STRING)
    return component.options
      .filter((/** @type {any} */ each) => each.default)
      .map((/** @type {any} */ { value }) => value);
  return (component.default_values ?? []).map((/** @type {any} */ { id }) => id);
}

/**
 * @param {any} component Discord's own object
 * @param {string[]} chosen
 * @param {{commit: (values: string[]) => void, busy?: boolean, label?: string}} on
 */
export function createSelect(component, chosen, { commit, busy = false, label }) {
  const { min_values: least = 1, max_values: most = 1, placeholder } = component;
  const all = SOURCES[component.type](component);
  let values = chosen.filter((value) => all.some((item) => item.value === value));
  const words = placeholder || WORDS[component.type];
  const button = el("button", {
    type: "button",
    class: "select",
    disabled: component.disabled,
    "aria-haspopup": "listbox",
    "aria-expanded": "false",
    "aria-busy": busy ? "true" : null,
    "data-key": component.custom_id,
  });
  const show = () => {
    const items = values.flatMap((value) => all.find((item) => item.value === value) ?? []);
    const names = items.map((item) => item.label).join(", ");
    button.setAttribute("aria-label", `${label ?? words}: ${names || "nothing chosen"}`);
    const shown =
      items.length && most > 1
        ? items.map((item) => el("span", { class: "chip" }, picture(item), item.label))
        : items.map((item) => el("span", { class: "select-value" }, picture(item), item.label));
    button.replaceChildren(
      el(
        "span",
        { class: "select-words" },
        ...(shown.length ? shown : [el("span", { class: "placeholder" }, words)]),
      ),
      busy ? dots() : icon("down"),
    );
  };
  button.addEventListener("click", () => {
    if (busy) return;
    if (button.getAttribute("aria-expanded") === "true") closeBox();
    else openList(button, { all, least, most, words, before: values }, finish);
  });
  /** @param {string[]} now */
  const finish = (now) => {
    const same = now.length === values.length && now.every((value) => values.includes(value));
    if (same) return;
    if (now.length < least) {
      toast(`Choose at least ${least}.`);
      return;
    }
    values = now;
    show();
    commit(now);
  };
  show();
  return button;
}

/** Something is on its way. */
export const dots = () =>
  el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));

/** @param {Item} item */
const picture = (item) => (item.emoji ? glyph(item.emoji) : (item.picture?.() ?? null));

/**
 * @param {HTMLElement} button
 * @param {{all: Item[], least: number, most: number, words: string, before: string[]}} what
 * @param {(values: string[]) => void} finish
 */
function openList(button, { all, least, most, words, before }, finish) {
  const several = most > 1;
  let values = before;
  const search = el("input", {
    class: several || all.length >= SEARCH_FROM ? "field" : "field unseen",
    type: "text",
    placeholder: "Search",
    "aria-label": words,
    autocomplete: "off",
  });
  const list = createListbox({
    label: words,
    className: several ? "several" : "",
    draw: (/** @type {Item} */ item) => [
      picture(item),
      el(
        "span",
        { class: "entry-words" },
        el("span", { class: "entry-label" }, item.label),
        item.detail ? el("small", {}, item.detail) : null,
      ),
      several
        ? el("span", { class: "tick" }, icon("check"))
        : values.includes(String(item.value))
          ? icon("check")
          : null,
    ],
    choose: pick,
    chosen: (/** @type {Item} */ item) => values.includes(String(item.value)),
  });
  if (several) list.root.setAttribute("aria-multiselectable", "true");
  list.attach(search);
  const limit = several
    ? el("small", { class: "select-limit" }, least === most ? `Choose ${most}` : `Up to ${most}`)
    : null;
  const box = el("div", { class: "select-box" }, search, list.root, limit ?? "");

  const fill = (at = 0) => {
    const found = /** @type {Item[]} */ (filtered(all, search.value));
    if (found.length) list.fill(found, at);
    else list.say("Nothing here has that name.");
  };
  /** @param {Item} item */
  function pick({ value }) {
    const id = String(value);
    const without = values.filter((each) => each !== id);
    if (!several) {
      values = values.includes(id) && least === 0 ? [] : [id];
      closeBox();
      return;
    }
    if (without.length < values.length) values = without;
    else if (values.length < most) values = [...values, id];
    else if (limit) limit.classList.add("full");
    fill(list.at);
  }
  search.addEventListener("input", () => fill());
  box.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape" || event.key === "Tab") {
      closeBox();
      button.focus();
    } else if (event.key === "Enter") {
      if (list.marked) pick(list.marked);
      if (!several) button.focus();
    } else if (!list.move(event.key)) return;
    event.preventDefault();
  });
  fill(Math.max(0, several ? 0 : all.findIndex(({ value }) => before.includes(String(value)))));
  box.style.minWidth = `${button.getBoundingClientRect().width}px`;
  button.setAttribute("aria-expanded", "true");
  openBox(box, beside(button), button, () => {
    button.setAttribute("aria-expanded", "false");
    finish(values);
  });
  search.focus();
}
