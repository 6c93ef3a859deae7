// @ts-check
/** The page's own small drawings, as lines on a grid of 24 by 24. */

/** @type {Record<string, string>} */
const SHAPES = {
  hash: "M9.5 4 7.5 20M16.5 4l-2 16M4.5 9h16M3.5 15h16",
  thread: "M4 5h16M4 10h9M4 15h4M12 15h8v5l-3-2.2h-5z",
  menu: "M4 6.5h16M4 12h16M4 17.5h16",
  people:
    "M9 11a3.2 3.2 0 1 0 0-6.4A3.2 3.2 0 0 0 9 11ZM2.8 19.5c.4-3.6 2.9-5.5 6.2-5.5s5.8 1.9 6.2 5.5ZM16 11a2.7 2.7 0 1 0-.5-5.3M18 14.4c1.9.7 3 2.4 3.3 5.1",
  bubble: "M4 5.5h16v11h-8.5L7 20v-3.5H4Z",
  close: "M6 6l12 12M18 6 6 18",
  plus: "M12 5v14M5 12h14",
  smile:
    "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM8.3 14.2c1.8 2.7 5.6 2.7 7.4 0M9 9.3v.4M15 9.3v.4",
  reply: "M9.5 6 4 11.5 9.5 17M4.5 11.5H14c3.5 0 6 2 6 6.5",
  pencil: "M5 19l1-4.5L16 4.5l3.5 3.5-10 10ZM13.5 7l3.5 3.5",
  bin: "M4.5 7h15M9.5 7V4.5h5V7M6.5 7l1 12.5h9l1-12.5M10.3 10.5v6M13.7 10.5v6",
  send: "M4 12 3.5 4.5 21 12 3.5 19.5 4 12h8",
  file: "M6 3.5h8l4.5 4.5v12.5H6ZM13.5 4v4.5H18",
  down: "M6 9.5l6 6 6-6",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM15.5 15.5 20.5 20.5",
  check: "M5 12.5l4.5 4.5L19 7",
  warning: "M12 4 2.8 20h18.4ZM12 10v4.5M12 17v.3",
  more: "M5.5 12h.01M12 12h.01M18.5 12h.01",
  eye: "M2.5 12C5 7.5 8.2 5.5 12 5.5s7 2 9.5 6.5c-2.5 4.5-5.7 6.5-9.5 6.5S5 16.5 2.5 12ZM12 14.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6Z",
  apps: "M4.5 4.5h6v6h-6ZM13.5 4.5h6v6h-6ZM4.5 13.5h6v6h-6ZM13.5 13.5h6v6h-6Z",
  right: "M9.5 6l6 6-6 6",
  out: "M9 5H5v14h14v-4M13 4.5h6.5V11M19 5l-8.5 8.5",
  copy: "M8.5 8.5h11v11h-11ZM5.5 15.5h-1v-11h11v1",
  slash: "M15.5 4.5l-7 15",
  at: "M12 15.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM15.5 8.5V14c0 2.5 4.5 2 4.5-2a8 8 0 1 0-3.5 6.6",
  lock: "M6 11h12v9H6ZM8.5 11V7.5a3.5 3.5 0 0 1 7 0V11",
  forward: "M14.5 6 20 11.5 14.5 17M19.5 11.5H10c-3.5 0-6 2-6 6.5",
  poll: "M4 6h9M4 12h16M4 18h6",
  voice: "M12 14a3 3 0 0 0 3-3V6.5a3 3 0 0 0-6 0V11a3 3 0 0 0 3 3ZM6 11a6 6 0 0 0 12 0M12 17v3.5",
  retry: "M19 12a7 7 0 1 1-2-4.9M17.5 3v4.5H13",
};

/**
 * @param {string} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}
