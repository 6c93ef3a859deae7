// @ts-check
/** Changing one's own message in its place. */

import { createEditor, toContent, toDraft } from "./editor.js";
import { el } from "./dom.js";
import { edit, remove } from "./session.js";
import { store } from "./store.js";
import { ask } from "./dialog.js";

/** @typedef {import("./store.js").Message} Message */

/** @type {{id: string, form: HTMLElement} | null} */
let open = null;

/**
 * @param {string} id
 * @returns {HTMLElement | null} what stands in place of the message's text while it is edited
 */
export const editing = (id) => (open?.id === id ? open.form : null);

/** Leaves the message as it is. */
export function stopEditing() {
  if (!open) return;
  open = null;
  store.changed("messages");
}

/**
 * @param {Message} message one's own
 */
export function startEditing(message) {
  if (!store.isMine(message)) return;
  const problem = el("div", { class: "editing-problem", role: "alert" });
  const done = () => {
    stopEditing();
    document.getElementById("composer-text")?.focus();
  };
  const save = async () => {
    const content = toContent(editor.draft);
    if (!content && !message.attachments?.length) {
      done();
      await askAndRemove(message);
      return;
    }
    try {
      if (content !== message.content) await edit(message, content);
      done();
    } catch (error) {
      problem.textContent = error instanceof Error ? error.message : String(error);
    }
  };
  const editor = createEditor({
    label: "Edit message",
    submit: save,
    cancel: done,
    changed: () => {
      problem.textContent = "";
    },
  });
  editor.draft = toDraft(message.content);
  const link = (/** @type {string} */ label, /** @type {() => void} */ click) =>
    el("button", { type: "button", class: "link", on: { click } }, label);
  const help = el(
    "div",
    { class: "editing-help" },
    "escape to ",
    link("cancel", done),
    " · enter to ",
    link("save", save),
  );
  open = { id: message.id, form: el("div", { class: "editing-form" }, editor.root, problem, help) };
  store.changed("messages");
  // Once it is drawn, and before the next key.
  queueMicrotask(() => {
    editor.box.focus();
    editor.box.setSelectionRange(editor.box.value.length, editor.box.value.length);
  });
}

/** Edits what this person said last in the open channel. */
export function editLast() {
  const mine = store
    .stream(store.current ?? "")
    ?.messages.findLast((message) => store.isMine(message));
  if (mine) startEditing(mine);
}

/** @param {Message} message */
export async function askAndRemove(message) {
  const preview =
    document.querySelector(`li.message[data-id="${message.id}"]`)?.cloneNode(true) ?? null;
  const text = "It is gone for everyone, and cannot be brought back.";
  const answer = await ask({
    title: "Delete this message?",
    text,
    preview,
    confirm: "Delete",
    danger: true,
  });
  if (answer !== null) await remove(message);
}
