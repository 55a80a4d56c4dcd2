// The box: what is typed, what is attached, what it would cost, and sending it.

import { ApiError, freshKey, post, send, withLine } from "../api.js";
import { Attachments } from "./attachments.js";
import { Controls } from "./controls.js";
import { drawOpen } from "../conversations.js";
import { $, button, h, icon, replace } from "../dom.js";
import { box as boxOf, note } from "../notes.js";
import { Popup } from "./popup.js";
import { dropReply, offerChoices, replied, showAnswered } from "../speech.js";
import { state, toHere } from "../state.js";
import { say } from "../texts.js";

const PRICE_AFTER_MS = 700;
const PICTURE_PRICE_AFTER_MS = 1500; // the pictures are sent along, so a line being typed waits longer

export class Composer {
  /** `took` is given the request that a line led to. */
  constructor({ took }) {
    this.took = took;
    this.field = $("box");
    this.said = [];
    this.back = 0;
    this.key = "";
    this.popup = new Popup(this.field, () => this.changed());
    this.attachments = new Attachments(() => this.changed());
    this.controls = new Controls(() => this.field.value, (line) => this.write(line));
    $("send").append(icon("send"));
    if (matchMedia("(max-width: 640px)").matches) this.field.placeholder = say.box.placeholder;
    $("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.field.addEventListener("input", () => this.changed());
    this.field.addEventListener("click", () => this.popup.update());
    this.field.addEventListener("blur", () => this.popup.close());
    this.field.addEventListener("keydown", (event) => this.pressed(event));
    this.field.addEventListener("keyup", (event) => /^(Arrow(Left|Right)|Home|End)$/.test(event.key) && this.popup.update());
    boxOf.put = (text) => this.put(text);
    boxOf.run = (text, press, form) => this.run(text, press, form);
    boxOf.speak = (text, key, more = {}) => this.speak({ text, ...more }, null, key);
    this.changed();
  }

  put(text) {
    this.field.value = text;
    this.field.focus();
    this.field.setSelectionRange(text.length, text.length);
    this.changed();
  }

  /** The same, while the focus stays where it is. */
  write(text) {
    this.field.value = text;
    this.changed();
  }

  pressed(event) {
    if (this.popup.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.submit();
    } else if (event.key === "ArrowUp" && !event.altKey && (!this.field.value || this.field.value === this.said[this.said.length - this.back])) {
      if (this.back < this.said.length) {
        event.preventDefault();
        this.back += 1;
        this.put(this.said[this.said.length - this.back]);
        this.popup.close();
      }
    } else if (event.key === "Escape") this.field.blur();
  }

  changed() {
    this.key = "";
    this.grow();
    if (document.activeElement === this.field) this.popup.update();
    this.offer();
    this.hint();
    this.controls.show();
    this.priceSoon();
  }

  grow() {
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight, 220)}px`;
    // Not disabled, which would take the focus from whoever pressed it.
    $("send").setAttribute("aria-disabled", String(!this.field.value.trim()));
  }

  command() {
    const name = /^\/([\w-]+)/.exec(this.field.value)?.[1];
    return state.commands.find((item) => item.name === name);
  }

  hint() {
    const command = this.command();
    const words = command ? say.box.command(command.name, command.help) : say.box.hint;
    const chips = command?.options.filter((item) => !this.field.value.includes(`--${item.name}`)).slice(0, 7) ?? [];
    const add = (name) => () => this.put(`${this.field.value.trimEnd()} --${name} `);
    replace(
      $("hint"),
      h("span", {}, words),
      chips.map((item) => h("button", { type: "button", class: "opt-chip", tabindex: "-1", title: item.help, on: { mousedown: (event) => event.preventDefault(), click: add(item.name) } }, `--${item.name}`)),
    );
  }

  /** Something to begin with: example lines in an empty channel, commands for a picture just dropped. */
  offer() {
    const empty = !this.field.value.trim();
    const pictures = empty && this.attachments.items.length > 0;
    const fresh = empty && !pictures && state.me && state.order.length === 0;
    $("starters").hidden = !pictures && !fresh;
    $("welcome").hidden = !state.me || state.order.length > 0 || Boolean(document.querySelector(".note"));
    if (pictures) replace($("starters"), say.box.forPictures.map(([line, label]) => button(label, { on: () => this.put(line) })));
    else if (fresh) replace($("starters"), say.box.starters.map((line) => button(line, { on: () => this.put(line) })));
  }

  // price before

  priceSoon() {
    clearTimeout(this.pricing);
    this.asking?.abort();
    replace($("price"));
    const text = this.field.value.trim();
    if (!this.command()?.order || !this.priceable(text)) return;
    this.pricing = setTimeout(() => this.price(text), this.attachments.items.length ? PICTURE_PRICE_AFTER_MS : PRICE_AFTER_MS);
  }

  /** A whole line: words, or a picture instead of them, and no option that is still being typed. */
  priceable(text) {
    return (this.attachments.items.length > 0 || /^\/\w+\s+\S/.test(text)) && !/--[\w-]*$/.test(text);
  }

  async price(text) {
    this.asking = new AbortController();
    try {
      const { signal } = this.asking;
      const pictures = this.attachments.items.length > 0;
      const { price } = pictures ? await send("/api/estimate", this.attachments.form(text), { signal }) : await post("/api/estimate", { text }, { signal });
      replace($("price"), `≈ ${price.shown}`);
      this.grow(); // the price has narrowed the box
    } catch (error) {
      // Half a line has no price; what is wrong with it is said when it is sent.
      if (!(error instanceof ApiError) && error.name !== "AbortError") throw error;
    }
  }

  // sending

  async submit() {
    const text = this.field.value.trim();
    if (!text || this.sending) return;
    this.sending = true;
    $("composer").classList.add("sending");
    try {
      // The same key until the line changes: a press repeated after a lost answer stays one request.
      this.key = this.key || freshKey();
      await this.deliver(text, this.attachments.items.length ? this.attachments.form(text) : null, this.key);
      this.said.push(text);
      this.back = 0;
      this.field.value = "";
      this.attachments.clear();
      dropReply();
      this.popup.close();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      note.problem({ ...error.problem, command: text });
    } finally {
      const { key } = this;
      this.sending = false;
      $("composer").classList.remove("sending");
      this.changed();
      this.key = this.field.value ? key : "";
      this.popup.close();
    }
  }

  /** A line from a button, which `press` names: the box stays as it is. */
  async run(text, press, form = null) {
    try {
      await this.deliver(text, form && withLine(form, { text }), freshKey(), press);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      note.problem({ ...error.problem, command: text });
    }
  }

  async deliver(text, form, key, press) {
    const name = /^\/([\w-]+)(?:\s|$)/.exec(text)?.[1];
    if (!name) return this.speak({ text, ...replied() }, form, key);
    const order = state.commands.some((item) => item.order && item.name === name);
    const path = order ? "/api/orders" : "/api/commands";
    const fields = { ...toHere(), ...(order && press ? { press } : {}) };
    const answer = form ? await send(path, withLine(form, fields), { key }) : await post(path, { text, ...fields }, { key });
    if (answer.request_id) this.took(answer.request);
    else note.answer(answer, form);
    if (answer.kind === "forget") drawOpen();
    if (answer.note) note.twice(answer.note);
    return undefined;
  }

  /** Say something to the bot: it answers, makes something of it, or offers what it could mean. */
  async speak(said, form, key) {
    const fields = { ...said, ...toHere() };
    for (const [name, value] of Object.entries(fields)) form?.set(name, value);
    const answer = form ? await send("/api/say", form, { key }) : await post("/api/say", fields, { key });
    if (answer.request_id) this.took(answer.request);
    else if (answer.kind === "choices") offerChoices(answer, form, this.took);
    else {
      showAnswered(answer, this.took);
    }
  }
}
