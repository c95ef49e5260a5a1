// One binary mask after the other: a player over the classes or instances, the mask in black and white, and the image through it.
import { measureMask, PER_CLASS } from "./core.js";
import { formatCount, formatNumber, plural } from "../kit/numbers.js";
import { element, player, sharpContext } from "../kit/kit.js";
import { labelOfId } from "./scene.js";
import { hatch } from "../kit/surface.js";

export function createMasks(widget, { show }) {
  const steps = player(widget, { label: "mask", onStep: (step) => show(step), interval: 1000 });
  const small = document.createElement("canvas");
  const pictures = ["mask", "cut"].map((name) =>
    element("canvas", { "data-picture": name, role: "img" }),
  );
  const words = element("p", { class: "sg-note", "data-words": "mask" });
  const row = element("div", { class: "sg-row", style: "gap: 6px" }, ...pictures);
  const title = element("div", { class: "sg-title", text: "One binary mask after the other" });
  const el = element("div", { class: "sg-column" }, title, steps.el, row, words);
  let last = null;

  function draw(scene, width) {
    last = { scene, width };
    el.hidden = !scene.maps || scene.secret;
    if (el.hidden) return steps.stop();
    const { step, segments } = scene;
    steps.set(
      step,
      segments.length + 1,
      step === 0
        ? `${plural(segments.length, "mask")}, none chosen`
        : `mask ${step} of ${segments.length}`,
    );
    words.textContent = maskWords(scene);
    row.hidden = step === 0;
    if (step === 0) return undefined;
    const wanted = segments[step - 1];
    const side = Math.min(Math.floor((width - 6) / 2), 260);
    const mask = scene.maps.ids(scene.mode).map((id) => (id === wanted ? 1 : 0));
    paintPicture(pictures[0], small, scene, side, maskBytes(mask));
    paintPicture(
      pictures[1],
      small,
      scene,
      side,
      cutBytes(mask, scene.opened.image),
      widget.colors(),
    );
    pictures[0].setAttribute(
      "aria-label",
      `binary mask of ${segmentName(scene, wanted)}, white is 1`,
    );
    pictures[1].setAttribute(
      "aria-label",
      `the image where the mask of ${segmentName(scene, wanted)} is 1`,
    );
    return undefined;
  }
  widget.onTheme(() => last && draw(last.scene, last.width));
  return { el, draw, stop: steps.stop };
}

function maskBytes(mask) {
  const bytes = new Uint8ClampedArray(4 * mask.length).fill(255);
  for (let at = 0; at < mask.length; at++)
    if (!mask[at]) bytes[4 * at] = bytes[4 * at + 1] = bytes[4 * at + 2] = 0;
  return bytes;
}

function cutBytes(mask, image) {
  const bytes = new Uint8ClampedArray(image);
  for (let at = 0; at < mask.length; at++) bytes[4 * at + 3] = 255 * mask[at];
  return bytes;
}

function paintPicture(canvas, small, { height, width }, side, bytes, colors = null) {
  [small.width, small.height] = [width, height];
  small.getContext("2d").putImageData(new ImageData(bytes, width, height), 0, 0);
  const high = Math.round((side * height) / width);
  const context = sharpContext(canvas, side, high);
  context.imageSmoothingEnabled = false;
  if (colors) hatch(context, colors, 0, 0, side, high);
  context.drawImage(small, 0, 0, side, high);
}

// "car", or "car 2 (6002)".
export function segmentName({ classes, mode }, id) {
  const name = classes[labelOfId(id, mode)];
  const number = mode === "semantic" ? 0 : id % PER_CLASS;
  return number ? `${name} ${number} (${id})` : name;
}

function maskWords(scene) {
  const { step, segments, mode, maps, height, width } = scene;
  if (segments.length === 0) return "No mask: nothing here has a number.";
  if (step === 0)
    return `Press play: each mask is 1 where its ${mode === "semantic" ? "class" : "segment"} is, 0 elsewhere.`;
  const id = segments[step - 1];
  const { pixels, box } = measureMask(maps.ids(mode), id, width);
  const share = formatNumber((100 * pixels) / (height * width), 1);
  const label = labelOfId(id, mode);
  const pieces =
    mode === "semantic" ? `, in ${plural(maps.regions(label).count, "connected region")}` : "";
  const [x0, y0, x1, y1] = box;
  return `Mask of ${segmentName(scene, id)}: ${formatCount(pixels)} of ${formatCount(height * width)} pixels are 1 (${share} %)${pieces}. Box: x ${x0} to ${x1}, y ${y0} to ${y1}, in pixel edges.`;
}
