// @ts-check
/** The box at the bottom where messages are written: drafts, replies, files. */

import { createCommandLine } from "./command-line.js";
import { offerCommands } from "./command-menu.js";
import { createEditor, toContent } from "./editor.js";
import { byId, el, nameOf } from "./dom.js";
import { editLast } from "./editing.js";
import { pickEmoji } from "./emoji.js";
import { size } from "./extras.js";
import { icon } from "./icons.js";
import { drop, runCommand } from "./interactions.js";
import { drafts } from "./kept.js";
import { wanted } from "./menus.js";
import { jumpToEnd } from "./messages.js";
import { actions } from "./rows.js";
import { say, stopTyping, type } from "./session.js";
import { store } from "./store.js";

/** @typedef {import("./store.js").Message} Message */

const LONGEST = 2_000;
const WARN_AT = 1_800;
const MOST_FILES = 10;
const LARGEST_FILE = 10 * 1024 * 1024;

const form = byId("composer");
const replyBar = el("div", { class: "reply-bar", hidden: true });
const fileList = el("ul", { class: "upload-list", "aria-label": "Files to send", hidden: true });
const problem = el("div", { class: "composer-problem", role: "alert" });
const counter = el("span", { class: "counter", role: "status" });
const chooser = /** @type {HTMLInputElement} */ (
  /** @type {unknown} */ (
    el("input", { type: "file", multiple: true, hidden: true, id: "file-chooser" })
  )
);
const editor = createEditor({
  id: "composer-text",
  label: "Message",
  submit: send,
  cancel: cancelReply,
  changed,
});

const slash = offerCommands(editor.box, {
  choose: (entry, text) => commandLine.begin(entry, text),
  send,
});
const commandLine = createCommandLine({
  run,
  leave: (text) => {
    show({ text, marks: {} });
    editor.box.focus();
    slash.refresh();
  },
  changed: () => {
    form.classList.add("commanding");
    if (store.current) drafts.set(store.me, store.current, { text: commandLine.asText(), marks: {} });
  },
  problem: (text) => {
    problem.textContent = text;
  },
});

/** @typedef {{reply: Message | null, files: File[]}} Extras what a draft has beside its words */
/** @type {Map<string, Extras>} by person and channel, for as long as the page is open */
const extras = new Map();
let place = "";

const here = () => `${store.me}/${store.current}`;

/** @returns {Extras} */
function extra() {
  const found = extras.get(here()) ?? { reply: null, files: [] };
  extras.set(here(), found);
  return found;
}

/** Builds the composer and keeps it at the open channel. */
export function showComposer() {
  const tool = (
    /** @type {string} */ label,
    /** @type {string} */ shape,
    /** @type {(event: Event) => void} */ click,
  ) =>
    el(
      "button",
      { type: "button", class: `tool ${shape}`, "aria-label": label, title: label, on: { click } },
      icon(shape),
    );
  const emoji = (/** @type {Event} */ event) =>
    pickEmoji(/** @type {HTMLElement} */ (event.currentTarget), write);
  const sendButton = el(
    "button",
    { class: "tool send", "aria-label": "Send", title: "Send" },
    icon("send"),
  );
  form.append(
    replyBar,
    el(
      "div",
      { class: "composer-box" },
      fileList,
      el(
        "div",
        { class: "composer-line" },
        tool("Add files", "plus", () => chooser.click()),
        editor.root,
        commandLine.root,
        counter,
        tool("Emoji", "smile", emoji),
        sendButton,
      ),
    ),
    problem,
    chooser,
    slash.root,
    commandLine.popup,
  );
  form.addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    if (commandLine.active) commandLine.run();
    else if (editor.box.value.startsWith("/")) slash.enter();
    else send();
  });
  chooser.addEventListener("change", () => {
    addFiles([...(chooser.files ?? [])]);
    chooser.value = "";
  });
  editor.box.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    addFiles(files);
  });
  editor.box.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.key !== "ArrowUp" || editor.box.value) return;
    event.preventDefault();
    editLast();
  });
  acceptDrops();
  actions.reply = (message) => {
    extra().reply = message;
    drawExtras();
    focusComposer();
  };
  actions.leave = focusComposer;
  actions.refill = (command) => {
    drop(command);
    commandLine.open(command.filled);
  };
  wanted.mention = (id) => {
    const user = store.users.get(id);
    if (!user || commandLine.active) return;
    const label = `@${nameOf(user)}`;
    const { text, marks } = editor.draft;
    editor.draft = { text, marks: { ...marks, [label]: `<@${id}>` } };
    editor.insert(`${label} `);
  };
  store.on(["current", "structure"], settle);
  store.on(["names"], editor.renew);
  settle();
}

/** Takes up the draft of the channel that was opened. */
function settle() {
  const { channel } = store;
  if (!channel) return;
  const name = `${store.isDm(channel) ? "@" : store.isThread(channel) ? "" : "#"}${store.nameOfChannel(channel)}`;
  editor.box.placeholder = `Message ${name}`;
  if (place === here()) return;
  place = here();
  show(drafts.get(store.me, channel.id));
  problem.textContent = "";
  drawExtras();
  count();
  if (matchMedia("(pointer: fine)").matches && !document.querySelector("dialog[open]"))
    editor.box.focus();
}

/** @param {import("./kept.js").Draft} draft words instead of a command */
function show(draft) {
  commandLine.close();
  form.classList.remove("commanding");
  editor.draft = draft;
  changed();
}

/** @param {import("./interactions.js").Command} command */
function run(command) {
  const where = here();
  show({ text: "", marks: {} });
  editor.box.focus();
  jumpToEnd();
  runCommand(command, (error, filled) => {
    // It goes back to where it was typed, unless something else is being written there by now.
    if (where !== here() || commandLine.active || editor.box.value) return false;
    commandLine.open(filled);
    problem.textContent = error;
    return true;
  });
}

function changed() {
  const { draft } = editor;
  problem.textContent = "";
  if (store.current) drafts.set(store.me, store.current, draft.text ? draft : null);
  if (draft.text.trim() && !draft.text.startsWith("/")) type();
  count();
}

function count() {
  const length = [...toContent(editor.draft)].length;
  const left = LONGEST - length;
  counter.textContent = length < WARN_AT ? "" : String(left);
  counter.title = `${left} characters left`;
  counter.classList.toggle("over", left < 0);
}

function send() {
  const content = toContent(editor.draft);
  const { reply, files } = extra();
  if (!content && !files.length) return;
  const over = [...content].length - LONGEST;
  if (over > 0) {
    problem.textContent = `This is ${over} character${over === 1 ? "" : "s"} too long: a message has at most 2,000.`;
    return;
  }
  say({ content, replyTo: reply?.id ?? null, files });
  extras.delete(here());
  editor.draft = { text: "", marks: {} };
  changed();
  stopTyping();
  drawExtras();
  jumpToEnd();
}

function cancelReply() {
  if (!extra().reply) return;
  extra().reply = null;
  drawExtras();
}

function drawExtras() {
  const { reply, files } = extra();
  replyBar.hidden = !reply;
  if (reply) {
    replyBar.replaceChildren(
      el("span", {}, "Replying to ", el("strong", {}, nameOf(reply.author))),
      el(
        "button",
        { type: "button", "aria-label": "Do not reply", on: { click: cancelReply } },
        icon("close"),
      ),
    );
  }
  fileList.hidden = !files.length;
  for (const picture of fileList.querySelectorAll("img")) URL.revokeObjectURL(picture.src);
  fileList.replaceChildren(...files.map(upload));
}

/** @param {File} file */
function upload(file) {
  const remove = () => {
    extra().files = extra().files.filter((each) => each !== file);
    drawExtras();
    editor.box.focus();
  };
  const shown = file.type.startsWith("image/")
    ? el("img", { src: URL.createObjectURL(file), alt: "" })
    : icon("file");
  return el(
    "li",
    {},
    el(
      "button",
      {
        type: "button",
        class: "remove",
        "aria-label": `Remove ${file.name}`,
        on: { click: remove },
      },
      icon("bin"),
    ),
    el("div", { class: "upload-picture" }, shown),
    el("div", { class: "upload-name", title: file.name }, file.name),
    el("small", {}, size(file.size)),
  );
}

/** @param {File[]} files */
function addFiles(files) {
  if (!files.length) return;
  if (commandLine.active) {
    commandLine.addFiles(files);
    return;
  }
  const large = files.filter((file) => file.size > LARGEST_FILE);
  const all = [...extra().files, ...files.filter((file) => !large.includes(file))];
  extra().files = all.slice(0, MOST_FILES);
  const names = large.map(({ name }) => name).join(", ");
  problem.textContent = large.length
    ? `${names}: too large. A file has at most 10 MB.`
    : all.length > MOST_FILES
      ? "A message has at most ten files; the others were left out."
      : "";
  drawExtras();
  editor.box.focus();
}

/** Files may be dropped anywhere on the page. */
function acceptDrops() {
  const hint = el(
    "div",
    { class: "drop-hint", hidden: true },
    el("div", {}, icon("file"), el("span")),
  );
  document.body.append(hint);
  let depth = 0;
  const withFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files");
  const show = (/** @type {boolean} */ visible) => {
    hint.hidden = !visible;
    /** @type {HTMLElement} */ (hint.querySelector("span")).textContent =
      `Drop to add to your message. ${editor.box.placeholder}`;
  };
  addEventListener("dragenter", (event) => {
    if (withFiles(event)) show((depth += 1) > 0);
  });
  addEventListener("dragleave", (event) => {
    if (withFiles(event)) show((depth -= 1) > 0);
  });
  addEventListener("dragover", (event) => {
    if (withFiles(event)) event.preventDefault();
  });
  addEventListener("drop", (event) => {
    if (!withFiles(event)) return;
    event.preventDefault();
    depth = 0;
    show(false);
    addFiles([...(event.dataTransfer?.files ?? [])]);
  });
}

/**
 * Puts words where the cursor is.
 * @param {string} words
 */
export function write(words) {
  if (commandLine.active) commandLine.insert(words);
  else editor.insert(words);
}

/** Brings the keyboard here: what is typed anywhere on the page is meant for the message. */
export function focusComposer() {
  if (commandLine.active) commandLine.focus();
  else editor.box.focus();
}
