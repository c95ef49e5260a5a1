// The image under its labels, large: the pointer and the arrow keys choose a pixel; what is lit keeps its color, the rest fades.
import { blendOverlay, colorOfId, ERROR_COLOR, VOID } from "./core.js";
import { clamp } from "../kit/numbers.js";
import { isLit, labelOfId } from "./scene.js";
import { createSurface, outline } from "../kit/surface.js";
import { edgesOf } from "../kit/edges.js";

const FADED = 0.3; // of the opacity, for what is not lit
const ERROR_OPACITY = 0.85;

// actions: { point([row, col] | null), pin([row, col]), paint([row, col]) → true while drawing }
export function createStage(widget, actions) {
  let scene = null;
  let scale = 1;
  const canvas = document.createElement("canvas");
  const inside = (row, col) => [clamp(row, 0, scene.height - 1), clamp(col, 0, scene.width - 1)];
  const place = (x, y) => inside(Math.floor(y / scale), Math.floor(x / scale));
  const surface = createSurface(widget, {
    name: "overlay",
    label: "The image with its labels: arrow keys choose a pixel, with Shift ten at once",
    onHover: (x, y) => scene && actions.point(x === null ? null : place(x, y)),
    onPick: (x, y) => actions.paint(place(x, y)) || actions.pin(place(x, y)),
    onMove: (down, right, large) => {
      const by = large ? 10 : 1;
      actions.move(inside(scene.pixel[0] + down * by, scene.pixel[1] + right * by));
    },
    onEnds: (last) => actions.move([scene.pixel[0], last ? scene.width - 1 : 0]),
  });
  surface.el.addEventListener("keydown", (event) => {
    if (
      (event.key !== " " && event.key !== "Enter") ||
      event.shiftKey ||
      event.ctrlKey ||
      event.metaKey
    )
      return;
    if (!actions.paint(scene.pixel)) return;
    event.preventDefault();
  });
  return {
    el: surface.el,
    draw(next, width) {
      scene = next;
      scale = width / scene.width;
      surface.draw(width, Math.round(scene.height * scale), (context) =>
        paintStage(context, canvas, scene, scale),
      );
    },
  };
}

function paintStage(context, canvas, scene, scale) {
  [canvas.width, canvas.height] = [scene.width, scene.height];
  const small = canvas.getContext("2d");
  small.putImageData(new ImageData(stagePixels(scene), scene.width, scene.height), 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, 0, 0, scene.width * scale, scene.height * scale);
  if (scene.maps) paintLines(context, scene, scale);
  paintMark(context, scene, scale);
}

// RGBA bytes: the image, the labels' colors over it, the errors over both.
export function stagePixels(scene) {
  const { opened, maps, mode, width } = scene;
  if (!maps) return new Uint8ClampedArray(opened.image);
  const pixels = blendOverlay(opened.image, maps.indexed(mode), width, (id) => paintOf(id, scene));
  if (!scene.errors) return pixels;
  const wrong = { values: [0, 1], index: scene.errors.wrong };
  return blendOverlay(pixels, wrong, width, (one) => ({
    color: ERROR_COLOR,
    opacity: one ? ERROR_OPACITY : 0,
  }));
}

function paintOf(id, scene) {
  const { mode, lit, opacity } = scene;
  const shown = plainOpacity(id, scene) > 0 ? opacity : 0;
  const faded = lit && !isLit(id, mode, lit) ? shown * FADED : shown;
  return { color: colorShown(id, scene), opacity: faded };
}

// The opacity that an id has when nothing is lit: 0 for what is switched off, and for stuff in instance mode.
export function plainOpacity(id, { mode, hidden, opacity }) {
  const label = labelOfId(id, mode);
  return label < 0 || hidden.has(label) ? 0 : opacity;
}

// null is void's hatch; of nothing the color doesn't matter.
export function colorShown(id, { mode, colors, maps }) {
  const label = labelOfId(id, mode);
  if (label < 0) return "#000000";
  return label === VOID ? null : colorOfId(id, mode, colors, maps.list);
}

function paintLines(context, scene, scale) {
  const { maps, mode, lit, outlines, boxes, hidden, height, width } = scene;
  if (outlines) strokeEdges(context, maps.edges(mode), scale, 1);
  if (lit) {
    strokeEdges(
      context,
      edgesOf(litMap(maps.indexed(mode), mode, lit), height, width, true),
      scale,
      2,
    );
  }
  if (!boxes) return;
  for (const { id, label, box } of maps.list.filter((one) => !hidden.has(one.label))) {
    const color = mode === "semantic" ? scene.colors[label] : colorShown(id, scene);
    const [x0, y0, x1, y1] = box.map((at) => at * scale);
    outline(context, x0, y0, x1 - x0, y1 - y0, color, lit !== null && !isLitBox(scene, id, label));
  }
}

// 1 where a pixel is lit.
function litMap({ values, index }, mode, lit) {
  const flags = values.map((id) => (isLit(id, mode, lit) ? 1 : 0));
  const map = new Uint16Array(index.length);
  for (let at = 0; at < index.length; at++) map[at] = flags[index[at]];
  return map;
}

const isLitBox = ({ lit }, id, label) => (lit.id !== null ? lit.id === id : lit.label === label);

// White under black: it reads on any picture.
function strokeEdges(context, lines, scale, line) {
  context.beginPath();
  for (const [x0, y0, x1, y1] of lines) {
    context.moveTo(x0 * scale, y0 * scale);
    context.lineTo(x1 * scale, y1 * scale);
  }
  for (const [color, wide] of [
    ["rgba(255, 255, 255, 0.95)", line + 1.5],
    ["#000000", line],
  ]) {
    context.strokeStyle = color;
    context.lineWidth = wide;
    context.stroke();
  }
}

function paintMark(context, { pixel, middle }, scale) {
  const [row, col] = pixel ?? middle;
  const side = Math.max(scale, 5);
  const [x, y] = [(col + 0.5) * scale - side / 2, (row + 0.5) * scale - side / 2];
  for (const [color, wide, out] of [
    ["#ffffff", 3, 2],
    ["#000000", 1.5, 2],
  ]) {
    context.strokeStyle = color;
    context.lineWidth = wide;
    context.strokeRect(x - out, y - out, side + 2 * out, side + 2 * out);
  }
}
