// What is counted in the augmentation lab: classes before and after, invented classes by what they were mixed from, folds of the field. Pure, no DOM.
import { VOID, neighborsAt } from "./core.js";

export function countOfLabels(labels) {
  const counts = new Uint32Array(256);
  for (const label of labels) counts[label] += 1;
  return counts;
}

// Groups of invented pixels, largest first: { from: labels they were mixed from, rising, to: the labels that came out, rising, pixels, named }.
// `named` groups have one result, which is a class; results that name no class stand together.
export function inventedGroups({ table, flip, size, made, wrong, labels, fill, classes }) {
  const groups = new Map();
  for (let at = 0; at < made.length; at++) {
    if (!wrong[at]) continue;
    const found = neighborsAt(table, at, flip, size).filter(({ weight }) => weight > 1e-4);
    const from = [...new Set(found.map(({ index }) => (index < 0 ? fill : labels[index])))].sort(
      (one, two) => one - two,
    );
    const named = made[at] < classes;
    const key = `${from}>${named ? made[at] : "none"}`;
    const group = groups.get(key) ?? { from, to: new Set(), pixels: 0, named };
    group.to.add(made[at]);
    group.pixels += 1;
    groups.set(key, group);
  }
  return [...groups.values()]
    .map((group) => ({ ...group, to: [...group.to].sort((one, two) => one - two) }))
    .sort(
      (one, two) =>
        two.pixels - one.pixels || one.from.length - two.from.length || one.to[0] - two.to[0],
    );
}

// At how many pixels p ↦ p + strength · field(p) turns the plane over: the determinant of its Jacobian, by differences to the next pixels, is not positive.
export function countFolds({ x, y }, strength, [height, width]) {
  let folds = 0;
  for (let row = 0; row < height - 1; row++)
    for (let col = 0; col < width - 1; col++) {
      const at = row * width + col;
      const xx = 1 + strength * (x[at + 1] - x[at]),
        xy = strength * (x[at + width] - x[at]);
      const yx = strength * (y[at + 1] - y[at]),
        yy = 1 + strength * (y[at + width] - y[at]);
      if (xx * yy - xy * yx <= 0) folds += 1;
    }
  return folds;
}

// Classes that were there and are gone.
export function lostClasses(before, after) {
  return [...before.keys()].filter(
    (label) => label !== VOID && before[label] > 0 && after[label] === 0,
  );
}

// Output pixels that read source pixel (row, col) for the image, with their weights, and those that take its label: flat indices.
export function outputReaders([row, col], { table, flip, size: [height, width] }) {
  const inRow = flip.down < 0 ? height - 1 - row : row,
    inCol = flip.right < 0 ? width - 1 - col : col;
  const readers = [];
  for (let at = 0; at < table.x.length; at++) {
    const weight = (1 - Math.abs(table.x[at] - inCol)) * (1 - Math.abs(table.y[at] - inRow));
    if (Math.abs(table.x[at] - inCol) < 1 && Math.abs(table.y[at] - inRow) < 1 && weight > 1e-4)
      readers.push(at);
  }
  return readers;
}
