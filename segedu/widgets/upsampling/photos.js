// A photograph, shrunk by the factor and brought back by each method side by side; below each how far it is from the original.
import { formatNumber } from "../kit/numbers.js";
import { unpackBytes } from "../kit/packed.js";
import { isWeighted, resizePlane } from "./core.js";
import { afterPaint, element } from "../kit/kit.js";
import { nailPlane, unpoolPlane } from "./nails.js";

export const PHOTO_SIZE = [60, 120]; // divisible by every factor
const CHANNELS = 3;
const WAYS = ["nearest", "bilinear", "bicubic", "bed of nails", "max unpooling"];

// Bytes (60, 120, 3) → one Float64Array per channel.
export function photoPlanes(bytes) {
  return Array.from({ length: CHANNELS }, (_, channel) =>
    Float64Array.from(
      { length: bytes.length / CHANNELS },
      (_, at) => bytes[at * CHANNELS + channel],
    ),
  );
}

// The mean of each factor × factor block.
export function shrinkPlane(plane, [height, width], factor) {
  const small = new Float64Array((height * width) / factor ** 2),
    wide = width / factor;
  for (let row = 0; row < height; row++)
    for (let col = 0; col < width; col++)
      small[Math.floor(row / factor) * wide + Math.floor(col / factor)] +=
        plane[row * width + col] / factor ** 2;
  return small;
}

// A plane shrunk and brought back; max unpooling pools the original, since that is where its indices come from.
export function bringBack(plane, method, factor, align) {
  const small = PHOTO_SIZE.map((side) => side / factor);
  if (method === "max unpooling") return unpoolPlane(plane, PHOTO_SIZE, factor);
  const shrunk = shrinkPlane(plane, PHOTO_SIZE, factor);
  if (method === "bed of nails") return nailPlane(shrunk, small, factor);
  return resizePlane(shrunk, small, PHOTO_SIZE, method, align && isWeighted(method));
}

const clippedValue = (value) => Math.min(Math.max(value, 0), 255);

// Mean absolute difference of the clipped planes from the original, in gray levels; and how many values were clipped.
export function photoError(originals, planes) {
  let sum = 0,
    clipped = 0;
  for (const [channel, plane] of planes.entries())
    for (let at = 0; at < plane.length; at++) {
      sum += Math.abs(clippedValue(plane[at]) - originals[channel][at]);
      if (plane[at] < -1e-9 || plane[at] > 255 + 1e-9) clipped += 1;
    }
  return { mean: sum / (CHANNELS * planes[0].length), clipped };
}

export function createPhotoStrip(widget, state) {
  const title = element("strong", { text: "The same on a photograph" });
  const caption = element("p", { class: "sg-note", "data-words": "photo" });
  const original = photoFigure("original");
  const shrunk = photoFigure("shrunk");
  const ways = WAYS.map((method) => ({ method, ...photoFigure(method) }));
  const strip = element(
    "div",
    { class: "up-photos" },
    original.el,
    shrunk.el,
    ...ways.map(({ el }) => el),
  );
  const kept = new Map(); // what was computed for a factor and align_corners
  let originals = null,
    wanted = null,
    drawn = "";
  unpackBytes(state.get("photo")).then((bytes) => {
    originals = photoPlanes(bytes);
    place(
      original,
      "original",
      () => originals,
      PHOTO_SIZE,
      () => `original, ${PHOTO_SIZE.join(" × ")}`,
    );
    show();
  });

  // The numbers above come first; the pictures follow a frame later, once for all settings that were passed on the way.
  const showLater = afterPaint(widget, () => show());
  function draw({ setting: { method, factor, align } }) {
    wanted = { factor, align };
    for (const way of ways) way.el.dataset.chosen = String(way.method === method);
    if (originals && drawn !== `${factor},${align}`) showLater();
  }

  function show() {
    if (!wanted) return;
    const { factor, align } = wanted,
      small = PHOTO_SIZE.map((side) => side / factor);
    drawn = `${factor},${align}`;
    const shrunkPlanes = () => originals.map((plane) => shrinkPlane(plane, PHOTO_SIZE, factor));
    place(shrunk, `shrunk,${factor}`, shrunkPlanes, small, () => `shrunk to ${small.join(" × ")}`);
    for (const way of ways) {
      const aligned = align && isWeighted(way.method);
      const planes = () => originals.map((plane) => bringBack(plane, way.method, factor, aligned));
      place(way, `${way.method},${factor},${aligned}`, planes, PHOTO_SIZE, (made) =>
        wayWords(way.method, aligned, photoError(originals, made)),
      );
    }
    caption.textContent = `Each ${factor} × ${factor} block is replaced by its mean, max unpooling takes its maximum; below each picture the mean distance from the original, of 255.`;
    strip.dataset.ready = drawn;
  }

  function place({ canvas, text }, key, makePlanes, size, words) {
    if (!kept.has(key)) {
      const planes = makePlanes();
      kept.set(key, { image: imageOf(planes, size), words: words(planes) });
    }
    const { image, words: said } = kept.get(key);
    [canvas.height, canvas.width] = size;
    canvas.getContext("2d").putImageData(image, 0, 0);
    text.textContent = said;
  }
  return { el: element("div", { class: "sg-panel sg-column" }, title, caption, strip), draw };
}

function photoFigure(name) {
  const canvas = element("canvas", {
    class: "up-photo",
    role: "img",
    "aria-label": name,
    "data-photo": name,
  });
  const text = element("figcaption", { class: "up-caption" });
  return { el: element("figure", { class: "up-figure" }, canvas, text), canvas, text };
}

function wayWords(method, aligned, { mean, clipped }) {
  const corners = aligned ? ", corners aligned" : "";
  return `${method}${corners}: ${formatNumber(mean, 1)}${clipped > 0 ? `, ${clipped} values outside 0 to 255 clipped` : ""}`;
}

// One canvas pixel per image pixel; the style enlarges them without smoothing.
function imageOf(planes, [height, width]) {
  const image = new ImageData(width, height);
  for (let at = 0; at < width * height; at++) {
    for (let channel = 0; channel < CHANNELS; channel++)
      image.data[at * 4 + channel] = planes[channel][at]; // clamps and rounds
    image.data[at * 4 + 3] = 255;
  }
  return image;
}
