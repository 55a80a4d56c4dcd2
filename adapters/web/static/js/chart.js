// Spending over time: one bar a day, stacked by person.

import { h, s, short, tint } from "./dom.js";
import { say } from "./texts.js";
import { moment } from "./translation.js";

const WIDE = 320;
const HIGH = 150;
const LEFT = 46;
const BOTTOM = 20;

function niceTop(most) {
  if (most <= 0) return 100000;
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 2.5, 5, 10].map((step) => step * power).find((value) => value >= most);
}

const noon = (day) => new Date(`${day}T12:00:00`);
const dayName = (day) => moment(noon(day), { weekday: "short" });

export function spendChart({ days, rows }) {
  const sums = days.map((day) => rows.filter((row) => row.day === day).reduce((sum, row) => sum + row.charged.micros, 0));
  const top = niceTop(Math.max(...sums, 0));
  const scale = (HIGH - BOTTOM - 8) / top;
  const step = (WIDE - LEFT) / days.length;
  const lines = [0, 0.5, 1].map((share) => {
    const y = HIGH - BOTTOM - share * top * scale;
    return s("g", {}, s("line", { x1: LEFT, x2: WIDE, y1: y, y2: y, class: "gridline" }), s("text", { x: LEFT - 6, y: y + 3.5, "text-anchor": "end" }, short({ micros: share * top })));
  });
  const bars = days.map((day, index) => {
    let y = HIGH - BOTTOM;
    const x = LEFT + index * step + step * 0.2;
    const parts = rows.filter((row) => row.day === day && row.charged.micros > 0).map((row) => {
      const height = Math.max(1.5, row.charged.micros * scale);
      y -= height;
      return s("rect", { x, y, width: step * 0.6, height, rx: 2, class: `tint${tint(row.person)}` }, s("title", {}, say.budgets.ofDay(row.name, moment(noon(day), { dateStyle: "medium" }), row.charged.shown)));
    });
    const label = s("text", { x: LEFT + (index + 0.5) * step, y: HIGH - 5, "text-anchor": "middle" }, index === days.length - 1 ? say.time.today : dayName(day));
    return s("g", {}, parts, label);
  });
  const total = sums.reduce((sum, value) => sum + value, 0);
  const words = say.budgets.perDay(short({ micros: total }), days.length);
  return h("figure", { class: "chart" }, s("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": words }, lines, bars), legend(rows), h("figcaption", { class: "muted" }, say.budgets.inDays(short({ micros: total }), days.length)));
}

function legend(rows) {
  const people = new Map(rows.map((row) => [row.person, row.name]));
  return h("ul", { class: "legend" }, [...people].map(([id, name]) => h("li", {}, h("span", { class: `dot tint${tint(id)}` }), name)));
}
