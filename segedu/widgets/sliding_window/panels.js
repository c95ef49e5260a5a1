// The pictures of the sliding-window explorer: the image with the window on it, the crop with its class scores, the label map.
import { mixColors, rgbOf } from "../kit/colors.js";
import { formatNumber } from "../kit/numbers.js";
import { blockOf, nearestStep, windowAt } from "./core.js";
import { element } from "../kit/kit.js";
import { paintPixels } from "./scores.js";
import { createSurface, FRAME_COLOR, hatch, hexColor, outline } from "../kit/surface.js";

// The image and the label map share a scale and a way to point: the pointer's pixel chooses the nearest window.
function createPicture(
  widget,
  { name, title, label, hoverStep, pickStep, moveStep, endStep, paint },
) {
  let scene = null;
  let scale = 1;
  const at = (x, y) => nearestStep(scene.setting, Math.floor(y / scale), Math.floor(x / scale));
  const surface = createSurface(widget, {
    name,
    label,
    onMove: moveStep,
    onEnds: endStep,
    onHover: (x, y) => hoverStep(x === null || !scene.best ? null : at(x, y)),
    onPick: (x, y) => scene.best && pickStep(at(x, y)),
  });
  const caption = element("p", { class: "sg-note", "data-words": name });
  return {
    el: element("div", {}, element("div", { class: "sg-title", text: title }), surface.el, caption),
    draw(next, width, words) {
      scene = next;
      scale = width / scene.setting.width;
      surface.draw(width, Math.round(scene.setting.height * scale), (context, colors) => {
        context.imageSmoothingEnabled = false;
        paint(context, colors, scene, scale);
      });
      caption.textContent = words;
    },
  };
}

export function createImagePanel(widget, actions) {
  const paint = (context, _colors, { picture, setting, best, shown }, scale) => {
    const { height, width, window } = setting;
    context.drawImage(picture, 0, 0, width * scale, height * scale);
    if (!best) return;
    const { top, left, pixelRow, pixelCol } = windowAt(setting, shown);
    outline(context, left * scale, top * scale, window * scale, window * scale, FRAME_COLOR);
    for (const [side, color] of [
      [scale + 4, "#ffffff"],
      [scale + 1, "#000000"],
    ]) {
      context.fillStyle = color;
      context.fillRect(
        (pixelCol + 0.5) * scale - side / 2,
        (pixelRow + 0.5) * scale - side / 2,
        side,
        side,
      );
    }
  };
  return createPicture(widget, {
    name: "image",
    title: "Image and window",
    label: "Image: arrow keys move the window by its stride",
    paint,
    ...actions,
  });
}

export function createMapPanel(widget, actions) {
  let made = null;
  let madeFor = "";
  const paint = (context, colors, scene, scale) => {
    const { setting, best, step, shown, errors } = scene;
    const { height, width } = setting;
    hatch(context, colors, 0, 0, width * scale, height * scale);
    if (!best) return;
    const page = hexColor(context, colors.page);
    const key = JSON.stringify([setting, step, errors, page]);
    if (key !== madeFor) made = paintLabels(scene, page);
    madeFor = key;
    context.drawImage(made, 0, 0, width * scale, height * scale);
    const { top, bottom, left, right } = blockOf(setting, shown);
    const side = Math.max((right - left) * scale, 6);
    const high = Math.max((bottom - top) * scale, 6);
    outline(
      context,
      ((left + right) * scale - side) / 2,
      ((top + bottom) * scale - high) / 2,
      side,
      high,
      FRAME_COLOR,
    );
  };
  return createPicture(widget, {
    name: "map",
    title: "Label map so far",
    label: "Label map: arrow keys move the window by its stride",
    paint,
    ...actions,
  });
}

// Labeled pixels in their class's color; with `errors` those that are right (or void) fade, so that the wrong ones stand out.
function paintLabels({ setting, labels, colors, truth, errors }, page) {
  const opaque = (color) => [...rgbOf(color), 255];
  const strong = colors.map(opaque);
  const faded = colors.map((color) => opaque(mixColors(page, color, 0.25)));
  return paintPixels(setting.width, setting.height, (at) => {
    if (labels[at] < 0) return [0, 0, 0, 0];
    const right = errors && truth && (truth[at] === 255 || truth[at] === labels[at]);
    return (right ? faded : strong)[labels[at]];
  });
}

// The crop, magnified, and below it one bar per class with its score.
export function createCropPanel(widget, classes, colors) {
  const surface = createSurface(widget, {
    name: "crop",
    label: "The crop that the classifier sees",
  });
  surface.el.removeAttribute("tabindex"); // nothing to do in it by keyboard
  surface.el.setAttribute("role", "img");
  const words = element("p", { class: "sg-note", "data-words": "crop" });
  const rows = classes.map((name, label) => {
    const fill = element("div", { class: "sw-fill", style: `background: ${colors[label]}` });
    const number = element("span", { class: "sw-number sg-mono" });
    const el = element(
      "div",
      { class: "sw-bar", role: "listitem" },
      element("span", { class: "sw-name", text: name }),
      element("div", { class: "sw-track" }, fill),
      number,
    );
    return { el, fill, number };
  });
  const bars = element(
    "div",
    { class: "sw-bars", role: "list", "aria-label": "class scores of the window" },
    ...rows.map(({ el }) => el),
  );

  function draw(scene, width) {
    const { best, scores } = scene;
    surface.draw(width, width, (context, paints) => paintCrop(context, paints, scene, width));
    words.textContent = best ? cropWords(scene) : "No crop.";
    const cell = best ? scene.cell : -1;
    const cells = best ? scores.length / classes.length : 0;
    rows.forEach(({ el, fill, number }, label) => {
      const score = best ? scores[label * cells + cell] : 0;
      fill.style.width = `${(100 * score).toFixed(1)}%`;
      number.textContent = best ? score.toFixed(3) : "";
      el.dataset.best = String(best !== null && best[cell] === label);
    });
  }
  return {
    el: element(
      "div",
      {},
      element("div", { class: "sg-title", text: "Crop and class scores" }),
      element("div", { class: "sw-cropped" }, element("div", {}, surface.el, words), bars),
    ),
    draw,
  };
}

function paintCrop(context, paints, { picture, setting, best, shown }, width) {
  hatch(context, paints, 0, 0, width, width);
  if (!best) return;
  const { top, left } = windowAt(setting, shown);
  const scale = width / setting.window;
  context.imageSmoothingEnabled = false;
  context.drawImage(
    picture,
    -left * scale,
    -top * scale,
    setting.width * scale,
    setting.height * scale,
  );
  context.strokeStyle = FRAME_COLOR;
  context.lineWidth = 3;
  context.strokeRect(1.5, 1.5, width - 3, width - 3);
}

function cropWords({ setting, shown, best, cell, classes }) {
  const { top, left, pixelRow, pixelCol } = windowAt(setting, shown);
  const { window } = setting;
  const span = (from) =>
    window === 1
      ? formatNumber(from)
      : `${formatNumber(from)} to ${formatNumber(from + window - 1)}`;
  return `Rows ${span(top)}, columns ${span(left)} give pixel (${pixelRow}, ${pixelCol}) the label ${classes[best[cell]]}.`;
}
