// @ts-check
/** Boxes that open beside something and close again: where they go, and what closes them. */

const GAP_PX = 6;
const EDGE_PX = 8;

/** @type {(() => void) | null} */
let closeOpen = null;

/**
 * Opens a box; there is one at a time. It closes when something else is pressed.
 * @param {HTMLElement} box
 * @param {(size: DOMRect) => {left: number, top: number}} place told how large it is
 * @param {HTMLElement} owner what opened it: in a dialog, the box belongs to the dialog
 * @param {() => void} [closed]
 */
export function openBox(box, place, owner, closed) {
  closeOpen?.();
  const close = () => {
    if (closeOpen !== close) return;
    closeOpen = null;
    removeEventListener("pointerdown", outside, true);
    removeEventListener("resize", close);
    box.remove();
    closed?.();
  };
  /** @param {Event} event */
  const outside = (event) => {
    const target = /** @type {Node} */ (event.target);
    if (!box.contains(target) && !owner.contains(target)) close();
  };
  (owner.closest("dialog") ?? document.body).append(box);
  const { left, top } = place(box.getBoundingClientRect());
  moveTo(box, left, top);
  addEventListener("pointerdown", outside, true);
  addEventListener("resize", close);
  closeOpen = close;
}

/** Closes the box that is open, if one is. */
export const closeBox = () => closeOpen?.();

/**
 * Puts a box where it is wanted, or as near as the window allows.
 * @param {HTMLElement} box
 * @param {number} left
 * @param {number} top
 */
export function moveTo(box, left, top) {
  const { width, height } = box.getBoundingClientRect();
  box.style.left = `${Math.max(EDGE_PX, Math.min(left, innerWidth - width - EDGE_PX))}px`;
  box.style.top = `${Math.max(EDGE_PX, Math.min(top, innerHeight - height - EDGE_PX))}px`;
}

/**
 * Below an element, or above it where there is more room.
 * @param {HTMLElement} anchor
 */
export function beside(anchor) {
  const at = anchor.getBoundingClientRect();
  return (/** @type {DOMRect} */ { height }) => {
    const below = at.bottom + GAP_PX;
    const fits = below + height < innerHeight - EDGE_PX || at.top < innerHeight / 2;
    return { left: at.left, top: fits ? below : at.top - height - GAP_PX };
  };
}
