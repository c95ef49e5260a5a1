// A grid of cells with numbers: SVG up to 16 × 16 cells, canvas beyond, one behavior.
//
//   const grid = createGrid(widget, { name: "input", label: "Input", onHover, onEdit, onMove, onPress })
//   grid.draw({ rows, cols, size, cell: (row, col) => spec, frames: [{ row, col, rows, cols, color, width, dashed }] })
//     size: side of a cell in CSS px
//     spec: { text, shade: 0..1 (more ink = larger), color: "#hex" | null, faint: true (the color as a wide border only), ring: true,
//             kind: "plain" | "pad" | "hole" | "unread", editable: true, words: what a screen reader says }
//   grid.el       the focusable host; arrow keys move the active cell, a digit or Enter edits it, Escape ends editing
//   grid.cellAt(row, col) → { x, y, size } in px;  grid.texts() → rows of strings as drawn (tests);  grid.edit(row, col, "7")
// onHover({ row, col } | null) follows the pointer and the keyboard; onEdit(row, col, text) → false refuses the text;
// onMove(row, col) replaces onHover for arrow keys; onPress(row, col) is a click or Enter on a cell that can't be edited; start() is the cell where the keyboard comes in.
import { clamp } from "./core_numbers.js";
import { element, inkOn, sharpContext, svgElement } from "./kit.js";

const SVG_CELLS = 16; // up to this many rows and columns; beyond, thousands of nodes would cost frames
const SHADE = 0.26; // ink at most; text on it keeps a contrast above 4.5 in both themes
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export function createGrid(
  widget,
  { name, label, onHover = () => {}, onEdit, onMove, onPress = () => {}, start = () => ({ row: 0, col: 0 }) },
) {
  const host = element("div", {
    class: "sg-grid",
    tabindex: "0",
    role: "application",
    "aria-label": label,
    "data-grid": name,
  });
  let drawn = { rows: 0, cols: 0, size: 1, cell: () => ({}), frames: [] };
  let painter = null,
    editor = null,
    keyboardCell = null,
    hovered = null;

  function draw(next) {
    const same = painter && next.rows === drawn.rows && next.cols === drawn.cols && next.size === drawn.size;
    drawn = { frames: [], ...next };
    if (!same) {
      const fits = drawn.rows <= SVG_CELLS && drawn.cols <= SVG_CELLS;
      painter?.node.remove();
      painter = (fits ? svgPainter : canvasPainter)(widget, drawn);
      host.prepend(painter.node);
    }
    painter.paint(drawn, keyboardCell);
  }

  function locate(event) {
    const box = host.getBoundingClientRect();
    const row = Math.floor((event.clientY - box.top - 1) / drawn.size),
      col = Math.floor((event.clientX - box.left - 1) / drawn.size);
    return row >= 0 && col >= 0 && row < drawn.rows && col < drawn.cols ? { row, col } : null;
  }

  function hover(cell) {
    if (cell?.row === hovered?.row && cell?.col === hovered?.col) return;
    hovered = cell;
    onHover(cell);
  }

  function move(row, col) {
    keyboardCell = { row: clamp(row, 0, drawn.rows - 1), col: clamp(col, 0, drawn.cols - 1) };
    hovered = keyboardCell;
    (onMove ?? ((r, c) => onHover({ row: r, col: c })))(keyboardCell.row, keyboardCell.col);
    painter.paint(drawn, keyboardCell);
    widget.announce(drawn.cell(keyboardCell.row, keyboardCell.col).words ?? "");
  }

  function moveTo({ row, col }) {
    move(row, col);
  }

  function edit(row, col, text) {
    const spec = drawn.cell(row, col);
    if (!onEdit || !spec.editable) return onPress(row, col);
    finish(true);
    const { x, y, size } = cellAt(row, col),
      width = Math.max(size, 44);
    const left = clamp(x + size / 2 - width / 2, 0, Math.max(0, drawn.cols * drawn.size + 2 - width));
    editor = element("input", {
      type: "text",
      "aria-label": `new value for ${spec.words ?? "this cell"}`,
      style: `left: ${left}px; top: ${y}px; width: ${width}px; height: ${Math.max(size, 24)}px`,
    });
    editor.value = text ?? spec.text.replace("−", "-");
    editor.cell = { row, col };
    editor.addEventListener("keydown", onEditorKey);
    editor.addEventListener("blur", () => finish(true));
    host.append(editor);
    editor.focus({ preventScroll: true });
    if (text === undefined) editor.select();
    return undefined;
  }

  function onEditorKey(event) {
    const keeps = event.key === "Enter" || event.key === "Tab";
    if (keeps || event.key === "Escape") {
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
    if (keep && onEdit(row, col, editor.value) === false && insist) {
      editor.setAttribute("aria-invalid", "true");
      widget.announce(`${editor.value} is not a number; type a number such as -2, 0.5 or 1/9`);
      return false;
    }
    const closing = editor;
    editor = null;
    closing.remove();
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
    if (event.target !== editor) hover(locate(event));
  });
  host.addEventListener("pointerleave", () =>
    hover(keyboardCell && document.activeElement === host ? keyboardCell : null),
  );
  host.addEventListener("click", (event) => {
    const cell = event.target === editor ? null : locate(event);
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
      painter?.paint(drawn, null);
    }
  });
  host.addEventListener("keydown", onKey);
  widget.onTheme(() => painter?.paint(drawn, keyboardCell, true));
  return { el: host, draw, edit, cellAt, texts: () => drawnTexts(drawn) };
}

function drawnTexts({ rows, cols, cell }) {
  return Array.from({ length: rows }, (_, row) => Array.from({ length: cols }, (_, col) => cell(row, col).text ?? ""));
}

function fontSize(text, size) {
  return Math.min(Math.max(size * 0.42, 8), 16, (size - 3) / (0.58 * Math.max(text.length, 1)));
}

const READABLE = 7; // px; smaller numbers are left out, the cell's words and the arithmetic still say them

function svgPainter(widget, { rows, cols, size }) {
  const cells = [];
  const svg = svgElement("svg", {
    width: cols * size + 2,
    height: rows * size + 2,
    viewBox: `0 0 ${cols * size + 2} ${rows * size + 2}`,
    "aria-hidden": "true",
  });
  for (let at = 0; at < rows * cols; at++) {
    const row = Math.floor(at / cols),
      col = at % cols,
      x = 1 + col * size,
      y = 1 + row * size;
    const box = svgElement("rect", { x, y, width: size, height: size });
    const shade = svgElement("rect", { class: "sg-shade", x: x + 0.5, y: y + 0.5, width: size - 1, height: size - 1 });
    const text = svgElement("text", { x: x + size / 2, y: y + size / 2 + 0.5 });
    svg.append(svgElement("g", { "data-row": row, "data-col": col }, box, shade, text));
    cells.push({ box, shade, text, last: "" });
  }
  const overlay = svgElement("g");
  svg.append(overlay);

  function paint({ cell, frames }, active) {
    cells.forEach((nodes, at) => {
      const spec = cell(Math.floor(at / cols), at % cols);
      const key = `${spec.text}|${spec.shade}|${spec.color}|${spec.faint}|${spec.kind}`;
      if (nodes.last === key) return;
      nodes.last = key;
      paintCell(nodes, spec);
    });
    overlay.replaceChildren(
      ...frames.map((frame) => frameNode(frame)),
      ...(active ? [frameNode({ ...active, rows: 1, cols: 1, color: "var(--sg-accent)", width: 3, inset: 1 })] : []),
    );
  }

  function paintCell({ box, shade, text }, spec) {
    const content = spec.text ?? "",
      font = fontSize(content, size);
    const filled = spec.color && !spec.faint;
    box.setAttribute("class", `sg-cell sg-${spec.kind ?? "plain"}`);
    box.setAttribute("style", filled ? `fill: ${spec.color}; stroke: var(--sg-page); stroke-dasharray: none` : "");
    const rim = spec.color && spec.faint;
    shade.setAttribute(
      "style",
      rim
        ? `fill: ${spec.color}; fill-opacity: 0.16; stroke: ${spec.color}; stroke-width: 3`
        : `fill-opacity: ${filled ? 0 : (spec.shade ?? 0) * SHADE}`,
    );
    const inset = rim ? 2 : 0.5;
    for (const [side, value] of [
      ["x", Number(box.getAttribute("x")) + inset],
      ["y", Number(box.getAttribute("y")) + inset],
      ["width", size - 2 * inset],
      ["height", size - 2 * inset],
    ])
      shade.setAttribute(side, value);
    text.textContent = font >= READABLE ? content : "";
    text.setAttribute("class", spec.kind === "pad" || spec.kind === "hole" ? "sg-soft-text" : "");
    text.setAttribute(
      "style",
      `font-size: ${font.toFixed(1)}px${filled ? `; fill: ${inkOn(spec.color)}; font-weight: 600` : ""}`,
    );
  }

  function frameNode({ row, col, rows: high, cols: wide, color, width = 2.5, dashed, inset = 0 }) {
    return svgElement("rect", {
      class: "sg-frame",
      x: 1 + col * size + inset,
      y: 1 + row * size + inset,
      width: wide * size - 2 * inset,
      height: high * size - 2 * inset,
      style: `stroke: ${color ?? "var(--sg-ink)"}; stroke-width: ${width}${dashed ? "; stroke-dasharray: 5 3" : ""}`,
    });
  }
  return { node: svg, paint };
}

function canvasPainter(widget, { rows, cols, size }) {
  const canvas = element("canvas", { "aria-hidden": "true" });
  const width = cols * size + 2,
    height = rows * size + 2;
  let colors = null,
    lastFace = "";

  function paint({ cell, frames }, active, fresh = false) {
    lastFace = ""; // sizing a canvas clears its settings
    const context = sharpContext(canvas, width, height);
    if (!colors || fresh) colors = widget.colors();
    for (let at = 0; at < rows * cols; at++)
      paintCell(
        context,
        cell(Math.floor(at / cols), at % cols),
        1 + (at % cols) * size,
        1 + Math.floor(at / cols) * size,
      );
    for (const frame of frames) strokeFrame(context, frame);
    if (active) strokeFrame(context, { ...active, rows: 1, cols: 1, color: colors.accent, width: 3, inset: 1 });
  }

  function paintCell(context, spec, x, y) {
    const filled = spec.color && !spec.faint,
      content = spec.text ?? "",
      font = fontSize(content, size);
    context.fillStyle = filled ? spec.color : spec.kind === "unread" ? colors.panel : colors.page;
    context.fillRect(x, y, size, size);
    if (!filled && spec.shade) fillAlpha(context, colors.ink, spec.shade * SHADE, x, y);
    if (spec.color && spec.faint) fillAlpha(context, spec.color, 0.3, x, y);
    context.strokeStyle = colors.line;
    context.lineWidth = 1;
    context.setLineDash((spec.kind ?? "plain") === "plain" ? [] : [2, 3]);
    if (size > 4) context.strokeRect(x, y, size, size);
    if (font < READABLE || content === "") return;
    context.fillStyle = filled
      ? inkOn(spec.color)
      : spec.kind === "pad" || spec.kind === "hole"
        ? colors.soft
        : colors.ink;
    const face = `${filled ? 600 : 400} ${font.toFixed(1)}px system-ui, sans-serif`;
    if (face !== lastFace) context.font = lastFace = face; // parsing a font costs more than drawing a digit
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(content, x + size / 2, y + size / 2 + 0.5);
  }

  function fillAlpha(context, color, alpha, x, y) {
    context.globalAlpha = alpha;
    context.fillStyle = color;
    context.fillRect(x, y, size, size);
    context.globalAlpha = 1;
  }

  function strokeFrame(context, { row, col, rows: high, cols: wide, color, width: line = 2.5, dashed, inset = 0 }) {
    context.strokeStyle = !color || color.startsWith("var(") ? colors.ink : color;
    context.lineWidth = line;
    context.setLineDash(dashed ? [5, 3] : []);
    context.strokeRect(
      1 + col * size + inset,
      1 + row * size + inset,
      wide * size - 2 * inset,
      high * size - 2 * inset,
    );
    context.setLineDash([]);
  }
  return { node: canvas, paint };
}
