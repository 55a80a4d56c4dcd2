// Pictures for the next line: dropped, pasted or picked, each with the part it plays.

import { paintMask } from "./brush.js";
import { $, h, icon, replace } from "../dom.js";
import { note } from "../notes.js";
import { keepFocus } from "../page/focus.js";
import { state } from "../state.js";
import { say } from "../texts.js";

const MOST = 11;

export class Attachments {
  constructor(onChange) {
    this.items = [];
    this.onChange = onChange;
    $("attach").append(icon("plus"));
    $("attach").addEventListener("click", () => $("files").click());
    $("files").addEventListener("change", (event) => {
      this.add(event.target.files);
      event.target.value = "";
    });
    this.watchDrops();
    document.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (!files.length) return;
      event.preventDefault();
      this.add(files);
    });
  }

  watchDrops() {
    const over = $("drop");
    let depth = 0;
    const carries = (event) => event.dataTransfer?.types.includes("Files");
    addEventListener("dragenter", (event) => {
      if (!carries(event)) return;
      depth += 1;
      over.hidden = false;
    });
    addEventListener("dragleave", (event) => {
      if (!carries(event)) return;
      depth = Math.max(0, depth - 1);
      over.hidden = depth === 0;
    });
    addEventListener("dragover", (event) => carries(event) && event.preventDefault());
    addEventListener("drop", (event) => {
      if (!carries(event)) return;
      event.preventDefault();
      depth = 0;
      over.hidden = true;
      this.add(event.dataTransfer.files);
    });
  }

  add(files) {
    const most = state.me?.max_image_bytes ?? 20e6;
    for (const file of files) {
      if (this.items.length >= MOST) return note.problem({ message: say.box.mostPictures(MOST) });
      if (file.size > most) {
        note.problem({ message: say.box.tooLarge(file.name, Math.floor(most / 1e6)) });
        continue;
      }
      this.items.push({ file, url: URL.createObjectURL(file), role: "image" });
    }
    this.changed();
    $("box").focus();
    return undefined;
  }

  remove(item) {
    URL.revokeObjectURL(item.url);
    this.items = this.items.filter((other) => other !== item);
    this.changed();
  }

  leave(item) {
    this.remove(item);
    $("box").focus();
  }

  async paint(item) {
    const file = await paintMask(item.url, item.file.name);
    if (!file) return $("box").focus();
    for (const other of this.items.filter(({ role }) => role === "mask")) this.remove(other);
    this.items.push({ file, url: URL.createObjectURL(file), role: "mask" });
    this.changed();
    return $("box").focus();
  }

  clear() {
    for (const item of this.items) URL.revokeObjectURL(item.url);
    this.items = [];
    this.changed();
  }

  changed() {
    $("attachments").hidden = this.items.length === 0;
    keepFocus($("attachments"), () => replace($("attachments"), this.items.map((item) => this.card(item))));
    this.onChange();
  }

  card(item) {
    const choose = (event) => {
      for (const other of this.items) if (event.target.value === "mask" && other.role === "mask") other.role = "image";
      item.role = event.target.value;
      this.changed();
    };
    return h(
      "div",
      { class: "attachment" },
      h("img", { src: item.url, alt: item.file.name }),
      h(
        "select",
        { "aria-label": say.box.roleOf(item.file.name), on: { change: choose } },
        Object.entries(say.box.roles).map(([role, name]) => h("option", { value: role, selected: item.role === role }, name)),
      ),
      item.role === "image" && h("button", { type: "button", class: "icon paint", "aria-label": say.brush.paint(item.file.name), title: say.brush.title, on: { click: () => this.paint(item) } }, icon("brush")),
      h("button", { type: "button", class: "icon", "aria-label": say.box.remove(item.file.name), on: { click: () => this.leave(item) } }, icon("close")),
    );
  }

  /** A form with the line and the pictures under the names the API knows. */
  form(text) {
    const form = new FormData();
    form.set("text", text);
    let number = 0;
    for (const item of this.items) {
      const name = item.role === "mask" ? "mask" : `image${(number += 1) > 1 ? number : ""}`;
      form.set(name, item.file, item.file.name || "picture");
    }
    return form;
  }
}
