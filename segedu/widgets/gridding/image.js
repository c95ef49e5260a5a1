// The field laid over an image: the pixels that the output cell reads as they are, the holes covered; around the field the image, faint.
// Below it the whole image, small. A click or the arrow keys move the field: what lay in a hole comes in sight, and something else goes.
import { packedColor, rgbOf } from "../kit/colors.js";
import { formatCount } from "../kit/numbers.js";
import { element, sharpContext } from "../kit/kit.js";
import { pixelCanvas } from "./map.js";
import { createSurface, FRAME_COLOR, hatch, hexColor, outline } from "../kit/surface.js";

const COVER = 0.88; // how much of a hole's pixel is hidden
const AROUND = 0.6; // the same outside of the field
const WHOLE = 150; // px, the whole image's width

export async function loadCrop(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}

export function createImageField(widget, { point, move }) {
  let scene = null;
  let view = null;
  const surface = createSurface(widget, {
    name: "image",
    label: "The field over an image: arrow keys move it",
    onHover: (x, y) => point(x === null || scene.low > 0 ? null : fieldPixel(x, y)),
    onMove: (down, right, large) => {
      const step = large ? 5 : 1;
      move(scene.middle[0] + down * step, scene.middle[1] + right * step);
      widget.announce(imageWords(scene));
    },
  });
  surface.el.style.cursor = "crosshair";
  surface.el.addEventListener("click", (event) => {
    const box = surface.el.getBoundingClientRect();
    const [down, across] = [event.clientY - box.top, event.clientX - box.left].map((at) =>
      Math.floor(at / view.scale),
    );
    move(view.row + down, view.col + across);
  });
  const title = element("div", {
    class: "sg-title",
    text: "What the output cell sees of an image",
  });
  const caption = element("p", { class: "sg-note gx-words", "data-words": "image" });
  const whole = element("canvas", {
    "aria-hidden": "true",
    onclick: (event) => moveOnWhole(event),
  });
  const below = element("div", { class: "gx-whole" }, whole, caption);
  const el = element("div", { class: "gx-image" }, title, surface.el, below);

  function moveOnWhole({ offsetX, offsetY }) {
    const scale = WHOLE / scene.size[1];
    move(Math.floor(offsetY / scale), Math.floor(offsetX / scale));
  }

  function fieldPixel(x, y) {
    const [row, cell] = [y, x].map((at) => Math.floor(at / view.scale) - view.margin);
    return row >= 0 && cell >= 0 && row < view.side && cell < view.side
      ? { level: 0, cell, row }
      : null;
  }

  function draw(next, width) {
    scene = next;
    el.hidden = scene.hidden || !scene.image;
    if (el.hidden) return;
    const side = scene.levels[0].length;
    const margin = Math.max(2, Math.round(side * 0.15));
    const [row, col] = scene.middle.map((at) => at - ((side - 1) >> 1) - margin);
    view = {
      side,
      margin,
      row,
      col,
      cells: side + 2 * margin,
      scale: width / (side + 2 * margin),
      width,
    };
    surface.draw(width, width, (context, colors) => paintOverImage(context, colors, scene, view));
    paintWhole(whole, scene);
    caption.textContent = imageWords(scene);
  }
  return { el, draw };
}

function paintOverImage(
  context,
  colors,
  { image, levels, pointed, low },
  { side, margin, row, col, scale, width },
) {
  const paths = levels[0];
  hatch(context, colors, 0, 0, width, width);
  context.imageSmoothingEnabled = false;
  context.drawImage(
    image,
    -col * scale,
    -row * scale,
    image.naturalWidth * scale,
    image.naturalHeight * scale,
  );
  context.fillStyle = colors.page;
  context.globalAlpha = AROUND;
  context.beginPath();
  context.rect(0, 0, width, width);
  context.rect(margin * scale, margin * scale, side * scale, side * scale);
  context.fill("evenodd");
  context.globalAlpha = 1;
  context.save();
  context.translate(margin * scale, margin * scale);
  context.drawImage(holeCover(paths, context, colors), 0, 0, side * scale, side * scale);
  outline(context, 0, 0, side * scale, side * scale, FRAME_COLOR);
  if (pointed?.row !== undefined && low === 0)
    outline(context, pointed.cell * scale, pointed.row * scale, scale, scale, colors.ink);
  context.restore();
}

// The whole image, small, with the field's frame.
function paintWhole(canvas, { image, levels, middle: [row, col], size: [height, width] }) {
  const scale = WHOLE / width;
  const [side, reach] = [levels[0].length, (levels[0].length - 1) >> 1];
  const context = sharpContext(canvas, WHOLE, height * scale);
  context.drawImage(image, 0, 0, WHOLE, height * scale);
  outline(
    context,
    (col - reach) * scale,
    (row - reach) * scale,
    side * scale,
    side * scale,
    FRAME_COLOR,
  );
}

// The page's color over every hole.
function holeCover(paths, context, colors) {
  return pixelCanvas(
    paths,
    () => 0,
    packedColor(rgbOf(hexColor(context, colors.page)), 255 * COVER),
  );
}

function imageWords({ levels, middle: [row, col], size: [height, width] }) {
  const paths = levels[0];
  const reach = (paths.length - 1) >> 1;
  const seen = (at, length) =>
    paths.filter((count, cell) => count > 0 && isIn(at - reach + cell, length)).length;
  const all = (at, length) => paths.filter((_, cell) => isIn(at - reach + cell, length)).length;
  const [used, pixels] = [seen(row, height) * seen(col, width), all(row, height) * all(col, width)];
  const cut = pixels < paths.length ** 2 ? " The hatched part lies outside of the image." : "";
  const missed =
    pixels === used
      ? "none is missed"
      : `${formatCount(pixels - used)} ${pixels - used === 1 ? "pixel" : "pixels"} in the holes can't change it`;
  return `In the middle: pixel (${row}, ${col}). The output cell reads ${formatCount(used)} of ${formatCount(pixels)} pixels; ${missed}.${cut} Click or use the arrow keys to move the field.`;
}

const isIn = (at, length) => at >= 0 && at < length;
