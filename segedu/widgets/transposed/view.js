// What the student sees, top to bottom:
//   menus of examples and kernels, the sliders; then two views side by side, in the same colors, one per kernel tap:
//   left, scatter: input ∗ᵀ kernel = output, filled stamp by stamp, with the cells that padding crops as a ring around it and
//     output_padding dashed in it; a player over the input cells; what each tap adds; a line in words, or why there is no output;
//   right, gather: the input with zeros between and around its cells, the window on it, the flipped kernel, the output; a player over
//     the output cells; the products that reach the cell, and their sum; in predict mode a question instead of the value;
//   below: the map of how many stamps lie on each output cell, with advice; the size formula with the numbers filled in; the torch code.
// Pointing at a cell of any grid, or at a product, lights up what it is linked with in all of them.
import {
  hasOutput,
  linkedCells,
  overlapCounts,
  sizesOf,
  stampedCanvas,
  stuffedInput,
  transposedConvolve,
} from "./core.js";
import { clamp, formatNumber, parseNumber } from "../kit/numbers.js";
import { createControls } from "./controls.js";
import { createGrids } from "./grids.js";
import { bind, codeBox, element, mount, player } from "../kit/kit.js";
import { createCellQuestion } from "../kit/question.js";
import { createFormula, createGathered, createOverlap, createStamp } from "./panels.js";
import {
  EXAMPLES,
  MATRICES,
  matrixName,
  rememberMatrix,
  remembers,
  resizeMatrix,
} from "./presets.js";
import { diagnoseGuess, explainRefusal, torchCode } from "./words.js";

const TRAITS = [
  "image",
  "kernel",
  "stride",
  "padding",
  "output_padding",
  "dilation",
  "position",
  "target",
  "predict",
];
const LARGE = 30; // px, a cell at most
const HANDY = 26; // px, at least, a cell that the student edits
const SIGN = 34; // px, the place of "=" before a grid
const BESIDE = 760; // px, from this width on the two views stand side by side
const HINT =
  "Point at a cell to see what it is linked with; click a number to change it, click an output cell to gather it. In a grid, arrow keys move and digits edit.";
const STYLE = `
.segedu.segedu .tx-views { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 16px 32px; align-items: start; }
.segedu.segedu .tx-view { min-width: 0; display: flex; flex-direction: column; gap: 8px; }
.segedu.segedu .tx-menus .sg-choice, .segedu.segedu .tx-menus select { min-width: 0; max-width: 100%; }
.segedu.segedu .tx-heading { font-weight: 600; }
.segedu.segedu .tx-row { display: flex; flex-wrap: wrap; gap: 8px 0; align-items: center; min-width: 0; }
.segedu.segedu .tx-block { min-width: 0; max-width: 100%; }
.segedu.segedu .tx-caption { margin-bottom: 4px; color: var(--sg-soft); }
.segedu.segedu .tx-block > .tx-caption { width: 0; min-width: max(100%, 8em); }
.segedu.segedu .tx-sign { flex: 0 0 ${SIGN}px; padding-top: 20px; text-align: center; font-size: 20px; }
.segedu.segedu .tx-line { margin-top: 6px; min-height: 3em; }
.segedu.segedu .tx-terms { display: grid; gap: 3px 8px; font-family: var(--sg-mono); }
.segedu.segedu .tx-laid-out { grid-template-columns: repeat(var(--columns), minmax(0, max-content)); }
.segedu.segedu .tx-laid-out.tx-many { grid-template-columns: repeat(auto-fill, minmax(18ch, 1fr)); }
.segedu.segedu .tx-listed { grid-template-columns: repeat(auto-fill, minmax(14ch, max-content)); align-content: start; min-height: calc(var(--rows) * (1.5em + 3px)); }
.segedu.segedu .tx-listed.tx-named { grid-template-columns: minmax(0, max-content); }
.segedu.segedu .tx-term { padding: 0 6px; border-left: 10px solid; }
.segedu.segedu .tx-term[data-lit="true"] { background: var(--sg-panel); }
.segedu.segedu .tx-sum { margin-top: 8px; font-weight: 600; overflow-wrap: anywhere; }
.segedu.segedu .tx-overlap { display: flex; flex-wrap: wrap; gap: 12px 32px; align-items: flex-start; }
.segedu.segedu .tx-advice { flex: 1 1 22em; }
.segedu.segedu .tx-formula { display: flex; flex-wrap: wrap; gap: 0 10px; }
.segedu.segedu .tx-axis { width: 4em; color: var(--sg-soft); }
@container (max-width: ${BESIDE - 1}px) {
  .segedu.segedu .tx-views { grid-template-columns: minmax(0, 1fr); }
}
@container (max-width: 460px) {
  .segedu.segedu .tx-laid-out { grid-template-columns: repeat(auto-fill, minmax(16ch, 1fr)); }
}
`;

export function render({ model, el }) {
  const widget = mount(el, "Transposed-convolution explorer");
  const state = bind(model, TRAITS, () => update());
  widget.onCleanup(state.stop);

  const memory = { image: state.get("image"), kernel: state.get("kernel") };
  const chosen = { image: "small numbers", kernel: "small numbers" }; // the menus' names, or "custom"
  let pointed = null,
    width = 640,
    drawn = "",
    made = null,
    version = 0; // of what the grids show apart from players and pointer
  const revealed = new Set();
  const setting = () => ({
    image: state.get("image"),
    kernel: state.get("kernel"),
    stride: state.get("stride"),
    padding: state.get("padding"),
    outputPadding: state.get("output_padding"),
    dilation: state.get("dilation"),
  });

  const grids = createGrids(widget, { point, edit, goTo });
  const stamps = player(widget, { label: "input cell", onStep: stepStamp });
  const windows = player(widget, { label: "output cell", onStep: stepWindow });
  const stamp = createStamp({ point });
  const gathered = createGathered({ point });
  const question = createCellQuestion({
    truth: ({ row, col }) => made.outputs[row][col],
    diagnose: ({ row, col }, value) => diagnoseGuess(setting(), row, col, value),
    write: formatNumber,
    onReveal: reveal,
  });
  const overlap = createOverlap(grids.overlap);
  const formula = createFormula();
  const code = codeBox(() => torchCode(setting()), "Copy as torch code");
  const refused = element("p", { class: "sg-warning tx-refused", role: "status" });
  const scatterView = element(
    "div",
    { class: "tx-view" },
    rowOf("=", grids.canvas.el),
    stamps.el,
    stamp.el,
  );
  const gatherView = viewOf(
    "Gather: each output cell collects what reaches it",
    grids.stuffed.el,
    rowOf("∗", grids.flipped.el, "=", grids.output.el),
    windows.el,
    gathered.el,
    question.el,
  );
  const controls = createControls(state, { resize, choose, show });
  widget.root.append(
    element("style", { text: STYLE }),
    controls.el,
    element(
      "div",
      { class: "sg-panel tx-views" },
      viewOf(
        "Scatter: each input cell stamps the kernel",
        rowOf(grids.input.el, "∗ᵀ", grids.kernel.el),
        refused,
        scatterView,
      ),
      gatherView,
    ),
    overlap.el,
    element(
      "div",
      { class: "sg-panel sg-column" },
      formula.el,
      code.el,
      element("p", { class: "sg-note", text: HINT }),
    ),
  );
  widget.onWidth((next) => {
    width = next;
    update();
  });
  update();
  return widget.destroy;

  function update() {
    const now = setting(),
      key = JSON.stringify([now, state.get("predict")]);
    if (key !== drawn) renew(now);
    const scene = sceneOf(now);
    if (key !== drawn) {
      formula.draw(scene);
      controls.draw(now, state.get("predict"), chosen);
    }
    drawn = key;
    grids.draw(scene);
    const { position, target, refusal } = scene;
    refused.textContent = refusal ?? "";
    for (const part of [scatterView, gatherView, overlap.el]) part.hidden = refusal !== null;
    refused.hidden = refusal === null;
    const at = ({ row, col }) => `[${row}, ${col}]`,
      count = refusal ? 0 : position.count; // none: a player that runs stops
    stamps.set(position.done - 1, count, `input${at(position.cell)}, ${position.done} of ${count}`);
    windows.set(
      target.at,
      target.count,
      `output${at(target)}, ${target.at + 1} of ${target.count}`,
    );
    if (refusal) return;
    for (const panel of [stamp, gathered, overlap]) panel.draw(scene);
    question.draw(
      target,
      state.get("predict") && target.count > 0,
      scene.hidden(target.row, target.col),
    );
  }

  // Everything that is drawn, as numbers: what the setting makes (kept while it stays), where the players stand, what is lit.
  function sceneOf(now) {
    const wide = now.image[0].length,
      count = now.image.length * wide,
      at = clamp(state.get("position"), 0, count - 1),
      cell = { row: Math.floor(at / wide), col: at % wide };
    const target = targetCell();
    const focus = {
      scatter: pointed ?? { grid: "input", ...cell },
      gather: pointed ?? { grid: "output", ...target },
    };
    return {
      now,
      ...made,
      version,
      pointed,
      focus,
      target,
      position: { cell, count, done: at + 1 },
      canvas: stampedCanvas(now, at + 1),
      before: stampedCanvas(now, at).values,
      scatter: linkedCells(now, focus.scatter),
      gather: linkedCells(now, focus.gather),
      ...cellSizes(made.axes, width),
      hidden: (row, col) => state.get("predict") && !revealed.has(`${row},${col}`),
    };
  }

  function targetCell() {
    const [rows, cols] = made.axes,
      count = made.refusal ? 0 : rows.output * cols.output,
      at = clamp(state.get("target"), 0, Math.max(count - 1, 0));
    return count === 0
      ? { row: 0, col: 0, at, count }
      : { row: Math.floor(at / cols.output), col: at % cols.output, at, count };
  }

  // Another setting: what was computed, revealed, asked and copied belongs to the old one.
  function renew(now) {
    const works = hasOutput(now),
      counts = works ? overlapCounts(now) : [];
    made = {
      axes: sizesOf(now),
      refusal: explainRefusal(now),
      outputs: transposedConvolve(now),
      stuffed: works ? stuffedInput(now) : [],
      counts,
      most: Math.max(1, ...counts.flat()),
    };
    for (const name of ["image", "kernel"]) {
      const known = remembers(memory[name], now[name]);
      if (chosen[name] === "custom" && known) continue; // typed numbers stay custom, whatever the crop leaves of them
      chosen[name] = matrixName(name, now[name], chosen[name]);
      if (chosen[name] === "custom" && !known) memory[name] = now[name]; // Python brought others
    }
    version += 1;
    revealed.clear();
    question.clear();
    code.hide();
    pointed = null;
  }

  function stepStamp(position) {
    state.set({ position });
    const wide = state.get("image")[0].length,
      [row, col] = [Math.floor(position / wide), position % wide];
    widget.announce(
      `input[${row}, ${col}] = ${formatNumber(state.get("image")[row][col])} stamps the kernel`,
    );
  }

  function stepWindow(target) {
    state.set({ target });
    const wide = made.axes[1].output,
      [row, col] = [Math.floor(target / wide), target % wide];
    const hides = state.get("predict") && !revealed.has(`${row},${col}`);
    widget.announce(
      `output[${row}, ${col}] ${hides ? "is hidden" : `= ${formatNumber(made.outputs[row][col])}`}`,
    );
  }

  function point(next) {
    pointed = next;
    update();
  }

  function goTo({ row, col }) {
    const [rows, cols] = made.axes;
    pointed = null;
    windows.stop();
    if (row >= 0 && col >= 0 && row < rows.output && col < cols.output)
      state.set({ target: row * cols.output + col });
  }

  function edit(name, { row, col }, text) {
    const value = parseNumber(text);
    if (value === null) return false;
    const values = state.get(name).map((line) => [...line]);
    values[row][col] = value;
    memory[name] = rememberMatrix(memory[name], values);
    state.set({ [name]: values });
    return true;
  }

  function resize(name, value) {
    const { image, kernel } = setting();
    const sides = {
      height: ["image", value, image[0].length],
      width: ["image", image.length, value],
      rows: ["kernel", value, kernel[0].length],
      cols: ["kernel", kernel.length, value],
    }[name];
    if (!sides) return state.set({ [name]: value });
    const [trait, rows, cols] = sides,
      values = resizeMatrix(trait, memory[trait], chosen[trait], rows, cols);
    if (chosen[trait] === "custom") memory[trait] = rememberMatrix(memory[trait], values);
    return state.set({ [trait]: values });
  }

  // "custom" in a menu brings back what was typed last.
  function choose(trait, name) {
    const values = state.get(trait);
    chosen[trait] = name;
    state.set({
      [trait]: resizeMatrix(trait, memory[trait], name, values.length, values[0].length),
    });
  }

  function show(name) {
    if (!EXAMPLES[name]) return update();
    const { size, stride, padding, outputPadding, dilation, ...names } = EXAMPLES[name],
      { image } = setting();
    Object.assign(chosen, names);
    return state.set({
      image: MATRICES.image[names.image](image.length, image[0].length),
      kernel: MATRICES.kernel[names.kernel](size, size),
      stride,
      padding,
      output_padding: outputPadding,
      dilation,
    });
  }

  function reveal({ row, col }) {
    revealed.add(`${row},${col}`);
    version += 1;
    update();
  }
}

// One cell size for the large grids, so that they can be compared, as wide as the view allows; a smallest one for those to edit.
function cellSizes([rows, cols], width) {
  const view = width >= BESIDE ? (width - 32) / 2 : width,
    fit = (cells, beside = 0) => Math.floor((view - beside - 4) / cells);
  const size = clamp(
    Math.min(fit(cols.canvas, SIGN), fit(Math.max(cols.padded, rows.padded / 2, 8))),
    6,
    LARGE,
  );
  return { size, handy: Math.max(size, Math.min(HANDY, fit(Math.max(cols.reach, cols.input)))) };
}

function viewOf(heading, ...parts) {
  return element(
    "div",
    { class: "tx-view" },
    element("div", { class: "tx-heading", text: heading }),
    ...parts,
  );
}

function rowOf(...parts) {
  const sign = (text) => element("span", { class: "tx-sign", "aria-hidden": "true", text });
  return element(
    "div",
    { class: "tx-row" },
    ...parts.map((part) => (typeof part === "string" ? sign(part) : part)),
  );
}

export default { render };
