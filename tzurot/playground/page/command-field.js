// @ts-check
/** One option of the command in the message box: a pill with its name, its value, and what it can be. */

import { KIND, isNumber, problemWith } from "./commands.js";
import { el } from "./dom.js";
import { size } from "./extras.js";
import { icon } from "./icons.js";
import { channels, filtered, people, roles } from "./suggestions.js";

/**
 * @typedef {import("./commands.js").Option} Option
 * @typedef {import("./suggestions.js").Suggestion} Suggestion
 */

const LARGEST_FILE = 10 * 1024 * 1024;

/** @type {Record<number, (option: Option) => Suggestion[]>} */
const SOURCES = {
  [KIND.boolean]: () => [
    { label: "True", value: true },
    { label: "False", value: false },
  ],
  [KIND.user]: people,
  [KIND.role]: roles,
  [KIND.mentionable]: () => [...people(), ...roles()],
  [KIND.channel]: (option) => channels(option.channel_types),
};

export class Field {
  /** @type {Suggestion["value"] | null} what was chosen from a list */
  chosen = null;
  /** @type {File | null} */
  file = null;

  /**
   * @param {Option} option
   * @param {{changed: () => void}} on
   */
  constructor(option, { changed }) {
    this.option = option;
    this.changed = changed;
    /** @type {HTMLElement & Record<string, any>} what has the keyboard */
    this.input = option.type === KIND.attachment ? this.#fileButton() : this.#textBox();
    this.root = el(
      "span",
      { class: "pill", "data-option": option.name },
      el("span", { class: "pill-name" }, option.name),
      el("span", { class: "pill-value" }, this.input),
    );
    this.text = "";
  }

  #textBox() {
    const box = el("input", {
      type: "text",
      inputmode: isNumber(this.option) ? "decimal" : "text",
      autocomplete: "off",
      spellcheck: this.option.type === KIND.string ? "true" : "false",
      "aria-label": `${this.option.name}: ${this.option.description}`,
      "aria-required": this.option.required ? "true" : null,
    });
    box.addEventListener("input", () => {
      this.chosen = null;
      this.#grow();
    });
    return box;
  }

  #fileButton() {
    const chooser = el("input", { type: "file", hidden: true });
    const button = el("button", { type: "button", class: "pill-file" });
    button.addEventListener("click", () => chooser.click());
    button.addEventListener("paste", (event) => {
      const [file] = event.clipboardData?.files ?? [];
      if (file) this.take(file);
    });
    chooser.addEventListener("change", () => {
      const [file] = chooser.files ?? [];
      if (file) this.take(file);
    });
    button.chooser = chooser;
    return button;
  }

  /** @param {File | null} file */
  take(file) {
    this.file = file;
    this.#drawFile();
    this.complain(this.problem());
    this.changed();
  }

  #drawFile() {
    const { name } = this.option;
    const words = this.file ? `${this.file.name} (${size(this.file.size)})` : "Choose or paste a file";
    this.input.setAttribute("aria-label", `${name}: ${words}`);
    this.input.replaceChildren(icon("file"), words, this.input.chooser);
  }

  get text() {
    return this.file ? "" : (this.input.value ?? "");
  }

  set text(text) {
    if (this.option.type === KIND.attachment) this.#drawFile();
    else this.input.value = text;
    this.chosen = null;
    this.#grow();
  }

  /** The box is as wide as its words: an invisible copy of them gives it its size. */
  #grow() {
    const holder = this.root?.querySelector(".pill-value");
    holder?.setAttribute("data-text", this.input.value ?? "");
  }

  /** @param {Suggestion} suggestion */
  choose({ label, value }) {
    this.text = label;
    this.chosen = value;
    this.complain(null);
  }

  /** Everything that it can be, or null where anything can be typed. */
  get source() {
    const { type, choices } = this.option;
    if (choices?.length)
      return choices.map((choice) => ({ label: choice.name, value: choice.value }));
    return SOURCES[type]?.(this.option) ?? null;
  }

  /** @returns {Suggestion[]} what of it answers to the typed words */
  suggestions() {
    return this.source && this.chosen === null ? filtered(this.source, this.text) : [];
  }

  get empty() {
    return this.option.type === KIND.attachment ? !this.file : this.text.trim() === "";
  }

  /** A name that was typed in full counts as chosen. */
  #resolve() {
    const typed = this.text.trim().replace(/^[@#]/, "").toLowerCase();
    const found = this.source?.find(
      ({ label, value }) =>
        label.replace(/^[@#]/, "").toLowerCase() === typed || String(value) === typed,
    );
    if (this.chosen === null && found) this.chosen = found.value;
  }

  /** @returns {string | null} what has to be done before the command can run, as one sentence */
  problem() {
    const { name, required } = this.option;
    if (this.empty) return required ? `${name}: this option is required.` : null;
    if (this.file)
      return this.file.size > LARGEST_FILE ? `${name}: a file has at most 10 MB.` : null;
    this.#resolve();
    if (this.chosen !== null) return null;
    if (this.source) return `${name}: choose one from the list.`;
    const problem = problemWith(this.option, this.text);
    return problem && `${name}: ${problem}`;
  }

  /** What is sent; to be asked when there is no problem. */
  get value() {
    if (this.chosen !== null) return this.chosen;
    return isNumber(this.option) ? Number(this.text) : this.text;
  }

  /** @param {string | null} problem */
  complain(problem) {
    this.root.classList.toggle("invalid", Boolean(problem));
    if (problem) this.input.setAttribute("aria-invalid", "true");
    else this.input.removeAttribute("aria-invalid");
  }
}
