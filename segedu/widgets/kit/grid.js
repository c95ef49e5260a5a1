// A grid of cells with numbers: SVG up to 16 × 16 cells, canvas beyond, one behavior.
//
//   const grid = createGrid(widget, { name: "input", label: "Input", onHover, onEdit, onMove, onPress, many })
//     many: the view has several large grids, together far beyond 16 × 16 cells, so this one is a canvas at any size
//   grid.draw({ rows, cols, size, cell: (row, col) => spec, frames: [{ row, col, rows, cols, color, width, dashed }] })
//     size: side of a cell in CSS px
//     spec: { text, shade: 0..1 (more ink = larger), color: "#hex" | null, faint: true (the color as a wide border only), ring: true,
//             kind: "plain" | "pad" | "hole" | "unread", editable: true, words: what a screen reader says }
//   grid.el       the focusable host; arrow keys move the active cell, a digit or Enter edits it, Escape ends editing
// onHover({ row, col } | null) follows the pointer and the keyboard; onEdit({ row, col }, text) → false refuses the text;
// onMove({ row, col }) replaces onHover for arrow keys; onPress({ row, col }) is a click or Enter on a cell that can't be edited; start() is the cell where the keyboard comes in.
import { canvasPainter } from "./canvas_grid.js";
import { createCellEditor } from "./cell_editor.js";
import { clamp } from "./numbers.js";
import { element } from "./kit.js";
import { svgPainter } from "./svg_grid.js";

const SVG_CELLS = 16; // up to this many rows and columns; beyond, thousands of nodes would cost frames
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * @typedef {{ row: number, col: number }} Cell
 * @typedef {(cell: Cell) => void} AtCell
 * @typedef {{ text?: string, shade?: number, color?: string | null, faint?: boolean, ring?: boolean, kind?: string,
 *   editable?: boolean, words?: string }} Spec
 * @typedef {{ rows: number, cols: number, size: number, cell: (row: number, col: number) => Spec, frames: object[] }} Drawing
 * @typedef {{ drawing: Drawing, active: Cell | null, hovered: Cell | null }} State what is drawn; the cell that the
 *   keyboard is in; the cell that onHover was told last
 * @param {import("./kit.js").Widget} widget
 * @param {{ name: string, label: string, onHover?: (cell: Cell | null) => void,
 *   onEdit?: (cell: Cell, text: string) => boolean | void, onMove?: AtCell, onPress?: AtCell,
 *   start?: () => Cell, many?: boolean }} options
 */
export function createGrid(widget, options) {
  const {
    name,
    label,
    onHover = () => {},
    onEdit,
    onMove,
    onPress = () => {},
    many = false,
  } = options;
  const start = options.start ?? (() => ({ row: 0, col: 0 }));
  const host = element("div", {
    class: "sg-grid",
    tabindex: "0",
    role: "application",
    "aria-label": label,
    "data-grid": name,
  });
  /** @type {State} */
  const state = {
    drawing: { rows: 0, cols: 0, size: 1, cell: () => ({}), frames: [] },
    active: null,
    hovered: null,
  };
  const paint = gridPainter(widget, host, state, many);

  /** @param {Cell | null} cell */
  function hover(cell) {
    if (cell?.row === state.hovered?.row && cell?.col === state.hovered?.col) return;
    state.hovered = cell;
    onHover(cell);
  }

  /** @type {AtCell} */
  function move({ row, col }) {
    const { rows, cols } = state.drawing;
    const cell = { row: clamp(row, 0, rows - 1), col: clamp(col, 0, cols - 1) };
    Object.assign(state, { active: cell, hovered: cell });
    if (onMove) onMove(cell);
    else onHover(cell);
    paint();
    widget.announce(state.drawing.cell(cell.row, cell.col).words ?? "");
  }

  /** @param {Cell} cell @param {string} [text] what stands in the editor at first */
  function edit(cell, text) {
    if (onEdit && state.drawing.cell(cell.row, cell.col).editable) editor.open(cell, text);
    else onPress(cell);
  }

  const editor = createCellEditor(widget, host, state, onEdit, move);
  listenToPointer(host, state, editor, { hover, edit });
  listenToKeys(host, state, { start, move, edit, typing: Boolean(onEdit) });
  host.addEventListener("focus", () => {
    if (!host.matches(":focus-visible")) return;
    move(state.active ?? start());
  });
  host.addEventListener("blur", () => {
    if (editor.isOpen()) return;
    state.active = null;
    hover(null);
    paint();
  });
  widget.onTheme(() => paint(true));
  return {
    el: host,
    draw(drawing) {
      state.drawing = { frames: [], ...drawing };
      paint();
    },
  };
}

// Returns `paint(fresh)`, which puts the painter that fits the drawing into the host, and paints; fresh: in new colors.
function gridPainter(widget, host, state, many) {
  const painters = { svg: svgPainter(), canvas: canvasPainter(widget) };
  /** @type {{ node: Element, paint: (drawing: Drawing, active: Cell | null, fresh?: boolean) => void }} */
  let painter = painters.svg;
  return (fresh = false) => {
    const { rows, cols } = state.drawing;
    const fitting =
      !many && rows <= SVG_CELLS && cols <= SVG_CELLS ? painters.svg : painters.canvas;
    if (fitting !== painter) painter.node.remove();
    painter = fitting;
    painter.paint(state.drawing, state.active, fresh);
    if (painter.node.parentNode !== host) host.prepend(painter.node);
  };
}

function listenToPointer(host, state, editor, { hover, edit }) {
  const locate = (event) => {
    const { rows, cols, size } = state.drawing;
    const box = host.getBoundingClientRect();
    const row = Math.floor((event.clientY - box.top - 1) / size);
    const col = Math.floor((event.clientX - box.left - 1) / size);
    return row >= 0 && col >= 0 && row < rows && col < cols ? { row, col } : null;
  };
  host.addEventListener("pointermove", (event) => {
    if (!editor.holds(event.target)) hover(locate(event));
  });
  host.addEventListener("pointerleave", () => {
    hover(document.activeElement === host ? state.active : null);
  });
  host.addEventListener("click", (event) => {
    const cell = editor.holds(event.target) ? null : locate(event);
    if (!cell) return;
    state.active = cell;
    edit(cell);
  });
}

function listenToKeys(host, state, { start, move, edit, typing }) {
  const act = (key, large) => {
    const cell = state.active ?? start();
    const { rows, cols } = state.drawing;
    if (ARROWS[key]) {
      const [down, right] = state.active ? ARROWS[key] : [0, 0];
      move({ row: cell.row + down, col: cell.col + right });
    } else if (key === "Home") move({ row: 0, col: 0 });
    else if (key === "End") move({ row: rows - 1, col: cols - 1 });
    else if (key === "Enter" && !large) edit(cell);
    else if (/^[-−.\d]$/.test(key) && typing) edit(cell, key);
    else return false;
    return true;
  };
  host.addEventListener("keydown", (event) => {
    if (event.target !== host || event.ctrlKey || event.metaKey || event.altKey) return;
    if (act(event.key, event.shiftKey)) event.preventDefault();
  });
}
