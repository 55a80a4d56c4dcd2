// The list of suggestions above the box: arrows choose, Tab or Enter takes, Escape closes.

import { $, h, replace } from "../dom.js";
import { complete } from "./complete.js";

export class Popup {
  constructor(field, onTaken) {
    this.field = field;
    this.list = $("suggestions");
    this.onTaken = onTaken;
    this.found = null;
    this.at = 0;
    // A press on its edge, too, leaves the caret in the box.
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
  }

  get open() {
    return this.found !== null;
  }

  update() {
    const { value, selectionStart, selectionEnd } = this.field;
    this.found = selectionStart === selectionEnd ? complete(value, selectionStart) : null;
    this.at = 0;
    if (this.found?.items.length === 1 && this.settled) this.found = null;
    this.draw();
  }

  close() {
    this.found = null;
    this.draw();
  }

  draw() {
    this.list.hidden = !this.found;
    if (!this.found) {
      this.field.removeAttribute("aria-activedescendant");
      return;
    }
    replace(
      this.list,
      this.found.items.map((item, index) =>
        h(
          "div",
          {
            id: `suggestion-${index}`,
            role: "option",
            class: "suggestion",
            "aria-selected": String(index === this.at),
            // The box must keep its caret, so the press is taken before it loses focus.
            on: { mousedown: (event) => { event.preventDefault(); this.take(index); } },
          },
          h("span", { class: "label" }, item.label),
          h("span", { class: "help" }, item.help),
          item.side && h("span", { class: "side" }, item.side),
        ),
      ),
    );
    this.mark();
  }

  mark() {
    const current = $(`suggestion-${this.at}`);
    for (const item of this.list.children) item.setAttribute("aria-selected", String(item === current));
    this.field.setAttribute("aria-activedescendant", `suggestion-${this.at}`);
    current?.scrollIntoView({ block: "nearest" });
  }

  take(index) {
    const { from, to, items } = this.found;
    const { insert } = items[index];
    const after = this.field.value.slice(to);
    this.field.setRangeText(insert.endsWith(" ") && after.startsWith(" ") ? insert.trimEnd() : insert, from, to, "end");
    this.onTaken();
    this.update();
  }

  /** True when Enter would change nothing, so that it may send. */
  get settled() {
    const { from, to, items } = this.found;
    return items[this.at].insert.trim() === this.field.value.slice(from, to).trim();
  }

  /** True when the key was used up here. */
  key(event) {
    if (!this.open || event.isComposing) return false;
    const count = this.found.items.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      this.at = (this.at + (event.key === "ArrowDown" ? 1 : count - 1)) % count;
      this.mark();
    } else if (event.key === "Tab" && !event.shiftKey) this.take(this.at);
    else if (event.key === "Enter" && !event.shiftKey && !this.settled) this.take(this.at);
    else if (event.key === "Escape") this.close();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }
}
