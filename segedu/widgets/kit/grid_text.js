// How a grid's cells look, whichever way they are painted. Pure, no DOM.

export const SHADE = 0.26; // ink at most; text on it keeps a contrast above 4.5 in both themes
export const READABLE = 7; // px; smaller numbers are left out, the cell's words and the arithmetic still say them

// The size of a cell's number in px: it fits the cell and is neither tiny nor huge.
export function fontSize(text, size) {
  return Math.min(Math.max(size * 0.42, 8), 16, (size - 3) / (0.58 * Math.max(text.length, 1)));
}

// Where a cell stands in its grid: { x, y, size } in px.
export function cellBox({ size }, row, col) {
  return { x: 1 + col * size, y: 1 + row * size, size };
}
