// Pairs of maps on which the metrics disagree, for a grid of any size from 12 × 16 cells on. Pure, no DOM.
// Each preset: make(rows, cols) → { target, prediction, shapes }, and words on what to look at.
import { VOID } from "./core.js";
import { boxOf, drawShape } from "./shapes.js";

export const LEAST_SIZE = [12, 16]; // rows and columns that a preset needs

export function emptyMap(rows, cols) {
  return Array.from({ length: rows }, () => new Array(cols).fill(0));
}

// A shape of height × width in the grid's middle, moved.
function centered(kind, rows, cols, height, width, down = 0, right = 0) {
  return {
    kind,
    top: ((rows - height) >> 1) + down,
    left: ((cols - width) >> 1) + right,
    height,
    width,
  };
}

function pairOf(rows, cols, target, prediction) {
  const draw = (shape) => (shape ? drawShape(emptyMap(rows, cols), shape) : emptyMap(rows, cols));
  return { target: draw(target), prediction: draw(prediction), shapes: { target, prediction } };
}

// Void over the cells that only the prediction calls object.
function hideMistakes({ target, prediction, shapes }) {
  const hidden = target.map((line, row) =>
    line.map((label, col) => (label === 0 && prediction[row][col] === 1 ? VOID : label)),
  );
  return { target: hidden, prediction, shapes };
}

// Teeth along all four sides: two cells in, two cells out, three deep.
function ragged({ target, shapes }) {
  const { top, left, height, width } = shapes.target;
  const prediction = target.map((line, row) =>
    line.map((_, col) => {
      const [y, x] = [row - top, col - left];
      const out = Math.max(-y, y - height + 1, -x, x - width + 1); // cells outside of the target, 0 or less inside
      const tooth = ((y & 2) === 0) === ((x & 2) === 0);
      return Number(out <= -2 || (tooth && out <= 1));
    }),
  );
  return { target, prediction, shapes: { target: shapes.target, prediction: null } };
}

export const PRESETS = {
  "large object, a little off": {
    make: (rows, cols) => {
      const size = [Math.round(rows * 0.6), Math.round(cols * 0.55)];
      return pairOf(
        rows,
        cols,
        centered("ellipse", rows, cols, ...size, 0, -1),
        centered("ellipse", rows, cols, ...size, 1, 2),
      );
    },
    words: "Drag the prediction, and watch which numbers move fast and which hardly move.",
  },
  "thin object": {
    make: (rows, cols) =>
      pairOf(
        rows,
        cols,
        centered("rectangle", rows, cols, rows - 4, 1),
        centered("rectangle", rows, cols, rows - 4, 1, 0, 1),
      ),
    words:
      "A pole one cell wide, found one column beside. No cell is shared, so the IoU is 0. The boundary F1 forgives one cell and is 1.",
  },
  "tiny object": {
    make: (rows, cols) =>
      pairOf(
        rows,
        cols,
        centered("rectangle", rows, cols, 2, 2),
        centered("rectangle", rows, cols, 2, 2, 1, 1),
      ),
    words:
      "Four cells, found one row and one column off. Pixel accuracy hardly notices, the IoU is 1/7: one cell shared of seven.",
  },
  "all background": {
    make: (rows, cols) =>
      pairOf(
        rows,
        cols,
        centered("ellipse", rows, cols, Math.round(rows / 4), Math.round(cols / 5)),
        null,
      ),
    words:
      "A prediction that finds nothing. Pixel accuracy rewards it for the empty cells. The mean IoU keeps half of that.",
  },
  "void hides the mistakes": {
    make: (rows, cols) => {
      const height = Math.round(rows * 0.45);
      const width = Math.round(cols * 0.4);
      const wanted = { kind: "rectangle", top: rows >> 2, left: cols >> 3, height, width };
      return hideMistakes(
        pairOf(rows, cols, wanted, { ...wanted, width: width + Math.round(cols * 0.22) }),
      );
    },
    words:
      "The prediction is far too wide, but its mistakes lie in void cells. No metric sees them: all say 1.",
  },
  "large object with a ragged edge": {
    make: (rows, cols) =>
      ragged(pairOf(rows, cols, centered("rectangle", rows, cols, rows - 8, cols - 10), null)),
    words:
      "The inside is right, the edge is in tatters. Inner cells keep the IoU high; the boundary IoU has no inside to hide in. Tolerance 1 forgives most teeth: set it to 0.",
  },
  "shifted by two": {
    make: (rows, cols) => {
      const size = [Math.round(rows * 0.6), Math.round(cols * 0.55)];
      return pairOf(
        rows,
        cols,
        centered("rectangle", rows, cols, ...size, 0, -1),
        centered("rectangle", rows, cols, ...size, 0, 1),
      );
    },
    words: "Move the tolerance from 1 to 2: the boundary F1 jumps to 1, and no other number moves.",
  },
  "no object in the target": {
    make: (rows, cols) => pairOf(rows, cols, null, null),
    words:
      "Nothing to find, and nothing found: the object's IoU is 0/0, absent, and left out of the mean. Paint one cell into the prediction: it is 0.",
  },
  "all right": {
    make: (rows, cols) => {
      const shape = centered(
        "ellipse",
        rows,
        cols,
        Math.round(rows * 0.6),
        Math.round(cols * 0.55),
      );
      return pairOf(rows, cols, shape, { ...shape });
    },
    words:
      "Target and prediction are one and the same. Spoil it, and see which metric falls first.",
  },
};

// An object that a picture has: its labels as the target, and as the prediction the box around them.
export function boxed(target) {
  const box = { kind: "rectangle", ...boxOf(target) };
  const prediction = drawShape(emptyMap(target.length, target[0].length), box);
  return { target, prediction, shapes: { target: null, prediction: box } };
}

export function objectName(picture) {
  return `object of the ${picture}, boxed`;
}

export const BOXED_WORDS =
  "The target is an object of the picture, cell by cell; the prediction is the box around it. The recall is 1; find the metrics that mind.";

// The preset that the maps are, "" for others.
export function presetName({ target, prediction, objects }) {
  const shown = String([target, prediction]);
  const [rows, cols] = [target.length, target[0].length];
  const own = Object.keys(objects).find((picture) => mapsText(boxed(objects[picture])) === shown);
  if (own) return objectName(own);
  if (rows < LEAST_SIZE[0] || cols < LEAST_SIZE[1]) return "";
  const key = `${rows} ${cols}`;
  if (!NAMES_OF_MAPS.has(key))
    NAMES_OF_MAPS.set(
      key,
      new Map(
        Object.entries(PRESETS).map(([name, { make }]) => [mapsText(make(rows, cols)), name]),
      ),
    );
  return NAMES_OF_MAPS.get(key).get(shown) ?? "";
}

const NAMES_OF_MAPS = new Map(); // "rows cols" → the presets' maps as text → their names: made once, compared at each update
const mapsText = ({ target, prediction }) => String([target, prediction]);

// Why a preset has no place on a grid; "" where it has.
export function tooSmall(name, rows, cols) {
  if (rows >= LEAST_SIZE[0] && cols >= LEAST_SIZE[1]) return "";
  return `“${name}” needs at least ${LEAST_SIZE[0]} × ${LEAST_SIZE[1]} cells, this grid has ${rows} × ${cols}; give larger maps, or draw it yourself.`;
}
