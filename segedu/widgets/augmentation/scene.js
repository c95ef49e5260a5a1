// What the augmentation lab holds: the image and its labels, unpacked once, and buffers in which a setting's result is made again and again.
import { rgbOf } from "../kit/colors.js";
import {
  NO_CHANGE,
  VOID,
  fillTable,
  flipIndex,
  mixLabels,
  moveImage,
  moveLabels,
  unitField,
} from "./core.js";
import { unpackBytes } from "../kit/packed.js";
import { noiseKeeper, recolorImage } from "./core_recolor.js";

export const GEOMETRY = [
  ...[
    "flip_left_right",
    "flip_up_down",
    "rotation",
    "zoom",
    "shift_x",
    "shift_y",
    "shear",
    "elastic",
  ],
  ...["nodes", "seed"],
];
export const RECOLORING = ["brightness", "contrast", "saturation", "blur", "noise"];
export const NO_CLASS = [255, 0, 255]; // the color of a number that names no class
const HATCH = [205, 150]; // void's two grays, as in segedu.viz.label_to_rgb

// → { image (red, green, blue planes in [0, 1]), labels } ; labels are all void where there are none.
export async function openImage(state) {
  const [height, width] = state.get("size");
  const loaded = new Image();
  loaded.src = state.get("photo");
  const [labels] = await Promise.all([
    state.get("labels")
      ? unpackBytes(state.get("labels"))
      : new Uint8Array(height * width).fill(VOID),
    loaded.decode(),
  ]);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(loaded, 0, 0);
  const bytes = context.getImageData(0, 0, width, height).data;
  const area = height * width;
  const image = Float32Array.from(
    { length: 3 * area },
    (_, at) => bytes[4 * (at % area) + Math.floor(at / area)] / 255,
  );
  return { image, labels };
}

// A workshop's run(setting, other) → result; the arrays in it are the same each time. `other`: the setting that labels follow after "two draws".
export function createWorkshop({ image, labels }, size) {
  const area = size[0] * size[1];
  const places = () => ({ x: new Float64Array(area), y: new Float64Array(area) });
  const result = {
    ...{
      size,
      labels,
      source: image,
      table: places(),
      otherTable: places(),
      moved: new Float32Array(3 * area),
    },
    ...{
      image: new Float32Array(3 * area),
      right: new Uint8Array(area),
      made: new Uint8Array(area),
    },
    ...{ wrong: new Uint8Array(area), field: null, setting: null },
  };
  const buffers = {
    spare: new Float32Array(3 * area),
    gray: new Float32Array(area),
    noiseOf: noiseKeeper(3 * area),
  };
  let geometry = "",
    bent = "";

  function move(setting) {
    const key = GEOMETRY.map((name) => setting[name]).join();
    if (key === geometry) return;
    geometry = key;
    const bend = `${setting.nodes},${setting.seed}`;
    if (setting.elastic > 0 && bend !== bent) {
      result.field = unitField(size, setting.nodes, setting.seed);
      bent = bend;
    }
    result.flip = flipIndex(setting, size);
    fillTable(result.table, setting, result.field, size);
    moveImage(result.moved, image, result.table, result.flip, size);
    result.outside = moveLabels(result.right, labels, result.table, result.flip, size, VOID);
  }

  return {
    run(setting, other) {
      move(setting);
      result.image.set(result.moved);
      result.clipped = recolorImage(result.image, setting, size, buffers);
      Object.assign(result, { setting, labelTable: result.table, labelFlip: result.flip });
      result.fill = setting.fill === "void" ? VOID : 0;
      result.wrongCount = breakLabels(result, other);
      return result;
    },
  };
}

// Fills `made` and `wrong` by the setting's mistake; returns how many pixels are wrong.
function breakLabels(result, other) {
  const { setting, labels, size, made, wrong, fill } = result;
  if (setting.mistake === "bilinear")
    return mixLabels(made, wrong, labels, result.table, result.flip, size, fill);
  if (setting.mistake === "left behind") {
    made.set(labels);
    Object.assign(result, { labelTable: null, labelFlip: flipIndex(NO_CHANGE, size) });
  } else {
    if (setting.mistake === "two draws") {
      fillTable(result.otherTable, other, null, size);
      Object.assign(result, { labelTable: result.otherTable, labelFlip: flipIndex(other, size) });
    }
    moveLabels(made, labels, result.labelTable, result.labelFlip, size, fill);
  }
  let count = 0;
  for (let at = 0; at < made.length; at++) {
    wrong[at] = made[at] === result.right[at] ? 0 : 1;
    count += wrong[at];
  }
  return count;
}

// RGBA bytes of an image of planes.
export function paintImage(bytes, image) {
  const area = image.length / 3;
  for (let at = 0, byte = 0; at < area; at++, byte += 4) {
    bytes[byte] = image[at] * 255; // a clamped array rounds
    bytes[byte + 1] = image[area + at] * 255;
    bytes[byte + 2] = image[2 * area + at] * 255;
    bytes[byte + 3] = 255;
  }
}

// RGBA bytes of labels; where `wrong` is given, what is right keeps a share of its color over the page's ("#rrggbb").
export function paintLabelMap(bytes, labels, width, table, wrong, page) {
  const back = wrong ? rgbOf(page) : null;
  for (let at = 0, byte = 0; at < labels.length; at++, byte += 4) {
    const hatch = HATCH[Math.floor((Math.floor(at / width) + (at % width)) / 3) % 2];
    const isVoid = labels[at] === VOID;
    for (let part = 0; part < 3; part++) {
      const color = isVoid ? hatch : table[3 * labels[at] + part];
      bytes[byte + part] = wrong && !wrong[at] ? back[part] + (color - back[part]) * 0.25 : color;
    }
    bytes[byte + 3] = 255;
  }
}

// Three bytes for each of 256 labels.
export function colorTable(colors) {
  const table = new Uint8Array(768);
  for (let label = 0; label < 256; label++)
    table.set(label < colors.length ? rgbOf(colors[label]) : NO_CLASS, 3 * label);
  return table;
}
