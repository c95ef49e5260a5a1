// The seven grids of the transposed-convolution explorer: what each cell shows, wears and is linked with.
//   scatter:  input, kernel (spread by the dilation), canvas = the output and the ring that the padding crops, filled stamp by stamp
//   gather:   stuffed = the input with zeros between and around, flipped kernel, output
//   overlap:  how many stamps lie on each output cell
import { inkOn, tapColor } from "../kit/colors.js";
import { hasCell } from "./core.js";
import { formatNumber } from "../kit/numbers.js";
import { createGrid } from "../kit/grid.js";
import { overlapColor } from "./heat.js";
import { element } from "../kit/kit.js";

const TINY = 14; // px
const NOTHING = { row: NaN, col: NaN };

export function createGrids(widget, { point, edit, goTo }) {
  let scene = null;
  const make = (name, label, { at, grid, edits, press, move, start, many }) => {
    const located = (cell) => (scene && cell ? at(cell, scene) : NOTHING);
    const made = createGrid(widget, {
      name,
      label,
      onHover: (cell) => {
        const { row, col } = located(cell);
        point(Number.isInteger(row) && Number.isInteger(col) ? { grid, row, col } : null);
      },
      onEdit: edits && ((cell, text) => edit(edits, located(cell), text)),
      onPress: (cell) => press && goTo(located(cell)),
      onMove: move && ((cell) => goTo(located(cell))),
      start,
      many,
    });
    const caption = element("div", { class: "tx-caption" });
    let last = "";
    return {
      el: element("div", { class: "tx-block" }, caption, made.el),
      draw(key, words, drawing) {
        if (key === last) return; // a step of one player leaves the other view as it is
        last = key;
        caption.textContent = words;
        made.draw(drawing());
      },
    };
  };
  const shifted = ({ row, col }, { now: { padding } }) => ({
    row: row - padding,
    col: col - padding,
  });
  const same = (cell) => cell;
  const grids = {
    input: make("input", "Input grid. Arrow keys move, a digit or Enter edits a cell.", {
      at: same,
      grid: "input",
      edits: "image",
    }),
    kernel: make("kernel", "Kernel grid. Arrow keys move, a digit or Enter edits a weight.", {
      at: ({ row, col }, { now: { dilation } }) => ({ row: row / dilation, col: col / dilation }),
      grid: "kernel",
      edits: "kernel",
    }),
    canvas: make(
      "canvas",
      "Stamps add up here: the output and the cells that padding crops. Enter gathers a cell.",
      {
        at: shifted,
        grid: "output",
        press: true,
        many: true,
      },
    ),
    stuffed: make(
      "stuffed",
      "Input with zeros stuffed in. Arrow keys move, a digit or Enter edits an input cell.",
      {
        at: ({ row, col }, { stuffed }) => ({
          row: stuffed[row]?.[col]?.i,
          col: stuffed[row]?.[col]?.j,
        }),
        grid: "input",
        edits: "image",
        many: true,
      },
    ),
    flipped: make(
      "flipped",
      "Flipped kernel grid. Arrow keys move, a digit or Enter edits a weight.",
      {
        at: ({ row, col }, { now: { kernel, dilation } }) => ({
          row: kernel.length - 1 - row / dilation,
          col: kernel[0].length - 1 - col / dilation,
        }),
        grid: "kernel",
        edits: "kernel",
      },
    ),
    output: make("output", "Output grid. Arrow keys choose the cell that is gathered.", {
      at: same,
      grid: "output",
      press: true,
      move: true,
      start: () => scene.target,
      many: true,
    }),
    overlap: make("overlap", "Stamps on each output cell. Enter gathers a cell.", {
      at: same,
      grid: "output",
      press: true,
      many: true,
    }),
  };
  return {
    ...grids,
    draw(next) {
      scene = next;
      drawAll(grids, scene);
    },
  };
}

function drawAll(grids, scene) {
  const { axes, now, position, target, version, size, handy, pointed } = scene,
    [rows, cols] = axes;
  const by = (what) => `${rows[what]} × ${cols[what]}`;
  const all = [version, size, handy, pointed?.grid, pointed?.row, pointed?.col].join(),
    stamped = `${all},${position.done}`,
    gathered = `${all},${target.at}`;
  grids.input.draw(stamped, `input ${by("input")}`, () => inputDrawing(scene));
  const spans = now.dilation > 1 ? `, spans ${by("reach")}` : "";
  grids.kernel.draw(stamped, `kernel ${by("kernel")}${spans}`, () => kernelDrawing(scene));
  if (scene.refusal) return;
  const kept = now.padding > 0 ? `, ${by("output")} kept` : "",
    added = now.outputPadding > 0 ? ", dashed: output_padding" : "",
    words = `output ${by("canvas")} after ${position.done} of ${position.count} stamps${kept}${added}`;
  grids.canvas.draw(stamped, words, () => canvasDrawing(scene));
  grids.stuffed.draw(gathered, stuffedCaption(axes, by), () => stuffedDrawing(scene));
  grids.flipped.draw(gathered, "flipped kernel", () => kernelDrawing(scene, true));
  grids.output.draw(gathered, `output ${by("output")}`, () => outputDrawing(scene));
  grids.overlap.draw(all, "stamps on each output cell", () => overlapDrawing(scene));
}

function stuffedCaption([rows, cols], by) {
  const whole = `zero-stuffed input ${by("stuffed")}`;
  const [high, wide] = [rows, cols].map(({ margin }) => (margin < 0 ? "cropped" : "padded"));
  return `${whole}, ${high === wide ? high : `${high} and ${wide}`} to ${by("padded")}`;
}

// A function from a value to 0..1 over the range of the values.
function shadeOver(values) {
  const flat = values.flat(),
    low = Math.min(...flat),
    high = Math.max(...flat);
  return (value) => (high > low ? Math.max(0, Math.min(1, (value - low) / (high - low))) : 0);
}

// A number with as many decimals as fit the cell legibly; none in tiny cells, where only some would fit: the products say it all.
function written(value, size) {
  if (size < TINY) return "";
  const fits = (text) => text.length * 4.1 <= size - 3;
  return (
    [3, 2].map((decimals) => formatNumber(value, decimals)).find(fits) ?? formatNumber(value, 1)
  );
}

const wears = (links, row, col) => {
  const tap = links.size > 0 ? links.get(`${row},${col}`) : null;
  return tap === undefined || tap === null ? null : tapColor(tap);
};

function inputDrawing({ now: { image }, axes, pointed, position, scatter, handy: size }) {
  const shade = shadeOver(image);
  const cell = (row, col) => ({
    text: formatNumber(image[row][col]),
    shade: shade(image[row][col]),
    color: wears(scatter.inputs, row, col),
    faint: pointed?.grid === "kernel",
    editable: true,
    words: `input[${row}, ${col}] = ${formatNumber(image[row][col])}`,
  });
  const frames = [{ ...position.cell, rows: 1, cols: 1, width: 3, dashed: pointed !== null }];
  if (pointed?.grid === "input")
    frames.push({ row: pointed.row, col: pointed.col, rows: 1, cols: 1, width: 3 });
  return { rows: axes[0].input, cols: axes[1].input, size, cell, frames };
}

function kernelDrawing(
  { now: { kernel, dilation }, axes, pointed, scatter, gather, handy: size },
  flipped = false,
) {
  const links = flipped ? gather : scatter,
    [high, wide] = [kernel.length, kernel[0].length];
  const turn = (at, length) => (flipped ? length - 1 - at / dilation : at / dilation);
  const cell = (atRow, atCol) => {
    const row = turn(atRow, high),
      col = turn(atCol, wide),
      weight = kernel[row]?.[col],
      tap = row * wide + col;
    if (weight === undefined) return { text: "", kind: "hole", words: "a hole between two taps" };
    return {
      text: formatNumber(weight),
      color: tapColor(tap),
      faint: !links.taps.has(tap),
      editable: true,
      words: `kernel[${row}, ${col}] = ${formatNumber(weight)}`,
    };
  };
  const place = (at, length) => (flipped ? length - 1 - at : at) * dilation;
  const frames =
    pointed?.grid === "kernel"
      ? [
          {
            row: place(pointed.row, high),
            col: place(pointed.col, wide),
            rows: 1,
            cols: 1,
            width: 3,
          },
        ]
      : [];
  return { rows: axes[0].reach, cols: axes[1].reach, size, cell, frames };
}

function canvasDrawing({ now, axes, canvas, outputs, pointed, focus, hidden, scatter, size }) {
  const { padding, stride } = now,
    shade = shadeOver(outputs),
    [rows, cols] = axes;
  const cell = (atRow, atCol) => {
    const row = atRow - padding,
      col = atCol - padding,
      value = canvas.values[atRow][atCol],
      hits = canvas.hits[atRow][atCol];
    const inside = hasCell(axes, row, col),
      secret = inside && hits > 0 && hidden(row, col);
    const extra = inside && (row >= rows.output - rows.extra || col >= cols.output - cols.extra);
    const state = secret
      ? "is hidden"
      : `= ${formatNumber(value)} after ${hits} stamp${hits === 1 ? "" : "s"}`;
    return {
      text: secret ? "?" : written(value, size),
      shade: hits > 0 && inside && !secret ? shade(value) : 0,
      color: wears(scatter.outputs, row, col),
      faint: pointed?.grid === "kernel" || !inside,
      kind: extra ? "pad" : inside ? "plain" : "unread",
      words: inside
        ? `output[${row}, ${col}] ${state}${extra ? ", output padding" : ""}`
        : `cropped, ${state}`,
    };
  };
  const frames = cropFrames(axes, padding);
  if (focus.scatter.grid === "input")
    frames.push({
      row: focus.scatter.row * stride,
      col: focus.scatter.col * stride,
      rows: rows.reach,
      cols: cols.reach,
    });
  if (pointed?.grid === "output")
    frames.push({
      row: pointed.row + padding,
      col: pointed.col + padding,
      rows: 1,
      cols: 1,
      width: 3,
    });
  return { rows: rows.canvas, cols: cols.canvas, size, cell, frames };
}

// What is left after the crop, and in it the rows and columns that output_padding adds, dashed.
function cropFrames([rows, cols], padding) {
  const line = { width: 1.5, color: "var(--sg-strong-line)" };
  const kept = { row: padding, col: padding, rows: rows.output, cols: cols.output, ...line };
  const frames = padding > 0 || rows.extra > 0 ? [kept] : [];
  if (rows.extra === 0) return frames;
  const strips = [
    { ...kept, row: padding + rows.output - rows.extra, rows: rows.extra },
    { ...kept, col: padding + cols.output - cols.extra, cols: cols.extra },
  ];
  return [
    ...frames,
    ...strips
      .filter(({ row, col }) => row >= padding && col >= padding)
      .map((strip) => ({ ...strip, dashed: true, inset: 2 })),
  ];
}

function stuffedDrawing({ now: { image }, axes, stuffed, pointed, focus, gather, size }) {
  const shade = shadeOver(image),
    [rows, cols] = axes;
  const cell = (row, col) => {
    const { kind, i, j } = stuffed[row][col],
      read = wears(gather.window, row, col);
    if (kind !== "input")
      return {
        text: written(0, size),
        kind: kind === "zero" ? "hole" : "pad",
        color: read,
        faint: true,
        words: `${kind === "zero" ? "stuffed" : "padded"} zero`,
      };
    return {
      text: written(image[i][j], size),
      shade: shade(image[i][j]),
      color: read ?? (pointed?.grid === "kernel" ? wears(gather.inputs, i, j) : null),
      faint: pointed?.grid === "kernel",
      editable: true,
      words: `input[${i}, ${j}] = ${formatNumber(image[i][j])}`,
    };
  };
  const frames = marginFrame(axes);
  if (focus.gather.grid === "output" && hasCell(axes, focus.gather.row, focus.gather.col))
    frames.push({
      row: focus.gather.row,
      col: focus.gather.col,
      rows: rows.reach,
      cols: cols.reach,
    });
  if (pointed?.grid === "input") {
    const at = stuffed.flatMap((cells, row) =>
      cells.flatMap(({ i, j }, col) =>
        i === pointed.row && j === pointed.col ? [{ row, col }] : [],
      ),
    );
    frames.push(...at.map((place) => ({ ...place, rows: 1, cols: 1, width: 3 })));
  }
  return { rows: rows.padded, cols: cols.padded, size, cell, frames };
}

// The zero-stuffed input inside its margins; nothing where the padding crops it.
function marginFrame([rows, cols]) {
  if (
    rows.margin < 0 ||
    cols.margin < 0 ||
    (rows.margin === 0 && cols.margin === 0 && rows.extra === 0)
  )
    return [];
  return [
    {
      row: rows.margin,
      col: cols.margin,
      rows: rows.stuffed,
      cols: cols.stuffed,
      width: 1.5,
      color: "var(--sg-strong-line)",
    },
  ];
}

function outputDrawing({ axes, outputs, target, pointed, hidden, gather, size }) {
  const shade = shadeOver(outputs);
  const cell = (row, col) => {
    const secret = hidden(row, col),
      value = outputs[row][col];
    return {
      text: secret ? "?" : written(value, size),
      shade: secret ? 0 : shade(value),
      color: wears(gather.outputs, row, col),
      faint: pointed?.grid === "kernel",
      words: `output[${row}, ${col}] ${secret ? "is hidden" : `= ${formatNumber(value)}`}`,
    };
  };
  const frames = [
    { ...target, rows: 1, cols: 1, width: 3, dashed: pointed !== null },
    ...pointedFrame(axes, pointed),
  ];
  return { rows: axes[0].output, cols: axes[1].output, size, cell, frames };
}

function overlapDrawing({ now, axes, counts, pointed, focus, size }) {
  const most = Math.max(1, ...counts.flat()),
    colors = Array.from({ length: most + 1 }, (_, count) => overlapColor(count / most));
  const cell = (row, col) => ({
    text: written(counts[row][col], size),
    color: colors[counts[row][col]],
    words: `output[${row}, ${col}] gets ${counts[row][col]} stamp${counts[row][col] === 1 ? "" : "s"}`,
  });
  const frames = pointedFrame(axes, pointed).map((frame) => ({
    ...frame,
    color: inkOn(colors[counts[frame.row][frame.col]]),
  }));
  if (pointed?.grid === "input") frames.push(...stampOnOutput(now, axes, focus.scatter));
  return { rows: axes[0].output, cols: axes[1].output, size, cell, frames };
}

function pointedFrame(axes, pointed) {
  if (pointed?.grid !== "output" || !hasCell(axes, pointed.row, pointed.col)) return [];
  return [{ row: pointed.row, col: pointed.col, rows: 1, cols: 1, width: 3 }];
}

// The part of a stamp that the crop leaves.
function stampOnOutput({ stride, padding }, axes, cell) {
  const [y, x] = [cell.row, cell.col].map((at, axis) => {
    const from = at * stride - padding,
      start = Math.max(0, from);
    return [start, Math.min(axes[axis].output, from + axes[axis].reach) - start];
  });
  return y[1] > 0 && x[1] > 0 ? [{ row: y[0], col: x[0], rows: y[1], cols: x[1] }] : [];
}
