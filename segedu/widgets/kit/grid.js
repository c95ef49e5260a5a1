// A grid of cells with numbers: SVG up to 16 × 16 cells, canvas beyond, one behavior.
//
//   const grid = createGrid(widget, { name: "input", label: "Input", onHover, onEdit, onMove, onPress, many })
//     many: the view has several large grids, together far beyond 16 × 16 cells, so this one is a canvas at any size
//   grid.draw({ rows, cols, size, cell: (row, col) => spec, frames: [{ row, col, rows, cols, color, width, dashed }] })
//     size: side of a cell in CSS px
//     spec: { text, shade: 0..1 (more ink = larger), color: "#hex" | null, faint: true (the color as a wide border only), ring: true,
//             kind: "plain" | "pad" | "hole" | "unread", editable: true, words: what a screen reader says }
//   grid.el       the focusable host; arrow keys move the active cell, a digit or Enter edits it, Escape ends editing
//   grid.cellAt(row, col) → { x, y, size } in px;  grid.texts() → rows of strings as drawn (tests);  grid.edit(row, col, "7")
// onHover({ row, col } | null) follows the pointer and the keyboard; onEdit(row, col, text) → false refuses the text;
// onMove(row, col) replaces onHover for arrow keys; onPress(row, col) is a click or Enter on a cell that can't be edited; start() is the cell where the keyboard comes in.
import { canvasPainter } from "./canvas_grid.js";
import { clamp } from "./numbers.js";
import { element } from "./kit.js";
import { svgPainter } from "./svg_grid.js";

const SVG_CELLS = 16; // up to this many rows and columns; beyond, thousands of nodes would cost frames
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * @typedef {{ row: number, col: number }} Cell
 * @typedef {(row: number, col: number) => void} AtCell
 * @typedef {{ text?: string, shade?: number, color?: string | null, faint?: boolean, ring?: boolean, kind?: string,
 *   editable?: boolean, words?: string }} Spec
 * @typedef {{ rows: number, cols: number, size: number, cell: (row: number, col: number) => Spec, frames: object[] }} Drawing
 * @param {import("./kit.js").Widget} widget
 * @param {{ name: string, label: string, onHover?: (cell: Cell | null) => void,
 *   onEdit?: (row: number, col: number, text: string) => boolean | void, onMove?: AtCell, onPress?: AtCell,
 *   start?: () => Cell, many?: boolean }} options
 */
export function createGrid(
  widget,
  {
    name,
    label,
    onHover = () => {},
    onEdit,
    onMove,
    onPress = () => {},
    start = () => ({ row: 0, col: 0 }),
    many = false,
  },
) {
  const host = element("div", {
    class: "sg-grid",
    tabindex: "0",
    role: "application",
    "aria-label": label,
    "data-grid": name,
  });
  /** @type {Drawing} */
  let drawn = { rows: 0, cols: 0, size: 1, cell: () => ({}), frames: [] };
  const painters = { svg: svgPainter(), canvas: canvasPainter(widget) };
  /** @type {{ node: Element, paint: (drawing: Drawing, active: Cell | null, fresh?: boolean) => void }} */
  let painter = painters.svg;
  /** @type {{ input: HTMLInputElement, cell: Cell } | null} */
  let editor = null;
  /** @type {Cell | null} */
  let keyboardCell = null;
  /** @type {Cell | null} */
  let hovered = null;

  function draw(next) {
    drawn = { frames: [], ...next };
    const few = !many && drawn.rows <= SVG_CELLS && drawn.cols <= SVG_CELLS;
    const fitting = few ? painters.svg : painters.canvas;
    if (fitting !== painter) painter.node.remove();
    painter = fitting;
    painter.paint(drawn, keyboardCell);
    if (painter.node.parentNode !== host) host.prepend(painter.node);
  }

  function locate(event) {
    const box = host.getBoundingClientRect();
    const row = Math.floor((event.clientY - box.top - 1) / drawn.size),
      col = Math.floor((event.clientX - box.left - 1) / drawn.size);
    return row >= 0 && col >= 0 && row < drawn.rows && col < drawn.cols ? { row, col } : null;
  }

  /** @param {Cell | null} cell */
  function hover(cell) {
    if (cell?.row === hovered?.row && cell?.col === hovered?.col) return;
    hovered = cell;
    onHover(cell);
  }

  function move(row, col) {
    const cell = { row: clamp(row, 0, drawn.rows - 1), col: clamp(col, 0, drawn.cols - 1) };
    keyboardCell = cell;
    hovered = cell;
    if (onMove) onMove(cell.row, cell.col);
    else onHover(cell);
    painter.paint(drawn, cell);
    widget.announce(drawn.cell(cell.row, cell.col).words ?? "");
  }

  function moveTo({ row, col }) {
    move(row, col);
  }

  /** @param {number} row @param {number} col @param {string} [text] what stands in the editor at first */
  function edit(row, col, text) {
    const spec = drawn.cell(row, col);
    if (!onEdit || !spec.editable) return onPress(row, col);
    finish(true);
    const { x, y, size } = cellAt(row, col),
      width = Math.max(size, 44);
    const left = clamp(x + size / 2 - width / 2, 0, Math.max(0, drawn.cols * drawn.size + 2 - width));
    const input = element("input", {
      type: "text",
      "aria-label": `new value for ${spec.words ?? "this cell"}`,
      style: `left: ${left}px; top: ${y}px; width: ${width}px; height: ${Math.max(size, 24)}px`,
    });
    editor = { input, cell: { row, col } };
    input.value = text ?? (spec.text ?? "").replace("−", "-");
    input.addEventListener("keydown", onEditorKey);
    input.addEventListener("blur", () => finish(true));
    host.append(input);
    input.focus({ preventScroll: true });
    if (text === undefined) input.select();
    return undefined;
  }

  function onEditorKey(event) {
    const keeps = event.key === "Enter" || event.key === "Tab";
    if (editor && (keeps || event.key === "Escape")) {
      const { row, col } = editor.cell;
      if (event.key !== "Tab" || !event.shiftKey) event.preventDefault();
      if (event.key === "Escape") event.stopPropagation(); // ends the edit, not the cell's command mode
      if (!finish(keeps, true)) return;
      host.focus({ preventScroll: true });
      if (event.key === "Tab") nextEditable(row, col);
    }
  }

  function nextEditable(row, col) {
    for (let at = row * drawn.cols + col + 1; at < drawn.rows * drawn.cols; at++) {
      const next = { row: Math.floor(at / drawn.cols), col: at % drawn.cols };
      if (drawn.cell(next.row, next.col).editable) return move(next.row, next.col);
    }
    return undefined;
  }

  // Close the editor; keep its text if asked to. A text that is no number stays open when the user pressed Enter, else is dropped.
  function finish(keep, insist = false) {
    if (!editor) return true;
    const { row, col } = editor.cell;
    const { input } = editor;
    if (keep && onEdit?.(row, col, input.value) === false && insist) {
      input.setAttribute("aria-invalid", "true");
      widget.announce(`${input.value} is not a number; type a number such as -2, 0.5 or 1/9`);
      return false;
    }
    editor = null;
    input.remove();
    return true;
  }

  function cellAt(row, col) {
    return { x: 1 + col * drawn.size, y: 1 + row * drawn.size, size: drawn.size };
  }

  function onKey(event) {
    if (event.target !== host || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = keyboardCell ?? start();
    if (ARROWS[event.key]) {
      event.preventDefault();
      const [down, right] = keyboardCell ? ARROWS[event.key] : [0, 0];
      move(at.row + down, at.col + right);
    } else if (event.key === "Home" || event.key === "End") {
      event.preventDefault();
      if (event.key === "Home") move(0, 0);
      else move(drawn.rows - 1, drawn.cols - 1);
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      edit(at.row, at.col);
    } else if (/^[-−.\d]$/.test(event.key) && onEdit) {
      event.preventDefault();
      edit(at.row, at.col, event.key);
    }
  }

  host.addEventListener("pointermove", (event) => {
    if (event.target !== editor?.input) hover(locate(event));
  });
  host.addEventListener("pointerleave", () =>
    hover(keyboardCell && document.activeElement === host ? keyboardCell : null),
  );
  host.addEventListener("click", (event) => {
    const cell = event.target === editor?.input ? null : locate(event);
    if (!cell) return;
    keyboardCell = cell;
    edit(cell.row, cell.col);
  });
  host.addEventListener("focus", () => {
    if (host.matches(":focus-visible")) moveTo(keyboardCell ?? start());
  });
  host.addEventListener("blur", () => {
    if (!editor) {
      keyboardCell = null;
      hover(null);
      painter.paint(drawn, null);
    }
  });
  host.addEventListener("keydown", onKey);
  widget.onTheme(() => painter.paint(drawn, keyboardCell, true));
  return { el: host, draw, edit, cellAt, texts: () => drawnTexts(drawn) };
}

function drawnTexts({ rows, cols, cell }) {
  return Array.from({ length: rows }, (_, row) => Array.from({ length: cols }, (_, col) => cell(row, col).text ?? ""));
}
