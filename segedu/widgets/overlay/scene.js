// What the overlay viewer holds: the image's bytes and the maps, unpacked once; and what follows from them for a mode, counted once.
import {
  PER_CLASS,
  VOID,
  connectedRegions,
  countLabels,
  errorMap,
  idsOfMode,
  indexIds,
  listInstances,
} from "./core.js";
import { unpackBytes } from "../kit/packed.js";
import { clamp } from "../kit/numbers.js";
import { edgesOf } from "../kit/edges.js";

// → { picture (canvas), image (RGBA bytes), truth, instances, prediction }; what is not known is null.
export async function openImage(state) {
  const [height, width] = state.get("size");
  const bytes = (name) => (state.get(name) ? unpackBytes(state.get(name)) : null);
  const loaded = new Image();
  loaded.src = state.get("photo");
  const [truth, pairs, prediction] = await Promise.all([
    bytes("labels"),
    bytes("instances"),
    bytes("predicted"),
    loaded.decode(),
  ]);
  const picture = document.createElement("canvas");
  [picture.width, picture.height] = [width, height];
  const context = picture.getContext("2d", { willReadFrequently: true });
  context.drawImage(loaded, 0, 0);
  const pixels = height * width;
  const instances =
    pairs && Uint16Array.from({ length: pixels }, (_, at) => pairs[at] + 256 * pairs[pixels + at]);
  return {
    picture,
    image: context.getImageData(0, 0, width, height).data,
    truth,
    instances,
    prediction,
  };
}

// What is counted once per label map: instances, pixels per class, ids and edges of each mode, connected regions per class.
export function countMaps({ labels, instances, truth, prediction }, [height, width], classes) {
  const kept = new Map();
  const once = (key, make) => {
    if (!kept.has(key)) kept.set(key, make());
    return kept.get(key);
  };
  const list = listInstances(labels, instances, width);
  const ids = (mode) => once(`ids ${mode}`, () => idsOfMode(mode, labels, instances));
  return {
    labels,
    instances,
    list,
    counts: countLabels(labels, classes.length),
    ids,
    indexed: (mode) => once(`index ${mode}`, () => indexIds(ids(mode))),
    edges: (mode) => once(`edges ${mode}`, () => edgesOf(ids(mode), height, width)),
    segments: (mode) => once(`segments ${mode}`, () => segmentsOf(ids(mode), mode)),
    regions: (label) => once(`regions ${label}`, () => connectedRegions(labels, label, width)),
    errors: prediction && truth ? errorMap(truth, prediction) : null,
  };
}

// The ids that a mask can be made of, in rising order; void is no class.
function segmentsOf(ids, mode) {
  const found = [...new Set(ids)].filter((id) => id >= 0 && labelOfId(id, mode) !== VOID);
  return found.sort((one, two) => one - two);
}

export function labelOfId(id, mode) {
  if (id < 0) return -1;
  return mode === "semantic" ? id : Math.floor(id / PER_CLASS);
}

// What the setting amounts to: the mode that can be shown (a map without instances has classes only), the chosen pixel and mask.
export function sceneOf(state, opened, maps, view) {
  const [height, width] = state.get("size");
  const secret = state.get("predict") && !view.revealed && (maps?.list.length ?? 0) > 0;
  const asked = state.get("mode");
  const counted = Boolean(maps?.instances) && !secret;
  const mode = counted ? asked : "semantic";
  const segments = maps ? maps.segments(mode) : [];
  const step = clamp(state.get("step"), 0, segments.length);
  const pixel = view.inGrid ?? view.pointed ?? state.get("pixel");
  const at = pixel[0] * width + pixel[1];
  return {
    height,
    width,
    asked,
    mode,
    secret,
    counted,
    maps,
    opened,
    segments,
    step,
    pixel,
    at,
    middle: view.pointed ?? state.get("pixel"),
    classes: view.classes,
    colors: view.colors,
    things: new Set(state.get("things")),
    source: state.get("source"),
    opacity: state.get("opacity"),
    hidden: new Set(state.get("hidden")),
    outlines: state.get("outlines"),
    boxes: state.get("boxes") && counted,
    asksBoxes: state.get("boxes"),
    errors: state.get("errors") && maps?.errors,
    lit: litOf(view, maps, mode, segments, step, at),
    every: state.get("every"),
    drawn: view.drawn,
  };
}

// What lights up: what the list is pointed at, else what lies under the pointer, else the mask that is shown. { label, id }, id null for a whole class.
function litOf(view, maps, mode, segments, step, at) {
  if (!maps) return null;
  if (view.listed) return view.listed;
  const id = view.inGrid || view.pointed ? maps.ids(mode)[at] : step > 0 ? segments[step - 1] : -1;
  if (id < 0) return null;
  return { label: labelOfId(id, mode), id: mode === "semantic" ? null : id };
}

export function isLit(id, mode, lit) {
  if (!lit) return false;
  return lit.id !== null && mode !== "semantic" ? id === lit.id : labelOfId(id, mode) === lit.label;
}
