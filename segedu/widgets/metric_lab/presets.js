// Pairs of maps on which the metrics disagree, for a grid of any size from 12 × 16 cells on. Pure, no DOM.
// Each preset: make(rows, cols) → { target, prediction, shapes }, and words on what to look at.
import { LAB_VOID } from "./core.js";
import { labBox, labDrawShape } from "./shapes.js";

export const LAB_LEAST = [12, 16]; // rows and columns that a preset needs

export function labEmpty(rows, cols) {
  return Array.from({ length: rows }, () => new Array(cols).fill(0));
}

// A shape of height × width in the grid's middle, moved.
function labCentered(kind, rows, cols, height, width, down = 0, right = 0) {
  return {
    kind,
    top: ((rows - height) >> 1) + down,
    left: ((cols - width) >> 1) + right,
    height,
    width,
  };
}

function labPair(rows, cols, target, prediction) {
  const draw = (shape) =>
    shape ? labDrawShape(labEmpty(rows, cols), shape) : labEmpty(rows, cols);
  return { target: draw(target), prediction: draw(prediction), shapes: { target, prediction } };
}

// Void over the cells that only the prediction calls object.
function labHideMistakes({ target, prediction, shapes }) {
  const hidden = target.map((line, row) =>
    line.map((label, col) => (label === 0 && prediction[row][col] === 1 ? LAB_VOID : label)),
  );
  return { target: hidden, prediction, shapes };
}

// Teeth along all four sides: two cells in, two cells out, three deep.
function labRagged({ target, shapes }) {
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

export const LAB_PRESETS = {
  "large object, a little off": {
    make: (rows, cols) => {
      const size = [Math.round(rows * 0.6), Math.round(cols * 0.55)];
      return labPair(
        rows,
        cols,
        labCentered("ellipse", rows, cols, ...size, 0, -1),
        labCentered("ellipse", rows, cols, ...size, 1, 2),
      );
    },
    words: "Drag the prediction, and watch which numbers move fast and which hardly move.",
  },
  "thin object": {
    make: (rows, cols) =>
      labPair(
        rows,
        cols,
        labCentered("rectangle", rows, cols, rows - 4, 1),
        labCentered("rectangle", rows, cols, rows - 4, 1, 0, 1),
      ),
    words:
      "A pole one cell wide, found one column beside. No cell is shared, so the IoU is 0. The boundary F1 forgives one cell and is 1.",
  },
  "tiny object": {
    make: (rows, cols) =>
      labPair(
        rows,
        cols,
        labCentered("rectangle", rows, cols, 2, 2),
        labCentered("rectangle", rows, cols, 2, 2, 1, 1),
      ),
    words:
      "Four cells, found one row and one column off. Pixel accuracy hardly notices, the IoU is 1/7: one cell shared of seven.",
  },
  "all background": {
    make: (rows, cols) =>
      labPair(
        rows,
        cols,
        labCentered("ellipse", rows, cols, Math.round(rows / 4), Math.round(cols / 5)),
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
      return labHideMistakes(
        labPair(rows, cols, wanted, { ...wanted, width: width + Math.round(cols * 0.22) }),
      );
    },
    words:
      "The prediction is far too wide, but its mistakes lie in void cells. No metric sees them: all say 1.",
  },
  "large object with a ragged edge": {
    make: (rows, cols) =>
      labRagged(
        labPair(rows, cols, labCentered("rectangle", rows, cols, rows - 8, cols - 10), null),
      ),
    words:
      "The inside is right, the edge is in tatters. Inner cells keep the IoU high; the boundary IoU has no inside to hide in. Tolerance 1 forgives most teeth: set it to 0.",
  },
  "shifted by two": {
    make: (rows, cols) => {
      const size = [Math.round(rows * 0.6), Math.round(cols * 0.55)];
      return labPair(
        rows,
        cols,
        labCentered("rectangle", rows, cols, ...size, 0, -1),
        labCentered("rectangle", rows, cols, ...size, 0, 1),
      );
    },
    words: "Move the tolerance from 1 to 2: the boundary F1 jumps to 1, and no other number moves.",
  },
  "no object in the target": {
    make: (rows, cols) => labPair(rows, cols, null, null),
    words:
      "Nothing to find, and nothing found: the object's IoU is 0/0, absent, and left out of the mean. Paint one cell into the prediction: it is 0.",
  },
  "all right": {
    make: (rows, cols) => {
      const shape = labCentered(
        "ellipse",
        rows,
        cols,
        Math.round(rows * 0.6),
        Math.round(cols * 0.55),
      );
      return labPair(rows, cols, shape, { ...shape });
    },
    words:
      "Target and prediction are one and the same. Spoil it, and see which metric falls first.",
  },
};

// An object that a picture has: its labels as the target, and as the prediction the box around them.
export function labBoxed(target) {
  const box = { kind: "rectangle", ...labBox(target) };
  const prediction = labDrawShape(labEmpty(target.length, target[0].length), box);
  return { target, prediction, shapes: { target: null, prediction: box } };
}

export function labObjectName(picture) {
  return `object of the ${picture}, boxed`;
}

export const LAB_BOXED_WORDS =
  "The target is an object of the picture, cell by cell; the prediction is the box around it. The recall is 1; find the metrics that mind.";

// The preset that the maps are, "" for others.
export function labPresetName({ target, prediction, objects }) {
  const shown = String([target, prediction]);
  const [rows, cols] = [target.length, target[0].length];
  const own = Object.keys(objects).find(
    (picture) => labTyped(labBoxed(objects[picture])) === shown,
  );
  if (own) return labObjectName(own);
  if (rows < LAB_LEAST[0] || cols < LAB_LEAST[1]) return "";
  const key = `${rows} ${cols}`;
  if (!LAB_TYPED.has(key))
    LAB_TYPED.set(
      key,
      new Map(
        Object.entries(LAB_PRESETS).map(([name, { make }]) => [labTyped(make(rows, cols)), name]),
      ),
    );
  return LAB_TYPED.get(key).get(shown) ?? "";
}

const LAB_TYPED = new Map(); // "rows cols" → the presets' maps as text → their names: made once, compared at each update
const labTyped = ({ target, prediction }) => String([target, prediction]);

// Why a preset has no place on a grid; "" where it has.
export function labTooSmall(name, rows, cols) {
  if (rows >= LAB_LEAST[0] && cols >= LAB_LEAST[1]) return "";
  return `“${name}” needs at least ${LAB_LEAST[0]} × ${LAB_LEAST[1]} cells, this grid has ${rows} × ${cols}; give larger maps, or draw it yourself.`;
}
