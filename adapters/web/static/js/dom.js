// Small helpers: elements from words, never from markup; amounts and times as people read them.

import { say } from "./texts.js";
import { dollars, moment, number } from "./translation.js";

export const $ = (id) => document.getElementById(id);

const SVG = "http://www.w3.org/2000/svg";

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") {
      for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
    } else if (name === "class") {
      element.setAttribute("class", value);
    } else if (name === "data") {
      Object.assign(element.dataset, value);
    } else if (name === "width%") {
      element.style.width = `${value}%`;
    } else {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false || child === "") continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/** An element: h("p", {class: "x", on: {click}}, "words", other). Strings become text, never markup. */
export const h = (tag, props, ...children) => fill(document.createElement(tag), props, children);

/** The same for SVG. */
export const s = (tag, props, ...children) => fill(document.createElementNS(SVG, tag), props, children);

const ICONS = {
  plus: "M12 5v14M5 12h14",
  send: "M5 12h13M12 5l7 7-7 7",
  panel: "M4 5h16v14H4zM14.5 5v14",
  close: "M6 6l12 12M18 6L6 18",
  upscale: "M14 4h6v6M20 4l-7 7M10 20H4v-6M4 20l7-7",
  vary: "M4 7h9M17 7h3M15 5v4M4 17h3M11 17h9M9 15v4",
  brush: "M20 4l-9 9M11 13c-3-1-5 1-5 4 0 2-2 3-3 3 5 2 10 0 10-5z",
  edit: "M4 20l1-4L16 5l3 3L8 19z",
  animate: "M8 5l11 7-11 7z",
  again: "M20 5v5h-5M19.5 10A8 8 0 1 0 20 14",
  cancel: "M6 6h12v12H6z",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  info: "M12 11v6M12 7.5v.01M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
  save: "M12 4v11M7 11l5 5 5-5M5 20h14",
  ask: "M5 5h14v11H10l-5 4z",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  check: "M5 12.5l4.5 4.5L19 7.5",
};

/** A line icon; decorative, so hidden from screen readers. */
export function icon(name) {
  return s(
    "svg",
    { viewBox: "0 0 24 24", class: "ico", "aria-hidden": "true", focusable: "false" },
    s("path", { d: ICONS[name] }),
  );
}

export function button(label, { ico, kind = "", title, on, disabled, pressed } = {}) {
  return h(
    "button",
    { type: "button", class: `btn ${kind}`, title, disabled, "aria-pressed": pressed, on: { click: on } },
    ico && icon(ico),
    label && h("span", {}, label),
  );
}

export function replace(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

// money and time

const CLOCK = { hour: "2-digit", minute: "2-digit" };

export function short(amount) {
  if (!amount) return dollars(0, 2);
  const whole = amount.micros / 1e6;
  const digits = Math.abs(whole) >= 0.1 || whole === 0 ? 2 : 4;
  const cut = Math.floor(Math.abs(whole) * 10 ** digits + 1e-9) / 10 ** digits;
  return dollars(whole < 0 ? -cut : cut, digits);
}

/** "$0.05 left", or "$0.02 over" where more was spent than the limit; `strong` makes the amount stand out. */
export function leftWords(amount, strong = (words) => words) {
  return amount.micros < 0 ? say.money.over(strong(short({ micros: -amount.micros }))) : say.money.left(strong(short(amount)));
}

export function duration(seconds) {
  if (seconds < 10) return say.time.seconds(number(seconds, { minimumFractionDigits: 1, maximumFractionDigits: 1 }));
  if (seconds < 90) return say.time.seconds(Math.round(seconds));
  return say.time.minutes(Math.floor(seconds / 60), Math.round(seconds % 60));
}

export function untilWords(iso) {
  if (!iso) return "";
  const left = (new Date(iso) - Date.now()) / 60000;
  if (left <= 1) return say.time.soon;
  if (left < 90) return say.time.inMinutes(Math.round(left));
  if (left < 48 * 60) return say.time.inHours(Math.round(left / 60));
  return say.time.inDays(Math.round(left / 1440));
}

/** "until midnight", "until Monday", "until 1 December": when a window ends, in this browser's time. */
export function untilWhen(iso) {
  if (!iso) return "";
  const end = new Date(iso);
  const hours = (end - Date.now()) / 3600000;
  const clock = moment(end, CLOCK);
  if (hours <= 25) return end.getHours() === 0 && end.getMinutes() === 0 ? say.time.untilMidnight : say.time.until(clock);
  if (hours <= 7 * 24) return say.time.until(moment(end, { weekday: "long" }));
  return say.time.until(moment(end, { day: "numeric", month: "long" }));
}

export function clockTime(iso) {
  const when = new Date(iso);
  const time = moment(when, CLOCK);
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(when).setHours(0, 0, 0, 0)) / 86400000);
  if (days === 0) return time;
  if (days === 1) return say.time.yesterday(time);
  return moment(when, { day: "numeric", month: "short", ...CLOCK });
}

/** A steady colour per person, one of eight that read well on both themes. */
export function tint(text) {
  let sum = 0x811c9dc5;
  for (const letter of text) sum = Math.imul(sum ^ letter.codePointAt(0), 0x01000193) >>> 0;
  return sum % 8;
}

export function avatar(person) {
  const letters = (person.name || "?").slice(0, 1).toUpperCase();
  return h("span", { class: `avatar tint${tint(person.id)}`, "aria-hidden": "true" }, letters);
}

/** Tell screen readers, once. */
export function announce(words) {
  $("say").textContent = words;
}
