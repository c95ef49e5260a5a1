// The stack as a table, one row per layer with the recursion's numbers filled in, and the controls of the chosen layer.
import { createQuestion } from "../kit/question.js";
import { formatNumber, parseWhole, plural } from "../kit/numbers.js";
import { diagnoseSide, MOST_LAYERS } from "./core_stack.js";
import { button, element, field, select, slider } from "../kit/kit.js";
import { samePadding } from "../kit/fields.js";

const signed = (value) => (value < 0 ? `(${formatNumber(value)})` : String(value));
const COLUMNS = [
  "layer",
  "output",
  "jump ← jump · stride",
  "size ← size + (kernel − 1) · dilation · jump",
  "start ← start − padding · jump",
];

// "conv 3×3, stride 2, dilation 4, padding 1"; what is 1 or 0 is left out.
export function layerWords({ kind, kernel, stride, padding, dilation }) {
  const parts = [`${kind === "pool" ? "pool" : "conv"} ${kernel}×${kernel}`];
  if (stride !== 1) parts.push(`stride ${stride}`);
  if (dilation !== 1) parts.push(`dilation ${dilation}`);
  if (padding !== 0) parts.push(`padding ${padding}`);
  return parts.join(", ");
}

export function createTable({ choose }) {
  const group = `rf-layer-${Math.random().toString(36).slice(2)}`; // radios of one table belong together, also when two explorers are open
  const body = element("tbody");
  const table = element(
    "table",
    { class: "rf-table" },
    element(
      "thead",
      {},
      element("tr", {}, ...COLUMNS.map((text) => element("th", { scope: "col", text }))),
    ),
    body,
  );
  const total = element("p", { class: "rf-total sg-mono", "data-words": "sum" });
  let rows = [];

  function row(at) {
    const radio = element("input", { type: "radio", name: group, onchange: () => choose(at) });
    const name = element("span");
    const cells = COLUMNS.slice(1).map((label) =>
      element("td", { class: "sg-mono", "data-label": label.split(" ")[0] }),
    );
    const first =
      at < 0
        ? element("th", { scope: "row" }, name)
        : element("th", { scope: "row" }, element("label", {}, radio, name));
    return { tr: element("tr", {}, first, ...cells), radio, name, cells };
  }

  function draw({ layers, levels, lengths, hidden, selected, misfit }) {
    if (rows.length !== layers.length + 1) {
      rows = [-1, ...layers.keys()].map(row);
      body.replaceChildren(...rows.map(({ tr }) => tr));
    }
    rows.forEach(({ tr, radio, name, cells }, level) => {
      const failed = misfit !== null && level >= misfit.layer;
      name.textContent = level === 0 ? "input" : `${level} ${layerWords(layers[level - 1])}`;
      tr.dataset.selected = level === selected + 1;
      radio.checked = level === selected + 1;
      const words = failed
        ? ["none", "—", "—", "—"]
        : hidden
          ? [mapSize(lengths, level), "?", "?", "?"]
          : [mapSize(lengths, level), ...steps(layers, levels, level)];
      cells.forEach((cell, at) => {
        cell.textContent = words[at];
      });
    });
    total.textContent = misfit || hidden ? "" : writtenTotal(layers, levels);
  }
  return { el: element("div", {}, table, total), draw };
}

const mapSize = (lengths, level) => `${lengths.rows[level]} × ${lengths.cols[level]}`;

// The three recursions of one row, in numbers.
function steps(layers, levels, level) {
  const { jump, size, start } = levels[level];
  if (level === 0) return ["1", "1", "0"];
  const { kernel, stride, padding, dilation } = layers[level - 1];
  const before = levels[level - 1];
  return [
    `${before.jump} · ${stride} = ${jump}`,
    `${before.size} + (${kernel} − 1) · ${dilation} · ${before.jump} = ${size}`,
    `${signed(before.start)} − ${padding} · ${before.jump} = ${formatNumber(start)}`,
  ];
}

// "size = 1 + 2 + 4 + 8 + 16 = 31", and for L plain 3×3 layers "= 1 + 2 · L".
function writtenTotal(layers, levels) {
  const gains = layers.map((_, at) => levels[at + 1].size - levels[at].size);
  const plain = layers.every(
    ({ kernel, stride, dilation }) => kernel === 3 && stride === 1 && dilation === 1,
  );
  const law = plain ? ` = 1 + 2 · ${layers.length}` : "";
  return `size = ${[1, ...gains].join(" + ")}${law} = ${levels.at(-1).size}`;
}

const LAYER_SLIDERS = [
  ["kernel", "kernel", 1, 7],
  ["stride", "stride", 1, 4],
  ["dilation", "dilation", 1, 8],
  ["padding", "padding", 0, 24],
];

// Sliders and buttons for the chosen layer. Padding that kept the size goes on doing so when kernel or dilation change.
export function createLayerControls({ change, insert, remove, shift }) {
  let layer = null;
  const kind = select({
    label: "kind",
    options: [
      ["conv", "convolution"],
      ["pool", "average pooling"],
    ],
    value: "conv",
    onChange: (value) => change({ kind: value }),
  });
  const sliders = LAYER_SLIDERS.map(([name, label, min, max]) => [
    name,
    slider({
      label,
      min,
      max,
      value: min,
      onInput: (value) => change(adjusted(layer, name, value)),
    }),
  ]);
  const buttons = {
    add: button("Add", insert),
    remove: button("Remove", remove),
    up: button("Up", () => shift(-1)),
    down: button("Down", () => shift(1)),
  };
  const title = element("div", { class: "sg-title" });
  return {
    el: element(
      "div",
      { class: "rf-layer sg-column" },
      title,
      kind.el,
      element("div", { class: "sg-controls" }, ...sliders.map(([, made]) => made.el)),
      element("div", { class: "sg-row", style: "gap: 6px" }, ...Object.values(buttons)),
    ),
    draw({ layers, selected }) {
      layer = layers[selected];
      title.textContent = `Layer ${selected + 1} of ${layers.length}`;
      kind.set(layer.kind);
      for (const [name, made] of sliders)
        made.set(layer[name], { max: Math.max(Number(made.input.max), layer[name]) });
      buttons.add.disabled = layers.length >= MOST_LAYERS;
      buttons.add.title = buttons.add.disabled
        ? `at most ${MOST_LAYERS} layers`
        : "a copy of this layer, after it";
      buttons.remove.disabled = layers.length === 1;
      buttons.up.disabled = selected === 0;
      buttons.down.disabled = selected === layers.length - 1;
    },
  };
}

function adjusted(layer, name, value) {
  const next = { ...layer, [name]: value };
  const keepsSize = layer.padding === samePadding(layer.kernel, layer.dilation);
  return keepsSize && (name === "kernel" || name === "dilation")
    ? { ...next, padding: samePadding(next.kernel, next.dilation) }
    : next;
}

// "How many pixels wide is the field?"; the verdict names the typical slip.
export function createSizeQuestion({ reveal }) {
  let layers = [];
  let truth = 0;
  const label = "How many pixels wide is the field of one output cell?";
  const guess = field({ label, onEnter: () => question.check() });
  const question = createQuestion({ name: "size", inputs: [guess], judge, onReveal: reveal });

  function judge() {
    const value = parseWhole(guess.input.value);
    if (value === null)
      return {
        words: `“${guess.input.value}” is not a whole number; type one such as 9.`,
        again: true,
      };
    if (value === truth) return { words: `Right: ${plural(truth, "pixel")}.`, right: true };
    return { words: `You said ${value}, it is ${truth}. ${diagnoseSide(layers, value)}` };
  }

  return {
    ...question,
    draw({ levels, hidden, misfit, ...scene }, predicting) {
      layers = scene.layers;
      truth = levels.at(-1).size;
      question.draw(predicting && misfit === null, hidden);
    },
  };
}
