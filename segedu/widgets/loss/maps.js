// The loss explorer's scene on canvases: p of each pixel; on a picture also the picture itself, and who pushes.
import { mixColors } from "../kit/colors.js";
import { eachWords, objectBorder, objectCells, pixelPushes, pushStrengths } from "./cells.js";
import { BACKGROUND_COLOR, OBJECT_COLOR } from "./charts.js";
import { SCENE_HEIGHT, SCENE_PIXELS, SCENE_WIDTH } from "./core.js";
import { formatCount, formatDigits } from "../kit/numbers.js";
import { element, sharpContext } from "../kit/kit.js";
import { hexColor } from "../kit/surface.js";
import { shareWords } from "./words.js";
import { sigmoid } from "../kit/logistic.js";

const HALO_COLOR = "rgba(255, 255, 255, 0.85)"; // around the outline on a picture

// The pictures' images by name, each decoded.
export async function openPictures(pictures) {
  const shown = Object.entries(pictures).filter(([, { image }]) => image);
  const opened = await Promise.all(
    shown.map(async ([name, picture]) => {
      const image = new Image();
      image.src = picture.image;
      await image.decode();
      return [name, image];
    }),
  );
  return Object.fromEntries(opened);
}

// draw({ name, picture, image }, scene, said, colors): image is undefined for plain pixels; said: { loss, pushes, iou, hidden }.
export function createScene() {
  const photo = createMap("picture", "the picture; the object outlined");
  const surest = createMap("p", "p of the object at each cell");
  const pushed = createMap(
    "push",
    "each pixel's push: orange up, blue down; the fuller the color, the harder",
  );
  const maps = element("div", { class: "lx-maps" }, photo.el, surest.el, pushed.el);
  const about = element("p", { class: "sg-note", "data-words": "picture" });
  const each = element("p", { "data-words": "each" });
  const words = element("p", { class: "sg-note", "data-words": "scene" });
  const paintPhoto = photoPainter(photo.canvas);
  return {
    el: element("div", { class: "lx-scene" }, maps, about, each, words),
    draw({ name, picture, image }, { objects, z }, { loss, pushes, iou, hidden }, colors) {
      const { order, cell } = picture;
      const inside = objectCells(order, objects);
      const cells = { path: cellsPath(inside, cell), border: objectBorder(inside), cell };
      const context = mapContext(surest.canvas, cell);
      const [page, ink] = [hexColor(context, colors.page), hexColor(context, colors.ink)];
      const mixed = (to, shares) => shares.map((share, at) => mixColors(page, to[at], share));
      drawGroups(context, cells, mixed([ink, ink], z.map(sigmoid)));
      if (image) {
        paintPhoto(image, cells, `${name} ${objects}`);
        const tints = mixed(
          [OBJECT_COLOR, BACKGROUND_COLOR],
          pushStrengths(pixelPushes(objects, pushes)),
        );
        drawGroups(mapContext(pushed.canvas, cell), cells, tints);
      }
      const more = colors.dark ? "brighter" : "darker";
      photo.el.hidden = about.hidden = surest.text.hidden = !image;
      pushed.el.hidden = each.hidden = !image || hidden;
      about.textContent = picture.words;
      each.textContent = hidden ? "" : eachWords(loss, objects, pushes);
      const shown = `p_o = ${formatDigits(sigmoid(z[0]))}, p_b = ${formatDigits(sigmoid(z[1]))}`;
      words.textContent =
        `${formatCount(SCENE_PIXELS)} pixels; the object, outlined, has ${formatCount(objects)} (${shareWords(objects / SCENE_PIXELS)}); ` +
        `${more}: surer of the object. Now ${shown}. IoU of p ≥ 0.5: ${formatDigits(iou)}.`;
    },
  };
}

function createMap(name, caption) {
  const canvas = element("canvas", { "aria-hidden": "true", "data-map": name });
  const text = element("figcaption", { class: "sg-note", text: caption });
  return { el: element("figure", { class: "lx-map" }, canvas, text), canvas, text };
}

// Paints the picture with a line around the object, outside of its cells, if another than the last is asked for.
function photoPainter(canvas) {
  let painted = "";
  return (image, { path, cell }, key) => {
    const now = `${key} ${window.devicePixelRatio}`;
    if (now === painted) return;
    painted = now;
    const context = mapContext(canvas, cell);
    context.imageSmoothingQuality = "high";
    context.drawImage(image, 0, 0, ...mapSize(cell));
    const outside = new Path2D(path);
    outside.rect(0, 0, ...mapSize(cell));
    context.clip(outside, "evenodd");
    for (const [color, reach] of [
      [HALO_COLOR, 3],
      [OBJECT_COLOR, 2],
    ]) {
      context.strokeStyle = color;
      context.lineWidth = 2 * reach;
      context.stroke(path);
    }
  };
}

function mapContext(canvas, cell) {
  return sharpContext(canvas, ...mapSize(cell));
}

function mapSize([width, height]) {
  return [SCENE_WIDTH * width, SCENE_HEIGHT * height];
}

function cellsPath(inside, cell) {
  const path = new Path2D();
  for (const at of inside) path.rect(...cellCorner(at, cell), ...cell);
  return path;
}

function cellCorner(at, [width, height]) {
  return [(at % SCENE_WIDTH) * width, Math.floor(at / SCENE_WIDTH) * height];
}

// Two colors, the object's cells and all others; a line of 2 px along the border.
function drawGroups(context, { path, border, cell }, [object, rest]) {
  context.fillStyle = rest;
  context.fillRect(0, 0, ...mapSize(cell));
  context.fillStyle = object;
  context.fill(path); // in one: no seams between cells where a px is no whole number of the screen's
  context.fillStyle = OBJECT_COLOR;
  const [width, height] = cell;
  for (const [at, side] of border) {
    const [x, y] = cellCorner(at, cell);
    if (side === "left" || side === "right")
      context.fillRect((side === "left" ? x : x + width) - 1, y - 1, 2, height + 2);
    else context.fillRect(x - 1, (side === "above" ? y : y + height) - 1, width + 2, 2);
  }
}
