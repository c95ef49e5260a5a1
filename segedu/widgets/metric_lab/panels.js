// Beside the maps: the confusion matrix, a bar per metric with its numbers, and the question of predict mode.
import { createQuestion } from "../kit/question.js";
import {
  METRIC_NAMES,
  METRIC_SYMBOLS,
  absenceWords,
  diagnoseGuess,
  fallsBetween,
  formulaOf,
  readGuess,
  valueText,
} from "./words.js";
import { KIND_COLORS } from "./paint.js";
import { element, field, select } from "../kit/kit.js";

const MATRIX = [
  ["object", ["tp", "fn"]],
  ["background", ["fp", "tn"]],
];
const MATRIX_WORDS = { tp: "TP", fn: "FN", fp: "FP", tn: "TN" };

// Rows are the target's classes, columns the predicted ones; each cell wears its color on the map, and lights its cells up there.
export function createMatrix({ light }) {
  const cells = {};
  const head = ["target ↓   prediction →", "object", "background"].map((text) =>
    element("th", { scope: "col", text }),
  );
  const rows = MATRIX.map(([name, kinds]) =>
    element("tr", {}, element("th", { scope: "row", text: name }), ...kinds.map(matrixCell)),
  );
  const rest = element("p", { class: "sg-note", "data-words": "void" });
  const table = element("table", { class: "ml-matrix" }, element("tr", {}, ...head), ...rows);

  function matrixCell(kind) {
    const count = element("span", { class: "sg-mono", "data-count": kind });
    const swatch = `border-left-color: ${KIND_COLORS[kind] ?? "var(--sg-line)"}`;
    cells[kind] = {
      count,
      el: element(
        "td",
        { style: swatch, onpointerenter: () => light(kind), onpointerleave: () => light(null) },
        `${MATRIX_WORDS[kind]} `,
        count,
      ),
    };
    return cells[kind].el;
  }

  function draw({ compared: { counts }, hidden, under }) {
    for (const [kind, { count, el }] of Object.entries(cells)) {
      count.textContent = hidden ? "?" : counts[kind];
      el.dataset.lit = kind === under;
    }
    rest.textContent =
      counts.void === 0 ? "No void." : `Void, hatched: ${counts.void} cells are left out.`;
  }
  return { el: element("div", { class: "ml-counts" }, table, rest), draw };
}

// One row per metric: name, bar from 0 to 1 with a mark where it was before the last change, value, change; below the formula.
export function createBars({ light }) {
  const rows = Object.fromEntries(Object.keys(METRIC_NAMES).map((name) => [name, barRow(name)]));
  const names = Object.keys(rows);
  const el = element("div", {
    class: "ml-bars",
    role: "group",
    "aria-label": "metrics: up and down arrows choose one",
  });
  el.append(...names.map((name) => rows[name].el));
  rows[names[0]].el.tabIndex = 0;
  el.addEventListener("keydown", (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const at = names.findIndex((name) => rows[name].el === event.target);
    const next = names[Math.min(Math.max(at + step, 0), names.length - 1)];
    for (const name of names) rows[name].el.tabIndex = name === next ? 0 : -1;
    rows[next].el.focus();
  });

  function barRow(name) {
    const [fill, mark] = ["ml-fill", "ml-mark"].map((kind) => element("span", { class: kind }));
    const track = element("span", { class: "ml-track", "aria-hidden": "true" }, fill, mark);
    const [value, change] = ["ml-value", "ml-change"].map((kind) =>
      element("span", { class: `sg-mono ${kind}` }),
    );
    const formula = element("span", { class: "ml-formula" });
    const lights = {
      onpointerenter: () => light(name),
      onpointerleave: () => light(null),
      onfocus: () => light(name),
      onblur: () => light(null),
    };
    const title = element("span", { class: "ml-name", text: METRIC_NAMES[name] });
    const row = element(
      "div",
      { class: "ml-row", tabindex: -1, role: "group", "data-metric": name, ...lights },
      title,
      track,
      value,
      change,
      formula,
    );
    return { el: row, fill, mark, track, value, change, formula };
  }

  function draw({ compared, metrics, before, hidden, focus }) {
    const fallen = before && !hidden ? fallsBetween(before, metrics).names : [];
    for (const [name, row] of Object.entries(rows)) {
      const value = hidden ? undefined : metrics[name];
      row.value.textContent = valueText(value);
      row.change.textContent = before && !hidden ? changeText(before[name], value) : "";
      row.fill.style.width = `${100 * (value || 0)}%`;
      row.track.dataset.absent = Number.isNaN(value);
      row.mark.hidden = !before || Number.isNaN(before[name]);
      row.mark.style.left = `${100 * (before?.[name] || 0)}%`;
      row.formula.textContent = rowWords(name, compared, value);
      row.el.dataset.fell = fallen.includes(name);
      row.el.dataset.lit = name === focus;
      row.el.setAttribute(
        "aria-label",
        `${METRIC_NAMES[name]} ${row.value.textContent} ${row.change.textContent}`,
      );
    }
  }
  return { el, draw };
}

function changeText(before, after) {
  const change = after - before;
  if (Number.isNaN(change) || Math.abs(change) < 0.0005) return "";
  return `${change < 0 ? "−" : "+"}${Math.abs(change).toFixed(3)}`;
}

// "TP / (TP + FP) = 177 / (177 + 47)", or the reason why it is absent.
function rowWords(name, compared, value) {
  if (value === undefined) return METRIC_SYMBOLS[name];
  const words = `${METRIC_SYMBOLS[name]} = ${formulaOf(name, compared)}`;
  return Number.isNaN(value) ? `${words}: ${absenceWords(name, compared)}` : words;
}

// "What is the object's IoU now? Which metric fell most?"
export function createMetricsQuestion({ reveal }) {
  let scene = null;
  const guess = field({ label: "The object's IoU, from 0 to 1:", onEnter: () => question.check() });
  const options = [["none", "none fell"], ...Object.entries(METRIC_NAMES)];
  const fell = select({
    label: "Which metric fell most?",
    options,
    value: "none",
    onChange: () => {},
  });
  const lead = element("p", { class: "sg-note" });
  const question = createQuestion({
    name: "metrics",
    above: [lead],
    inputs: [guess, fell],
    judge,
    onReveal: reveal,
  });

  function judge() {
    const text = guess.input.value;
    const value = readGuess(text);
    if (value === undefined)
      return {
        words: `“${text}” is no IoU; type a number from 0 to 1, such as 0.4 or 2/5, or “absent”.`,
        again: true,
      };
    const [iouRight, iouWords] = iouVerdict(value, scene);
    if (!scene.before) return { words: iouWords, right: iouRight };
    const [fellRight, fellWords] = fallVerdict(fell.input.value, scene);
    return { words: `${iouWords} ${fellWords}`, right: iouRight && fellRight };
  }

  return {
    ...question,
    clear() {
      fell.set("none");
      question.clear();
    },
    draw(next, predicting) {
      scene = next;
      fell.el.hidden = !scene.before;
      lead.textContent = leadWords(scene);
      question.draw(predicting, scene.hidden);
    },
  };
}

function leadWords({ hidden, before }) {
  if (!hidden)
    return "Now change something: move the shape, paint, take a preset. The numbers hide again.";
  return before
    ? "Change as much as you like; the marks show where the bars were. Then say:"
    : "The numbers are hidden. Look at the map, and say:";
}

function iouVerdict(value, { metrics: { iou }, metrics, compared }) {
  const [said, is] = [value, iou].map(valueText);
  if (Number.isNaN(iou))
    return [
      Number.isNaN(value),
      `The IoU is 0/0, absent${Number.isNaN(value) ? ": right" : `; you said ${said}`}.`,
    ];
  if (Math.abs(value - iou) <= 0.05) return [true, `Right: the IoU is ${is}; you said ${said}.`];
  return [
    false,
    `The IoU is ${is}; you said ${said}. ${diagnoseGuess(value, compared, metrics)}`.trim(),
  ];
}

function fallVerdict(name, { before, metrics }) {
  const { names, by } = fallsBetween(before, metrics);
  const right = names.length === 0 ? name === "none" : names.includes(name);
  const list = names
    .map((one) => METRIC_NAMES[one])
    .join(", ")
    .replace(/, ([^,]*)$/, " and $1");
  const fact = names.length === 0 ? "No metric fell" : `${list} fell most, by ${by.toFixed(3)}`;
  if (right) return [true, `Right: ${names.length === 0 ? "no metric fell" : fact}.`];
  const own = before[name] - metrics[name];
  const said =
    name === "none"
      ? ""
      : own > 0
        ? `; ${METRIC_NAMES[name]} fell by ${own.toFixed(3)}`
        : `; ${METRIC_NAMES[name]} did not fall`;
  return [false, `${fact}${said}.`];
}
