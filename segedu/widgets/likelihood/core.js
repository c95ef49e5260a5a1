// The likelihood explorer's arithmetic: a logistic curve on one number per pixel. Pure, no DOM. Held equal to torch.
//
// An image of 8-bit channels has few different contrasts, so a table of them is the whole image: entry k is the value xs[k],
// ones[k] of whose pixels are the target, zeros[k] are not, byClass[c][k] are of class c. Every sum runs over the entries.
// A point is [w, b]; z = w·x + b, p = σ(z); void pixels are in no count.
import { clamp } from "../kit/numbers.js";
import { logit, sigmoid } from "../kit/logistic.js";

export const STEPS = 60;
export const RATES = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100];
export const LIMIT = 12; // of w and b
export const VOID = 255;
export const CONTRASTS = {
  "red − green": { parts: [1, -1, 0], words: "10·(red − green)" },
  "red − blue": { parts: [1, 0, -1], words: "10·(red − blue)" },
  "green − blue": { parts: [0, 1, -1], words: "10·(green − blue)" },
  brightness: { parts: [1, 1, 1], words: "10·((red + green + blue)/3 − 1/2)" },
};
const TENTH = 25.5; // of a byte
const LEAST_SURFACE = 1e-4; // of the mean loss, for its logarithm
const STEEP_Z = 2; // of the handle that turns the curve, where it has room
const HANDLE_ROOM = 0.06; // of the plot's width, between the two handles

export function contrastOf(feature, code) {
  return feature === "brightness" ? code / (3 * TENTH) - 5 : code / TENTH;
}

// Bytes (RGBA) and labels to the table; `entry` says for each pixel which entry it is, void included.
export function contrastTable(rgba, labels, feature, target, numClasses) {
  const [r, g, b] = CONTRASTS[feature].parts;
  const codes = Int16Array.from(
    labels,
    (_, at) => r * rgba[4 * at] + g * rgba[4 * at + 1] + b * rgba[4 * at + 2],
  );
  const present = [...new Set(codes)].sort((one, other) => one - other);
  const place = new Map(present.map((code, at) => [code, at]));
  const entry = Uint16Array.from(codes, (code) => place.get(code) ?? 0); // each code is present
  const count = () => new Float64Array(present.length);
  const byClass = Array.from({ length: numClasses }, count);
  labels.forEach((label, at) => label !== VOID && byClass[label][entry[at]]++);
  const ones = byClass[target];
  const zeros = count().map((_, at) =>
    byClass.reduce((sum, counts) => sum + counts[at], -ones[at]),
  );
  const total = (counts) => counts.reduce((sum, one) => sum + one, 0);
  const xs = Float64Array.from(present, (code) => contrastOf(feature, code));
  return { xs, ones, zeros, byClass, entry, positives: total(ones), negatives: total(zeros) };
}

// log(1 + e^z) without overflow, and without the log of 0 that −log(1 − p) would meet.
export function softplus(z) {
  return Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
}

// One pixel: likelihood is p at the target and 1 − p elsewhere, push is p − y with all its digits.
export function scorePixel(x, y, [w, b]) {
  const z = w * x + b;
  const p = sigmoid(z);
  const rest = sigmoid(-z);
  return {
    x,
    y,
    z,
    p,
    rest,
    likelihood: y ? p : rest,
    loss: softplus(y ? -z : z),
    push: y ? -rest : p,
  };
}

// Scores of a point and the gradient of its mean loss: sums over the target's pixels and over the others, [along w, along b].
export function scoresOf({ xs, ones, zeros, positives, negatives }, [w, b]) {
  const count = positives + negatives;
  let [total, hits, falseAlarms] = [0, 0, 0];
  const pushes = { target: [0, 0], others: [0, 0] };
  for (let at = 0; at < xs.length; at++) {
    const z = w * xs[at] + b;
    total += ones[at] * softplus(-z) + zeros[at] * softplus(z);
    const up = -ones[at] * sigmoid(-z);
    const down = zeros[at] * sigmoid(z);
    pushes.target[0] += up * xs[at];
    pushes.target[1] += up;
    pushes.others[0] += down * xs[at];
    pushes.others[1] += down;
    if (z < 0) continue;
    hits += ones[at];
    falseAlarms += zeros[at];
  }
  const mean = (sum) => (count ? sum / count : 0);
  return {
    count,
    loss: mean(total),
    logLikelihood: -total,
    accuracy: count ? (hits + negatives - falseAlarms) / count : null,
    iou: positives + falseAlarms ? hits / (positives + falseAlarms) : null,
    found: hits + falseAlarms,
    pushes,
    gradient: [0, 1].map((at) => mean(pushes.target[at] + pushes.others[at])),
  };
}

// The best p that looks at no pixel is the target's share; at p ≥ 0.5 it says the larger class everywhere.
export function majorityScores({ positives, negatives }) {
  const count = positives + negatives;
  if (count === 0)
    return { count, share: null, loss: 0, logLikelihood: 0, accuracy: null, iou: null };
  const share = positives / count;
  const part = (one) => (one > 0 ? -one * Math.log(one) : 0);
  const loss = part(share) + part(1 - share);
  const iou = share >= 0.5 ? share : positives ? 0 : null;
  return {
    count,
    share,
    loss,
    logLikelihood: -loss * count,
    accuracy: Math.max(share, 1 - share),
    iou,
  };
}

// The mean loss's second derivatives [ww, wb, bb], and the largest curvature, across the valley.
export function curvatureOf({ xs, ones, zeros, positives, negatives }, [w, b]) {
  let [ww, wb, bb] = [0, 0, 0];
  for (let at = 0; at < xs.length; at++) {
    const z = w * xs[at] + b;
    const weight =
      ((ones[at] + zeros[at]) * sigmoid(z) * sigmoid(-z)) / Math.max(positives + negatives, 1);
    ww += weight * xs[at] * xs[at];
    wb += weight * xs[at];
    bb += weight;
  }
  return { ww, wb, bb, largest: (ww + bb) / 2 + Math.hypot((ww - bb) / 2, wb) };
}

export function descend(table, start, rate, steps = STEPS) {
  const path = [];
  let point = start;
  for (let step = 0; step <= steps; step++) {
    const said = scoresOf(table, point);
    path.push({ point, loss: said.loss });
    point = point.map((one, at) => one - rate * said.gradient[at]);
  }
  return path;
}

// Only where the classes overlap in x does a finite point have the least loss.
export function overlapsInX({ xs, ones, zeros }) {
  const ends = (counts) => [
    xs.find((_, at) => counts[at] > 0),
    xs.findLast((_, at) => counts[at] > 0),
  ];
  const [[low, high], [otherLow, otherHigh]] = [ends(ones), ends(zeros)];
  return high > otherLow && otherHigh > low; // undefined, for a class without pixels, compares as false
}

// Newton's method with halved steps, from [0, 0]; null where the loss falls for ever.
export function bestPoint(table) {
  if (!overlapsInX(table)) return null;
  /** @type {[number, number]} */
  let point = [0, 0];
  for (let step = 0; step < STEPS; step++) {
    const { loss, gradient } = scoresOf(table, point);
    if (Math.max(...gradient.map(Math.abs)) < 1e-12) break;
    const { ww, wb, bb } = curvatureOf(table, point);
    const area = ww * bb - wb * wb;
    let move = [
      (bb * gradient[0] - wb * gradient[1]) / area,
      (ww * gradient[1] - wb * gradient[0]) / area,
    ];
    /** @returns {[number, number]} */
    const moved = () => [point[0] - move[0], point[1] - move[1]];
    while (scoresOf(table, moved()).loss > loss && Math.max(...move.map(Math.abs)) > 1e-12)
      move = move.map((one) => one / 2);
    point = moved();
  }
  return point;
}

// log10 of the mean loss over b (rows, from −12) and w (columns, from −12).
export function lossSurface({ xs, ones, zeros, positives, negatives }, side = 49) {
  const at = (index) => -LIMIT + (2 * LIMIT * index) / (side - 1);
  const values = new Float64Array(side * side);
  for (let row = 0; row < side; row++)
    for (let col = 0; col < side; col++) {
      const [w, b] = [at(col), at(row)];
      let total = 0;
      for (let k = 0; k < xs.length; k++) {
        const z = w * xs[k] + b;
        total += (ones[k] + zeros[k]) * softplus(z) - ones[k] * z; // softplus(−z) = softplus(z) − z
      }
      values[row * side + col] = Math.log10(
        Math.max(total / Math.max(positives + negatives, 1), LEAST_SURFACE),
      );
    }
  return { side, values };
}

// Both histograms over the range of x, as shares of their class, and where each entry falls.
export function contrastBins({ xs, ones, zeros, positives, negatives }, most = 40) {
  const [first, last] = [xs[0], xs.at(-1)];
  const room = Math.max(last - first, 0.2) * 0.02;
  const [low, high] = [first - room, last + room];
  const count = clamp(Math.round(xs.length / 3), 8, most);
  const width = (high - low) / count;
  const bin = Uint8Array.from(xs, (x) => Math.min(Math.floor((x - low) / width), count - 1));
  const sums = { ones: new Array(count).fill(0), zeros: new Array(count).fill(0) };
  bin.forEach((where, at) => {
    sums.ones[where] += ones[at];
    sums.zeros[where] += zeros[at];
  });
  const shares = [
    sums.ones.map((one) => one / (positives || 1)),
    sums.zeros.map((one) => one / (negatives || 1)),
  ];
  return { low, high, count, width, bin, ...sums, shares, top: Math.max(...shares.flat()) };
}

// Per class that is there: its pixels, the mean of p over them, and the share with p ≥ 0.5; the highest mean first.
export function classLikelihoods({ xs, byClass }, [w, b]) {
  const ps = xs.map((x) => sigmoid(w * x + b));
  const rows = byClass.map((counts, label) => {
    let [pixels, sum, found] = [0, 0, 0];
    for (let at = 0; at < xs.length; at++) {
      pixels += counts[at];
      sum += counts[at] * ps[at];
      if (w * xs[at] + b >= 0) found += counts[at];
    }
    return { label, pixels, mean: sum / pixels, found: found / pixels };
  });
  return rows.filter(({ pixels }) => pixels > 0).sort((one, other) => other.mean - one.mean);
}

// The two places where the curve is held: the anchor in its middle (or in the plot's, when that is out of sight), and one that
// turns it about the anchor. Both lie on the curve.
export function curveHandles([w, b], { low, high }) {
  const range = high - low;
  const middle = -b / w;
  const inside = w !== 0 && middle > low && middle < high;
  const anchor = inside ? middle : (low + high) / 2;
  const reach =
    w === 0
      ? range / 4
      : clamp(STEEP_Z / Math.abs(w), HANDLE_ROOM * range, range / 3) * Math.sign(w);
  const turned = anchor + reach > low && anchor + reach < high ? anchor + reach : anchor - reach;
  return {
    inside,
    anchor: { x: anchor, z: inside ? 0 : w * anchor + b },
    turn: { x: turned, z: w * turned + b },
  };
}

// The point [w, b] after a handle went to (x, p), starting from the handles as they were when it was grabbed.
export function dragCurve(name, { inside, anchor }, [w], x, p) {
  const z = logit(clamp(p, 0.02, 0.98));
  if (name === "middle") return limitedPoint([w, inside ? -w * x : z - w * anchor.x]);
  const away = Math.abs(x - anchor.x) < 0.01 ? 0.01 : x - anchor.x;
  return turnCurve(anchor, (z - anchor.z) / away);
}

// Another slope w through the same anchor.
export function turnCurve(anchor, w) {
  const slope = clamp(w, -LIMIT, LIMIT);
  return limitedPoint([slope, anchor.z - slope * anchor.x]);
}

export function limitedPoint(point) {
  return point.map((one) => Number(clamp(one, -LIMIT, LIMIT).toFixed(2)));
}
