// The four pictures: image and labels, before and after. Pointing at an output pixel lights the place that it looks at; pointing at a source pixel lights all that read it.
import { nearestAt, neighborsAt } from "./core.js";
import { outputReaders } from "./core_count.js";
import { clamp } from "../kit/numbers.js";
import { element } from "../kit/kit.js";
import { paintImage, paintLabelMap } from "./scene.js";
import { percentText } from "./words.js";
import { createSurface, FRAME_COLOR, hatch, hexColor, LIT_COLOR } from "../kit/surface.js";
import { edgesOf } from "../kit/edges.js";

const PANES = [
  ["source image", "Image before: arrow keys choose a source pixel, with Shift ten at once"],
  ["source labels", "Labels before: arrow keys choose a source pixel, with Shift ten at once"],
  ["output image", "Image after: arrow keys choose an output pixel, with Shift ten at once"],
  ["output labels", "Labels after: arrow keys choose an output pixel, with Shift ten at once"],
];

// actions: { point(pixel | null), pin(pixel), move(pixel), pointSource(pixel | null) }; scene: see view.js
export function createPanes(widget, actions) {
  const panes = PANES.map(([name, label], at) => createPane(widget, name, label, at < 2, actions));
  const el = element("div", { class: "au-panes" }, ...panes.map((pane) => pane.el));
  return {
    el,
    draw(scene, width) {
      const shown = scene.labeled ? panes : [panes[0], panes[2]];
      for (const pane of panes) pane.el.hidden = !shown.includes(pane);
      el.style.gridTemplateColumns = `repeat(2, ${width}px)`;
      const colors = widget.colors();
      shown.forEach((pane) => pane.draw(scene, width, colors));
    },
  };
}

function createPane(widget, name, label, isSource, actions) {
  let scene = null,
    scale = 1,
    painted = "";
  const canvas = document.createElement("canvas");
  const caption = element("div", { class: "au-caption", "data-caption": name });
  const inside = ([row, col]) => [
    clamp(row, 0, scene.size[0] - 1),
    clamp(col, 0, scene.size[1] - 1),
  ];
  const place = (x, y) => inside([Math.floor(y / scale), Math.floor(x / scale)]);
  const point = isSource ? actions.pointSource : actions.point;
  const current = () =>
    isSource ? (scene.sourcePixel ?? scene.nearest ?? scene.pixel) : scene.pixel;
  const move = (next) =>
    isSource ? actions.pointSource(inside(next), true) : actions.move(inside(next));
  const surface = createSurface(widget, {
    name,
    label,
    onHover: (x, y) => scene && point(x === null ? null : place(x, y)),
    onPick: (x, y) => (isSource ? point(place(x, y)) : actions.pin(place(x, y))),
    onMove: (down, right, large) => {
      const [row, col] = current();
      const by = large ? 10 : 1;
      move([row + down * by, col + right * by]);
    },
    onEnds: (last) => move([current()[0], last ? scene.size[1] - 1 : 0]),
  });

  function paintSmall(colors) {
    const key = `${isSource ? 0 : scene.version},${scene.marking},${colors.page},${scene.hidden}`;
    if (key === painted) return;
    painted = key;
    const [height, width] = scene.size;
    if (canvas.width !== width || canvas.height !== height)
      [canvas.width, canvas.height] = [width, height];
    const small = canvas.getContext("2d");
    const picture = small.createImageData(width, height);
    const { result } = scene;
    if (name === "source image") paintImage(picture.data, result.source);
    else if (name === "output image") paintImage(picture.data, result.image);
    else {
      const labels = isSource ? result.labels : result.made;
      const wrong = !isSource && scene.marking ? result.wrong : null;
      paintLabelMap(
        picture.data,
        labels,
        width,
        scene.colorTable,
        wrong,
        wrong ? hexColor(small, colors.page) : "",
      );
    }
    small.putImageData(picture, 0, 0);
  }

  return {
    el: element("figure", { class: "au-pane" }, surface.el, caption),
    draw(next, width, shades) {
      scene = next;
      scale = width / scene.size[1];
      const words = captionOf(name, scene);
      if (caption.textContent !== words) caption.textContent = words;
      paintSmall(shades);
      surface.draw(width, Math.round(scene.size[0] * scale), (context, colors) => {
        paintSmall(colors);
        context.imageSmoothingEnabled = false;
        if (name === "output labels" && scene.hidden)
          return hatch(context, colors, 0, 0, width, scene.size[0] * scale);
        context.drawImage(canvas, 0, 0, width, scene.size[0] * scale);
        if (name === "output image" && scene.outlines && !scene.hidden)
          strokeOutlines(context, scene, scale);
        if (isSource) paintSourceMarks(context, scene, scale, name === "source labels");
        else paintOutputMarks(context, scene, scale);
        return undefined;
      });
    },
  };
}

function captionOf(name, { result, hidden, labeled, setting }) {
  if (name === "source image") return "image, before";
  if (name === "source labels") return "labels, before";
  if (name === "output image") return "image, after";
  if (hidden) return "labels: guess first";
  if (labeled && result.wrongCount)
    return `labels, ${percentText(result.wrongCount, result.made.length)} wrong`;
  return setting.mistake === "none" ? "labels, after" : "labels, none wrong";
}

// White under a color: it reads on any picture.
function strokeTwice(context, path, color, line = 1.5) {
  for (const [style, wide] of [
    ["rgba(255, 255, 255, 0.95)", line + 2],
    [color, line],
  ]) {
    context.strokeStyle = style;
    context.lineWidth = wide;
    context.beginPath();
    path();
    context.stroke();
  }
}

function strokeOutlines(context, { result, size }, scale) {
  const lines = edgesOf(result.made, ...size);
  const path = () => {
    for (const [x0, y0, x1, y1] of lines) {
      context.moveTo(x0 * scale, y0 * scale);
      context.lineTo(x1 * scale, y1 * scale);
    }
  };
  strokeTwice(context, path, "#000000", 1);
}

// A frame around a pixel, at least 7 px large.
function frame(context, row, col, scale, color) {
  const side = Math.max(scale, 7);
  const [x, y] = [(col + 0.5) * scale - side / 2, (row + 0.5) * scale - side / 2];
  strokeTwice(context, () => context.rect(x, y, side, side), color);
}

function paintOutputMarks(context, scene, scale) {
  if (!scene.sourcePixel) return frame(context, ...scene.pixel, scale, LIT_COLOR);
  const width = scene.size[1];
  const readers = outputReaders(scene.sourcePixel, scene.result);
  const path = () => {
    for (const at of readers)
      context.rect((at % width) * scale, Math.floor(at / width) * scale, scale, scale);
  };
  strokeTwice(context, path, LIT_COLOR, 1);
  return undefined;
}

function paintSourceMarks(context, scene, scale, forLabels) {
  const { result, size, at } = scene;
  const table = forLabels ? result.labelTable : result.table,
    flip = forLabels ? result.labelFlip : result.flip;
  if (table)
    strokeTwice(context, () => windowPath(context, table, flip, size, scale), FRAME_COLOR, 1);
  if (scene.sourcePixel) return frame(context, ...scene.sourcePixel, scale, LIT_COLOR);
  if (!table) return frame(context, ...scene.pixel, scale, LIT_COLOR);
  if (forLabels && result.setting.mistake !== "bilinear") {
    const { row, col } = nearestAt(table, at, flip, size);
    return frame(context, row, col, scale, LIT_COLOR);
  }
  const corners = neighborsAt(table, at, flip, size);
  const [top, left] = [
    Math.min(...corners.map(({ row }) => row)),
    Math.min(...corners.map(({ col }) => col)),
  ];
  const side = Math.max(2 * scale, 9);
  const [x, y] = [(left + 1) * scale - side / 2, (top + 1) * scale - side / 2];
  strokeTwice(context, () => context.rect(x, y, side, side), LIT_COLOR);
  return undefined;
}

// Where the output's border looks, through its outermost pixels.
function windowPath(context, { x, y }, flip, [height, width], scale) {
  const corner = (row, col, first) => {
    const at = row * width + col;
    const inX = flip.right < 0 ? width - 1 - x[at] : x[at],
      inY = flip.down < 0 ? height - 1 - y[at] : y[at];
    context[first ? "moveTo" : "lineTo"]((inX + 0.5) * scale, (inY + 0.5) * scale);
  };
  for (let col = 0; col < width; col++) corner(0, col, col === 0);
  for (let row = 0; row < height; row++) corner(row, width - 1, false);
  for (let col = width - 1; col >= 0; col--) corner(height - 1, col, false);
  for (let row = height - 1; row >= 0; row--) corner(row, 0, false);
}
