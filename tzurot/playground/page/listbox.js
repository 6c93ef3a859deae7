// @ts-check
/** A list of which one entry is marked, led from a text box: the arrow keys mark, Enter takes. */

import { el } from "./dom.js";

let count = 0;

/**
 * @template T
 * @param {{label: string, className?: string, draw: (entry: T) => (Node | string | null)[],
 *   choose: (entry: T) => void, group?: (entry: T) => Node | null, chosen?: (entry: T) => boolean}} options
 *   `group` gives the heading above an entry where a new group begins
 */
export function createListbox({ label, className = "", draw, choose, group, chosen }) {
  const id = `listbox-${(count += 1)}`;
  const root = el("div", { id, class: `listbox ${className}`, role: "listbox", "aria-label": label });
  /** @type {T[]} */
  let entries = [];
  /** @type {HTMLElement[]} */
  let nodes = [];
  let marked = -1;
  /** @type {HTMLElement | null} */
  let box = null;

  /** @param {number} index -1 marks nothing */
  const mark = (index) => {
    marked = index;
    for (const [i, node] of nodes.entries()) {
      node.classList.toggle("marked-entry", i === index);
      if (!chosen) node.setAttribute("aria-selected", String(i === index));
    }
    if (index < 0) box?.removeAttribute("aria-activedescendant");
    else box?.setAttribute("aria-activedescendant", nodes[index].id);
    if (index === 0) root.scrollTop = 0;
    else nodes[index]?.scrollIntoView({ block: "nearest" });
  };
  root.addEventListener("pointerdown", (event) => event.preventDefault());
  root.addEventListener("click", (event) => {
    const at = nodes.indexOf(
      /** @type {HTMLElement} */ (
        /** @type {HTMLElement} */ (event.target).closest("[role=option]")
      ),
    );
    if (at >= 0) choose(entries[at]);
  });
  return {
    root,
    /** @param {HTMLElement} input tells it which list belongs to it */
    attach(input) {
      box = input;
      for (const [name, value] of Object.entries({
        role: "combobox",
        "aria-autocomplete": "list",
        "aria-controls": id,
        "aria-expanded": "false",
      }))
        input.setAttribute(name, value);
    },
    /**
     * @param {T[]} now
     * @param {number} first which one is marked
     */
    fill(now, first = 0) {
      entries = now;
      nodes = now.map((entry, i) =>
        el(
          "div",
          {
            id: `${id}-${i}`,
            role: "option",
            class: "entry",
            "aria-selected": chosen ? String(chosen(entry)) : "false",
          },
          draw(entry),
        ),
      );
      const all = nodes.flatMap((node, i) => {
        const heading = group?.(now[i]);
        return heading ? [heading, node] : [node];
      });
      root.replaceChildren(...all);
      box?.setAttribute("aria-expanded", String(now.length > 0));
      mark(Math.min(first, now.length - 1));
    },
    /** @param {string} text says why there is nothing to choose */
    say(text) {
      entries = [];
      nodes = [];
      marked = -1;
      box?.removeAttribute("aria-activedescendant");
      root.replaceChildren(el("div", { class: "listbox-note", role: "status" }, text));
    },
    close() {
      entries = [];
      nodes = [];
      marked = -1;
      root.replaceChildren();
      box?.setAttribute("aria-expanded", "false");
      box?.removeAttribute("aria-activedescendant");
    },
    /** @returns {T | undefined} */
    get marked() {
      return entries[marked];
    },
    get at() {
      return marked;
    },
    /**
     * @param {string} key
     * @returns {boolean} whether it moved the mark
     */
    move(key) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[key];
      if (!step || !nodes.length) return false;
      mark((marked + step + nodes.length) % nodes.length);
      return true;
    },
  };
}
