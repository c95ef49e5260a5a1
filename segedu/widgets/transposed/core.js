// The arithmetic of a 2-D transposed convolution as torch does it, forward (stamps) and backward (windows). Pure, no DOM.
//
// A setting is { image, kernel, stride, padding, outputPadding, dilation }: image and kernel are rows of numbers, the rest whole numbers.
// Output cells are counted from the output's own corner, so cells that the padding crops have negative or too large coordinates.
// "Canvas" is what the stamps cover before the crop; canvas row = output row + padding.
// "Stuffed" is the input with stride − 1 zeros between its cells and dilation · (kernel − 1) − padding cells around: the window that
// gathers output cell (row, col) has its corner in stuffed cell (row, col).

export function listOf(length, make) {
  return Array.from({ length: Math.max(length, 0) }, (_, at) => make(at));
}

export function rowsOf(rows, cols, make) {
  return listOf(rows, (row) => listOf(cols, (col) => make(row, col)));
}

// Everything about sizes, per axis, with index 0 = rows, 1 = columns:
//   { input, kernel, reach, covered, output, extra, canvas, stuffed, margin, padded, fits }
export function sizesOf({ image, kernel, stride, padding, outputPadding, dilation }) {
  /** @param {number} input @param {number} taps */
  const axis = (input, taps) => {
    const reach = dilation * (taps - 1) + 1, // cells from the first to the last tap of a stamp
      covered = (input - 1) * stride + reach, // cells from the first to the last stamp
      output = covered - 2 * padding + outputPadding;
    return {
      input,
      kernel: taps,
      reach,
      covered,
      output,
      extra: outputPadding,
      canvas: covered + Math.max(0, outputPadding - padding),
      stuffed: (input - 1) * stride + 1,
      margin: reach - 1 - padding, // below 0, the padding crops input cells away
      padded: output + reach - 1,
      fits: output > 0,
    };
  };
  return [axis(image.length, kernel.length), axis(image[0].length, kernel[0].length)];
}

// torch's rule for output_padding.
export function keepsRule({ stride, outputPadding, dilation }) {
  return outputPadding < Math.max(stride, dilation);
}

export function hasOutput(setting) {
  return keepsRule(setting) && sizesOf(setting).every(({ fits }) => fits);
}

/** @param {{ output: number }[]} axes rows, then columns */
export function hasCell([rows, cols], row, col) {
  return row >= 0 && col >= 0 && row < rows.output && col < cols.output;
}

// The stamp of input cell (i, j), tap by tap: { tap, row, col, pixel, weight, product, inside }; inside the output, that is.
export function stampTerms(setting, i, j) {
  const { image, kernel, stride, padding, dilation } = setting,
    axes = sizesOf(setting);
  return kernel.flatMap((weights, u) =>
    weights.map((weight, v) => {
      const row = i * stride - padding + u * dilation,
        col = j * stride - padding + v * dilation;
      const inside = hasCell(axes, row, col),
        pixel = image[i][j];
      return {
        tap: u * weights.length + v,
        row,
        col,
        pixel,
        weight,
        product: pixel * weight,
        inside,
      };
    }),
  );
}

// The canvas after the first `count` stamps: { values, hits } as rows, hits being the stamps so far on each cell.
export function stampedCanvas(setting, count) {
  const [rows, cols] = sizesOf(setting),
    { padding, image } = setting;
  const values = rowsOf(rows.canvas, cols.canvas, () => 0),
    hits = rowsOf(rows.canvas, cols.canvas, () => 0);
  for (let at = 0; at < count; at++)
    for (const { row, col, product } of stampTerms(
      setting,
      Math.floor(at / image[0].length),
      at % image[0].length,
    )) {
      values[row + padding][col + padding] += product;
      hits[row + padding][col + padding] += 1;
    }
  return { values, hits };
}

// The whole output as rows of numbers; [] where torch refuses the setting.
export function transposedConvolve(setting) {
  if (!hasOutput(setting)) return [];
  const [rows, cols] = sizesOf(setting),
    { padding, image } = setting;
  const { values } = stampedCanvas(setting, image.length * image[0].length);
  return rowsOf(rows.output, cols.output, (row, col) => values[row + padding][col + padding]);
}

// What the window at output cell (row, col) reads, tap by tap: { tap, row, col, i, j, met, pixel, weight, product }. row and col are
// the place in the stuffed input; met says that an input cell, (i, j), lies there, and not a zero.
export function gatherTerms({ image, kernel, stride, padding, dilation }, row, col) {
  const source = (at, tap, length) => {
    const place = (at + padding - tap * dilation) / stride;
    return Number.isInteger(place) && place >= 0 && place < length ? place : -1;
  };
  return kernel.flatMap((weights, u) =>
    weights.map((weight, v) => {
      const i = source(row, u, image.length),
        j = source(col, v, image[0].length);
      const met = i >= 0 && j >= 0,
        pixel = met ? image[i][j] : 0;
      return {
        tap: u * weights.length + v,
        row: row + (kernel.length - 1 - u) * dilation,
        col: col + (weights.length - 1 - v) * dilation,
        i,
        j,
        met,
        pixel,
        weight,
        product: pixel * weight,
      };
    }),
  );
}

// The terms that meet an input cell, in the order of the input cells.
export function metTerms(setting, row, col) {
  return gatherTerms(setting, row, col)
    .filter(({ met }) => met)
    .sort((a, b) => a.i - b.i || a.j - b.j);
}

export function gatheredSum(setting, row, col) {
  return gatherTerms(setting, row, col).reduce((sum, { product }) => sum + product, 0);
}

// The zero-stuffed, padded input as rows of { i, j, kind }: "input" with its cell, "zero" between input cells, "margin" around them.
export function stuffedInput(setting) {
  const [rows, cols] = sizesOf(setting),
    { stride } = setting;
  const locate = (at, { margin, stuffed }) => {
    const from = at - margin;
    if (from < 0 || from >= stuffed) return { kind: "margin" };
    return from % stride === 0 ? { kind: "input", at: from / stride } : { kind: "zero" };
  };
  return rowsOf(rows.padded, cols.padded, (row, col) => {
    const [y, x] = [locate(row, rows), locate(col, cols)];
    if (y.kind === "margin" || x.kind === "margin") return { kind: "margin" };
    return y.kind === "input" && x.kind === "input"
      ? { kind: "input", i: y.at, j: x.at }
      : { kind: "zero" };
  });
}

// Stamps on each cell of one axis of the output.
export function axisCounts({ input, kernel, output }, { stride, padding, dilation }) {
  const counts = listOf(output, () => 0);
  for (let i = 0; i < input; i++)
    for (let tap = 0; tap < kernel; tap++) {
      const at = i * stride + tap * dilation - padding;
      if (at >= 0 && at < output) counts[at] += 1;
    }
  return counts;
}

// Stamps on each output cell; the product of one count per axis.
export function overlapCounts(setting) {
  const [rows, cols] = sizesOf(setting).map((axis) => axisCounts(axis, setting));
  return rows.map((high) => cols.map((wide) => high * wide));
}

// Stamps on `stride` neighboring cells of one axis, far from the border: the pattern that repeats.
export function repeatingCounts(kernel, stride, dilation) {
  const counts = listOf(stride, () => 0);
  for (let tap = 0; tap < kernel; tap++) counts[(tap * dilation) % stride] += 1;
  return counts;
}

// What lights up with one cell, { grid: "input" | "kernel" | "output", row, col }: maps from "row,col" to a tap (null: the cell itself)
// for input cells, output cells (cropped ones too) and cells of the stuffed input, and the set of taps that take part.
export function linkedCells(setting, focus) {
  const key = (row, col) => `${row},${col}`,
    { image, kernel } = setting;
  if (focus.grid === "input") {
    const stamp = stampTerms(setting, focus.row, focus.col);
    return {
      inputs: new Map([[key(focus.row, focus.col), null]]),
      taps: new Set(stamp.map(({ tap }) => tap)),
      outputs: new Map(stamp.map(({ row, col, tap }) => [key(row, col), tap])),
      window: new Map(),
    };
  }
  if (focus.grid === "kernel") {
    const tap = focus.row * kernel[0].length + focus.col;
    const written = image.flatMap((cells, i) =>
      cells.map((_, j) => ({ i, j, ...stampTerms(setting, i, j)[tap] })),
    );
    return {
      inputs: new Map(written.filter(({ inside }) => inside).map(({ i, j }) => [key(i, j), tap])),
      taps: new Set([tap]),
      outputs: new Map(written.map(({ row, col }) => [key(row, col), tap])),
      window: new Map(),
    };
  }
  const terms = gatherTerms(setting, focus.row, focus.col),
    met = terms.filter((term) => term.met),
    read = hasCell(sizesOf(setting), focus.row, focus.col) ? terms : met; // a cropped cell has no window
  return {
    inputs: new Map(met.map(({ i, j, tap }) => [key(i, j), tap])),
    taps: new Set(met.map(({ tap }) => tap)),
    outputs: new Map([[key(focus.row, focus.col), null]]),
    window: new Map(read.map(({ row, col, tap }) => [key(row, col), tap])),
  };
}
