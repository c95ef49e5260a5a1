// The text field that opens over a cell of a grid, and gives its text to `onEdit` when it closes.
// Enter and Tab keep the text, Escape drops it; Tab goes on to the next cell that can be edited, leaving the field keeps it.
import { cellBox } from "./grid_text.js";
import { element } from "./elements.js";
import { clamp } from "./numbers.js";

const LEAST = { width: 44, height: 24 }; // px: a finger's width, and a target that WCAG accepts

/**
 * @typedef {import("./grid.js").Cell} Cell
 * @param {import("./kit.js").Widget} widget
 * @param {HTMLElement} host
 * @param {import("./grid.js").State} state
 * @param {((cell: Cell, text: string) => boolean | void) | undefined} onEdit false refuses the text
 * @param {import("./grid.js").AtCell} move
 */
export function createCellEditor(widget, host, state, onEdit, move) {
  /** @type {{ input: HTMLInputElement, cell: Cell } | null} */
  let editor = null;

  /** @param {Cell} cell @param {string} [text] */
  function open(cell, text) {
    close(true);
    const spec = state.drawing.cell(cell.row, cell.col);
    const input = element("input", {
      type: "text",
      "aria-label": `new value for ${spec.words ?? "this cell"}`,
      style: editorStyle(state.drawing, cell),
    });
    editor = { input, cell };
    input.value = text ?? (spec.text ?? "").replace("−", "-");
    input.addEventListener("keydown", onKey);
    input.addEventListener("blur", () => close(true));
    host.append(input);
    input.focus({ preventScroll: true });
    if (text === undefined) input.select();
  }

  // A text that is no number stays open when the user pressed Enter, else it is dropped.
  function close(keep, insist = false) {
    if (!editor) return true;
    const { input, cell } = editor;
    if (keep && onEdit?.(cell, input.value) === false && insist) {
      input.setAttribute("aria-invalid", "true");
      widget.announce(`${input.value} is not a number; type a number such as -2, 0.5 or 1/9`);
      return false;
    }
    editor = null;
    input.remove();
    return true;
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    const keeps = event.key === "Enter" || event.key === "Tab";
    if (!editor || !(keeps || event.key === "Escape")) return;
    const { cell } = editor;
    if (event.key !== "Tab" || !event.shiftKey) event.preventDefault();
    if (event.key === "Escape") event.stopPropagation(); // ends the edit, not the cell's command mode
    if (!close(keeps, true)) return;
    host.focus({ preventScroll: true });
    const next = event.key === "Tab" && nextEditable(state.drawing, cell);
    if (next) move(next);
  }
  return { open, isOpen: () => editor !== null, holds: (node) => node === editor?.input };
}

function editorStyle(drawing, { row, col }) {
  const { x, y, size } = cellBox(drawing, row, col);
  const width = Math.max(size, LEAST.width);
  const left = clamp(x + size / 2 - width / 2, 0, Math.max(0, drawing.cols * size + 2 - width));
  return `left: ${left}px; top: ${y}px; width: ${width}px; height: ${Math.max(size, LEAST.height)}px`;
}

function nextEditable({ rows, cols, cell }, { row, col }) {
  for (let at = row * cols + col + 1; at < rows * cols; at++) {
    const next = { row: Math.floor(at / cols), col: at % cols };
    if (cell(next.row, next.col).editable) return next;
  }
  return null;
}
