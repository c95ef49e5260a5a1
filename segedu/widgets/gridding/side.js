// The stack from the side, the output cell on top: a row of dots per level, and a line for each tap that is on a path from the output.
// A filled dot is reached, darker over more paths; a ring is a hole, which no path reaches. Layers not yet played are small dots.
import { inkOn, mixColors, tapColor } from "../kit/colors.js";
import { formatCount, plural } from "../kit/numbers.js";
import { threadsThrough } from "./core.js";
import { element } from "../kit/kit.js";
import { createSurface, hexColor, LIT_COLOR } from "../kit/surface.js";

const TOP = 16;
const AXIS_ROOM = 24;

export function createSideStack(widget, { point }) {
  let scene = null;
  let plan = null;
  const surface = createSurface(widget, {
    name: "side",
    label: "The stack from the side: arrow keys choose a dot",
    onHover: (x, y) => point(x === null ? null : dotUnder(x, y)),
    onMove: move,
    onEnds: (last) => go({ ...here(), cell: last ? Infinity : 0 }),
  });
  const caption = element("p", { class: "sg-note gx-words", "data-words": "side" });
  const title = element("div", {
    class: "sg-title",
    text: "From the side: which columns feed one output cell",
  });
  const el = element("div", { class: "gx-side" }, title, surface.el, caption);

  function draw(next, width) {
    scene = next;
    plan = planSide(scene, width);
    surface.draw(plan.width, plan.height, (context, colors) =>
      paintSide(context, colors, scene, plan),
    );
    caption.textContent = sideWords(scene);
  }

  function dotUnder(x, y) {
    const level = scene.rates.length - Math.round((y - TOP) / plan.pitch);
    const cells = scene.levels[level];
    if (!cells || level < scene.low) return null;
    const cell = Math.round(
      (x - plan.left) / plan.px - 0.5 - (scene.levels[0].length - cells.length) / 2,
    );
    return cell >= 0 && cell < cells.length ? { level, cell } : null;
  }

  function here() {
    return scene.pointed ?? { level: scene.low, cell: (scene.levels[scene.low].length - 1) >> 1 };
  }

  function move(down, right) {
    const { level, cell } = here();
    const to = Math.min(Math.max(level - down, scene.low), scene.rates.length);
    const shift = (scene.levels[to].length - scene.levels[level].length) / 2; // straight up or down
    go({ level: to, cell: Math.floor(cell + shift) + right });
  }

  function go({ level, cell }) {
    point({ level, cell: Math.min(Math.max(cell, 0), scene.levels[level].length - 1) });
    widget.announce(sideWords(scene));
  }
  return { el, draw };
}

function planSide({ levels, rates }, width) {
  const gutter = width < 480 ? 46 : 62;
  const field = levels[0].length;
  const px = Math.min((width - gutter - 8) / field, 36);
  const pitch = rates.length <= 3 ? 62 : rates.length === 4 ? 52 : 42;
  return {
    gutter,
    px,
    pitch,
    left: gutter + (width - gutter - px * field) / 2,
    radius: Math.min(Math.max(px * 0.4, 0.9), 11),
    width,
    height: TOP + pitch * rates.length + 12 + AXIS_ROOM,
  };
}

const dotX = ({ levels }, { left, px }, level, cell) =>
  left + (cell + (levels[0].length - levels[level].length) / 2 + 0.5) * px;
const dotY = ({ rates }, { pitch }, level) => TOP + (rates.length - level) * pitch;

function paintSide(context, colors, scene, plan) {
  const { rates, kernel, pointed, low } = scene;
  const threads = pointed ? threadsThrough(rates, kernel, pointed.level, pointed.cell) : null;
  context.textBaseline = "middle";
  for (let level = rates.length; level > low; level--) {
    if (threads) paintTaps(context, scene, plan, level, 0.13, () => true);
    paintTaps(
      context,
      scene,
      plan,
      level,
      0.9,
      (from, to) => !threads || (threads[level].has(from) && threads[level - 1].has(to)),
    );
  }
  const page = hexColor(context, colors.page);
  for (let level = rates.length; level >= 0; level--)
    paintDots(context, { ...colors, page }, scene, plan, level, threads);
  paintNames(context, colors, scene, plan);
  if (low === 0) paintColumns(context, colors, scene, plan);
}

// One stroke per tap: thousands of lines cost no more than a few.
function paintTaps(context, scene, plan, level, alpha, shown) {
  const { rates, kernel, levels, pointed } = scene;
  const [top, bottom] = [dotY(scene, plan, level), dotY(scene, plan, level - 1)];
  context.globalAlpha = alpha;
  context.lineWidth = plan.px > 8 ? 2 : plan.px > 3 ? 1 : 0.5;
  for (let tap = 0; tap < kernel; tap++) {
    context.strokeStyle = tapColor(tap);
    context.beginPath();
    levels[level].forEach((paths, cell) => {
      const below = cell + rates[level - 1] * tap;
      const ownLines = pointed !== null && alpha > 0.5; // a hole under the pointer shows what it would read
      if ((paths === 0 && !ownLines) || !shown(cell, below)) return;
      context.moveTo(dotX(scene, plan, level, cell), top);
      context.lineTo(dotX(scene, plan, level - 1, below), bottom);
    });
    context.stroke();
  }
  context.globalAlpha = 1;
}

function paintDots(context, colors, scene, plan, level, threads) {
  const { levels, low, pointed } = scene;
  const most = Math.max(...levels[level]);
  const fills = new Map(
    [...new Set(levels[level])].map((paths) => [paths, pathColor(colors, paths, most)]),
  );
  const y = dotY(scene, plan, level);
  levels[level].forEach((paths, cell) => {
    const x = dotX(scene, plan, level, cell);
    if (level < low) return fillDot(context, x, y, Math.min(plan.radius, 1.8), colors.line);
    context.globalAlpha = threads && !threads[level].has(cell) ? 0.3 : 1;
    if (paths === 0) return paintRing(context, x, y, plan.radius, colors);
    const fill = fills.get(paths);
    fillDot(context, x, y, plan.radius, fill);
    return writeInDot(context, formatCount(paths), fill, x, y, plan.radius);
  });
  context.globalAlpha = 1;
  if (pointed?.level !== level) return;
  context.strokeStyle = colors.ink;
  context.lineWidth = 2.5;
  context.beginPath();
  context.arc(
    dotX(scene, plan, level, pointed.cell),
    y,
    Math.max(plan.radius, 3) + 2,
    0,
    2 * Math.PI,
  );
  context.stroke();
}

const pathColor = ({ page }, paths, most) =>
  mixColors(page, LIT_COLOR, 0.25 + (0.75 * paths) / most);

function fillDot(context, x, y, radius, color) {
  context.fillStyle = color;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

function paintRing(context, x, y, radius, colors) {
  if (radius < 1.5) return;
  fillDot(context, x, y, radius, colors.page);
  context.strokeStyle = colors.soft;
  context.lineWidth = radius > 5 ? 1.5 : 0.75;
  context.beginPath();
  context.arc(x, y, radius - 0.5, 0, 2 * Math.PI);
  context.stroke();
}

function writeInDot(context, text, fill, x, y, radius) {
  if (radius < 4.5) return;
  const size = Math.min(12, (2 * radius - 2) / (0.58 * text.length));
  if (size < 7) return;
  context.font = `${size.toFixed(1)}px system-ui, sans-serif`;
  context.fillStyle = inkOn(fill);
  context.textAlign = "center";
  context.fillText(text, x, y + 0.5);
}

// "output", "rate 2", "map 2", …, "input" down the left side.
function paintNames(context, colors, scene, plan) {
  const { rates, low } = scene;
  const small = plan.gutter < 60;
  context.font = `${small ? 11 : 12}px system-ui, sans-serif`;
  context.textAlign = "left";
  for (let level = rates.length; level >= 0; level--) {
    const y = dotY(scene, plan, level);
    context.fillStyle = colors.ink;
    context.fillText(levelTitle(level, rates.length), 0, y);
    if (level > low) {
      context.fillStyle = colors.soft;
      context.fillText(
        small ? `r = ${rates[level - 1]}` : `rate ${rates[level - 1]}`,
        0,
        y + plan.pitch / 2,
      );
    }
  }
}

function paintColumns(context, colors, scene, plan) {
  const every = [1, 2, 5, 10, 20, 50, 100].find((step) => step * plan.px >= 26) ?? 200;
  const y = dotY(scene, plan, 0) + plan.radius + 12;
  context.fillStyle = colors.soft;
  context.font = "11px system-ui, sans-serif";
  context.textAlign = "center";
  for (let column = 0; column < scene.levels[0].length; column += every)
    context.fillText(String(column), dotX(scene, plan, 0, column), y);
}

function levelTitle(level, last) {
  return level === last ? "output" : level === 0 ? "input" : `map ${level}`;
}

// The same within a sentence.
export function mapName(level, last) {
  const title = levelTitle(level, last);
  return title.startsWith("map") ? title : `the ${title}`;
}

function sideWords({ rates, kernel, levels, low, pointed, hidden }) {
  if (pointed) return dotWords(rates, kernel, levels, pointed);
  const place = mapName(low, rates.length);
  if (low === rates.length) return "One output cell. Play: each layer adds its taps below.";
  const count = kernel ** (rates.length - low);
  const used = levels[low].filter((paths) => paths > 0).length;
  const holes = levels[low].length - used;
  const rest = holes === 0 ? "no hole" : `${plural(holes, "hole")}, the rings`;
  const lead = `${formatCount(count)} paths lead to ${used} of ${plural(levels[low].length, "column")} of ${place}: ${rest}.`;
  return hidden
    ? `${lead} The layers below are drawn when you have guessed.`
    : `${lead} A dot's number counts its paths.`;
}

function dotWords(rates, kernel, levels, { level, cell }) {
  const name =
    level === rates.length
      ? "The output cell"
      : `Column ${cell} of ${mapName(level, rates.length)}`;
  const paths = levels[level][cell];
  const reached =
    level === rates.length
      ? ""
      : paths === 0
        ? " is a hole: no path from the output cell ends here."
        : ` is reached over ${formatCount(paths)} ${paths === 1 ? "path" : "paths"}.`;
  if (level === 0) return `${name}${reached}`;
  const reads = Array.from({ length: kernel }, (_, tap) => cell + rates[level - 1] * tap).join(
    ", ",
  );
  const own = `reads columns ${reads} of ${mapName(level - 1, rates.length)}, in steps of ${rates[level - 1]}.`;
  return reached ? `${name}${reached} It ${own}` : `${name} ${own}`;
}
