// Where the keyboard is: what is drawn again keeps the focus, and messages are walked through with arrows.

import { $ } from "../dom.js";

const REACHED = ["button", "a[href]", "input", "select", "textarea", "video", "[tabindex]"].join();

/** What an element is for the person who has reached it, so that its like is found after it was drawn again. */
function signOf(element) {
  const words = element.getAttribute("aria-label") || element.title || (element.matches("select") ? "" : element.textContent.trim());
  return [element.tagName, element.name, element.dataset.tab ?? element.getAttribute("href") ?? words].join();
}

/**
 * Draw something inside of `host` again. What had the focus there has it afterwards; where it is gone, `host` has, or
 * what `draw` gave back in its place.
 */
export function keepFocus(host, draw) {
  const held = document.activeElement;
  if (!host?.contains(held) || held === document.body) return draw();
  const alike = (root) => [...root.querySelectorAll(REACHED)].filter((one) => signOf(one) === signOf(held));
  const at = alike(host).indexOf(held);
  const drawn = draw();
  if (held.isConnected) return drawn;
  const root = drawn instanceof Node ? drawn : host;
  const found = alike(root);
  (found[at] ?? found.at(-1) ?? root).focus({ preventScroll: true });
  return drawn;
}

/** What goes away takes the focus along: the message before or after it has it then, or else the box. */
export function takeAway(node) {
  const held = node.contains(document.activeElement);
  const next = node.nextElementSibling ?? node.previousElementSibling ?? $("box");
  node.remove();
  if (held) next.focus();
}

const all = () => [...$("messages").children];

export function goToNewest() {
  (all().at(-1) ?? $("box")).focus();
}

/** Alt and the arrow up leave the box for the newest message; from there arrows go on, and Escape comes back. */
export function walkMessages() {
  $("box").addEventListener("keydown", (event) => {
    if (event.key !== "ArrowUp" || !event.altKey || !all().length) return;
    event.preventDefault();
    goToNewest();
  });
  $("to-newest").addEventListener("click", goToNewest);
  $("past-messages").addEventListener("click", () => $("after-messages").querySelector("a, button:not([hidden])").focus());
  $("messages").addEventListener("keydown", (event) => {
    if (event.target.closest("input, textarea, select, video") || event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
    const list = all();
    const at = list.findIndex((one) => one.contains(event.target));
    const to = { ArrowUp: list[at - 1], ArrowDown: list[at + 1] ?? $("box"), Home: list[0], End: list.at(-1), Escape: $("box") }[event.key];
    if (!to) return;
    event.preventDefault();
    to.focus();
  });
}
