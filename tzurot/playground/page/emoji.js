// @ts-check
/** A small set of emoji by name, and the picker for them. */

import { el } from "./dom.js";

const TABLE = `
😀 grinning|😄 smile|😁 grin|😂 joy|🤣 rofl|😊 blush|😇 innocent|🙂 slight_smile|😉 wink|😌 relieved|😍 heart_eyes|🥰 smiling_hearts
😘 kissing_heart|😋 yum|😜 winking_tongue|🤪 zany|🤨 raised_brow|🧐 monocle|🤓 nerd|😎 sunglasses|🥳 partying|😏 smirk|😒 unamused
😔 pensive|😕 confused|🥺 pleading|😢 cry|😭 sob|😤 huff|😠 angry|😡 rage|🤯 mind_blown|😳 flushed|🥶 cold|😱 scream|😨 fearful
😅 sweat_smile|🤗 hug|🤔 thinking|🤭 giggle|🤫 shush|😶 no_mouth|😐 neutral|😬 grimace|🙄 eye_roll|😴 sleeping|🤤 drool|😵 dizzy
🤢 sick|🤠 cowboy|😈 devil|👻 ghost|💀 skull|👽 alien|🤖 robot|🎃 pumpkin|😺 cat_smile|🙈 see_no_evil|👍 thumbsup|👎 thumbsdown
👌 ok_hand|✌️ victory|🤞 fingers_crossed|🤘 horns|👋 wave|👏 clap|🙌 raised_hands|🙏 pray|💪 muscle|🤝 handshake|✍️ writing|👀 eyes
🧠 brain|❤️ heart|🧡 orange_heart|💛 yellow_heart|💚 green_heart|💙 blue_heart|💜 purple_heart|🖤 black_heart|💔 broken_heart|💖 sparkling_heart
💯 hundred|💥 boom|💫 dizzy_star|✨ sparkles|⭐ star|🌟 glowing_star|🔥 fire|💧 drop|🌊 ocean|🌈 rainbow|☀️ sun|🌙 moon|⚡ zap|❄️ snow
🌸 blossom|🌹 rose|🌲 tree|🍀 clover|🍎 apple|🍕 pizza|🍰 cake|🍪 cookie|☕ coffee|🍵 tea|🍺 beer|🍷 wine|🎉 tada|🎁 gift|🎈 balloon
🏆 trophy|⚽ football|🎮 game|🎲 dice|🎨 art|🎵 music|🎸 guitar|📖 book|📜 scroll|✏️ pencil|📌 pin|🔑 key|🔒 lock|🗡️ dagger|🛡️ shield
🏰 castle|🚀 rocket|⏳ hourglass|⏰ alarm|💡 bulb|💬 speech|💤 zzz|✅ check|❌ cross|❓ question|❗ exclamation|⚠️ warning|➕ plus|🔁 repeat
🐱 cat|🐶 dog|🦊 fox|🐻 bear|🐼 panda|🦁 lion|🐉 dragon|🦄 unicorn|🐢 turtle|🐙 octopus|🦋 butterfly|🐝 bee`;

/** @type {{char: string, name: string}[]} */
const EMOJI = TABLE.trim()
  .split(/[|\n]/)
  .map((entry) => ({ char: entry.split(" ")[0], name: entry.split(" ")[1] }));

/** @param {string} query part of a name */
export function findEmoji(query) {
  const wanted = query.toLowerCase();
  const found = EMOJI.filter(({ name }) => name.includes(wanted));
  return found.sort(
    (a, b) => Number(b.name.startsWith(wanted)) - Number(a.name.startsWith(wanted)),
  );
}

/** @type {(() => void) | null} */
let closeOpen = null;

/**
 * Opens the picker beside an element; the keyboard moves through it, Escape closes it.
 * @param {HTMLElement} anchor
 * @param {(char: string) => void} choose
 */
export function pickEmoji(anchor, choose) {
  closeOpen?.();
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  const grid = el("div", { class: "emoji-grid", role: "group", "aria-label": "Emoji" });
  const search = el("input", {
    class: "field",
    type: "search",
    placeholder: "Find an emoji",
    "aria-label": "Find an emoji",
  });
  const hint = el("div", { class: "emoji-hint", "aria-hidden": "true" });
  const picker = el(
    "div",
    { class: "emoji-picker", role: "dialog", "aria-label": "Choose an emoji" },
    search,
    grid,
    hint,
  );

  const close = (refocus = true) => {
    closeOpen = null;
    picker.remove();
    removeEventListener("pointerdown", outside, true);
    if (refocus) before?.focus();
  };
  /** @param {Event} event */
  const outside = (event) => {
    if (!picker.contains(/** @type {Node} */ (event.target))) close(false);
  };
  const fill = () => {
    const found = findEmoji(search.value);
    const button = (/** @type {{char: string, name: string}} */ { char, name }) =>
      el(
        "button",
        { type: "button", "aria-label": name, title: `:${name}:`, "data-char": char, tabindex: -1 },
        char,
      );
    grid.replaceChildren(...found.map(button));
    grid.firstElementChild?.setAttribute("tabindex", "0");
    hint.textContent = found.length ? "" : "No emoji has that name here.";
  };
  search.addEventListener("input", fill);
  grid.addEventListener("focusin", (event) => {
    hint.textContent = /** @type {HTMLElement} */ (event.target).title;
  });
  picker.addEventListener("click", (event) => {
    const char = /** @type {HTMLElement} */ (event.target).closest("button")?.dataset.char;
    if (!char) return;
    close();
    choose(char);
  });
  picker.addEventListener("keydown", (event) => {
    event.stopPropagation();
    const buttons = [...grid.querySelectorAll("button")];
    const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    const columns = getComputedStyle(grid).gridTemplateColumns.split(" ").length;
    /** @type {Record<string, number>} */
    const steps = { ArrowDown: at < 0 ? 1 : columns, ArrowUp: -columns };
    if (at >= 0) Object.assign(steps, { ArrowRight: 1, ArrowLeft: -1 });
    if (event.key === "Escape") close();
    else if (event.key === "Enter" && at < 0) buttons[0]?.click();
    else if (event.key in steps) {
      const next = at + steps[event.key];
      if (next < 0) search.focus();
      else buttons[Math.min(next, buttons.length - 1)]?.focus();
    } else return;
    event.preventDefault();
  });

  fill();
  document.body.append(picker);
  const place = anchor.getBoundingClientRect();
  const { width, height } = picker.getBoundingClientRect();
  const left = Math.min(Math.max(8, place.right - width), innerWidth - width - 8);
  const above = place.top - height - 8;
  const top = above > 8 ? above : Math.min(place.bottom + 8, innerHeight - height - 8);
  picker.style.left = `${left}px`;
  picker.style.top = `${Math.max(8, top)}px`;
  addEventListener("pointerdown", outside, true);
  closeOpen = close;
  search.focus();
}
