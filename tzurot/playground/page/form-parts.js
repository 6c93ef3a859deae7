// @ts-check
/** What a form can ask for: texts, choices, files, and boxes to tick. */

import { el } from "./dom.js";
import { size } from "./extras.js";
import { createSelect, defaultsOf, SELECTS } from "./select.js";

/**
 * @typedef {string | string[] | boolean | File[] | null} Value null where nothing is chosen
 * @typedef {{id: string, value: () => Value, problem: () => string | null, root: HTMLElement,
 *   complain: (problem: string | null) => void}} Part one thing to fill in
 */

const TEXT_INPUT = 4;
const FILES = 19;
const RADIOS = 21;
const BOXES = 22;
const BOX = 23;
const SHORT = 1;
const LONGEST = 4_000;
const LARGEST_FILE = 10 * 1024 * 1024;
let count = 0;

/** @type {Record<number, typeof textPart>} by Discord's types */
const PARTS = {
  [TEXT_INPUT]: textPart,
  ...Object.fromEntries(SELECTS.map((type) => [type, selectPart])),
  [FILES]: filePart,
  [RADIOS]: optionsPart,
  [BOXES]: optionsPart,
  [BOX]: boxPart,
};

/**
 * @param {any} component Discord's own object
 * @param {string} label
 * @param {string | undefined} description
 * @param {Record<string, any>} kept what was filled in before, by custom id
 * @returns {Part | undefined} nothing for what the page does not know
 */
export const partOf = (component, label, description, kept) =>
  PARTS[component.type]?.(component, label, description, kept);

/**
 * @param {string} id
 * @param {string} label
 * @param {string | undefined} description
 * @param {boolean} required
 * @param {HTMLElement} field
 * @param {HTMLElement | null} counter
 */
function frame(id, label, description, required, field, counter) {
  const problem = el("small", { class: "part-problem", role: "alert" });
  const star = required ? el("span", { class: "star", "aria-hidden": "true" }, " *") : null;
  const root = el(
    "div",
    { class: "form-part" },
    el("label", { for: id }, label, star),
    description ? el("small", { class: "part-about", id: `${id}-about` }, description) : null,
    field,
    el("div", { class: "part-foot" }, problem, counter),
  );
  const complain = (/** @type {string | null} */ text) => {
    problem.textContent = text ?? "";
    root.classList.toggle("invalid", Boolean(text));
  };
  return { root, complain };
}

/**
 * @param {any} input Discord's own object
 * @param {string} label
 * @param {string | undefined} description
 * @param {Record<string, any>} kept
 * @returns {Part}
 */
function textPart(input, label, description, kept) {
  const id = `part-${(count += 1)}`;
  const { min_length: shortest = 0, max_length: longest = LONGEST, required = true } = input;
  const box = el(input.style === SHORT ? "input" : "textarea", {
    id,
    class: "field",
    placeholder: input.placeholder,
    "aria-required": String(required),
    "aria-describedby": description ? `${id}-about` : null,
    autocomplete: "off",
    ...(input.style === SHORT ? { type: "text" } : { rows: 5 }),
  });
  box.value = kept[input.custom_id] ?? input.value ?? "";
  const counter = el("small", { class: "part-counter" });
  const length = () => [...box.value].length;
  const tell = () => {
    counter.textContent = `${length()}/${longest}`;
    counter.classList.toggle("over", length() > longest);
  };
  const { root, complain } = frame(id, label, description, required, box, counter);
  box.addEventListener("input", () => {
    tell();
    complain(null);
  });
  tell();
  const problem = () => {
    if (!length()) return required ? "Fill this in." : null;
    if (length() < shortest) return `Write at least ${shortest} characters.`;
    return length() > longest ? `Write at most ${longest} characters.` : null;
  };
  return { id: input.custom_id, value: () => box.value, problem, root, complain };
}

/**
 * @param {any} component Discord's own object
 * @param {string} label
 * @param {string | undefined} description
 * @param {Record<string, any>} kept
 * @returns {Part}
 */
function selectPart(component, label, description, kept) {
  const before = kept[component.custom_id];
  let values = Array.isArray(before) ? before : defaultsOf(component);
  const id = `part-${(count += 1)}`;
  const { required = true } = component;
  const commit = (/** @type {string[]} */ now) => {
    values = now;
    complain(null);
  };
  const optional = required ? component : { ...component, min_values: 0 };
  const button = createSelect(optional, values, { commit, label });
  button.id = id;
  const { root, complain } = frame(id, label, description, required, button, null);
  const problem = () => (required && !values.length ? "Choose something." : null);
  return { id: component.custom_id, value: () => values, problem, root, complain };
}

/**
 * @param {any} component Discord's own object
 * @param {string} label
 * @param {string | undefined} description
 * @param {Record<string, any>} kept
 * @returns {Part}
 */
function filePart(component, label, description, kept) {
  const { min_values: least = 1, max_values: most = 1, required = true } = component;
  /** @type {File[]} */
  let files = kept[component.custom_id] ?? [];
  const id = `part-${(count += 1)}`;
  const chooser = el("input", { id, class: "field", type: "file", multiple: most > 1 });
  const names = el("small", { class: "part-counter" });
  const { root, complain } = frame(id, label, description, required, chooser, names);
  const tell = () => {
    names.textContent = files.map((file) => `${file.name} (${size(file.size)})`).join(", ");
  };
  chooser.addEventListener("change", () => {
    files = [...(chooser.files ?? [])];
    tell();
    complain(null);
  });
  tell();
  const problem = () => {
    if (!files.length) return required ? "Choose a file." : null;
    if (files.length < least) return `Choose at least ${least} files.`;
    if (files.length > most) return `Choose at most ${most}.`;
    return files.some((file) => file.size > LARGEST_FILE) ? "A file has at most 10 MB." : null;
  };
  return { id: component.custom_id, value: () => files, problem, root, complain };
}

/**
 * Options of which one is chosen, or several.
 * @param {any} component Discord's own object
 * @param {string} label
 * @param {string | undefined} description
 * @param {Record<string, any>} kept
 * @returns {Part}
 */
function optionsPart(component, label, description, kept) {
  const { custom_id: name, type, options, required = true } = component;
  const { min_values: least = 1, max_values: most = options.length } = component;
  const several = type === BOXES;
  const before = name in kept ? [kept[name]].flat() : defaultsOf({ ...component, type: 3 });
  const id = `part-${(count += 1)}`;
  const boxes = options.map((/** @type {any} */ { value }) => {
    const box = el("input", { type: several ? "checkbox" : "radio", name: id, value });
    box.checked = before.includes(value);
    return box;
  });
  const lines = options.map((/** @type {any} */ option, /** @type {number} */ i) =>
    el(
      "label",
      { class: "form-option" },
      boxes[i],
      el("span", {}, option.label),
      option.description ? el("small", {}, option.description) : null,
    ),
  );
  const role = several ? "group" : "radiogroup";
  const field = el("div", { id, role, "aria-label": label }, lines);
  const { root, complain } = frame(id, label, description, required, field, null);
  field.addEventListener("change", () => complain(null));
  const chosen = () =>
    boxes.filter(({ checked }) => checked).map((/** @type {any} */ { value }) => value);
  const problem = () => {
    const { length } = chosen();
    if (!length) return required ? "Choose something." : null;
    if (!several) return null;
    if (length < least) return `Choose at least ${least}.`;
    return length > most ? `Choose at most ${most}.` : null;
  };
  const value = () => (several ? chosen() : (chosen()[0] ?? null));
  return { id: name, value, problem, root, complain };
}

/**
 * @param {any} component Discord's own object
 * @param {string} label
 * @param {string | undefined} description
 * @param {Record<string, any>} kept
 * @returns {Part}
 */
function boxPart(component, label, description, kept) {
  const { custom_id: name } = component;
  const id = `part-${(count += 1)}`;
  const box = el("input", { id, type: "checkbox" });
  box.checked = kept[name] ?? component.default ?? false;
  const { root, complain } = frame(id, label, description, false, box, null);
  return { id: name, value: () => box.checked, problem: () => null, root, complain };
}
