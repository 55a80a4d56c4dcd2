// Whoever reads the end of the messages stays there; whoever reads above is left alone.

import { $ } from "../dom.js";

const scroller = $("scroller");
const atEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 140;
let following = true;

export function toEnd() {
  following = true;
  scroller.scrollTop = scroller.scrollHeight;
  $("newest").hidden = true;
}

/** Add messages above; what is read stays where it is. */
export function keepBelow(add) {
  const height = scroller.scrollHeight;
  add();
  scroller.scrollTop += scroller.scrollHeight - height;
}

/** Follow the end while messages and pictures grow. */
export function keepPlace() {
  new ResizeObserver(() => (following ? toEnd() : ($("newest").hidden = atEnd()))).observe($("messages"));
  new ResizeObserver(() => following && toEnd()).observe(scroller);
  // A scroll event also follows when content changes its size; only a hand on the page means leaving the end.
  let touched = 0;
  const touch = (event) => {
    if (event.type !== "pointermove" || event.buttons) touched = Date.now();
  };
  for (const kind of ["wheel", "touchmove", "keydown", "pointermove"]) scroller.addEventListener(kind, touch, { passive: true });
  const moved = () => {
    if (atEnd()) following = true;
    else if (Date.now() - touched < 1000) following = false;
    $("newest").hidden = atEnd();
  };
  scroller.addEventListener("scroll", moved, { passive: true });
  $("newest").addEventListener("click", toEnd);
}
