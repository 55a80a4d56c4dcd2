// Model answers as paragraphs, code, lists, quotes, bold, italics and links. Builds elements, never markup,
// so that nothing a model writes can become part of the page. Takes time that grows with the length only:
// what nobody closes is looked for once, not from every place where it opens.

import { h } from "./dom.js";

const BULLET = /^\s*[-*+]\s+/;
const NUMBER = /^\s*\d+[.)]\s+/;
const HEADING = /^(#{1,4})\s+(.*)/;
const RULE = /^([-*_])\s*(\1\s*){2,}$/;
const QUOTE = /^>\s?/;
const DEEPEST = 20; // quotes within quotes; deeper ones are words
const SIGN = /`+|\*\*|__|\*|\[|https?:\/\/[^\s<>)"']+/g;
const TARGET = /\]\((https?:\/\/[^\s)]{1,2000})\)/y;

/** Where something begins next: each list is gone through once, and what is not found is not looked for again. */
class Closers {
  constructor(text) {
    this.text = text;
    this.known = new Map();
  }

  after(sign, from) {
    const known = this.known.get(sign);
    if (known !== undefined && (known < 0 || known >= from)) return known;
    const found = this.text.indexOf(sign, from);
    this.known.set(sign, found);
    return found;
  }
}

function inline(text) {
  const out = [];
  const closers = new Closers(text);
  const sign = new RegExp(SIGN); // a search of its own: this function calls itself
  let done = 0;
  for (let found = sign.exec(text); found; found = sign.exec(text)) {
    const [element, end] = marked(text, found, closers) ?? [null, 0];
    if (element === null) continue;
    out.push(text.slice(done, found.index), element);
    done = sign.lastIndex = end;
  }
  out.push(text.slice(done));
  return out;
}

/** The element that begins here and where it ends, or nothing where the sign is only a sign. */
function marked(text, found, closers) {
  const [mark] = found;
  const start = found.index + mark.length;
  if (mark.startsWith("http")) return [link(mark, mark), start];
  if (mark === "[") return labelled(text, start, closers);
  if (mark === "*" && /^\s/.test(text.slice(start, start + 1))) return null;
  const end = closers.after(mark, start + 1);
  if (end < 0) return null;
  const words = text.slice(start, end);
  if (mark.startsWith("`")) return [h("code", {}, words), end + mark.length];
  return [h(mark === "*" ? "em" : "strong", {}, inline(words)), end + mark.length];
}

function labelled(text, start, closers) {
  const end = closers.after("]", start + 1);
  if (end < 0) return null;
  TARGET.lastIndex = end;
  const target = TARGET.exec(text);
  return target && [link(text.slice(start, end), target[1]), end + target[0].length];
}

function link(label, target) {
  return h("a", { href: target, target: "_blank", rel: "noopener noreferrer nofollow" }, label);
}

function block(lines, depth = 0) {
  const out = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at];
    const heading = HEADING.exec(line);
    if (heading) {
      out.push(h("p", { class: `heading h${heading[1].length}` }, inline(heading[2])));
    } else if (BULLET.test(line) || NUMBER.test(line)) {
      return [...out, BULLET.test(line) ? list("ul", lines.slice(at), BULLET) : list("ol", lines.slice(at), NUMBER)];
    } else if (QUOTE.test(line) && depth < DEEPEST) {
      const inside = lines.slice(at).map((one) => one.replace(QUOTE, ""));
      return [...out, h("blockquote", {}, block(inside, depth + 1))];
    } else if (RULE.test(line)) {
      out.push(h("hr"));
    } else {
      const first = at;
      while (at + 1 < lines.length && !begins(lines[at + 1])) at += 1;
      out.push(paragraph(lines.slice(first, at + 1)));
    }
    at += 1;
  }
  return out;
}

const begins = (line) => BULLET.test(line) || NUMBER.test(line) || HEADING.test(line);

const paragraph = (lines) =>
  h("p", {}, lines.flatMap((line, at) => (at ? [h("br"), ...inline(line)] : inline(line))));

function list(tag, lines, mark) {
  const items = [];
  for (const line of lines) {
    if (mark.test(line) || !items.length) items.push(line.replace(mark, ""));
    else items[items.length - 1] += `\n${line.trim()}`;
  }
  return h(tag, {}, items.map((item) => h("li", {}, inline(item))));
}

/** The elements for a text. An unfinished code block (still streaming) is shown as code. */
export function markdown(text) {
  const out = [];
  let lines = [];
  let code = null;
  const flush = () => {
    if (lines.length) out.push(block(lines));
    lines = [];
  };
  for (const line of text.replaceAll("\r", "").split("\n")) {
    const fence = /^\s*```(\S*)/.exec(line);
    if (fence && code === null) {
      flush();
      code = [];
    } else if (fence) {
      out.push(h("pre", { tabindex: "0" }, h("code", {}, code.join("\n"))));
      code = null;
    } else if (code !== null) code.push(line);
    else if (line.trim()) lines.push(line);
    else flush();
  }
  flush();
  if (code !== null) out.push(h("pre", { tabindex: "0" }, h("code", {}, code.join("\n"))));
  return out.flat(Infinity);
}
