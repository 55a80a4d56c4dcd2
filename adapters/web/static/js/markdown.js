// Model answers as paragraphs, code, lists, quotes, bold, italics and links. Builds elements, never markup,
// so that nothing a model writes can become part of the page.

import { h } from "./dom.js";

const INLINE = /(`+)(.+?)\1|\*\*(.+?)\*\*|__(.+?)__|\*(?!\s)(.+?)\*|\[([^\]]+)\]\((https?:\/\/[^\s)]+)\)|(https?:\/\/[^\s<>)"']+)/s;

function inline(text) {
  const out = [];
  let rest = text;
  for (let found = INLINE.exec(rest); found; found = INLINE.exec(rest)) {
    out.push(rest.slice(0, found.index));
    const [all, , code, bold, bold2, italic, label, target, bare] = found;
    if (code !== undefined) out.push(h("code", {}, code));
    else if (bold ?? bold2) out.push(h("strong", {}, inline(bold ?? bold2)));
    else if (italic) out.push(h("em", {}, inline(italic)));
    else out.push(link(label ?? bare, target ?? bare));
    rest = rest.slice(found.index + all.length);
  }
  out.push(rest);
  return out;
}

function link(label, target) {
  return h("a", { href: target, target: "_blank", rel: "noopener noreferrer nofollow" }, label);
}

function block(lines) {
  const first = lines[0];
  const heading = /^(#{1,4})\s+(.*)/.exec(first);
  if (heading) {
    const title = h("p", { class: `heading h${heading[1].length}` }, inline(heading[2]));
    return lines.length > 1 ? [title, block(lines.slice(1))] : title;
  }
  if (/^\s*[-*+]\s+/.test(first)) return list("ul", lines, /^\s*[-*+]\s+/);
  if (/^\s*\d+[.)]\s+/.test(first)) return list("ol", lines, /^\s*\d+[.)]\s+/);
  if (/^>\s?/.test(first)) return h("blockquote", {}, block(lines.map((line) => line.replace(/^>\s?/, ""))));
  if (/^([-*_])\s*(\1\s*){2,}$/.test(first)) return h("hr");
  const start = lines.findIndex((line, at) => at > 0 && /^\s*([-*+]|\d+[.)])\s+|^#{1,4}\s/.test(line));
  if (start > 0) return [block(lines.slice(0, start)), block(lines.slice(start))];
  return h("p", {}, lines.flatMap((line, at) => (at ? [h("br"), inline(line)] : [inline(line)])));
}

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
