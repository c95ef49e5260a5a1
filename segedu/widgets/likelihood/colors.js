// The likelihood explorer's colors: ramps from low to high, as bytes for a canvas and as CSS for a legend. Pure, no DOM.
// figure.py has the same.
import { rampColor, rgbOf } from "../kit/colors.js";

export const RAMPS = {
  p: ["#0d1440", "#2b5c8a", "#35a08b", "#b3d465", "#fdf3a8"],
  loss: ["#04051a", "#5a1a5e", "#c03a50", "#f59a38", "#fdf6b8"],
  gradient: ["#0072b2", "#f4f4f4", "#d55e00"],
  surface: ["#fdf6b8", "#f59a38", "#c03a50", "#5a1a5e", "#04051a"],
};
export const TARGET_COLOR = "#D55E00"; // the target's pixels
export const OTHER_COLOR = "#0072B2"; // all others
export const PATH_COLOR = "#00b4d8";
export const LOSS_TOP = 4; // of the loss map; p of the right class is then 0.018

const RAMP_BYTES = Object.fromEntries(
  Object.entries(RAMPS).map(([name, hexes]) => [name, hexes.map(rgbOf)]),
);

// The color [r, g, b] of a share from 0 to 1 on the ramp of this name.
export function rampOf(name, share) {
  return rampColor(RAMP_BYTES[name], share);
}

export function rampGradient(name) {
  return `linear-gradient(to right, ${RAMPS[name].join(", ")})`;
}
