// A picture that is drawn on a canvas and pointed at: what the explorers of photos and maps share.
//
//   const surface = createSurface(widget, { name, label, onHover, onPick, onMove, onEnds })
//     surface.el                              the focusable host
//     surface.draw(width, height, paint)      paint(context, colors) now, and again when the theme changes; sizes in CSS px
//     onHover(x, y) | onHover(null)           the pointer, in CSS px of the canvas; null when it leaves
//     onPick(x, y)                            pressed, or dragged while pressed
//     onMove(down, right, large)              arrow keys; large with Shift
//     onEnds(last)                            Home and End
//   hexColor(context, "white") → "#ffffff";  hatch(context, colors, x, y, w, h)
//   outline(context, x, y, w, h, color, dashed)   a frame that reads on any photo: the color between two halos
import { element, sharpContext } from "./kit.js";

// Colors of what is marked, the same in every explorer and figure; on photos they stand between halos.
export const FRAME_COLOR = "#D55E00"; // the window, the analytic field
export const HALF_COLOR = "#009E73"; // what holds half of the weight
export const LIT_COLOR = "#0072B2"; // cells that feed the chosen one

/** @type {Record<string, [number, number]>} */
const ARROWS = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/**
 * @typedef {(x: number | null, y?: number) => void} Point
 * @param {import("./kit.js").Widget} widget
 * @param {{ name: string, label: string, onHover?: Point, onPick?: (x: number, y: number) => void,
 *   onMove?: (down: number, right: number, large: boolean) => void, onEnds?: (last: boolean) => void }} options
 */
export function createSurface(
  widget,
  { name, label, onHover = () => {}, onPick, onMove = () => {}, onEnds = () => {} },
) {
  const canvas = element("canvas", { "aria-hidden": "true" });
  const host = element(
    "div",
    {
      class: "sg-grid",
      tabindex: "0",
      role: "application",
      "aria-label": label,
      "data-surface": name,
      style: `cursor: ${onPick ? "crosshair" : "default"}`,
    },
    canvas,
  );
  /** @type {{ width: number, height: number, paint: Function } | undefined} */
  let drawn;
  let pressed = false;

  function draw(width, height, paint) {
    drawn = { width, height, paint };
    paint(sharpContext(canvas, width, height), widget.colors());
  }

  /** @param {MouseEvent} event @returns {[number, number]} */
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  host.addEventListener("pointerdown", (event) => {
    if (!onPick || event.button !== 0) return;
    pressed = true;
    host.setPointerCapture(event.pointerId);
    onPick(...place(event));
  });
  host.addEventListener("pointermove", (event) =>
    pressed ? onPick?.(...place(event)) : onHover(...place(event)),
  );
  for (const type of ["pointerup", "pointercancel"])
    host.addEventListener(type, () => {
      pressed = false;
    });
  host.addEventListener("pointerleave", () => {
    if (!pressed) onHover(null);
  });
  host.addEventListener("blur", () => onHover(null));
  host.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (ARROWS[event.key]) onMove(...ARROWS[event.key], event.shiftKey);
    else if (event.key === "Home" || event.key === "End") onEnds(event.key === "End");
    else return;
    event.preventDefault();
  });
  widget.onTheme(() => {
    if (drawn) draw(drawn.width, drawn.height, drawn.paint);
  });
  return { el: host, draw };
}

export function hexColor(context, color) {
  context.fillStyle = color;
  return context.fillStyle;
}

// Where there is no picture: slanted lines on the page's color.
export function hatch(context, colors, x, y, width, height) {
  if (width <= 0 || height <= 0) return;
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.fillStyle = colors.page;
  context.fillRect(x, y, width, height);
  context.strokeStyle = colors.line;
  context.lineWidth = 1;
  context.beginPath();
  for (let at = Math.floor((x + y) / 7) * 7; at < x + width + y + height; at += 7) {
    context.moveTo(at - y, y);
    context.lineTo(at - y - height, y + height);
  }
  context.stroke();
  context.restore();
}

export function outline(context, x, y, width, height, color, dashed = false) {
  const stroke = (style, line) => {
    context.strokeStyle = style;
    context.lineWidth = line;
    context.strokeRect(x, y, width, height);
  };
  context.save();
  stroke("rgba(255, 255, 255, 0.9)", 4);
  context.setLineDash(dashed ? [6, 4] : []);
  stroke(color, 2.25);
  context.restore();
}
