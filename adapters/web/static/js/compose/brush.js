// The mask of an edit, painted on the picture: with a brush, or with a rectangle that the arrow keys move. What is
// painted may change. The mask is a PNG of the picture's size, transparent where it was painted.

import { button, h } from "../dom.js";
import { note } from "../notes.js";
import { say } from "../texts.js";

const STEP = 0.02; // of the picture's longer side, for a press of an arrow key

/** Ask for a mask on a picture; a File, or null when it was closed without one. */
export async function paintMask(url, name) {
  const picture = h("img", { src: url, alt: name });
  try {
    await picture.decode();
  } catch {
    note.problem({ message: say.brush.unreadable });
    return null;
  }
  return new Promise((done) => new Brush(picture, done));
}

class Brush {
  constructor(picture, done) {
    this.picture = picture;
    this.done = done;
    this.marks = [];
    const [width, height] = [picture.naturalWidth, picture.naturalHeight];
    this.unit = Math.max(width, height);
    this.frame = { x: width * 0.35, y: height * 0.35, width: width * 0.3, height: height * 0.3 };
    this.canvas = h("canvas", { width, height, tabindex: "0", role: "application", "aria-label": say.brush.canvas, "aria-describedby": "brush-help" });
    this.size = h("input", { type: "range", min: "1", max: "30", value: "8", "aria-label": say.brush.size });
    this.apply = button(say.brush.use, { kind: "primary", disabled: true, on: () => this.finish() });
    this.undo = button(say.brush.undo, { disabled: true, on: () => this.take() });
    this.box = h(
      "dialog",
      { class: "brush", "aria-label": say.brush.title },
      h("h2", {}, say.brush.title),
      h("p", { class: "muted", id: "brush-help" }, say.brush.help),
      h("div", { class: "canvas" }, picture, this.canvas),
      h("div", { class: "buttons" }, h("label", { class: "brush-size" }, say.brush.size, this.size), this.undo, button(say.dialogs.close, { on: () => this.box.close() }), this.apply),
    );
    this.listen();
    document.body.append(this.box);
    this.box.showModal();
    this.canvas.focus();
    this.draw();
  }

  listen() {
    this.box.addEventListener("close", () => {
      this.box.remove();
      this.done(this.result ?? null);
    });
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      this.marks.push({ radius: (this.unit * Number(this.size.value)) / 200, points: [this.at(event)] });
      this.draw();
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (!event.buttons || !this.marks.at(-1)?.points) return;
      this.marks.at(-1).points.push(this.at(event));
      this.draw();
    });
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    for (const kind of ["focus", "blur"]) this.canvas.addEventListener(kind, () => this.draw());
  }

  at(event) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return [((event.clientX - left) / width) * this.canvas.width, ((event.clientY - top) / height) * this.canvas.height];
  }

  key(event) {
    const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    const step = this.unit * STEP;
    const { frame, canvas } = this;
    if (x || y) {
      const [across, down] = event.shiftKey ? ["width", "height"] : ["x", "y"];
      frame[across] += x * step;
      frame[down] += y * step;
      frame.width = Math.min(Math.max(step, frame.width), canvas.width);
      frame.height = Math.min(Math.max(step, frame.height), canvas.height);
      frame.x = Math.min(Math.max(0, frame.x), canvas.width - frame.width);
      frame.y = Math.min(Math.max(0, frame.y), canvas.height - frame.height);
    } else if (event.key === " " || event.key === "Enter") this.marks.push({ ...frame });
    else if (event.key === "z" && (event.ctrlKey || event.metaKey)) this.marks.pop();
    else return;
    event.preventDefault();
    this.draw();
  }

  take() {
    this.marks.pop();
    this.draw();
    this.canvas.focus();
  }

  draw() {
    const pen = this.canvas.getContext("2d");
    pen.globalCompositeOperation = "source-over";
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    trace(pen, this.marks);
    if (document.activeElement === this.canvas) outline(pen, this.frame, this.unit / 250);
    this.apply.disabled = this.undo.disabled = this.marks.length === 0;
  }

  finish() {
    const mask = h("canvas", { width: this.canvas.width, height: this.canvas.height });
    const pen = mask.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, mask.width, mask.height);
    pen.globalCompositeOperation = "destination-out";
    trace(pen, this.marks);
    mask.toBlob((blob) => {
      this.result = new File([blob], "mask.png", { type: "image/png" });
      this.box.close();
    }, "image/png");
  }
}

function trace(pen, marks) {
  pen.fillStyle = pen.strokeStyle = "#ff4fa3";
  pen.lineCap = pen.lineJoin = "round";
  for (const { points, radius, x, y, width, height } of marks) {
    if (!points) {
      pen.fillRect(x, y, width, height);
      continue;
    }
    pen.lineWidth = 2 * radius;
    pen.beginPath();
    pen.moveTo(...points[0]);
    for (const point of points.length > 1 ? points.slice(1) : points) pen.lineTo(...point);
    pen.stroke();
  }
}

/** The rectangle of the arrow keys, seen on light and on dark. */
function outline(pen, { x, y, width, height }, thickness) {
  pen.lineWidth = 3 * thickness;
  pen.strokeStyle = "#000";
  pen.strokeRect(x, y, width, height);
  pen.lineWidth = thickness;
  pen.strokeStyle = "#fff";
  pen.strokeRect(x, y, width, height);
}
