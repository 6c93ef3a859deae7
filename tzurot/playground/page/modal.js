// @ts-check
/** Forms that the bot opens: a dialog with what there is to fill in, which keeps what was typed. */

import { packed } from "./api.js";
import { avatar, byId, el, nameOf } from "./dom.js";
import { partOf } from "./form-parts.js";
import { icon } from "./icons.js";
import { parse, render } from "./markdown.js";
import { names } from "./names.js";
import { dots } from "./select.js";
import { store } from "./store.js";

/**
 * @typedef {{title: string, custom_id: string, components: any[]}} Form Discord's own object
 * @typedef {import("./form-parts.js").Part} Part
 * @typedef {import("./form-parts.js").Value} Value
 */

const ROW = 1;
const TEXT_DISPLAY = 10;
const LABEL = 18;

/** @type {Map<string, Record<string, Value>>} what people typed into forms that they closed */
const unsent = new Map();

/** @param {Value} value as it is sent */
const sent = async (value) =>
  Array.isArray(value) && value[0] instanceof File
    ? Promise.all(value.map((file) => packed(/** @type {File} */ (file))))
    : value;

/**
 * Opens a form. It stays open, with everything in it, until it was accepted or closed.
 * @param {Form} form
 * @param {(values: Record<string, any>) => Promise<void>} submit
 */
export function openModal(form, submit) {
  document.querySelector("dialog.modal")?.remove();
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  // The same form with other words in it is another form.
  const key = JSON.stringify([store.me, form.custom_id, form.components]);
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
      const all = parts.map(async ({ id, value }) => [id, await sent(value())]);
      await submit(Object.fromEntries(await Promise.all(all)));
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
    const back = before?.isConnected && before !== document.body ? before : byId("composer-text");
    // Chromium's own way back can leave the cursor in the dialog that goes.
    back.blur();
    dialog.remove();
    back.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  const first = dialog.querySelector(".form-body :is(input, textarea, .select)");
  if (first instanceof HTMLElement) first.focus();
}

/**
 * @param {any} component
 * @param {Record<string, Value>} kept
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
  const part = partOf(inner, label, component.description, kept);
  if (!part)
    return [el("p", { class: "unknown" }, `The playground cannot show this part (${inner.type}).`)];
  parts.push(part);
  return [part.root];
}
