// The receptive-field explorer's photo with the field's frames, and the output map. Pointing at either moves the field.
import { averageThrough, nearestOutput } from "./core.js";
import { afterPaint, element } from "../kit/kit.js";
import { createSurface, FRAME_COLOR, HALF_COLOR, outline } from "../kit/surface.js";

export async function loadPhoto(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = element("canvas", { width: image.naturalWidth, height: image.naturalHeight });
  canvas.getContext("2d", { willReadFrequently: true }).drawImage(image, 0, 0);
  return canvas;
}

// The photo, dimmed outside of the field. Solid frame: the analytic field; dashed: the middle that holds half of the weight.
export function createPhotoPanel(widget, { hoverOutput, pickOutput, moveOutput }) {
  let scene = null;
  let scale = 1;
  const at = (x, y) => ({
    row: nearestOutput(scene.layers, scene.lengths.rows.at(-1), y / scale - 0.5),
    col: nearestOutput(scene.layers, scene.lengths.cols.at(-1), x / scale - 0.5),
  });
  const surface = createSurface(widget, {
    name: "photo",
    label: "Photo: arrow keys move the output cell",
    onMove: moveOutput,
    onHover: (x, y) => hoverOutput(x === null || !scene.counts ? null : at(x, y)),
    onPick: (x, y) => scene.counts && pickOutput(at(x, y)),
  });
  const caption = element("p", { class: "sg-note" });

  function paint(context, colors) {
    const {
      photo,
      size: [height, width],
      counts,
      field,
      hidden,
      levels,
    } = scene;
    context.drawImage(photo, 0, 0, width * scale, height * scale);
    if (!counts) return;
    const [x, y, side] = [
      field.cols.first * scale,
      field.rows.first * scale,
      field.rows.size * scale,
    ];
    if (!hidden) {
      context.fillStyle = colors.page;
      context.globalAlpha = 0.5;
      context.beginPath();
      context.rect(0, 0, width * scale, height * scale);
      context.rect(x, y, side, side);
      context.fill("evenodd");
      context.globalAlpha = 1;
      outline(context, x, y, side, side, FRAME_COLOR);
      const { row, col, side: half } = scene.half;
      if (half < field.rows.size && side > 24)
        outline(context, col * scale, row * scale, half * scale, half * scale, HALF_COLOR, true);
    }
    paintDot(context, x + side / 2, y + side / 2, side > 24 ? 3.5 : 1.5);
    if (levels.at(-1).jump * scale >= 7) paintSampling(context, scene, scale);
  }
  return {
    el: element(
      "div",
      {},
      element("div", { class: "sg-title", text: "Input" }),
      surface.el,
      caption,
    ),
    draw(next, width) {
      scene = next;
      scale = width / scene.size[1];
      if (scene.photo) surface.draw(width, Math.round(scene.size[0] * scale), paint);
      caption.textContent = `${scene.size[0]} × ${scene.size[1]} pixels. Point, click or use the arrow keys: the field follows.`;
    },
  };
}

function paintDot(context, x, y, size) {
  for (const [radius, color] of [
    [size + 1.5, "#ffffff"],
    [size, "#000000"],
  ]) {
    context.fillStyle = color;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fill();
  }
}

// The middles of all output cells' fields: the stride seen on the photo.
function paintSampling(context, { levels, lengths, size: [height, width] }, scale) {
  const { jump, start, size } = levels.at(-1);
  for (let row = 0; row < lengths.rows.at(-1); row++) {
    for (let col = 0; col < lengths.cols.at(-1); col++) {
      const [x, y] = [
        (start + col * jump + size / 2) * scale,
        (start + row * jump + size / 2) * scale,
      ];
      if (x < 0 || y < 0 || x > width * scale || y > height * scale) continue;
      for (const [side, color] of [
        [4, "#000000"],
        [2, "#ffffff"],
      ]) {
        context.fillStyle = color;
        context.fillRect(x - side / 2, y - side / 2, side, side);
      }
    }
  }
}

// The output map: the photo averaged through the stack, the chosen cell framed. Numbers and frame change at once; averaging the
// photo anew takes as long as all the rest, so the picture follows when these are painted.
export function createOutputPanel(widget, { hoverOutput, pickOutput, moveOutput }) {
  let scene = null;
  let scale = 1;
  let averaged = null;
  let averagedFor = "";
  const [rows, cols] = [() => scene.lengths.rows.at(-1), () => scene.lengths.cols.at(-1)];
  const at = (x, y) => ({
    row: Math.min(Math.max(Math.floor(y / scale), 0), rows() - 1),
    col: Math.min(Math.max(Math.floor(x / scale), 0), cols() - 1),
  });
  const surface = createSurface(widget, {
    name: "output",
    label: "Output map: arrow keys move the output cell",
    onMove: moveOutput,
    onHover: (x, y) => hoverOutput(x === null ? null : at(x, y)),
    onPick: (x, y) => pickOutput(at(x, y)),
  });
  const caption = element("p", { class: "sg-note", "data-words": "output" });
  const el = element(
    "div",
    {},
    element("div", { class: "sg-title", text: "Output map" }),
    element("div", { class: "rf-output" }, surface.el, caption),
  );
  const averageLater = afterPaint(widget, () => {
    if (el.hidden) return;
    average();
    show();
  });

  function paint(context) {
    const { row, col } = scene.shown;
    context.imageSmoothingEnabled = false;
    context.drawImage(averaged, 0, 0, cols() * scale, rows() * scale);
    const side = Math.max(scale, 7);
    const shift = (side - scale) / 2;
    outline(context, col * scale - shift, row * scale - shift, side, side, FRAME_COLOR);
  }

  function average() {
    averaged = averagedPhoto(scene);
    averagedFor = keyOf(scene);
  }

  function show() {
    surface.draw(cols() * scale, rows() * scale, paint);
  }
  return {
    el,
    draw(next, width) {
      scene = next;
      el.hidden = !scene.counts || !scene.photo;
      if (el.hidden) return;
      if (averaged === null) average();
      scale = Math.min(width / cols(), width / rows());
      show();
      if (keyOf(scene) !== averagedFor) averageLater();
      caption.textContent = `${rows()} × ${cols()} cells; this is cell (${scene.shown.row}, ${scene.shown.col}). With uniform weights each cell is an average; padding counts as 0, so the border is dark.`;
    },
  };
}

function keyOf({ layers, photo }) {
  return JSON.stringify([layers, photo.width, photo.height]);
}

function averagedPhoto({ layers, photo }) {
  const average = averageThrough(layers, photoNumbers(photo));
  const canvas = element("canvas", { width: average.width, height: average.height });
  const pixels = new ImageData(average.width, average.height);
  for (let from = 0, to = 0; from < average.data.length; from += 3, to += 4) {
    for (let part = 0; part < 3; part++) pixels.data[to + part] = average.data[from + part];
    pixels.data[to + 3] = 255;
  }
  canvas.getContext("2d").putImageData(pixels, 0, 0);
  return canvas;
}

function photoNumbers(photo) {
  const { data, width, height } = photo
    .getContext("2d")
    .getImageData(0, 0, photo.width, photo.height);
  const rgb = new Float32Array(width * height * 3);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3)
    for (let part = 0; part < 3; part++) rgb[to + part] = data[from + part];
  return { data: rgb, height, width };
}
