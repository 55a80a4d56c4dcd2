// Model answers as elements: `markdown-it` reads the Markdown, `DOMPurify` lets through only what is listed here,
// and what a model writes as HTML is shown as the words it is. Both stand in static/vendor with their licences.

import "../vendor/dompurify-3.5.0.min.mjs";
import "../vendor/markdown-it-14.3.3.min.mjs";
import { button, h } from "./dom.js";
import { say } from "./texts.js";

const { DOMPurify, markdownit } = globalThis;

const reader = markdownit({ html: false, breaks: true, linkify: true, typographer: false });
// Only what is written as an address becomes one; "readme.md" stays a name.
reader.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
// A page shows no picture from elsewhere: what would be one is the link to it.
reader.disable("image");
// A column's side comes as a style, which the page's policy does not let in.
reader.renderer.rules.th_open = reader.renderer.rules.td_open = (tokens, at, options, _, renderer) => {
  const token = tokens[at];
  const side = token.attrGet("style")?.replace("text-align:", "");
  token.attrs = side ? [["align", side]] : [];
  return renderer.renderToken(tokens, at, options);
};

const TAGS = ["a", "p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "em", "s", "code", "pre"];
const LISTS = ["ul", "ol", "li", "blockquote", "table", "thead", "tbody", "tr", "th", "td"];
const RULES = {
  RETURN_DOM_FRAGMENT: true,
  ALLOWED_TAGS: [...TAGS, ...LISTS],
  ALLOWED_ATTR: ["href", "start", "align"],
  ALLOWED_URI_REGEXP: /^https?:\/\//i,
};

/** The elements for a text, finished or still streaming. */
export function markdown(text) {
  const found = DOMPurify.sanitize(reader.render(text), RULES);
  for (const link of found.querySelectorAll("a")) {
    link.target = "_blank";
    link.relList.add("noopener", "noreferrer", "nofollow");
  }
  // The headings of a page are its own.
  for (const title of found.querySelectorAll("h1, h2, h3, h4, h5, h6")) title.replaceWith(h("p", { class: `heading ${title.localName}` }, [...title.childNodes]));
  for (const item of found.querySelectorAll("li")) tick(item);
  for (const table of found.querySelectorAll("table")) wrap(table, "wide", { tabindex: "0", role: "region", "aria-label": say.result.table });
  for (const code of found.querySelectorAll("pre")) {
    code.tabIndex = 0;
    wrap(code, "code").append(copyButton(code));
  }
  return [...found.childNodes];
}

/** "[ ] to do" and "[x] done" at the beginning of an item. */
function tick(item) {
  const words = (item.firstElementChild?.localName === "p" ? item.firstElementChild : item).firstChild;
  const box = words?.nodeType === 3 && /^\s*\[([ xX])\] /.exec(words.data);
  if (!box) return;
  words.data = `${box[1] === " " ? "☐" : "☑"} ${words.data.slice(box[0].length)}`;
  item.classList.add("task");
}

function wrap(element, name, props = {}) {
  const around = h("div", { class: name, ...props });
  element.replaceWith(around);
  around.append(element);
  return around;
}

function copyButton(code) {
  const copy = button(say.result.copy, {
    kind: "copy",
    on: async () => {
      await navigator.clipboard.writeText(code.textContent);
      copy.textContent = say.result.copied;
    },
  });
  // A page without a secure address has no clipboard to write to.
  copy.hidden = !navigator.clipboard;
  return copy;
}
