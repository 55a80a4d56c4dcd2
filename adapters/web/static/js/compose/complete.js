// What can come next in a line: commands, options, values, model names. No page in here, only words.

import { state } from "../state.js";
import { say } from "../texts.js";

const FIELDS = { format: "output_format", thinking: "thinking_level" };
const WHO = [
  { value: "everyone", help: say.box.everyone },
  { value: "all", help: say.box.all },
];

/** {from, to, items: [{insert, label, help, side}]} for the caret's place, or null. */
export function complete(text, caret) {
  const before = text.slice(0, caret);
  if (!before.startsWith("/")) return null;
  const named = /^\/([\w-]*)$/.exec(before);
  if (named) return commands(named[1].toLowerCase(), caret);
  const [, name] = /^\/([\w-]+)/.exec(before) ?? [];
  const command = state.commands.find((item) => item.name === name);
  return command ? inside(command, text, before, caret) : null;
}

function commands(typed, caret) {
  const found = state.commands.filter((item) => item.name.startsWith(typed));
  const items = found.map((item) => ({ insert: `/${item.name} `, label: `/${item.name}`, help: item.help, side: item.admin ? say.box.admin : "" }));
  return items.length ? { from: 0, to: caret, items } : null;
}

function inside(command, text, before, caret) {
  const token = /\S*$/.exec(before)[0];
  const from = caret - token.length;
  const earlier = before.slice(0, from).trimEnd();
  const { capability, options } = takes(command, text);
  const place = { from, to: caret };
  const equals = /^(?:--|—)([\w-]+)=(.*)$/.exec(token);
  if (equals) return values(equals[1], equals[2], options, capability, text, { from: caret - equals[2].length, to: caret });
  if (/^(--|—)/.test(token)) return optionNames(token, options, text, place);
  const waiting = /(?:--|—)([\w-]+)$/.exec(earlier)?.[1];
  if (waiting) return values(waiting, token, options, capability, text, place);
  return words(command, token, earlier, place);
}

/** Which options a line may have: `/estimate` and `/compare` take those of the order they are about. */
function takes(command, text) {
  if (!["estimate", "compare"].includes(command.name)) return { capability: command.order ? command.name : "", options: command.options };
  const about = /^\/\w+\s+\/?(\w+)/.exec(text)?.[1];
  const order = state.commands.find((item) => item.order && item.name === about) ?? state.commands.find((item) => item.name === "generate");
  return { capability: order.name, options: [...command.options, ...order.options.filter((item) => command.name !== "compare" || item.name !== "model")] };
}

function optionNames(token, options, text, place) {
  const typed = token.replace(/^(--|—)/, "").toLowerCase().replaceAll("-", "_");
  const used = new Set([...text.matchAll(/(?:--|—)([\w-]+)/g)].map((match) => match[1].replaceAll("-", "_")));
  used.delete(typed);
  const items = options
    .filter((item) => item.name.startsWith(typed) && !used.has(item.name))
    .map((item) => ({ insert: `--${item.name} `, label: `--${item.name}`, help: item.help }));
  return items.length ? { ...place, items } : null;
}

function values(name, typed, options, capability, text, place) {
  const option = options.find((item) => item.name === name.replaceAll("-", "_"));
  if (!option) return null;
  if (option.name === "models") {
    const last = /[^,]*$/.exec(typed)[0];
    return modelNames(last, capability, { from: place.to - last.length, to: place.to }, "");
  }
  const fixed = /^default_(\w+)$/.exec(option.name)?.[1];
  if (option.name === "model" || fixed) return modelNames(typed, fixed ?? capability, place, " ");
  if (option.name === "who") return listed(people(), typed, place);
  const model = state.models.find((item) => text.includes(`--model ${item.id}`));
  const choices = model?.choices?.[FIELDS[option.name] ?? option.name] ?? option.choices;
  return listed(choices.map((value) => ({ value })), typed, place);
}

function listed(choices, typed, place) {
  const items = choices
    .filter(({ value }) => value.toLowerCase().startsWith(typed.toLowerCase()))
    .map(({ value, help }) => ({ insert: `${value} `, label: value, help: help ?? "" }));
  return items.length ? { ...place, items } : null;
}

const people = () => [...state.people.map((item) => ({ value: item.key, help: item.about })), ...WHO];

export function modelNames(typed, capability, place, tail) {
  const wanted = typed.toLowerCase();
  const fits = state.models.filter((model) => (!capability || model.capabilities.includes(capability)) && [model.id, ...model.aliases].some((name) => name.toLowerCase().includes(wanted)));
  fits.sort((a, b) => b.id.startsWith(wanted) - a.id.startsWith(wanted));
  const items = fits.slice(0, 50).map((model) => ({
    insert: model.id + tail,
    label: model.id,
    help: model.aliases.length ? say.box.aliases(model.aliases) : "",
    side: model.free ? say.money.free : model.starting_price ? say.money.from(model.starting_price.shown) : "",
  }));
  return items.length ? { ...place, items } : null;
}

function words(command, token, earlier, place) {
  const said = earlier.split(/\s+/).slice(1);
  if (command.subs.length && !said.length) return listed(command.subs.map((value) => ({ value })), token, place);
  if (command.name === "budget" && ["set", "grant", "remove"].includes(said[0])) {
    const has = (list) => said.some((word) => list.some(({ value }) => value === word.toLowerCase()));
    const windows = ["day", "week", "month", "total"].map((value) => ({ value }));
    const left = [...(has(people()) ? [] : people()), ...(has(windows) ? [] : windows)];
    return said.length > 1 || token ? listed(left, token, place) : null;
  }
  const orders = state.commands.filter((item) => item.order).map((item) => ({ value: item.name, help: item.help }));
  if (["estimate", "compare"].includes(command.name) && !said.length) return listed(orders, token, place);
  return null;
}
