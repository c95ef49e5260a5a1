// Why a stack of rates has holes or none, in words with its numbers; what a wrong guess suggests; the torch code. Pure, no DOM.
import { formatCount, plural } from "../kit/numbers.js";
import { commonDivisor, countField, fieldSide } from "./core.js";

// "1 + 2 · 2 + 2 · 2 = 9": each layer adds r · (k − 1).
export function writtenSide(rates, kernel) {
  const gains = rates.map((rate) => ` + ${rate} · ${kernel - 1}`).join("");
  return `1${gains} = ${fieldSide(rates, kernel)}`;
}

// "7 of 13 in a row, 6 holes; 7 × 7 = 49 of 13 × 13 = 169 pixels (29 %), 120 holes"
export function writtenCounts(rates, kernel) {
  const { field, used, holes, pixels, usedPixels, holePixels } = countField(rates, kernel);
  const share = Math.round((100 * usedPixels) / pixels);
  const number = (count) =>
    count === 0 ? "no hole" : `${formatCount(count)} ${count === 1 ? "hole" : "holes"}`;
  return {
    row: `${used} of ${field} are reached: ${number(holes)}`,
    square: `${used} × ${used} = ${formatCount(usedPixels)} of ${field} × ${field} = ${formatCount(pixels)} pixels (${share} %): ${number(holePixels)}`,
  };
}

// The exact rule, from the smallest rate on: { rate, filled, fits, next }. Smaller rates fill `filled` cells side by side; a rate up to
// that sets copies of them side by side. A larger one goes past column `filled`, as do all after it: a hole, whatever they are.
export function fillSteps(rates, kernel) {
  const steps = [];
  for (const rate of rates.toSorted((a, b) => a - b)) {
    const filled = steps.at(-1)?.next ?? 1;
    steps.push({ rate, filled, fits: rate <= filled, next: filled + rate * (kernel - 1) });
    if (rate > filled) break;
  }
  return steps;
}

export function ruleWords(rates, kernel) {
  const steps = fillSteps(rates, kernel);
  const lines = steps.map(({ rate, filled, fits, next }) =>
    fits ? `${rate} ≤ ${filled}, fills ${next}` : `${rate} > ${filled}`,
  );
  const { rate, filled, fits } = steps.at(-1);
  const smaller = filled === 1 ? "" : `smaller steps end at column ${filled - 1}, `;
  const hole = `column ${filled} is a hole: ${smaller}a step of ${rate} or more goes past it.`;
  return `${lines.join("; ")}: ${fits ? "no hole." : hole}`;
}

export function divisorWords(rates) {
  const divisor = commonDivisor(rates);
  if (rates.length === 1)
    return rates[0] === 1 ? "one rate, 1" : `one rate: every step is ${rates[0]}.`;
  const name = `gcd(${rates.join(", ")}) = ${divisor}`;
  if (divisor > 1)
    return `${name}: every path ends on a multiple of ${divisor}, all other columns are holes.`;
  return `${name}: a common factor would leave holes; without one there may still be some.`;
}

// The condition of Wang et al. 2018 (section 3.2): M_n = r_n, M_i = max(M_{i+1} − 2 r_i, 2 r_i − M_{i+1}, r_i), wanted M_2 ≤ K.
// Returns [{ layer, rate, above, value }, …] from layer n down to layer 2; `above` is null for the first.
export function wangDistances(rates) {
  const found = [];
  for (let layer = rates.length; layer >= 2; layer--) {
    const rate = rates[layer - 1];
    const above = found.at(-1)?.value ?? null;
    const value = above === null ? rate : Math.max(above - 2 * rate, 2 * rate - above, rate);
    found.push({ layer, rate, above, value });
  }
  return found;
}

// The condition with its numbers, and whether the count agrees: { lines, verdict, agrees }; agrees is null where it says nothing.
export function wangWords(rates, kernel) {
  if (kernel !== 3)
    return silent(
      `It is written for 3 taps (its 2 · r is how far they reach); with ${kernel} only the count decides.`,
    );
  if (rates.length < 2) return silent("It begins at layer 2; one layer alone has none.");
  const distances = wangDistances(rates);
  const lines = distances.map(({ layer, rate, above, value }) => {
    const name = `M${subscript(layer)}`;
    if (above === null) return `${name} = r${subscript(layer)} = ${value}`;
    return `${name} = max(${above} − 2 · ${rate}, 2 · ${rate} − ${above}, ${rate}) = ${value}`;
  });
  const least = distances.at(-1).value;
  const holds = least <= kernel;
  lines.push(
    `M₂ = ${least} ${holds ? "≤" : ">"} K = ${kernel}: ${holds ? "no holes expected" : "holes expected"}`,
  );
  const { holes } = countField(rates, kernel);
  const agrees = holds === (holes === 0);
  return {
    lines,
    agrees,
    verdict: agrees ? "The count agrees." : disagreement(rates, holds, holes),
  };
}

function silent(words) {
  return { lines: [], agrees: null, verdict: words };
}

// For rates that begin with 1 and do not shrink the condition says r ≤ 1 + 2 · (sum of the smaller rates): the exact rule. So there are two
// ways to disagree: it holds and the first rate is not 1, or it fails and some rate is smaller than one before it.
function disagreement(rates, holds, holes) {
  const counted = `The count disagrees: ${holes === 0 ? "there is no hole" : `${plural(holes, "hole")} in a row`}.`;
  if (holds)
    return `${counted} The condition never looks at r₁: it takes for granted that the first layer has rate 1, here it is ${rates[0]}.`;
  const sorted = rates.toSorted((a, b) => a - b).join(", ");
  return `${counted} The condition is meant for rates that grow, ${sorted}; which pixels are reached does not depend on the order.`;
}

function subscript(number) {
  return String(number).replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]);
}

// What is behind a wrong guess of the holes in one row; "" when nothing typical is.
export function diagnoseHoles(rates, kernel, guess) {
  const { field, used, holes, usedPixels, holePixels, paths } = countField(rates, kernel);
  const own = rates.map((rate) => (rate - 1) * (kernel - 1));
  const mistakes = [
    [holePixels, "That counts the whole square; the question asks for one row."],
    [
      usedPixels,
      "That counts the pixels of the square that are reached; the question asks for the holes of one row.",
    ],
    [used, `That counts what is reached; the rest of the ${field} columns are the holes.`],
    [field, "That is the whole field; some of it is reached."],
    [
      own.reduce((a, b) => a + b, 0),
      "That adds the holes of the single kernels; taps of other layers fill some.",
    ],
    [own.at(-1), "That counts the holes of the last kernel alone; the other layers move it about."],
    [field - kernel, "That counts one kernel's taps; each layer below spreads every tap again."],
    [
      field - paths,
      `That takes ${formatCount(paths)} paths for as many columns; several paths end in the same one.`,
    ],
    [0, "The side view shows columns that no choice of taps leads to."],
  ];
  return guess === holes ? "" : (mistakes.find(([value]) => value === guess)?.[1] ?? "");
}

// The stack as torch code that prints what the screen shows.
export function torchCode(rates, kernel) {
  const side = writtenSide(rates, kernel).replaceAll("·", "*").replace(" =", "  #");
  return [
    "import segedu as se",
    "import torch",
    "from torch import nn",
    "",
    "stack = nn.Sequential(",
    ...rates.map((rate) => `    nn.Conv2d(1, 1, ${kernel}, dilation=${rate}, bias=False),`),
    ")",
    `side = ${side}`,
    "field = se.ops.measured_receptive_field(stack, (1, 1, side, side))",
    'print(int(field.mask.sum()), "of", side * side, "pixels are reached")',
    "",
    "for weight in stack.parameters():",
    "    nn.init.ones_(weight)  # each path then counts 1",
    "image = torch.zeros(1, 1, side, side, dtype=torch.float64, requires_grad=True)",
    "stack.double()(image).sum().backward()  # one output cell",
    "paths = image.grad[0, 0].long()  # (side, side)",
    "print(paths)",
  ].join("\n");
}
