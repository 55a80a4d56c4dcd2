// The controls beside the words: what to make, with which model, in which shape, how many. The line stays the one
// truth: a control writes into it and shows what it says, so that typing and choosing are the same.

import { $, h } from "../dom.js";
import { state } from "../state.js";
import { say } from "../texts.js";

const COUNTS = 4; // offered where a model does not say how many it can make
const KEPT = ["model", "aspect_ratio", "n"];

export class Controls {
  /** `read` gives the line, `write` puts a changed one into the box and leaves the focus where it is. */
  constructor(read, write) {
    this.read = read;
    this.write = write;
  }

  /** Show what the line says; a control with the same choices stays, and what is typed into it goes on. */
  show() {
    const line = this.read();
    const command = commandOf(line);
    const model = command && modelOf(line);
    const parts = [this.what(command), command && this.model(line, command), command && this.shape(line, command), command && this.count(line, command)];
    const wanted = [...parts, model && h("span", { class: "good-at" }, goodAt(model))].filter(Boolean);
    const host = $("controls");
    wanted.forEach((part, at) => {
      const known = host.children[at];
      if (!known) host.append(part);
      else if (choicesOf(known) === choicesOf(part)) known.value = part.value;
      else known.replaceWith(part);
    });
    while (host.children.length > wanted.length) host.lastElementChild.remove();
  }

  select(name, label, value, choices, choose) {
    const options = choices.map(([key, words]) => h("option", { value: key, selected: key === value }, words));
    return h("select", { name, "aria-label": label, title: label, on: { change: (event) => choose(event.target.value) } }, options);
  }

  what(command) {
    const orders = state.commands.filter((item) => item.order).map((item) => [item.name, say.controls.whats[item.name] ?? item.name]);
    return this.select("what", say.controls.what, command?.name ?? "", [["", say.controls.talk], ...orders], (name) => this.write(turned(this.read(), name)));
  }

  model(line, command) {
    const fits = state.models.filter((model) => model.capabilities.includes(command.name));
    const choices = fits.map((model) => [model.id, say.controls.modelChoice(model.id, priceOf(model))]);
    return this.select("model", say.controls.model, modelOf(line)?.id ?? "", [["", say.controls.anyModel], ...choices], (id) => this.write(withOption(this.read(), "model", id)));
  }

  shape(line, command) {
    const option = command.options.find((item) => item.name === "aspect_ratio");
    if (!option) return null;
    const choices = modelOf(line)?.choices?.aspect_ratio ?? option.choices;
    const value = valueOf(line, "aspect_ratio");
    const known = value && !choices.includes(value) ? [value, ...choices] : choices;
    return this.select("aspect_ratio", say.controls.shape, value, [["", say.controls.anyShape], ...known.map((one) => [one, one])], (one) => this.write(withOption(this.read(), "aspect_ratio", one)));
  }

  count(line, command) {
    if (!command.options.some((item) => item.name === "n")) return null;
    const most = Math.min(10, modelOf(line)?.max_n ?? COUNTS);
    const value = valueOf(line, "n") || "1";
    const counts = Array.from({ length: Math.max(most, Number(value) || 1) }, (_, at) => [String(at + 1), say.controls.times(at + 1)]);
    return this.select("n", say.controls.count, value, counts, (one) => this.write(withOption(this.read(), "n", one === "1" ? "" : one)));
  }
}

const choicesOf = (part) => [part.name, part.textContent].join();

function commandOf(line) {
  const name = /^\/([\w-]+)/.exec(line)?.[1];
  return state.commands.find((item) => item.order && item.name === name);
}

const pattern = (name) => new RegExp(`\\s--${name}(?:=|\\s+)(\\S+)`);
const valueOf = (line, name) => pattern(name).exec(line)?.[1] ?? "";
const modelOf = (line) => state.models.find((model) => [model.id, ...model.aliases].includes(valueOf(line, "model")));

/** The line with an option of this value, or without it. */
export function withOption(line, name, value) {
  const rest = line.replace(pattern(name), "").trimEnd();
  return value ? `${rest} --${name} ${value} ` : `${rest} `;
}

/** The line for another thing to make, or plain words; what it cannot have falls away. */
function turned(line, name) {
  let words = line.replace(/^\/[\w-]*\s*/, "");
  const command = state.commands.find((item) => item.name === name);
  const takes = (option) => command?.options.some((item) => item.name === option);
  const model = modelOf(` ${words}`);
  for (const option of KEPT) {
    if (!takes(option) || (option === "model" && !model?.capabilities.includes(name))) words = withOption(` ${words}`, option, "").trim();
  }
  return name ? `/${name} ${words}` : words;
}

const priceOf = (model) => (model.free ? say.money.free : model.starting_price ? say.money.from(model.starting_price.shown) : say.money.byUse);

/** What a model can do, from what the gateway says of it. */
export function goodAt(model) {
  const can = model.capabilities.map((name) => say.controls.abilities[name] ?? name);
  return [
    say.controls.can(can),
    model.max_n > 1 && say.controls.most(model.max_n),
    model.max_inputs > 1 && say.controls.inputs(model.max_inputs),
    model.max_seconds && say.controls.seconds(model.max_seconds),
    priceOf(model),
  ]
    .filter(Boolean)
    .join(" · ");
}
