// The ruler of one axis: the input's pixels on top, below them the output's, once as areas (align_corners=False) and once as points
// (True), all at their true places; a line leads from the present output pixel up to where it looks.
import { inkOn, tapColor } from "../kit/colors.js";
import { axisTaps, interpolates, isWeighted, outputSize, placeOf, reachOfMethod } from "./core.js";
import { element, select, svgElement } from "../kit/kit.js";
import { equalSign, exactNumber } from "./words.js";

const WIDEST_RULER = 760; // px
const INPUT_ROW = { title: 12, cells: 20, high: 28 }; // the input's row, px
const OUTPUT_ROWS = [
  { align: false, title: 92, cells: 99, high: 20 },
  { align: true, title: 152, cells: 159, high: 20 },
];
const BELOW = 4; // px under the last row

export function createRuler({ point, goTo }) {
  let axis = 1,
    last = null,
    goTos = [],
    drawn = "";
  const ground = svgElement("g"), // changes with the setting
    marks = svgElement("g"); // change with the output pixel
  const svg = svgElement("svg", { class: "up-ruler", role: "img" }, ground, marks);
  const axes = select({
    label: "ruler along the",
    options: [
      ["1", "columns"],
      ["0", "rows"],
    ],
    value: "1",
    onChange: (value) => {
      axis = Number(value);
      draw(last);
    },
  });
  const line = element("p", { class: "sg-note", "data-words": "ruler" });
  const cellOf = (event) => {
    const at = goTos.find(({ x, y, wide, high }) => inBox(svg, event, x, y, wide, high));
    if (!at || !last) return null;
    return axis === 1 ? { row: last.here.row, col: at.i } : { row: at.i, col: last.here.col };
  };
  svg.addEventListener("pointermove", (event) => {
    const cell = cellOf(event);
    point(cell && { grid: "output", ...cell });
  });
  svg.addEventListener("pointerleave", () => point(null));
  svg.addEventListener("click", (event) => {
    const cell = cellOf(event);
    if (cell) goTo(cell);
  });
  const el = element(
    "div",
    { class: "sg-panel sg-column" },
    element(
      "div",
      { class: "sg-row" },
      element("strong", { text: "Where the pixel centers lie" }),
      axes.el,
    ),
    svg,
    line,
  );

  function draw(scene) {
    last = scene;
    el.hidden = !interpolates(scene.setting.method);
    if (el.hidden) return;
    const frame = rulerFrame(scene, axis);
    marks.replaceChildren(
      ...inputRow(frame, scene, axis),
      ...frame.rows.flatMap((row) => outputMarks(frame, row)),
    );
    const { n, m, method, align, width } = frame,
      key = JSON.stringify([n, m, method, align, width]);
    if (key === drawn) return;
    drawn = key;
    const { cells, high } = frame.rows.at(-1),
      height = cells + high + BELOW;
    ground.replaceChildren(
      ...inputNames(frame),
      ...frame.rows.flatMap((row) => outputGround(frame, row)),
    );
    goTos = frame.rows.flatMap((row) => outputBoxes(frame, row));
    svg.setAttribute("width", width);
    svg.setAttribute("height", height);
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    line.textContent = rulerWords(frame, align);
    svg.setAttribute("aria-label", line.textContent);
  }
  return { el, draw };
}

function inBox(svg, event, x, y, wide, high) {
  const box = svg.getBoundingClientRect(),
    [atX, atY] = [event.clientX - box.left, event.clientY - box.top];
  return atX >= x && atX < x + wide && atY >= y && atY < y + high;
}

// Everything in px: input coordinate s stands at x(s); one input pixel is `unit` wide.
function rulerFrame({ setting, shown, width: room }, axis) {
  const { image, method, align } = setting,
    weighted = isWeighted(method);
  const n = axis === 1 ? image[0].length : image.length,
    m = outputSize(setting)[axis],
    i = axis === 1 ? shown.col : shown.row;
  const beyond = Math.max(0.75, reachOfMethod(method), halfPoint(n, m) - 0.4);
  const unit = Math.min((Math.min(room, WIDEST_RULER) - 2) / (n + 2 * beyond), 110),
    x = (s) => 1 + (s + 0.5 + beyond) * unit;
  const rows = OUTPUT_ROWS.map((row) => ({
    ...row,
    active: weighted ? row.align === align : !row.align,
  }));
  const width = Math.ceil(2 + (n + 2 * beyond) * unit);
  return {
    n,
    m,
    i,
    x,
    unit,
    width,
    method,
    align,
    weighted,
    rows: weighted ? rows : rows.slice(0, 1),
  };
}

const halfPoint = (n, m) => (n > 1 && m > 1 ? (n - 1) / (m - 1) / 2 : 0.5); // half of an output pixel when corners are aligned

// The color of each tap of this axis: that of the present pixel's heaviest product with it.
function axisColors(terms, axis) {
  const best = new Map();
  for (const term of terms) {
    const at = axis === 1 ? term.col : term.row;
    if (!best.has(at) || Math.abs(term.weight) > Math.abs(best.get(at).weight)) best.set(at, term);
  }
  return new Map([...best].map(([at, { tap }]) => [at, tapColor(tap)]));
}

function rulerLabel(x, y, text, props = {}) {
  return svgElement("g", {}, svgElement("text", { x, y, ...props, text }));
}

function rulerBox(x, y, wide, high, props, text, ink) {
  const rect = svgElement("rect", { x, y, width: Math.max(wide, 0.5), height: high, ...props });
  const words =
    text === ""
      ? null
      : svgElement("text", {
          x: x + wide / 2,
          y: y + high / 2 + 1,
          class: "up-middle",
          style: ink ? `fill: ${ink}; font-weight: 600` : null,
          text,
        });
  return svgElement("g", {}, rect, words);
}

function inputRow({ n, m, i, x, unit, method, align, weighted }, { terms }, axis) {
  const { cells, high } = INPUT_ROW,
    taps = axisTaps(method, n, m, align, i),
    colors = axisColors(terms, axis);
  const cell = (at, tap) => {
    const color = tap && colors.get(at),
      look = {
        class: `up-cell${at < 0 || at >= n ? " up-outside" : ""}`,
        style: color ? `fill: ${color}` : null,
      };
    const text = tap && weighted ? fitWeight(tap.weight, unit) : "";
    return rulerBox(x(at - 0.5), cells, unit, high, look, text, color && inkOn(color));
  };
  const inside = Array.from({ length: n }, (_, at) => at);
  const every = inside.map((at) =>
    cell(
      at,
      taps.find((tap) => tap.at === at),
    ),
  ); // prettier-ignore
  const outside = taps.filter(({ at }) => at < 0 || at >= n).map((tap) => cell(tap.at, tap));
  return [...every, ...outside, ...rulerCenters(inside.map(x), cells + high)];
}

function inputNames({ n, x, unit, weighted }) {
  const { title, cells, high } = INPUT_ROW,
    words = weighted ? "input pixels and their weights" : "input pixels";
  const name = (at) =>
    rulerLabel(x(at), cells + high + 12, String(at), { class: "up-middle up-soft" });
  const names = unit >= 14 ? Array.from({ length: n }, (_, at) => name(at)) : [];
  return [rulerLabel(1, title, words, { class: "up-word" }), ...names];
}

function fitWeight(weight, unit) {
  const text = exactNumber(weight);
  return text.length * 6.6 + 4 <= unit ? text : "";
}

function rulerCenters(xs, y) {
  return xs.map((cx) => svgElement("circle", { cx, cy: y, r: 2.2, class: "up-center" }));
}

// The places and the width of the output pixels of one row, in input coordinates.
function outputPlaces({ n, m }, align) {
  const wide = align ? 2 * halfPoint(n, m) : n / m;
  const at = (i) => {
    const { over, under } = placeOf("bilinear", n, m, align, i);
    return over / under;
  };
  return { wide, at };
}

function outputBoxes(frame, { align, cells, high }) {
  const { wide, at } = outputPlaces(frame, align);
  return Array.from({ length: frame.m }, (_, i) => ({
    i,
    x: frame.x(at(i) - wide / 2),
    y: cells,
    wide: wide * frame.unit,
    high,
  }));
}

function outputGround(frame, row) {
  const { x, m } = frame,
    { align, cells, high, active } = row,
    { at } = outputPlaces(frame, align);
  const look = { class: `up-cell${active ? "" : " up-resting"}` };
  const boxes = outputBoxes(frame, row).map((each) =>
    rulerBox(each.x, cells, each.wide, high, look, ""),
  );
  const centers = Array.from({ length: m }, (_, k) => x(at(k)));
  return [...boxes, ...rulerCenters(centers, cells + high / 2)];
}

// The present output pixel, the line from it (torch's nearest: from its left edge) up to the input, and the place as a number.
function outputMarks(frame, row) {
  const { x, m, n, i, method, width, weighted } = frame,
    { align, title, cells, high, active } = row,
    { at } = outputPlaces(frame, align);
  const here = outputBoxes(frame, row)[i];
  const look = x(method === "nearest" ? at(i) - n / m / 2 : at(i)),
    near = look > width / 2;
  const thread = svgElement("line", {
    x1: look,
    x2: look,
    y1: cells,
    y2: INPUT_ROW.cells + INPUT_ROW.high,
    class: `up-thread${active ? "" : " up-resting"}`,
  });
  const name = `align_corners=${align ? "True: pixels are points" : "False: pixels are areas"}${active ? " (chosen)" : ""}`;
  const props = { class: `up-word${near ? " up-end" : ""}` };
  return [
    rulerBox(here.x, cells, here.wide, high, { class: "up-cell up-here" }, ""),
    ...rulerCenters([x(at(i))], cells + high / 2),
    thread,
    rulerLabel(1, title, weighted ? name : "output pixels are areas", { class: "up-word" }),
    rulerLabel(look + (near ? -5 : 5), title - 15, exactPlace(frame, align, method), props),
  ];
}

function exactPlace({ n, m, i }, align, method) {
  const { over, under } = placeOf(method, n, m, align, i);
  return `s ${equalSign(over / under)} ${exactNumber(over / under)}`;
}

function rulerWords({ n, m, method }, align) {
  if (method === "nearest")
    return `The left edge of each output pixel says which cell it copies; with ${m} from ${n} pixels the picture ${m % n === 0 ? "stays where it is" : "shifts by half an output pixel"}.`;
  if (method === "nearest-exact")
    return "The center of each output pixel says which cell it copies.";
  if (n === 1) return "One input pixel: wherever an output pixel looks, it finds the same number.";
  if (m === 1)
    return align
      ? "One output pixel: it looks at the first center."
      : "One output pixel: it looks at the middle of the input.";
  const apart = align ? (n - 1) / (m - 1) : n / m;
  const step = `neighbors stand ${equalSign(apart) === "≈" ? "about " : ""}${exactNumber(apart)} apart`;
  const outer =
    m > n ? " The outer centers look beyond the input's, where the border repeats." : "";
  return align
    ? `The first and the last centers coincide: (${n} − 1) / (${m} − 1), ${step}. As areas, input and output no longer cover the same.`
    : `The outer edges coincide: ${n} / ${m}, ${step}.${outer}`;
}
