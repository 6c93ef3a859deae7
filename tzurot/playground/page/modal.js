// @ts-check
/** Forms that the bot opens: a dialog with text boxes and selects, which keeps what was typed. */

import { avatar, byId, el, nameOf } from "./dom.js";
import { icon } from "./icons.js";
import { parse, render } from "./markdown.js";
import { names } from "./names.js";
import { createSelect, defaultsOf, dots, SELECTS } from "./select.js";
import { store } from "./store.js";

/**
 * @typedef {{title: string, custom_id: string, components: any[]}} Form Discord's own object
 * @typedef {{id: string, value: () => string | string[], problem: () => string | null, root: HTMLElement,
 *   complain: (problem: string | null) => void}} Part one thing to fill in
 */

const ROW = 1;
const TEXT_INPUT = 4;
const TEXT_DISPLAY = 10;
const LABEL = 18;
const SHORT = 1;
const LONGEST = 4_000;
let count = 0;

/** @type {Map<string, Record<string, string | string[]>>} what was typed into forms that were closed */
const unsent = new Map();

/**
 * Opens a form. It stays open, with everything in it, until it was accepted or closed.
 * @param {Form} form
 * @param {(values: Record<string, string | string[]>) => Promise<void>} submit
 */
export function openModal(form, submit) {
  document.querySelector("dialog.modal")?.remove();
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  // The same form with other words in it is another form.
  const key = JSON.stringify([form.custom_id, form.components]);
  const kept = unsent.get(key) ?? {};
  /** @type {Part[]} */
  const parts = [];
  const bodies = form.components.flatMap((each) => section(each, kept, parts));
  const problem = el("p", { class: "form-problem", role: "alert" });
  const send = el("button", { class: "primary", type: "submit" }, "Submit");
  const close = () => dialog.close();
  const bot = store.bot ?? { id: "0", username: "App" };
  const warning = el(
    "p",
    { class: "form-warning" },
    icon("warning"),
    el("span", {}, `This form goes to ${nameOf(bot)}. Put no passwords in it.`),
  );
  const content = el(
    "form",
    { method: "dialog", novalidate: true },
    el(
      "header",
      {},
      avatar(bot, "small"),
      el("h2", { id: "modal-title" }, form.title),
      el(
        "button",
        { type: "button", class: "tool", "aria-label": "Close", on: { click: close } },
        icon("close"),
      ),
    ),
    el("div", { class: "form-body" }, warning, bodies),
    el(
      "footer",
      {},
      problem,
      el("button", { type: "button", class: "plain", on: { click: close } }, "Cancel"),
      send,
    ),
  );
  const dialog = /** @type {HTMLDialogElement} */ (
    el("dialog", { class: "modal", "aria-labelledby": "modal-title" }, content)
  );
  const values = () => Object.fromEntries(parts.map(({ id, value }) => [id, value()]));
  let busy = false;
  content.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    problem.textContent = "";
    for (const part of parts) part.complain(part.problem());
    const wrong = parts.find((part) => part.problem());
    if (wrong) {
      const field = wrong.root.querySelector("input, textarea, button");
      if (field instanceof HTMLElement) field.focus();
      return;
    }
    busy = true;
    send.setAttribute("aria-busy", "true");
    send.replaceChildren(dots());
    try {
      await submit(values());
      dialog.dataset.done = "yes";
      dialog.close();
    } catch (error) {
      problem.textContent = error instanceof Error ? error.message : String(error);
    } finally {
      busy = false;
      send.removeAttribute("aria-busy");
      send.replaceChildren("Submit");
    }
  });
  dialog.addEventListener("close", () => {
    if (dialog.dataset.done) unsent.delete(key);
    else unsent.set(key, values());
    dialog.remove();
    const back = before?.isConnected && before !== document.body ? before : byId("composer-text");
    back.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  const first = dialog.querySelector(".form-body :is(input, textarea, .select)");
  if (first instanceof HTMLElement) first.focus();
}

/**
 * @param {any} component
 * @param {Record<string, string | string[]>} kept
 * @param {Part[]} parts what is found goes here
 * @returns {HTMLElement[]}
 */
function section(component, kept, parts) {
  const { type } = component;
  if (type === ROW)
    return component.components.flatMap((/** @type {any} */ each) => section(each, kept, parts));
  if (type === TEXT_DISPLAY)
    return [el("div", { class: "content" }, render(parse(component.content), names))];
  const labelled = type === LABEL;
  const inner = labelled ? component.component : component;
  const label = (labelled ? component.label : component.label) ?? "";
  const part =
    inner.type === TEXT_INPUT
      ? textPart(inner, label, component.description, kept)
      : SELECTS.includes(inner.type)
        ? selectPart(inner, label, component.description, kept)
        : null;
  if (!part)
    return [el("p", { class: "unknown" }, `The playground cannot show this part (${inner.type}).`)];
  parts.push(part);
  return [part.root];
}

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
 * @param {Record<string, string | string[]>} kept
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
 * @param {Record<string, string | string[]>} kept
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
