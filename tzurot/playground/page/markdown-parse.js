// @ts-check
/** Reads Discord's markdown: a text becomes a tree of plain objects. Pure, and without the DOM. */

/**
 * @typedef {{type: "text" | "code", text: string}
 *   | {type: "pre", lang: string, text: string}
 *   | {type: "bold" | "italic" | "underline" | "strike" | "spoiler" | "quote" | "subtext", children: Node[]}
 *   | {type: "heading", level: number, children: Node[]}
 *   | {type: "list", start: number | null, items: Node[][]}
 *   | {type: "link", href: string, children: Node[]}
 *   | {type: "mention", of: "user" | "channel" | "role" | "all", id: string}
 *   | {type: "command", name: string}
 *   | {type: "emoji", name: string, id: string}
 *   | {type: "time", seconds: number, style: string}} Node
 * @typedef {{node: Node, end: number, block?: boolean}} Found what was read, and where it ends
 * @typedef {{depth: number, quoted: boolean, linked: boolean}} Context what the text stands in
 */

/** Deeper markup stays plain text, so that no message can exhaust the stack. */
const MAX_DEPTH = 24;

const HEADING = / *(#{1,3})[ \t]+([^\n]+)(?:\n|$)/y;
const SUBTEXT = / *-#[ \t]+([^\n]+)(?:\n|$)/y;
const QUOTE_LINE = / *> ([^\n]*)(?:\n|$)/y;
const QUOTE_REST = / *>>> ([\s\S]+)/y;
const LIST_ITEM = /( *)([-*]|\d{1,9}\.)[ \t]+(\S[^\n]*)(?:\n|$)/y;
const BARE_LINK = /https?:\/\/(?:(?!\]\()[^\s<])+/y;
const ANGLE_LINK = /<(https?:\/\/[^\s<>]+)>/y;
const MENTION = /<(@!?|@&|#)(\d{1,20})>/y;
const CUSTOM_EMOJI = /<a?:(\w{2,32}):(\d{1,20})>/y;
const COMMAND = /<\/([^:\n<>]{1,100}):\d{1,20}>/y;
const TIMESTAMP = /<t:(-?\d{1,13})(?::([tTdDfFR]))?>/y;
const SHRUG = "¯\\_(ツ)_/¯";

/** @type {Record<string, "user" | "role" | "channel">} */
const MENTIONED = { "@": "user", "@!": "user", "@&": "role", "#": "channel" };

/**
 * The tree of a message's text.
 * @param {string} text
 * @returns {Node[]}
 */
export function parse(text) {
  return scan(text.replace(/\r\n?/g, "\n"), { depth: 0, quoted: false, linked: false }, true);
}

/**
 * @param {string} source
 * @param {Context} context
 * @param {boolean} lineStart whether `source` begins a line, where blocks may begin
 * @returns {Node[]}
 */
function scan(source, context, lineStart) {
  /** @type {Node[]} */
  const nodes = [];
  let plain = "";
  const flush = () => {
    if (plain) nodes.push({ type: "text", text: plain });
    plain = "";
  };
  const inner = { ...context, depth: context.depth + 1 };
  const deep = inner.depth > MAX_DEPTH;
  let at = 0;
  while (at < source.length) {
    const found = deep
      ? null
      : ((lineStart ? block(source, at, inner) : null) ?? inline(source, at, inner));
    if (!found) {
      plain += source[at];
      lineStart = source[at] === "\n";
      at += 1;
      continue;
    }
    if (found.node.type === "text") plain += found.node.text;
    else {
      flush();
      nodes.push(found.node);
    }
    at = found.end;
    lineStart = Boolean(found.block);
  }
  flush();
  return nodes;
}

/**
 * @param {RegExp} pattern a sticky one
 * @param {string} source
 * @param {number} at
 */
function matchAt(pattern, source, at) {
  pattern.lastIndex = at;
  return pattern.exec(source);
}

/**
 * What only begins at the start of a line.
 * @param {string} source
 * @param {number} at
 * @param {Context} context
 * @returns {Found | null}
 */
function block(source, at, context) {
  const heading = matchAt(HEADING, source, at);
  const title = heading?.[2].replace(/\s*#*\s*$/, "");
  if (heading && title) {
    const children = scan(title, context, false);
    const node = /** @type {Node} */ ({ type: "heading", level: heading[1].length, children });
    return { node, end: at + heading[0].length, block: true };
  }
  const subtext = matchAt(SUBTEXT, source, at);
  if (subtext) {
    const node = /** @type {Node} */ ({
      type: "subtext",
      children: scan(subtext[1], context, false),
    });
    return { node, end: at + subtext[0].length, block: true };
  }
  return (context.quoted ? null : quote(source, at, context)) ?? list(source, at, context);
}

/**
 * @param {string} source
 * @param {number} at
 * @param {Context} context
 * @returns {Found | null}
 */
function quote(source, at, context) {
  const rest = matchAt(QUOTE_REST, source, at);
  const lines = [];
  let end = at;
  if (rest) {
    lines.push(rest[1]);
    end = source.length;
  }
  for (let line; !rest && end < source.length && (line = matchAt(QUOTE_LINE, source, end));) {
    lines.push(line[1]);
    end += line[0].length;
  }
  if (!lines.length) return null;
  const children = scan(lines.join("\n"), { ...context, quoted: true }, true);
  return { node: { type: "quote", children }, end, block: true };
}

/**
 * Items of one kind at one indentation; what is indented deeper belongs to the item above it.
 * @param {string} source
 * @param {number} at
 * @param {Context} context
 * @returns {Found | null}
 */
function list(source, at, context) {
  const first = matchAt(LIST_ITEM, source, at);
  if (!first) return null;
  const ordered = first[2].endsWith(".");
  const items = [];
  let end = at;
  for (let item; end < source.length && (item = matchAt(LIST_ITEM, source, end));) {
    if (item[2].endsWith(".") !== ordered) break;
    end += item[0].length;
    const lines = [item[3]];
    let outdent = 0;
    while (end < source.length) {
      const stop = source.indexOf("\n", end);
      const line = source.slice(end, stop < 0 ? source.length : stop);
      const indent = line.length - line.trimStart().length;
      if (!line.trim() || indent <= item[1].length) break;
      outdent ||= indent;
      lines.push(line.slice(Math.min(indent, outdent)));
      end += line.length + (stop < 0 ? 0 : 1);
    }
    items.push(scan(lines.join("\n"), context, true));
  }
  const start = ordered ? Number.parseInt(first[2], 10) : null;
  return { node: { type: "list", start, items }, end, block: true };
}

/**
 * What may begin anywhere.
 * @param {string} source
 * @param {number} at
 * @param {Context} context
 * @returns {Found | null}
 */
function inline(source, at, context) {
  switch (source[at]) {
    case "\\": {
      const escaped = /^[^0-9A-Za-z\s]/u.exec(source.slice(at + 1, at + 3))?.[0];
      return escaped
        ? { node: { type: "text", text: escaped }, end: at + 1 + escaped.length }
        : null;
    }
    case "¯":
      return source.startsWith(SHRUG, at)
        ? { node: { type: "text", text: SHRUG }, end: at + SHRUG.length }
        : null;
    case "`":
      return fence(source, at) ?? inlineCode(source, at);
    case "*":
    case "_":
      return emphasis(source, at, context);
    case "~":
      return pair(source, at, context, "~~", "strike");
    case "|":
      return pair(source, at, context, "||", "spoiler");
    case "<":
      return angle(source, at, context);
    case "[":
      return context.linked ? null : maskedLink(source, at, context);
    case "h":
      return context.linked || /\w/.test(source[at - 1] ?? "") ? null : bareLink(source, at);
    case "@": {
      const all = matchAt(/@(everyone|here)/y, source, at);
      return all && { node: { type: "mention", of: "all", id: all[1] }, end: at + all[0].length };
    }
    default:
      return null;
  }
}

/**
 * @param {string} source
 * @param {number} at
 * @returns {Found | null}
 */
function fence(source, at) {
  if (!source.startsWith("```", at)) return null;
  const close = source.indexOf("```", at + 3);
  const body = source.slice(at + 3, close);
  if (close < 0 || !/[^\n]/.test(body)) return null;
  const named = /^([a-z0-9_+\-.#]+)\n/i.exec(body);
  const rest = named ? body.slice(named[0].length) : "";
  const text = (/[^\n]/.test(rest) ? rest : body).replace(/^\n+/, "").replace(/\n+$/, "");
  const lang = /[^\n]/.test(rest) ? (named?.[1] ?? "") : "";
  // The newline behind a block of code ends it; it is no empty line.
  const end = close + (source[close + 3] === "\n" ? 4 : 3);
  return { node: { type: "pre", lang, text }, end, block: end > close + 3 };
}

/**
 * @param {string} source
 * @param {number} at
 * @returns {Found | null}
 */
function inlineCode(source, at) {
  const ticks = matchAt(/`+/y, source, at)?.[0] ?? "`";
  const from = at + ticks.length;
  const runs = /`+/g;
  runs.lastIndex = from;
  for (let run; (run = runs.exec(source));) {
    if (run[0].length !== ticks.length) continue;
    const text = source
      .slice(from, run.index)
      .replace(/^ (?=`)/, "")
      .replace(/(?<=`) $/, "");
    return { node: { type: "code", text }, end: run.index + ticks.length };
  }
  // Ticks that nothing closes are text, all of them: none of them may open code by itself.
  return { node: { type: "text", text: ticks }, end: from };
}

/**
 * Bold, italic and underlined: of the single and the double mark, the one that reaches further.
 * @param {string} source
 * @param {number} at
 * @param {Context} context
 * @returns {Found | null}
 */
function emphasis(source, at, context) {
  const mark = source[at];
  const single = closeSingle(source, at, mark);
  const double = closeDouble(source, at, mark);
  if (single < 0 && double < 0) return null;
  if (single + 1 >= double + 2) {
    const children = scan(source.slice(at + 1, single), context, false);
    return { node: { type: "italic", children }, end: single + 1 };
  }
  const children = scan(source.slice(at + 2, double), context, false);
  return { node: { type: mark === "*" ? "bold" : "underline", children }, end: double + 2 };
}

/**
 * Where the single mark that opens at `at` closes, or a number far below 0. Pairs of marks inside are content.
 * @param {string} source
 * @param {number} at
 * @param {string} mark
 */
function closeSingle(source, at, mark) {
  const none = -9;
  if (mark === "*" && /\s/.test(source[at + 1] ?? " ")) return none;
  for (let i = at + 1; i < source.length; i += 1) {
    if (source[i] === "\\") i += 1;
    else if (source[i] === mark && source[i + 1] === mark) i += 1;
    else if (source[i] === mark) {
      if (i === at + 1) return none;
      const closes = mark === "*" ? !/\s/.test(source[i - 1]) : !/\w/.test(source[i + 1] ?? "");
      return closes ? i : none;
    }
  }
  return none;
}

/**
 * Where the double mark that opens at `at` closes, or a number far below 0.
 * @param {string} source
 * @param {number} at
 * @param {string} mark
 */
function closeDouble(source, at, mark) {
  const none = -9;
  if (source[at + 1] !== mark) return none;
  for (let i = at + 2; i < source.length; i += 1) {
    if (source[i] === "\\") i += 1;
    else if (i > at + 2 && source.startsWith(mark + mark, i) && source[i + 2] !== mark) return i;
  }
  return none;
}

/**
 * @param {string} source
 * @param {number} at
 * @param {Context} context
 * @param {string} mark
 * @param {"strike" | "spoiler"} type
 * @returns {Found | null}
 */
function pair(source, at, context, mark, type) {
  if (!source.startsWith(mark, at)) return null;
  const close = source.indexOf(mark, at + 3);
  if (close < 0) return null;
  const children = scan(source.slice(at + 2, close), context, false);
  return { node: { type, children }, end: close + 2 };
}

/**
 * @param {string} source
 * @param {number} at
 * @param {Context} context
 * @returns {Found | null}
 */
function angle(source, at, context) {
  const mention = matchAt(MENTION, source, at);
  if (mention) {
    const node = /** @type {Node} */ ({
      type: "mention",
      of: MENTIONED[mention[1]],
      id: mention[2],
    });
    return { node, end: at + mention[0].length };
  }
  const emoji = matchAt(CUSTOM_EMOJI, source, at);
  if (emoji)
    return { node: { type: "emoji", name: emoji[1], id: emoji[2] }, end: at + emoji[0].length };
  const time = matchAt(TIMESTAMP, source, at);
  if (time && !Number.isNaN(new Date(Number(time[1]) * 1000).getTime())) {
    const node = /** @type {Node} */ ({
      type: "time",
      seconds: Number(time[1]),
      style: time[2] ?? "f",
    });
    return { node, end: at + time[0].length };
  }
  const command = matchAt(COMMAND, source, at);
  if (command) return { node: { type: "command", name: command[1] }, end: at + command[0].length };
  const link = context.linked ? null : matchAt(ANGLE_LINK, source, at);
  const href = link && webAddress(link[1]);
  return link && href ? { node: linkTo(href, link[1]), end: at + link[0].length } : null;
}

/**
 * @param {string} source
 * @param {number} at
 * @returns {Found | null}
 */
function bareLink(source, at) {
  let text = matchAt(BARE_LINK, source, at)?.[0] ?? "";
  for (let shorter = ""; shorter !== text;) {
    shorter = text;
    text = text.replace(/[.,:;"'\]]+$/, "");
    if (text.endsWith(")") && text.split(")").length > text.split("(").length)
      text = text.slice(0, -1);
  }
  const href = webAddress(text);
  return href ? { node: linkTo(href, text), end: at + text.length } : null;
}

/**
 * `[label](address)`, with an optional quoted title that is read and not shown.
 * @param {string} source
 * @param {number} at
 * @param {Context} context
 * @returns {Found | null}
 */
function maskedLink(source, at, context) {
  const labelEnd = closeBracket(source, at, "[", "]");
  if (labelEnd < 0 || source[labelEnd + 1] !== "(") return null;
  const end = closeBracket(source, labelEnd + 1, "(", ")");
  const label = source.slice(at + 1, labelEnd);
  const target = source.slice(labelEnd + 2, end).trim();
  const address = /^(?:<(\S+)>|(\S+))(?:\s+(?:"[^"]*"|'[^']*'))?$/.exec(target);
  const href = address && webAddress(address[1] ?? address[2]);
  // A label that is itself an address could lie about where the link leads.
  if (end < 0 || !href || !label.trim() || /https?:\/\//i.test(label)) return null;
  const children = scan(label, { ...context, linked: true }, false);
  return { node: { type: "link", href, children }, end: end + 1 };
}

/**
 * @param {string} source
 * @param {number} at where the opening bracket stands
 * @param {string} open
 * @param {string} close
 */
function closeBracket(source, at, open, close) {
  let depth = 0;
  for (let i = at; i < source.length; i += 1) {
    if (source[i] === "\\") i += 1;
    else if (source[i] === open) depth += 1;
    else if (source[i] === close && (depth -= 1) === 0) return i;
  }
  return -1;
}

/**
 * @param {string} href
 * @param {string} text
 * @returns {Node}
 */
function linkTo(href, text) {
  return { type: "link", href, children: [{ type: "text", text }] };
}

/**
 * The address itself when it leads to the web, and nothing when it is anything else.
 * @param {string} text
 */
export function webAddress(text) {
  try {
    const url = new URL(text);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null; // not an address at all
  }
}
