// @ts-check
/** Puts the page together, and listens for the keys that work everywhere. */

import { focusComposer, showComposer } from "./composer.js";
import { showMessages } from "./messages.js";
import { showNavigation } from "./navigation.js";
import { open, start } from "./session.js";
import { showStatus } from "./status.js";
import { store } from "./store.js";
import { openSwitcher } from "./switcher.js";
import { keepTimesFresh } from "./time.js";
import { byId } from "./dom.js";

showNavigation();
showMessages();
showComposer();
showStatus();
keepTimesFresh();
start();

byId("skip").addEventListener("click", (event) => {
  event.preventDefault();
  focusComposer();
});

/**
 * Opens the channel above or below; with Shift, the next one with something unread.
 * @param {number} step
 * @param {boolean} onlyUnread
 */
function neighbour(step, onlyUnread) {
  const all = store.openable();
  const at = all.findIndex(({ id }) => id === store.current);
  for (let i = 1; i <= all.length; i += 1) {
    const channel = all[(at + step * i + all.length * i) % all.length];
    if (onlyUnread && !store.isUnread(channel)) continue;
    return open(channel.id);
  }
}

addEventListener("keydown", (event) => {
  const command = event.ctrlKey || event.metaKey;
  if (command && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openSwitcher();
  } else if (event.altKey && !command && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    event.preventDefault();
    neighbour(event.key === "ArrowDown" ? 1 : -1, event.shiftKey);
  } else if (
    ["PageUp", "PageDown"].includes(event.key) &&
    !document.querySelector("dialog[open]")
  ) {
    const page = byId("stream").clientHeight * 0.9;
    byId("stream").scrollBy({ top: event.key === "PageDown" ? page : -page });
    event.preventDefault();
  } else if (
    event.key.length === 1 &&
    event.key !== " " &&
    !command &&
    !event.altKey &&
    document.activeElement === document.body
  ) {
    // What is typed while nothing has the keyboard is meant for the message.
    focusComposer();
  }
});
