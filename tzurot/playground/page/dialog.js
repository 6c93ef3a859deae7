// @ts-check
/** Short questions in a dialog, and short notices at the edge of the page. */

import { byId, el } from "./dom.js";

const NOTICE_MS = 6_000;

/**
 * Says something for a few seconds, also to screen readers.
 * @param {string} text
 */
export function toast(text) {
  const notice = el("div", { class: "toast" }, text);
  byId("toasts").append(notice);
  setTimeout(() => notice.remove(), NOTICE_MS);
}

/**
 * Asks, and waits for the answer.
 * @param {{title: string, text?: string, label?: string, value?: string, confirm: string, danger?: boolean,
 *   preview?: Node | null}} question with `label`, a line of text is asked for
 * @returns {Promise<string | null>} what was entered ("" without `label`), or null when the dialog was closed
 */
export function ask({ title, text, label, value = "", confirm, danger = false, preview = null }) {
  const input = label
    ? el("input", { class: "field", value, maxlength: 100, required: true, autofocus: true })
    : null;
  const dialog = /** @type {HTMLDialogElement} */ (
    el(
      "dialog",
      { class: "question", "aria-labelledby": "question-title" },
      el(
        "form",
        { method: "dialog" },
        el("h2", { id: "question-title" }, title),
        text && el("p", {}, text),
        preview && el("div", { class: "preview", inert: true }, preview),
        input && el("label", {}, el("span", {}, label), input),
        el(
          "menu",
          {},
          el(
            "button",
            { class: "plain", type: "button", on: { click: () => dialog.close() } },
            "Cancel",
          ),
          el(
            "button",
            { class: danger ? "danger" : "primary", value: "yes", autofocus: !label },
            confirm,
          ),
        ),
      ),
    )
  );
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes" ? (input?.value.trim() ?? "") : null);
    });
  });
}
