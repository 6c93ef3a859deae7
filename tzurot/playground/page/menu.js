// @ts-check
/** Menus that open at the mouse or beside a button, with menus inside them. */

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { closeBox, moveTo, openBox } from "./popup.js";

/**
 * @typedef {{label: string, shape?: string, key?: string, danger?: boolean, run?: () => void,
 *   items?: () => Promise<Item[]>, empty?: string}} Item `items` opens a menu inside; `empty` is a note
 */

/**
 * @param {string} label
 * @param {Item[][]} groups
 * @param {HTMLElement} owner where the keyboard goes back to
 * @param {{left: number, top: number}} at
 */
export function openMenu(label, groups, owner, at) {
  const back = /** @type {HTMLElement | null} */ (document.activeElement);
  const root = el("div", { class: "menu-root" });
  const leave = () => {
    closeBox();
    (back?.isConnected && back !== document.body ? back : owner).focus();
  };
  const main = list(label, groups, root, leave, leave);
  root.append(main);
  openBox(root, () => at, owner);
  moveTo(main, at.left, at.top);
  main.querySelector("button")?.focus();
}

/**
 * @param {string} label
 * @param {Item[][]} groups
 * @param {HTMLElement} root
 * @param {() => void} leave closes everything
 * @param {() => void} back closes this one
 */
function list(label, groups, root, leave, back) {
  const menu = el("div", { class: "menu-box", role: "menu", "aria-label": label });
  /** @type {HTMLElement | null} */
  let inner = null;
  let opened = 0;
  const closeInner = () => {
    inner?.remove();
    inner = null;
    for (const each of menu.querySelectorAll("[aria-expanded=true]"))
      each.setAttribute("aria-expanded", "false");
  };
  /**
   * @param {Item} item
   * @param {HTMLElement} button
   * @param {boolean} enter whether the keyboard goes there
   */
  const openInner = async (item, button, enter) => {
    closeInner();
    button.setAttribute("aria-expanded", "true");
    const mine = (opened += 1);
    /** @type {Item[]} */
    let found;
    try {
      found = (await item.items?.()) ?? [];
    } catch (error) {
      found = [{ label: "", empty: error instanceof Error ? error.message : String(error) }];
    }
    // The mouse comes to an entry and presses it while what is inside is still being fetched.
    if (mine !== opened || button.getAttribute("aria-expanded") !== "true") return;
    if (!menu.isConnected) return;
    const box = list(item.label, [found], root, leave, () => {
      closeInner();
      button.focus();
    });
    inner = box;
    root.append(box);
    const from = button.getBoundingClientRect();
    const { width } = box.getBoundingClientRect();
    const right = from.right + width + 8 < innerWidth;
    const left = from.left - width > 8;
    moveTo(box, right ? from.right + 2 : left ? from.left - width - 2 : from.left + 24, from.top - 6);
    if (enter) /** @type {HTMLElement} */ (box.querySelector("button") ?? box).focus();
  };

  /** @param {Item} item */
  const entry = (item) => {
    if (item.empty) return el("div", { class: "menu-note", tabindex: -1 }, item.empty);
    const button = el(
      "button",
      {
        type: "button",
        role: "menuitem",
        tabindex: -1,
        class: item.danger ? "danger" : "",
        ...(item.items ? { "aria-haspopup": "menu", "aria-expanded": "false" } : {}),
      },
      el("span", { class: "menu-label" }, item.label),
      item.key ? el("kbd", {}, item.key) : null,
      item.items ? icon("right") : item.shape ? icon(item.shape) : null,
    );
    button.addEventListener("click", () => {
      if (item.items) openInner(item, button, true);
      else {
        leave();
        item.run?.();
      }
    });
    button.addEventListener("pointerenter", (event) => {
      if (event.pointerType !== "mouse") return;
      if (!item.items) closeInner();
      else if (!inner) openInner(item, button, false);
    });
    button.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowRight" || !item.items) return;
      event.preventDefault();
      openInner(item, button, true);
    });
    return button;
  };
  const filled = groups.filter((group) => group.length);
  menu.append(
    ...filled.flatMap((group, i) => [
      ...(i ? [el("hr", { role: "separator" })] : []),
      ...group.map(entry),
    ]),
  );
  menu.addEventListener("keydown", (event) => {
    event.stopPropagation();
    const buttons = [...menu.querySelectorAll("button")];
    const here = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    /** @type {Record<string, number>} */
    const to = { ArrowDown: here + 1, ArrowUp: here - 1 + buttons.length, Home: 0, End: -1 };
    if (event.key in to) buttons.at(to[event.key] % buttons.length)?.focus();
    else if (event.key === "Escape" || event.key === "Tab") leave();
    else if (event.key === "ArrowLeft") {
      if (back === leave) return;
      back();
    } else return;
    event.preventDefault();
  });
  return menu;
}

/**
 * Shows the page's own menu where the browser would show its own, unless that is meant.
 * @param {MouseEvent} event
 * @param {() => void} open
 */
export function instead(event, open) {
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.shiftKey || target.closest("a[href], input, textarea")) return;
  if (String(getSelection())) return;
  event.preventDefault();
  open();
}
