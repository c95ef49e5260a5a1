// The three grids of the convolution explorer, their captions, and the line below them that says what is lit.
import { tapColor } from "../kit/colors.js";
import { explainUnread, litCells, span } from "./core.js";
import { clamp, formatNumber, plural } from "../kit/numbers.js";
import { createGrid } from "../kit/grid.js";
import { element } from "../kit/kit.js";

const CELL = 38; // px, at most
const SIGN = 34; // px, the place of "∗" and "=" between two grids

export function createGrids(widget, { point, edit, goTo }) {
  let padding = 0,
    dilation = 1,
    here = { row: 0, col: 0 };
  const pixel = ({ row, col }) => ({ row: row - padding, col: col - padding });
  const tap = ({ row, col }) => ({ row: row / dilation, col: col / dilation });
  const isTap = ({ row, col }) => row % dilation === 0 && col % dilation === 0;
  const pointAt = (grid, locate) => (cell) => point(cell && { grid, ...locate(cell) });
  const input = captioned(
    createGrid(widget, {
      name: "input",
      label: "Input grid. Arrow keys move, a digit or Enter edits a cell.",
      onHover: pointAt("input", pixel),
      onEdit: (cell, text) => edit("image", pixel(cell), text),
      start: () => ({ row: padding, col: padding }),
    }),
  );
  const kernel = captioned(
    createGrid(widget, {
      name: "kernel",
      label: "Kernel grid. Arrow keys move, a digit or Enter edits a weight.",
      onHover: (cell) => point(cell && isTap(cell) ? { grid: "kernel", ...tap(cell) } : null),
      onEdit: (cell, text) => isTap(cell) && edit("kernel", tap(cell), text),
    }),
  );
  const output = captioned(
    createGrid(widget, {
      name: "output",
      label: "Output grid. Arrow keys move the kernel to another position.",
      onHover: pointAt("output", (cell) => cell),
      onMove: goTo,
      onPress: goTo,
      start: () => here,
      many: true,
    }),
  );
  const misfit = element("p", { class: "sg-warning cx-misfit", role: "status", hidden: true });
  const line = element("p", { class: "sg-note cx-line" });
  output.el.append(misfit);
  return {
    el: element(
      "div",
      {},
      element(
        "div",
        { class: "cx-grids" },
        input.el,
        sign("∗"),
        element("div", { class: "cx-right" }, kernel.el, sign("="), output.el),
      ),
      line,
    ),
    draw(scene) {
      ({ padding, dilation } = scene.now);
      here = scene.here;
      const size = cellSize(scene),
        lit = litCells(scene.now, scene.pointed, scene.count > 0 ? scene.shown : null);
      input.draw(
        `input ${by(scene, "input")}${padding ? `, padded to ${by(scene, "padded")}` : ""}`,
        inputDrawing(scene, lit, size),
      );
      kernel.draw(
        `kernel ${by(scene, "kernel")}${dilation > 1 ? `, spans ${by(scene, "span")}` : ""}`,
        kernelDrawing(scene, lit, size),
      );
      output.draw(
        scene.misfit ? "output" : `output ${by(scene, "output")}`,
        scene.misfit ? null : outputDrawing(scene, lit, size),
      );
      misfit.hidden = !scene.misfit;
      misfit.textContent = scene.misfit ?? "";
      line.textContent = sentence(scene, lit);
    },
  };
}

function captioned(grid) {
  const caption = element("div", { class: "cx-caption" });
  return {
    el: element("div", { class: "cx-block" }, caption, grid.el),
    draw(text, drawing) {
      caption.textContent = text;
      grid.el.hidden = !drawing;
      if (drawing) grid.draw(drawing);
    },
  };
}

function sign(text) {
  return element("span", {
    class: "cx-sign",
    style: `width: ${SIGN}px`,
    "aria-hidden": "true",
    text,
  });
}

function by({ axes }, what) {
  return `${axes[0][what]} × ${axes[1][what]}`;
}

// One cell size for all three grids, so that the kernel's span can be compared with the input: all in a row if the cells stay
// large, else the input above the other two, else one below the other.
function cellSize({ axes, width }) {
  const [input, kernel, output] = [axes[1].padded, axes[1].span, Math.max(axes[1].output, 4)];
  const inRow = Math.floor((width - 2 * SIGN - 30) / (input + kernel + output));
  if (inRow >= 22) return Math.min(CELL, inRow);
  const inTwo = Math.floor(
    Math.min((width - SIGN - 8) / input, (width - SIGN - 24) / (kernel + output)),
  );
  if (inTwo >= 18) return Math.min(CELL, inTwo);
  return clamp(Math.floor((width - 4) / Math.max(input, kernel, output)), 8, CELL);
}

// A function from a value to 0..1 over the range of the values.
function shading(values) {
  const flat = values.flat(),
    low = Math.min(...flat),
    high = Math.max(...flat);
  return (value) => (high > low ? (value - low) / (high - low) : 0);
}

function inputDrawing({ now, axes, count, shown, pointed }, lit, size) {
  const { image, stride, padding } = now,
    shade = shading(image),
    [rows, cols] = axes;
  const read = [rows, cols].map(({ padded, unread }) => padded - unread);
  const cell = (atRow, atCol) => {
    const row = atRow - padding,
      col = atCol - padding,
      pixel = image[row]?.[col],
      tap = lit.input.get(`${row},${col}`);
    const unread = count > 0 && (atRow >= read[0] || atCol >= read[1]);
    return {
      text: formatNumber(pixel ?? 0),
      shade: pixel === undefined ? 0 : shade(pixel),
      color: tap === undefined ? null : tapColor(tap),
      faint: pointed?.grid === "kernel",
      kind: unread ? "unread" : pixel === undefined ? "pad" : "plain",
      editable: pixel !== undefined,
      words:
        pixel === undefined
          ? "padding, 0"
          : `input[${row}, ${col}] = ${formatNumber(pixel)}${unread ? ", never read" : ""}`,
    };
  };
  const frames =
    padding > 0
      ? [
          {
            row: padding,
            col: padding,
            rows: rows.input,
            cols: cols.input,
            width: 1.5,
            color: "var(--sg-strong-line)",
          },
        ]
      : [];
  if (count > 0 && (!pointed || pointed.grid === "output"))
    frames.push({
      row: shown.row * stride,
      col: shown.col * stride,
      rows: rows.span,
      cols: cols.span,
    });
  if (pointed?.grid === "input")
    frames.push({
      row: pointed.row + padding,
      col: pointed.col + padding,
      rows: 1,
      cols: 1,
      width: 3,
    });
  return { rows: rows.padded, cols: cols.padded, size, cell, frames };
}

function kernelDrawing({ now, pointed }, lit, size) {
  const { kernel, dilation } = now;
  const cell = (atRow, atCol) => {
    const row = atRow / dilation,
      col = atCol / dilation,
      weight = kernel[row]?.[col],
      tap = row * kernel[0].length + col;
    if (weight === undefined) return { text: "", kind: "hole", words: "a hole between two taps" };
    return {
      text: formatNumber(weight),
      color: lit.taps.has(tap) ? tapColor(tap) : null,
      editable: true,
      words: `kernel[${row}, ${col}] = ${formatNumber(weight)}`,
    };
  };
  const frames =
    pointed?.grid === "kernel"
      ? [{ row: pointed.row * dilation, col: pointed.col * dilation, rows: 1, cols: 1, width: 3 }]
      : [];
  return {
    rows: span(kernel.length, dilation),
    cols: span(kernel[0].length, dilation),
    size,
    cell,
    frames,
  };
}

function outputDrawing({ axes, outputs, here, shown, pointed, hidden }, lit, size) {
  const shade = shading(outputs);
  const cell = (row, col) => {
    const value = outputs[row][col],
      secret = hidden(row, col),
      tap = lit.output.get(`${row},${col}`);
    return {
      text: secret ? "?" : formatNumber(value),
      shade: secret ? 0 : shade(value),
      color: tap === undefined ? null : tapColor(tap),
      faint: pointed?.grid === "kernel",
      words: `output[${row}, ${col}] ${secret ? "is hidden" : `= ${formatNumber(value)}`}`,
    };
  };
  const frames = [
    { ...here, rows: 1, cols: 1, width: 3, dashed: pointed?.grid === "output" && shown !== here },
  ];
  if (pointed?.grid === "output")
    frames.push({ row: shown.row, col: shown.col, rows: 1, cols: 1, width: 3 });
  return { rows: axes[0].output, cols: axes[1].output, size, cell, frames };
}

function sentence({ now, axes, count, shown, pointed, misfit }, lit) {
  if (misfit) return "Make the input or the padding larger, or the kernel or the dilation smaller.";
  if (pointed?.grid === "input") return inputSentence(now, pointed, lit.output.size);
  if (pointed?.grid === "kernel") {
    const weight = formatNumber(now.kernel[pointed.row][pointed.col]);
    return `kernel[${pointed.row}, ${pointed.col}] = ${weight} multiplies ${plural(count, "cell")} of the ${now.padding > 0 ? "padded " : ""}input, one for each output cell.`;
  }
  const list = (first, length) =>
    Array.from({ length }, (_, at) => formatNumber(first + at * now.dilation)).join(", ");
  const [row, col] = [shown.row * now.stride - now.padding, shown.col * now.stride - now.padding];
  const outside =
    lit.input.size > 0 && reachesOut(now, axes, row, col)
      ? " Cells outside the image are padding: they count as 0."
      : "";
  return `output[${shown.row}, ${shown.col}] reads rows ${list(row, axes[0].kernel)} and columns ${list(col, axes[1].kernel)} of the input.${outside} ${explainUnread(now)}`;
}

function inputSentence({ image }, { row, col }, readers) {
  const pixel = image[row]?.[col],
    name =
      pixel === undefined
        ? "This padding cell, 0,"
        : `input[${row}, ${col}] = ${formatNumber(pixel)}`;
  if (readers === 0) return `${name} is read by no output cell.`;
  return `${name} is read by ${plural(readers, "output cell")}${readers > 1 ? ", each through another tap" : ""}.`;
}

function reachesOut({ image }, [rows, cols], row, col) {
  return row < 0 || col < 0 || row + rows.span > image.length || col + cols.span > image[0].length;
}
