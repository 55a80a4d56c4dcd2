// The pictures and films of a result: small copies on the page, the originals on a click.

import { withPerson } from "./api.js";
import { hooks } from "./actions.js";
import { button, h } from "./dom.js";
import { showPictures } from "./lightbox.js";
import { opened } from "./state.js";
import { say } from "./texts.js";

const EDGES = [480, 960];
// How wide a picture is drawn, in CSS pixels, by how many stand in the grid; see `.grid` in channel.css.
const WIDTHS = { 1: 440, 2: 277, 3: 183, 4: 277, 5: 183 };
const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** What was asked to be hidden is not even fetched before somebody wants to see it. */
export function covered(view, draw) {
  const ui = opened(view.id);
  if (!view.hidden || ui.uncovered) return draw();
  const open = () => {
    ui.uncovered = true;
    if (!cover.closest(".message")) {
      const drawn = draw();
      cover.replaceWith(drawn);
      drawn.querySelector("button")?.focus();
    }
    hooks.redraw(view.id);
  };
  const cover = h("div", { class: "cover" }, h("p", {}, say.result.hidden), button(say.result.uncover, { on: open }));
  return cover;
}

export function grid(view) {
  const shown = view.assets.map((asset, index) => ({ asset, index, src: withPerson(asset.url ?? "") }));
  const pictures = shown.filter(({ asset }) => asset.url && asset.content_type.startsWith("image/"));
  const columns = Math.min(shown.length, 5);
  const cells = shown.map(({ asset, index, src }) => {
    if (asset.link) return h("p", {}, say.result.notFetched(h("a", { href: asset.link, rel: "noreferrer noopener", target: "_blank" }, say.result.open(index + 1))));
    if (!asset.url) return h("p", { class: "gone" }, say.result.gone);
    const alt = say.result.about(index + 1, view.prompt || view.capability);
    if (asset.content_type.startsWith("video/")) return film(src, alt, asset);
    const at = pictures.findIndex((item) => item.index === index);
    const open = () => showPictures(pictures.map((item) => ({ src: item.src, label: say.result.picture(view.prompt, item.index + 1) })), at);
    const picked = view.assets.length > 1 && opened(view.id).pick === index;
    return h(
      "button",
      { type: "button", class: `cell ${picked ? "picked" : ""}`, "aria-label": say.result.open(index + 1), on: { click: open } },
      picture(asset, alt, WIDTHS[columns]),
    );
  });
  return h("div", { class: `grid of${columns}` }, cells);
}

function picture(asset, alt, drawn) {
  const copy = (edge) => withPerson(`${asset.url}?edge=${edge}`);
  return h("img", {
    loading: "lazy",
    decoding: "async",
    width: asset.width,
    height: asset.height,
    alt,
    sizes: `${drawn}px`,
    srcset: EDGES.map((edge) => `${copy(edge)} ${edge}w`).join(", "),
    src: copy(EDGES[0]),
  });
}

// A film is fetched when it comes into view, and plays by itself where motion is welcome.
const watcher = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    watcher.unobserve(target);
    target.preload = "metadata";
    if (!still()) target.play().catch(() => {});
  }
});

function film(src, alt, { width, height }) {
  const video = h("video", { preload: "none", src, width, height, controls: true, loop: true, playsinline: true, "aria-label": alt });
  video.muted = true;
  watcher.observe(video);
  return video;
}
