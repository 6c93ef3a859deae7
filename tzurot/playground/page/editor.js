// @ts-check
/** A text box that grows with its words, completes names, and shows mentions by name. */

import { complete } from "./completion.js";
import { el } from "./dom.js";
import { store } from "./store.js";

/** @typedef {import("./kept.js").Draft} Draft */

/** @param {string} text */
const literal = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/**
 * Finds the words of a text that stand for something else.
 * @param {Record<string, string>} marks
 */
function markPattern(marks) {
  const labels = Object.keys(marks).sort((a, b) => b.length - a.length);
  return labels.length
    ? new RegExp(`(?:${labels.map(literal).join("|")})(?![\\p{L}\\p{N}_])`, "gu")
    : null;
}

/**
 * What is sent: `@Ben` becomes `<@3002>` where Ben was chosen from the list.
 * @param {Draft} draft
 */
export function toContent({ text, marks }) {
  const pattern = markPattern(marks);
  return (pattern ? text.replace(pattern, (label) => marks[label]) : text).trim();
}

/**
 * What is shown for editing, the other way round.
 * @param {string} content
 * @returns {Draft}
 */
export function toDraft(content) {
  /** @type {Record<string, string>} */
  const marks = {};
  const text = content.replace(/<(@!?|#)(\d+)>/g, (mark, sign, id) => {
    const channel = store.channels.get(id);
    const name = sign === "#" ? channel && store.nameOfChannel(channel) : store.nameOfUser(id);
    if (!name) return mark;
    marks[`${sign[0]}${name}`] = mark;
    return `${sign[0]}${name}`;
  });
  return { text, marks };
}

/**
 * @param {{id?: string, label: string, submit: () => void, cancel: () => void, changed: () => void}} options
 */
export function createEditor({ id, label, submit, cancel, changed }) {
  const box = /** @type {HTMLTextAreaElement} */ (
    /** @type {unknown} */ (
      el("textarea", { id, rows: 1, "aria-label": label, spellcheck: "true", autocomplete: "off" })
    )
  );
  // The mirror has the size of the words and colours the mentions behind them.
  const mirror = el("div", { class: "mirror", "aria-hidden": "true" });
  /** @type {Record<string, string>} */
  let marks = {};
  const completion = complete(box, (word, mark) => {
    marks[word] = mark;
  });

  const reflect = () => {
    const pattern = markPattern(marks);
    const parts = [];
    let from = 0;
    for (const found of pattern ? box.value.matchAll(pattern) : []) {
      parts.push(box.value.slice(from, found.index), el("span", { class: "marked" }, found[0]));
      from = found.index + found[0].length;
    }
    // A last empty line has height too.
    mirror.replaceChildren(...parts, `${box.value.slice(from)}\u200b`);
  };
  box.addEventListener("input", () => {
    reflect();
    changed();
  });
  box.addEventListener("keydown", (event) => {
    if (completion.takes(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      cancel();
    }
  });

  return {
    root: el(
      "div",
      { class: "editor" },
      completion.list,
      el("div", { class: "editor-scroll" }, mirror, box),
    ),
    box,
    renew: completion.renew,
    /** @returns {Draft} */
    get draft() {
      return { text: box.value, marks };
    },
    set draft(draft) {
      box.value = draft.text;
      marks = { ...draft.marks };
      reflect();
    },
    /** @param {string} text put where the cursor is */
    insert(text) {
      box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
      box.dispatchEvent(new Event("input", { bubbles: true }));
      box.focus();
    },
  };
}
