// Things that open over the page: pictures at full size, and the details of a request.

import { button, h, icon, replace } from "./dom.js";
import { say } from "./texts.js";
import { moment, number } from "./translation.js";

function dialog(className, label, ...content) {
  const box = h("dialog", { class: className, "aria-label": label }, ...content);
  box.addEventListener("close", () => box.remove());
  box.addEventListener("click", (event) => event.target === box && box.close());
  document.body.append(box);
  box.showModal();
  return box;
}

/** Pictures one after the other; arrows move, Escape closes. */
export function showPictures(pictures, start) {
  let at = start;
  const stage = h("figure", {});
  const draw = () => {
    const { src, label } = pictures[at];
    const caption = pictures.length > 1 ? say.dialogs.ofPictures(at + 1, pictures.length, label) : label;
    replace(stage, h("img", { src, alt: label }), h("figcaption", {}, caption));
  };
  const move = (by) => () => {
    at = (at + by + pictures.length) % pictures.length;
    draw();
  };
  draw();
  const close = h("button", { type: "button", class: "icon close", "aria-label": say.dialogs.close, on: { click: () => box.close() } }, icon("close"));
  const arrows = pictures.length > 1 && [
    h("button", { type: "button", class: "icon prev", "aria-label": say.dialogs.previous, on: { click: move(-1) } }, icon("left")),
    h("button", { type: "button", class: "icon next", "aria-label": say.dialogs.next, on: { click: move(1) } }, icon("right")),
  ];
  const box = dialog("lightbox", say.dialogs.picture, stage, arrows || [], close);
  box.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") move(-1)();
    if (event.key === "ArrowRight") move(1)();
  });
}

const at = (iso) => iso && moment(new Date(iso), { dateStyle: "medium", timeStyle: "medium" });

/** Facts that are not shown as they come. */
const FACTS = {
  state: (state) => say.states[state],
  charged_from: (source) => say.chargedFrom[source],
  elapsed_s: (seconds) => (seconds === null ? null : number(seconds)),
  created_at: at,
  submitted_at: at,
  finished_at: at,
};

/** Everything known about a request, to be read or copied. */
export function showDetails(view) {
  const facts = { ...view.details, ...view, error: view.error?.code };
  const rows = Object.entries(say.facts).map(([key, name]) => {
    const value = FACTS[key]?.(facts[key]) ?? facts[key]?.shown ?? facts[key];
    return value === null || value === undefined || value === "" ? [] : [h("dt", {}, name), h("dd", {}, String(value))];
  });
  const revised = view.assets.map((asset) => asset.revised_prompt).find((text) => text && text !== view.prompt);
  const box = dialog(
    "details",
    say.dialogs.details,
    h("h2", {}, say.dialogs.details),
    h("dl", {}, rows, revised && [h("dt", {}, say.dialogs.revised), h("dd", {}, revised)]),
    h("div", { class: "buttons" }, button(say.dialogs.close, { kind: "primary", on: () => box.close() })),
  );
}
