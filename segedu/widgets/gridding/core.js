// The arithmetic of a stack of dilated convolutions, exactly, along one axis. Pure, no DOM.
//
// A stack is `rates`, one whole number per layer, the layer that reads the input first, and `kernel`, the taps per axis of every layer.
// Level 0 is the input, level n = rates.length the one output cell. The cells of a level count from the first that the output cell can
// span: cell c of level l reads the cells c + r · t of level l − 1, for the taps t = 0 … kernel − 1. That is y[i] = Σ x[i + r · t] · w[t].

export const MOST_RATES = 6;
export const LARGEST_RATE = 16;
export const KERNEL_SIZES = [2, 3, 4, 5];

export const RATE_LISTS = {
  "1, 1, 1: ordinary": [1, 1, 1],
  "2, 2, 2: gridding": [2, 2, 2],
  "4, 4, 4: more gridding": [4, 4, 4],
  "1, 2, 4: doubling": [1, 2, 4],
  "1, 2, 4, 8: doubling on": [1, 2, 4, 8],
  "2, 4, 8: a common factor": [2, 4, 8],
  "1, 2, 3: hybrid": [1, 2, 3],
  "1, 2, 5: hybrid": [1, 2, 5],
  "1, 2, 9: too far": [1, 2, 9],
  "2, 3, 5: no common factor": [2, 3, 5],
  "1, 3, 9: one path each": [1, 3, 9],
};

// 1 + Σ r · (k − 1): the cells from the first to the last that a stack can reach.
export function fieldSide(rates, kernel) {
  return rates.reduce((side, rate) => side + rate * (kernel - 1), 1);
}

// Per level, the input first: how many paths lead from the output cell to each of its cells. A hole has 0.
export function levelPaths(rates, kernel) {
  const levels = [[1]];
  for (const rate of rates.toReversed()) {
    const below = new Array(levels[0].length + rate * (kernel - 1)).fill(0);
    levels[0].forEach((paths, cell) => {
      for (let tap = 0; tap < kernel; tap++) below[cell + rate * tap] += paths;
    });
    levels.unshift(below);
  }
  return levels;
}

// Per level, the cells that lie on a path through one cell: all that it reads below, and those of the output's paths that read it above.
export function threadsThrough(rates, kernel, level, cell) {
  const paths = levelPaths(rates, kernel);
  const threads = paths.map(() => new Set());
  threads[level].add(cell);
  for (let below = level - 1; below >= 0; below--)
    for (const reader of threads[below + 1])
      for (let tap = 0; tap < kernel; tap++) threads[below].add(reader + rates[below] * tap);
  for (let above = level + 1; above < paths.length; above++)
    for (const read of threads[above - 1])
      for (let tap = 0; tap < kernel; tap++) {
        const reader = read - rates[above - 1] * tap;
        if (paths[above][reader] > 0) threads[above].add(reader);
      }
  return threads;
}

// The choices of one tap per layer whose steps Σ r · t add up to `cell`, at most `most` of them; each a list of taps, one per rate.
export function tapChoices(rates, kernel, cell, most = Infinity) {
  const found = [];
  const choose = (layer, left, taps) => {
    if (found.length >= most) return;
    if (layer < 0) return left === 0 && found.push(taps);
    const reach = fieldSide(rates.slice(0, layer), kernel) - 1;
    for (let tap = 0; tap < kernel; tap++) {
      const rest = left - rates[layer] * tap;
      if (rest >= 0 && rest <= reach) choose(layer - 1, rest, [tap, ...taps]);
    }
  };
  choose(rates.length - 1, cell, []);
  return found;
}

// What is counted on one axis and on the square: { field, used, holes, pixels, usedPixels, holePixels, paths, step }.
// `step` is the largest distance from one reached cell to the next: 1 where there is no hole.
export function countField(rates, kernel) {
  const paths = levelPaths(rates, kernel)[0];
  const reached = paths.flatMap((count, cell) => (count > 0 ? [cell] : []));
  const [field, used] = [paths.length, reached.length];
  return {
    field,
    used,
    holes: field - used,
    pixels: field ** 2,
    usedPixels: used ** 2,
    holePixels: field ** 2 - used ** 2,
    paths: kernel ** rates.length,
    step: Math.max(1, ...reached.slice(1).map((cell, at) => cell - reached[at])),
  };
}

export function commonDivisor(numbers) {
  const divide = (a, b) => (b === 0 ? a : divide(b, a % b));
  return numbers.reduce((divisor, number) => divide(divisor, number), 0);
}

// "1, 2, 5", "1 2 5", "(1-2-5)" → { rates }; anything else → { words } that say what is wrong.
export function parseRates(text) {
  const parts = text.split(/[\s,;()[\]]+|(?<=\d)-(?=\d)/).filter(Boolean);
  const wrong = parts.find(
    (part) => !/^\d+$/.test(part) || Number(part) < 1 || Number(part) > LARGEST_RATE,
  );
  if (wrong !== undefined)
    return {
      words: `“${wrong}” is no rate; type whole numbers from 1 to ${LARGEST_RATE}, such as 1, 2, 5.`,
    };
  if (parts.length === 0 || parts.length > MOST_RATES)
    return {
      words: `That is ${parts.length} rates; type 1 to ${MOST_RATES} of them, such as 1, 2, 5.`,
    };
  return { rates: parts.map(Number) };
}

// The menu's name of these rates, or "custom".
export function ratesName(rates) {
  return (
    Object.keys(RATE_LISTS).find((name) => RATE_LISTS[name].join() === rates.join()) ?? "custom"
  );
}
