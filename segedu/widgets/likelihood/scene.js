// What the likelihood explorer shows, worked out from its traits: counts once per feature and target, the descent once per curve.
import {
  VOID,
  bestPoint,
  contrastTable,
  descend,
  limitedPoint,
  lossSurface,
  majorityScores,
  scorePixel,
  scoresOf,
} from "./core.js";
import { unpackBytes } from "../kit/packed.js";
import { element } from "../kit/kit.js";
import { targetOutline } from "./maps.js";

// The image's bytes (RGBA) and the label map, from the packed traits.
export async function openImage(state) {
  const [height, width] = state.get("size");
  const image = new Image();
  image.src = state.get("photo");
  const [labels] = await Promise.all([unpackBytes(state.get("labels")), image.decode()]);
  const canvas = element("canvas", { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  return {
    rgba: context.getImageData(0, 0, width, height).data,
    labels,
    anyVoid: labels.includes(VOID),
  };
}

// scene({ bin, hovered }): all that is drawn; shownPoint(): { w, b } at the shown step, as the sliders can hold it;
// surface(): the loss over (w, b), made on first use because it takes a frame.
export function createScenes(state, opened) {
  const [height, width] = state.get("size");
  const classes = state.get("classes");
  let kept = { key: "" };
  let walk = { key: "" };

  function keep() {
    const [feature, target] = [state.get("feature"), state.get("target")];
    if (kept.key === `${feature} ${target}`) return;
    const table = contrastTable(opened.rgba, opened.labels, feature, target, classes.length);
    const point = bestPoint(table);
    kept = {
      key: `${feature} ${target}`,
      table,
      majority: majorityScores(table),
      best: point && { point, said: scoresOf(table, point) },
      outline: targetOutline(opened.labels, height, width, target),
      surface: null,
    };
  }

  function walkOn() {
    const [start, rate] = [[state.get("w"), state.get("b")], state.get("learning_rate")];
    const key = `${kept.key} ${start} ${rate}`;
    if (walk.key !== key) walk = { key, path: descend(kept.table, start, rate) };
  }

  return {
    scene({ bin, hovered }) {
      keep();
      walkOn();
      const [step, target, pixel] = [
        state.get("step"),
        state.get("target"),
        hovered ?? state.get("pixel"),
      ];
      const { point } = walk.path[step];
      const at = pixel[0] * width + pixel[1];
      const label = opened.labels[at];
      const here = scorePixel(kept.table.xs[kept.table.entry[at]], label === target ? 1 : 0, point);
      const [path, name, feature, rate] = [
        walk.path,
        classes[target],
        state.get("feature"),
        state.get("learning_rate"),
      ];
      const shown = { point, step, path, pixel, at, label, here, bin };
      return { ...opened, ...kept, ...shown, target, name, classes, feature, rate, height, width };
    },
    shownPoint() {
      const [w, b] = state.get("step")
        ? limitedPoint(walk.path[state.get("step")].point)
        : [state.get("w"), state.get("b")];
      return { w, b };
    },
    surface: () => (kept.surface ??= lossSurface(kept.table)),
    hasSurface: () => kept.surface !== null,
  };
}
