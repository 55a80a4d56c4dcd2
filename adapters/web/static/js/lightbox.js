// Things that open over the page: pictures at full size, and the details of a request.

import { button, h, icon, replace } from "./dom.js";

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
    const count = pictures.length > 1 ? `${at + 1} of ${pictures.length} · ` : "";
    replace(stage, h("img", { src, alt: label }), h("figcaption", {}, count + label));
  };
  const move = (by) => () => {
    at = (at + by + pictures.length) % pictures.length;
    draw();
  };
  draw();
  const close = h("button", { type: "button", class: "icon close", "aria-label": "Close", on: { click: () => box.close() } }, icon("close"));
  const arrows = pictures.length > 1 && [
    h("button", { type: "button", class: "icon prev", "aria-label": "Previous", on: { click: move(-1) } }, icon("left")),
    h("button", { type: "button", class: "icon next", "aria-label": "Next", on: { click: move(1) } }, icon("right")),
  ];
  const box = dialog("lightbox", "Picture", stage, arrows || [], close);
  box.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") move(-1)();
    if (event.key === "ArrowRight") move(1)();
  });
}

const NAMES = {
  id: "Request", state: "State", command: "Line", model: "Model asked for", executed_model: "Model that ran", provider: "Provider",
  estimate: "Estimated", charge: "Charged", charged_from: "Charge named by", overrun: "Above the hold", created_at: "Asked",
  submitted_at: "Submitted", finished_at: "Finished", elapsed_s: "Seconds", trace_id: "Trace", gateway_id: "Gateway's id",
  job_id: "Job", remembered_turns: "Remembered turns",
};

/** Everything known about a request, to be read or copied. */
export function showDetails(view) {
  const facts = { ...view.details, ...view, error: view.error?.code };
  const rows = Object.entries(NAMES).map(([key, name]) => {
    const value = facts[key]?.shown ?? facts[key];
    return value === null || value === undefined || value === "" ? [] : [h("dt", {}, name), h("dd", {}, String(value))];
  });
  const revised = view.assets.map((asset) => asset.revised_prompt).find((text) => text && text !== view.prompt);
  const box = dialog(
    "details",
    "Details",
    h("h2", {}, "Details"),
    h("dl", {}, rows, revised && [h("dt", {}, "Prompt as drawn"), h("dd", {}, revised)]),
    h("div", { class: "buttons" }, button("Close", { kind: "primary", on: () => box.close() })),
  );
}
