// The overlay as a place to work: drag a shape, drag its handles, drag a new one, paint; or all of it with the keyboard.
import { clamp } from "../kit/numbers.js";
import { VOID } from "./core.js";
import { PAD, handlesOf, paintMap } from "./paint.js";
import {
  boxOf,
  drawShape,
  inShape,
  lineOfCells,
  movePainted,
  moveShape,
  paintSquare,
  resizeShape,
  spannedShape,
} from "./shapes.js";
import { createSurface } from "../kit/surface.js";
import { cellWords, layerWords } from "./words.js";

const TALLEST = 520; // px
const HANDLE_REACH = 9; // px from a handle's middle
export const LABELS = { brush: 1, eraser: 0, void: VOID };

// hover([row, col] | null); change(tag, { target | prediction, shapes }): changes with one tag are one step to undo; refuse(words).
export function createMap(widget, { hover, change, undo, refuse }) {
  let scene = null;
  let cell = 1;
  let drag = null;
  let gestures = 0;
  const surface = createSurface(widget, {
    name: "maps",
    label:
      "Target and prediction: arrow keys move the shape, with Shift they resize it; U goes back",
    onHover: (x, y) => point(x === null ? null : cellUnder(x, y)),
    onPick: pick,
    onMove: step,
  });
  surface.el.style.touchAction = "none"; // a finger drags the shape, not the page
  for (const type of ["pointerup", "pointercancel"])
    surface.el.addEventListener(type, () => (drag = null));
  surface.el.addEventListener("keydown", press);

  const nextTag = () => `gesture ${++gestures}`;
  const layer = () => (scene.tool === "void" ? "target" : scene.layer);
  const map = () => scene[layer()];

  function draw(next, width) {
    scene = next;
    const { rows, cols } = scene.compared;
    cell = Math.max(Math.floor(Math.min((width - 2 * PAD) / cols, (TALLEST - 2 * PAD) / rows)), 1);
    surface.draw(cols * cell + 2 * PAD, rows * cell + 2 * PAD, (context, colors) =>
      paintMap(context, colors, scene, cell),
    );
    surface.el.style.cursor = scene.tool === "shape" ? "move" : "crosshair";
  }

  function cellUnder(x, y) {
    const { rows, cols } = scene.compared;
    const [row, col] = [y, x].map((at) => Math.floor((at - PAD) / cell));
    return row >= 0 && col >= 0 && row < rows && col < cols ? [row, col] : null;
  }

  function point(to) {
    if (String(to) !== String(scene.cursor)) hover(to);
  }

  // Pressed, or moved while pressed; places are in cells, with fractions.
  function pick(x, y) {
    const at = { row: (y - PAD) / cell, col: (x - PAD) / cell };
    if (drag) drag(at);
    else drag = scene.tool === "shape" ? beginShape(at) : beginStroke(at);
  }

  function beginShape(from) {
    const tag = nextTag();
    const { shape } = scene;
    const start = map();
    const handle =
      shape &&
      handlesOf(shape, cell).find(
        ({ x, y }) => Math.hypot(x - from.col * cell, y - from.row * cell) < HANDLE_REACH,
      );
    const moved = (to) => [Math.round(to.row - from.row), Math.round(to.col - from.col)];
    const [row, col] = [Math.floor(from.row), Math.floor(from.col)];
    if (handle)
      return (to) => {
        const { vertical, horizontal } = handle;
        putShape(
          tag,
          resizeShape(shape, vertical, horizontal, Math.round(to.row), Math.round(to.col), start),
        );
      };
    if (shape && inShape(shape, row, col))
      return (to) => putShape(tag, moveShape(shape, ...moved(to), start));
    if (!shape && start[row]?.[col] === 1)
      return (to) => put(tag, movePainted(start, ...moved(to)));
    return (to) => {
      const end = [Math.floor(to.row), Math.floor(to.col)];
      if (end[0] !== row || end[1] !== col || map() !== start)
        putShape(tag, spannedShape(scene.kind, [row, col], end, start));
    };
  }

  function beginStroke(from) {
    const tag = nextTag();
    let last = [Math.floor(from.row), Math.floor(from.col)];
    stroke(tag, [last]);
    return (to) => {
      const next = [Math.floor(to.row), Math.floor(to.col)];
      if (String(next) !== String(last)) stroke(tag, lineOfCells(last, next));
      last = next;
    };
  }

  function stroke(tag, cells) {
    const painted = cells.reduce(
      (made, [row, col]) => paintSquare(made, row, col, scene.brush, LABELS[scene.tool]),
      map(),
    );
    if (String(painted) !== String(map())) put(tag, painted);
    hover(cellOnGrid(cells.at(-1)));
  }

  function cellOnGrid([row, col]) {
    const { rows, cols } = scene.compared;
    return [clamp(row, 0, rows - 1), clamp(col, 0, cols - 1)];
  }

  function put(tag, next) {
    change(tag, { [layer()]: next });
  }

  function putShape(tag, shape) {
    change(tag, {
      [layer()]: drawShape(map(), shape),
      shapes: { ...scene.shapes, [layer()]: shape },
    });
  }

  // Arrow keys: the shape moves or, with Shift, its right or lower edge; with a brush the cursor moves and, with Shift, paints.
  function step(down, right, large) {
    if (scene.tool !== "shape") return walk(down, right, large);
    const { shape } = scene;
    if (shape && large) {
      const to = [shape.top + shape.height + down, shape.left + shape.width + right];
      putShape(nextTag(), resizeShape(shape, Math.abs(down), Math.abs(right), ...to, map()));
    } else if (shape) putShape(nextTag(), moveShape(shape, down, right, map()));
    else if (!boxOf(map()))
      return refuse(`The ${layer()} has no object to move: press “New shape”, or paint one.`);
    else if (large)
      return refuse(
        `A painted object can be moved, not resized: press “New shape” to start from a shape.`,
      );
    else put(nextTag(), movePainted(map(), down, right));
    return widget.announce(layerWords(scene));
  }

  function walk(down, right, paints) {
    const { rows, cols } = scene.compared;
    const at = scene.cursor
      ? [scene.cursor[0] + down, scene.cursor[1] + right]
      : [rows >> 1, cols >> 1];
    const to = cellOnGrid(at);
    if (paints) stroke(nextTag(), [to]);
    else hover(to);
    widget.announce(cellWords(scene, to));
  }

  function press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.toLowerCase() === "u") undo();
    else if (
      scene.tool !== "shape" &&
      scene.cursor &&
      (event.key === " " || (event.key === "Enter" && !event.shiftKey))
    )
      stroke(nextTag(), [scene.cursor]);
    else return;
    event.preventDefault();
  }
  return { el: surface.el, draw };
}
