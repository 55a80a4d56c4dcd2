// What was made here: searched by words, person, model and capability, and each result at an address of its own.

import { get, withPerson } from "./api.js";
import { here } from "./conversations.js";
import { button, h, icon, replace } from "./dom.js";
import { markdown } from "./markdown.js";
import { covered, grid } from "./media.js";
import { note } from "./notes.js";
import { state } from "./state.js";
import { say } from "./texts.js";

const ADDRESS = /^#result\/([\w-]+)$/;
const SEARCH_AFTER_MS = 300;

/** The address of a result, within this page. */
export const addressOf = (id) => `#result/${id}`;

/** The tab's content; what was chosen in it stays while the panel is drawn again. */
export function library(panel) {
  if (panel.body.dataset.tab === "library") return [...panel.body.childNodes];
  panel.body.dataset.tab = "library";
  const words = h("input", { type: "search", placeholder: say.library.words, "aria-label": say.library.words });
  const person = choice(say.library.person, say.library.everyone, state.people.map((one) => [one.id, one.name]));
  const kind = choice(say.library.kind, say.panel.everything, state.commands.filter((one) => one.order).map((one) => [one.name, say.controls.whats[one.name] ?? one.name]));
  const model = choice(say.library.model, say.library.anyModel, state.models.map((one) => [one.id, one.id]));
  const list = h("ul", { class: "tiles", "aria-live": "polite" });
  const older = button(say.panel.older, { on: () => search(older.dataset.before) });
  let asked = 0;
  const search = async (before) => {
    const mine = (asked += 1);
    const query = new URLSearchParams({ q: words.value, person: person.value, capability: kind.value, model: model.value, before });
    const { results, before: next } = await get(`/api/library?${query}`);
    if (mine !== asked) return; // another search has begun
    if (!before) replace(list, results.length ? [] : h("li", { class: "muted" }, say.panel.noMatch));
    const held = document.activeElement === older;
    const tiles = results.map(tile);
    list.append(...tiles);
    older.hidden = !next;
    if (held && !next) (tiles[0] ?? list.lastElementChild)?.querySelector("a")?.focus();
    older.dataset.before = next ?? "";
  };
  let soon;
  words.addEventListener("input", () => {
    clearTimeout(soon);
    soon = setTimeout(() => search(""), SEARCH_AFTER_MS);
  });
  for (const field of [person, kind, model]) field.addEventListener("change", () => search(""));
  search("");
  return [h("div", { class: "filters" }, words, state.people.length > 0 && person, kind, model), list, older];
}

function choice(label, all, choices) {
  return h("select", { "aria-label": label }, h("option", { value: "" }, all), choices.map(([value, words]) => h("option", { value }, words)));
}

/** What a result looks like: its first picture or the beginning of its film; else words. */
function looks(view) {
  const seen = !view.hidden && view.assets.find(({ url }) => url);
  if (!seen) return h("span", { class: "tile-words" }, view.hidden ? say.result.hidden : view.text || say.controls.whats[view.capability]);
  if (seen.content_type.startsWith("image/")) return h("img", { src: withPerson(`${seen.url}?edge=480`), alt: "", loading: "lazy", width: seen.width, height: seen.height });
  const film = h("video", { src: withPerson(seen.url), preload: "metadata", tabindex: "-1", "aria-hidden": "true", playsinline: true });
  film.muted = true;
  return h("span", { class: "tile-film" }, film, icon("animate"));
}

function tile(view) {
  const words = view.prompt || view.command;
  return h(
    "li",
    {},
    h(
      "a",
      { class: "tile", href: addressOf(view.id) },
      looks(view),
      h("span", { class: "clip" }, words),
      h("span", { class: "muted clip" }, say.library.madeBy(view.person.name, view.model)),
    ),
  );
}

/** Open the result that the address names, now and whenever it changes. */
export function followAddress() {
  addEventListener("hashchange", openNamed);
  return openNamed();
}

async function openNamed() {
  const id = ADDRESS.exec(location.hash)?.[1];
  document.querySelector("dialog.result")?.close();
  if (!id) return;
  try {
    show(await get(`/api/library/${id}`));
  } catch (error) {
    history.replaceState(null, "", here());
    note.problem({ message: error.message });
  }
}

function show(view) {
  const result = view.assets.length > 0 ? covered(view, () => grid(view)) : h("div", { class: "text" }, markdown(view.text ?? ""));
  const copy = button(say.library.copy, {
    on: async () => {
      await navigator.clipboard.writeText(location.href);
      replace(copy, say.result.copied);
    },
  });
  copy.hidden = !navigator.clipboard;
  const close = h("button", { type: "button", class: "icon close", "aria-label": say.dialogs.close, on: { click: () => box.close() } }, icon("close"));
  const box = h(
    "dialog",
    { class: "result", "aria-label": view.command },
    h("header", {}, h("p", {}, view.command), close),
    result,
    h("p", { class: "receipt" }, h("span", {}, say.library.madeBy(view.person.name, view.model)), view.receipt && h("span", {}, view.receipt)),
    h("div", { class: "buttons" }, copy),
  );
  box.addEventListener("close", () => {
    box.remove();
    if (ADDRESS.exec(location.hash)?.[1] === view.id) history.replaceState(null, "", here());
  });
  document.body.append(box);
  box.showModal();
}
