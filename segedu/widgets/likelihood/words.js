// What the likelihood explorer writes: sums with their numbers, remarks on odd settings, the verdict, the code. Pure, no DOM.
import { CONTRASTS, LIMIT, VOID, curvatureOf, scorePixel } from "./core.js";
import { formatCount, formatDigits, plural } from "../kit/numbers.js";

const FLOAT32_FULL = 17; // from this z on σ(z) is 1 in float32
const LEAST_POWER = -324; // of ten, in float64
const NEAR_ONE = 0.01; // p this near to 1 hides the digits of 1 − p
const SURE_Z = 6; // p is then 0.9975

// "4.74·x − 2.43"
export function logitWords([w, b]) {
  return `${formatDigits(w)}·x ${b < 0 ? "−" : "+"} ${formatDigits(Math.abs(b))}`;
}

const signed = (value) => (value < 0 ? `(${formatDigits(value)})` : formatDigits(value));

// The pixel's numbers, line by line: [name, text].
export function writtenPixel({ feature, rgba, at, label, here: { x, y }, classes }, point) {
  const bytes = [rgba[4 * at], rgba[4 * at + 1], rgba[4 * at + 2]];
  const [red, green, blue] = bytes.map((byte) => formatDigits(byte / 255));
  const filled = {
    "red − green": `10·(${red} − ${green})`,
    "red − blue": `10·(${red} − ${blue})`,
    "green − blue": `10·(${green} − ${blue})`,
    brightness: `10·((${red} + ${green} + ${blue})/3 − 1/2)`,
  }[feature];
  const said = scorePixel(x, y, point);
  const lines = [
    ["feature", `x = ${CONTRASTS[feature].words} = ${filled} = ${formatDigits(x)}`],
    [
      "logit",
      `z = w·x + b = ${signed(point[0])}·${signed(x)} + ${signed(point[1])} = ${formatDigits(said.z)}`,
    ],
    [
      "probability",
      `p = 1/(1 + e^−z) = 1/(1 + e^${formatDigits(-said.z)}) = ${formatDigits(said.p)}`,
    ],
  ];
  if (label === VOID)
    return [
      ...lines,
      ["void", "the pixel is void: it has no y, no loss and no gradient, and counts nowhere"],
    ];
  const { p, rest, likelihood, loss, push } = said;
  const [z, minus] = [formatDigits(said.z), formatDigits(-said.z)];
  const whole = y || rest > NEAR_ONE; // else three digits of p can't say 1 − p
  const chance = y
    ? `p = ${formatDigits(p)}`
    : `1 − p = ${whole ? `1 − ${formatDigits(p)}` : `1/(1 + e^${z})`} = ${formatDigits(rest)}`;
  const surprise =
    likelihood < 1 - NEAR_ONE
      ? `−log ${formatDigits(likelihood)} = `
      : y
        ? "−log p = "
        : "−log(1 − p) = ";
  const slope = y && rest < NEAR_ONE ? "−(1 − p)" : `${formatDigits(p)} − ${y}`;
  return [
    ...lines,
    ["label", `the class is ${classes[label]}, so y = ${y}`],
    ["likelihood", `of this y: ${chance}`],
    ["loss", `${surprise}log(1 + e^${y ? minus : z}) = ${formatDigits(loss)}`],
    ["gradient", `along z: p − y = ${slope} = ${formatDigits(push)}`],
    ["part", `along w: (p − y)·x = ${signed(push)}·${signed(x)} = ${formatDigits(push * x)}`],
  ];
}

// The mean loss's gradient as sums over the pixels, and the next step: [name, text].
export function writtenGradient({ count, pushes, gradient }, point, rate, name) {
  const line = (axis, at, term) => {
    const [one, other] = [pushes.target[at], pushes.others[at]];
    return [
      `slope ${axis}`,
      `mean of ${term} = (${formatDigits(one)} + ${signed(other)}) / ${formatCount(count)} = ${formatDigits(gradient[at])}`,
    ];
  };
  const step = (axis, at) => [
    `step ${axis}`,
    `${axis} − η·slope = ${formatDigits(point[at])} − ${formatDigits(rate)}·${signed(gradient[at])} = ${formatDigits(point[at] - rate * gradient[at])}`,
  ];
  return [
    ["sums", `over ${name} (y = 1) + over all others (y = 0)`],
    line("w", 0, "(p − y)·x"),
    line("b", 1, "p − y"),
    step("w", 0),
    step("b", 1),
  ];
}

// The likelihood of all labels at once is a product, too small for a float.
export function productWords({ count, logLikelihood }) {
  const power = Math.floor(logLikelihood / Math.LN10);
  const tiny = power < LEAST_POWER;
  return (
    `The likelihood of all ${formatCount(count)} labels is the product of theirs, ` +
    (tiny
      ? `about 10${raised(power)}. No float holds that (the least is about 10${raised(LEAST_POWER)}), so logarithms are summed: the log-likelihood.`
      : `${formatDigits(Math.exp(logLikelihood))}; its logarithm is the sum of their logarithms, the log-likelihood.`) +
    " The mean loss is that sum, divided by the number of pixels, with its sign turned."
  );
}

// −12 → "⁻¹²"
function raised(power) {
  return [...String(power)].map((sign) => (sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[sign])).join("");
}

// What a student may take for a fault: [kind, words].
export function remarksOn({ table, said, point, target, classes, best, pixel }) {
  const { positives, negatives } = table;
  const [w, b] = point;
  const name = classes[target];
  const words = [];
  if (positives + negatives === 0)
    return [["void", "Every pixel is void: there is nothing to learn from, and no loss."]];
  if (positives === 0)
    words.push([
      "absent",
      `No pixel is ${name}: y is 0 everywhere, each p − y is positive, and descent lowers b for ever. p → 0 is right everywhere; the IoU is 0/0 until a pixel is found.`,
    ]);
  else if (negatives === 0)
    words.push([
      "everywhere",
      `Every pixel is ${name}: y is 1 everywhere, each p − y is negative, and descent raises b for ever.`,
    ]);
  else if (table.xs.length === 1)
    words.push([
      "constant",
      "All pixels have the same x, so no w can tell them apart: only w·x + b counts.",
    ]);
  else if (!best)
    words.push([
      "separable",
      `One threshold on x tells ${name} from all else, so no w is best: the loss falls for ever as the curve gets steeper. A limit on w (weight decay) or an early stop ends it.`,
    ]);
  if (w === 0) words.push(["flat", flatWords(b, positives, negatives)]);
  if (said.found === 0 && positives > 0)
    words.push([
      "nothing",
      `p is below 0.5 everywhere: no pixel is called ${name}. The accuracy ${formatDigits(said.accuracy)} is the share of all other pixels; the IoU is 0.`,
    ]);
  if (pixel) words.push(...sureWords(pixel));
  if (point.some((one) => Math.abs(one) > LIMIT))
    words.push([
      "outside",
      `w = ${formatDigits(w)}, b = ${formatDigits(b)}: beyond ±${LIMIT}, so outside of the map of the loss and of the sliders.`,
    ]);
  return words;
}

function flatWords(b, positives, negatives) {
  const share = positives / (positives + negatives);
  const goal =
    positives && negatives
      ? ` The best b for it is log(share/(1 − share)) = ${formatDigits(Math.log(positives / negatives))}, p = the target's share ${formatDigits(share)}.`
      : "";
  return `w = 0: p doesn't depend on x, it is σ(b) = ${formatDigits(scorePixel(0, 1, [0, b]).p)} everywhere, and the curve has no middle.${goal}`;
}

function sureWords({ z, y, p, push, loss }) {
  if (Math.abs(z) < SURE_Z) return [];
  const right = z > 0 === (y === 1);
  const words = [];
  if (right)
    words.push([
      "sure",
      `The chosen pixel is right and sure: p − y is ${formatDigits(push)}, so it hardly pulls at w and b.`,
    ]);
  else {
    const squared = 2 * Math.abs(push) * p * (1 - p);
    words.push([
      "wrong",
      `The chosen pixel is wrong and sure, at the flat end of the curve. Its p − y is still ${formatDigits(push)}: the logarithm undoes the flat end. The squared error (p − y)² would have the slope 2·|p − y|·p·(1 − p) = ${formatDigits(squared)} and leave it there.`,
    ]);
  }
  if (Math.abs(z) >= FLOAT32_FULL && !right)
    words.push([
      "softplus",
      `In float32 its likelihood rounds to 0 or nearly so, and −log 0 is ∞. log(1 + e^${formatDigits(Math.abs(z))}) is taken instead, as |z| + log(1 + e^−|z|) = ${formatDigits(loss)}: the softplus form of F.binary_cross_entropy_with_logits.`,
    ]);
  return words;
}

// What the descent does from its start, and why it overshoots if it does. best: { point, said } or null.
export function descentWords(table, path, rate, best) {
  const [first, last] = [path[0].loss, path.at(-1).loss];
  const rises = path.findIndex(
    ({ loss }, at) => at > 0 && loss > path[at - 1].loss * (1 + 1e-9) + 1e-12,
  );
  const said = `In ${path.length - 1} steps the mean loss goes from ${formatDigits(first)} to ${formatDigits(last)}.`;
  const overshoots = `It rises at step ${rises}: with η = ${formatDigits(rate)} the step leaps over the valley and lands higher up on its other slope.`;
  const slow =
    best && rises < 0 && last > 1.01 * best.said.loss
      ? ` The least is ${formatDigits(best.said.loss)}: more steps or a larger η are needed.`
      : "";
  return `${said} ${rises < 0 ? "It falls at every step." : overshoots}${slow}${best ? ` ${restWords(table, best.point, rate)}` : ""}`;
}

function restWords(table, point, rate) {
  const { largest } = curvatureOf(table, point);
  const bound = `At the star the loss curves by up to λ = ${formatDigits(largest)}: only steps with η under 2/λ = ${formatDigits(2 / largest)} can come to rest there`;
  return rate < 2 / largest
    ? `${bound}.`
    : `${bound}, and η = ${formatDigits(rate)} is larger. Lower the learning rate.`;
}

// Pixels of the bin that is pointed at.
export function binWords({ low, width, ones, zeros }, at, name, point) {
  const [from, to] = [low + at * width, low + (at + 1) * width];
  const { p } = scorePixel((from + to) / 2, 1, point);
  return `x from ${formatDigits(from)} to ${formatDigits(to)}: ${plural(ones[at], "pixel")} of ${name}, ${formatCount(zeros[at])} other; p there is about ${formatDigits(p)}. They keep their colors below.`;
}

// The guess { label, direction } judged: { right, words }. rows: classLikelihoods; gradient: of the mean loss.
export function judgeGuess({ label, direction }, rows, gradient, target, classes) {
  const others = rows.filter((row) => row.label !== target);
  const most = others[0];
  const went = directionOf(gradient);
  const [rightClass, rightWay] = [
    !most || most.mean - meanOf(others, label) < 1e-9,
    direction === went,
  ];
  const about = most
    ? `${rightClass ? "Right" : "No"}: of the other classes, ${classes[most.label]} looks most like ${classes[target]} to this curve, with a mean p of ${formatDigits(most.mean)}${rightClass ? "" : `; ${classes[label]} has ${formatDigits(meanOf(others, label))}`}. `
    : "There is no other class. ";
  const way = `${rightWay ? "Right" : "No"}: the step goes ${went}, against the slopes ${formatDigits(gradient[0])} along w and ${formatDigits(gradient[1])} along b.`;
  return { right: rightClass && rightWay, words: about + way };
}

export const DIRECTIONS = ["w up, b up", "w up, b down", "w down, b up", "w down, b down"];

export function directionOf([along, offset]) {
  return `w ${along <= 0 ? "up" : "down"}, b ${offset <= 0 ? "up" : "down"}`;
}

function meanOf(rows, label) {
  return rows.find((row) => row.label === label)?.mean ?? 0;
}

// Image, x, y, loss, gradient and scores by torch; own: the notebook has image and label_map.
export function torchCode({ source, every, feature, target, classes, pixel, point }) {
  const own = !source.startsWith("sample");
  const number = (value) => String(Number(value.toPrecision(9)));
  const parts = CONTRASTS[feature].parts;
  const contrast =
    feature === "brightness"
      ? "10 * (image.mean(dim=0) - 0.5)"
      : `10 * (${["red", "green", "blue"][parts.indexOf(1)]} - ${["red", "green", "blue"][parts.indexOf(-1)]})`;
  return [
    "import torch",
    "import torch.nn.functional as F",
    "import segedu as se",
    "",
    source,
    own ? null : 'image, label_map = sample["image"], sample["label_map"]',
    every > 1
      ? `image, label_map = image[:, ::${every}, ::${every}], label_map[::${every}, ::${every}]`
      : null,
    "image = (image.double() * 255).round() / 255  # 8 bits a channel, as in the explorer",
    feature === "brightness" ? null : "red, green, blue = image",
    `x = ${contrast}`,
    "valid = label_map != 255",
    `y = (label_map == ${target}).double()  # ${classes[target]}`,
    `w = torch.tensor(${number(point[0])}, dtype=torch.float64, requires_grad=True)`,
    `b = torch.tensor(${number(point[1])}, dtype=torch.float64, requires_grad=True)`,
    "z = w * x + b  # (H, W): one logit per pixel",
    "loss = F.binary_cross_entropy_with_logits(z[valid], y[valid])  # the mean of -log p or -log(1 - p)",
    "loss.backward()",
    'print(f"mean loss {loss.item():.6g}, log-likelihood {-loss.item() * valid.sum().item():.6g}")',
    'print(f"slope along w {w.grad.item():.6g}, along b {b.grad.item():.6g}")',
    "found, there = z[valid] >= 0, y[valid] == 1  # z >= 0 is p >= 0.5",
    "union = (found | there).sum().item()",
    'iou = (found & there).sum().item() / union if union else float("nan")',
    'print(f"accuracy {(found == there).double().mean().item():.6g}, IoU {iou:.6g}")',
    `p = z.sigmoid()[${pixel[0]}, ${pixel[1]}].item()`,
    `print(f"the pixel: p {p:.6g}, p - y {p - y[${pixel[0]}, ${pixel[1]}].item():.6g}")`,
  ]
    .filter((line) => line !== null)
    .join("\n");
}
