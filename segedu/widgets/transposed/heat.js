// Colors of the overlap map. Pure, no DOM.
import { hexOf, rampColor, rgbOf } from "../kit/colors.js";

// matplotlib's cividis at equal steps: dark is little, bright is much, in both themes, and for the color-blind too.
// prettier-ignore
const HEAT = [
  "#00224e",
  "#083370",
  "#35456c",
  "#4f576c",
  "#666970",
  "#7d7c78",
  "#948e77",
  "#aea371",
  "#c8b866",
  "#e5cf52",
  "#fee838",
];

const STOPS = HEAT.map(rgbOf);

// share 0..1 → "#rrggbb"
export function overlapColor(share) {
  return hexOf(rampColor(STOPS, share));
}
