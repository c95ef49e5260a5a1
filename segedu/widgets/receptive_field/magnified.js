// The three fields of one output cell, magnified side by side. A pixel is visible as far as the output cell sees it:
// the whole square (analytic), the pixels that some path reaches (measured), as much as they weigh (effective).
import { formatCount, formatNumber } from "../kit/numbers.js";
import { effectiveSquare, formatPaths, measuredField } from "./core.js";
import { element } from "../kit/kit.js";
import { createSurface, FRAME_COLOR, HALF_COLOR, hatch, outline } from "../kit/surface.js";

const FAINT = 0.13; // how visible a pixel is that the output cell can't see
const FIELDS = [
  { name: "analytic", title: "Analytic: square", visible: (_, inside) => inside },
  { name: "measured", title: "Measured: touched", visible: (share) => (share > 0 ? 1 : 0) },
  { name: "effective", title: "Effective: weights", visible: (share) => share },
];

// The three fields side by side, pixel by pixel; pointing at one marks the same pixel in all.
export function createFieldPanels(widget, { point }) {
  let scene = null;
  let view = null;
  const panels = FIELDS.map((kind) => {
    const surface = createSurface(widget, {
      name: kind.name,
      label: `${kind.title}: arrow keys choose a pixel`,
      onHover: (x, y) => point(x === null ? null : pixelUnder(x, y)),
      onMove: move,
    });
    const caption = element("p", { class: "sg-note", "data-field": kind.name });
    return {
      kind,
      surface,
      caption,
      el: element(
        "div",
        { class: "rf-field" },
        element("div", { class: "sg-title", text: kind.title }),
        surface.el,
        caption,
      ),
    };
  });
  const words = element("p", { class: "rf-words", "data-words": "pixel" });
  const el = element(
    "div",
    { class: "rf-magnified" },
    element("div", { class: "rf-fields" }, ...panels.map((panel) => panel.el)),
    words,
  );

  function pixelUnder(x, y) {
    return {
      row: Math.floor(y / view.scale) + view.row,
      col: Math.floor(x / view.scale) + view.col,
    };
  }

  function move(down, right) {
    const at =
      scene.pointed?.row === undefined
        ? { row: view.row + (view.cells >> 1), col: view.col + (view.cells >> 1) }
        : scene.pointed;
    const keep = (value, first) => Math.min(Math.max(value, first), first + view.cells - 1);
    point({ row: keep(at.row + down, view.row), col: keep(at.col + right, view.col) });
    widget.announce(words.textContent);
  }

  function draw(next, width) {
    scene = next;
    el.hidden = !scene.counts || scene.hidden;
    if (el.hidden) return;
    const margin = Math.max(2, Math.ceil(scene.field.rows.size * 0.12));
    const cells = scene.field.rows.size + 2 * margin;
    view = {
      row: scene.field.rows.first - margin,
      col: scene.field.cols.first - margin,
      cells,
      scale: width / cells,
      width,
    };
    for (const panel of panels) panel.el.style.width = `${width}px`;
    for (const { kind, surface } of panels)
      if (scene.photo)
        surface.draw(width, width, (context, colors) =>
          paintField(context, colors, scene, view, kind),
        );
    const texts = fieldWords(scene);
    panels.forEach(({ kind, caption }) => {
      caption.textContent = texts[kind.name];
    });
    words.textContent = pixelWords(scene);
  }
  return { el, draw };
}

function paintField(context, colors, scene, view, { name, visible }) {
  const { counts, field, photo, pointed, half } = scene;
  const { scale, width } = view;
  paintSurroundings(context, colors, photo, view);
  const rows = axisShares(counts.rows[0], field.rows, view.row, view.cells, visible);
  const cols = axisShares(counts.cols[0], field.cols, view.col, view.cells, visible);
  context.drawImage(maskedPhoto(photo, view, rows, cols), 0, 0, width, width);
  const frame = (row, col, size, color, dashed) =>
    outline(
      context,
      (col - view.col) * scale,
      (row - view.row) * scale,
      size * scale,
      size * scale,
      color,
      dashed,
    );
  frame(field.rows.first, field.cols.first, field.rows.size, FRAME_COLOR);
  if (name === "effective" && half.side < field.rows.size)
    frame(half.row, half.col, half.side, HALF_COLOR, true);
  if (pointed?.row !== undefined) frame(pointed.row, pointed.col, 1, "#000000");
  else if (pointed) paintBand(context, scene, view);
  context.strokeStyle = colors.line;
  context.lineWidth = 1;
  context.strokeRect(0.5, 0.5, width - 1, width - 1);
}

// The photo, faint, on the page's color; hatched where there is none.
function paintSurroundings(context, colors, photo, { row, col, scale, width }) {
  const clip = (value) => Math.min(Math.max(value * scale, 0), width);
  const [left, top, right, bottom] = [
    clip(-col),
    clip(-row),
    clip(photo.width - col),
    clip(photo.height - row),
  ];
  hatch(context, colors, 0, 0, width, width);
  context.fillStyle = colors.page;
  context.fillRect(left, top, right - left, bottom - top);
  context.imageSmoothingEnabled = false;
  context.globalAlpha = FAINT;
  context.drawImage(photo, -col * scale, -row * scale, photo.width * scale, photo.height * scale);
  context.globalAlpha = 1;
}

// The columns that the cell under the pointer in the side view sees.
function paintBand(context, { pointed, levels }, { col, scale, width }) {
  const { jump, start, size } = levels[pointed.level];
  outline(
    context,
    (start + pointed.cell * jump - col) * scale,
    3,
    size * scale,
    width - 6,
    "#000000",
    true,
  );
}

// How visible each row (or column) of the view is; a pixel is as visible as its row times its column.
function axisShares(counts, { first, last }, from, cells, visible) {
  const most = Math.max(...counts) || 1;
  return Array.from({ length: cells }, (_, at) => {
    const inside = from + at >= first && from + at <= last;
    return visible(inside ? (counts[from + at] ?? 0) / most : 0, inside ? 1 : 0);
  });
}

// The photo's crop, each pixel with its own alpha, one canvas pixel per photo pixel.
function maskedPhoto(photo, { row: top, col: left, cells }, rows, cols) {
  const canvas = element("canvas", { width: cells, height: cells });
  const context = canvas.getContext("2d");
  const mask = new ImageData(cells, cells);
  for (let at = 0, alpha = 3; at < cells * cells; at++, alpha += 4) {
    mask.data[alpha] = 255 * rows[(at / cells) | 0] * cols[at % cells];
  }
  context.putImageData(mask, 0, 0);
  context.globalCompositeOperation = "source-in";
  context.drawImage(photo, -left, -top);
  return canvas;
}

function fieldWords({ field, counts, half, levels }) {
  const { pixels, touched, height, width } = measuredField(
    counts.rows[0],
    counts.cols[0],
    field.rows,
    field.cols,
  );
  const { size } = levels.at(-1);
  const all = formatCount(size * size);
  const inside = formatCount(pixels);
  const cut =
    pixels < size * size ? `; ${inside} of them lie in the photo, the rest is padding` : "";
  const analytic = `${size} × ${size} = ${all} pixels${cut}.`;
  if (touched === 0) {
    const words = "No pixel at all: this output cell sees padding only.";
    return { analytic, measured: words, effective: words };
  }
  const most = effectiveSquare(counts.rows[0], counts.cols[0], 0.95).side;
  const holes = touched < pixels ? `${formatCount(pixels - touched)} are holes` : "no holes";
  const share = `${formatCount(touched)} of ${inside} pixels (${percent(touched / pixels)})`;
  const middle = `Half of the weight in the middle ${half.side} × ${half.side}, 95 % in ${most} × ${most}.`;
  return {
    analytic,
    measured: `${share} in a box of ${height} × ${width}: ${holes}.`,
    effective: `${middle} Exact for uniform weights; trained ones differ.`,
  };
}

function pixelWords({ pointed, field, counts, size: [height, width] }) {
  if (pointed?.row === undefined)
    return "Point at a pixel: how many paths lead from it to the output cell?";
  const { row, col } = pointed;
  const name = `Pixel (${formatNumber(row)}, ${formatNumber(col)})`;
  if (row < 0 || col < 0 || row >= height || col >= width)
    return `${name} is outside of the photo: padding, always 0.`;
  if (!isInside(field, row, col))
    return `${name} is outside of the square: it can't change this output cell.`;
  const [down, across] = [counts.rows[0][row], counts.cols[0][col]];
  if (down * across === 0)
    return `${name} is a hole: inside of the square, but no path starts here.`;
  const total =
    counts.rows[0].reduce((a, b) => a + b, 0) * counts.cols[0].reduce((a, b) => a + b, 0);
  const product = `${formatPaths(down)} × ${formatPaths(across)} = ${formatPaths(down * across)}`;
  return `${name}: ${product} of ${formatPaths(total)} paths, ${percent((down * across) / total)} of the weight.`;
}

const isInside = ({ rows, cols }, row, col) =>
  row >= rows.first && row <= rows.last && col >= cols.first && col <= cols.last;
const percent = (share) => `${formatNumber(100 * share, share < 0.01 ? 3 : 1)} %`;
