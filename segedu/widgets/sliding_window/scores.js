// What travels packed from Python, unpacked once: the image, the true labels, one score map per window size.
import { clamp } from "../kit/numbers.js";
import { unpackBytes } from "../kit/packed.js";
import {
  bestClasses,
  colorScores,
  explainWindow,
  labelsAfter,
  mapWidth,
  visits,
  windowAt,
} from "./core.js";
import { element } from "../kit/kit.js";

const NOTHING = { scores: null, best: null };

// A canvas of width × height pixels from a function (index) → [r, g, b, alpha].
export function paintPixels(width, height, colorAt) {
  const canvas = element("canvas", { width, height });
  const pixels = new ImageData(width, height);
  for (let at = 0; at < width * height; at++) pixels.data.set(colorAt(at), at * 4);
  canvas.getContext("2d").putImageData(pixels, 0, 0);
  return canvas;
}

// → { picture: canvas, truth: bytes or null, mapOf(setting) → { scores: (C, cells) in 0 … 1, best: class per cell } or nulls }.
// Without maps, the built-in classifier's scores are computed when a window size is first asked for.
export async function openScores(state) {
  const [height, width] = state.get("size");
  const classes = state.get("classes").length;
  const prototypes = state.get("prototypes");
  const pixels = await unpackBytes(state.get("pixels"));
  const maps = new Map();
  const keep = (window, scores) =>
    maps.set(window, { scores, best: bestClasses(scores, classes) }).get(window);
  for (const [window, text] of Object.entries(state.get("maps"))) {
    keep(
      Number(window),
      Float64Array.from(await unpackBytes(text), (byte) => byte / 255),
    );
  }
  return {
    picture: paintPixels(width, height, (at) => [...pixels.subarray(at * 3, at * 3 + 3), 255]),
    truth: state.get("truth") ? await unpackBytes(state.get("truth")) : null,
    mapOf(setting) {
      if (explainWindow(setting) !== null) return NOTHING;
      if (maps.has(setting.window)) return maps.get(setting.window);
      return prototypes.length
        ? keep(setting.window, colorScores(setting, pixels, prototypes))
        : NOTHING;
    },
  };
}

// What one update shows: the present step, the window to show (under the pointer, or the present one), the labels so far.
export function sceneOf(setting, { scores, best }, step, hovered) {
  const { count } = visits(setting);
  if (!best || count === 0) return { count: 0, step: 0, shown: 0, best: null, labels: null };
  const now = clamp(step, 0, count - 1);
  const shown = hovered === null ? now : clamp(hovered, 0, count - 1);
  const { row, col } = windowAt(setting, shown);
  const cell = row * mapWidth(setting) + col; // of the score map
  return { count, step: now, shown, best, scores, cell, labels: labelsAfter(setting, best, now) };
}
