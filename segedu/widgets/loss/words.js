// What the loss explorer writes: numbers, the formulas with their numbers, remarks on odd settings, the code. Pure, no DOM.
import { sceneLoss, SCENE_HEIGHT, SCENE_PIXELS, SCENE_WIDTH } from "./core.js";
import { formatDigits, plural } from "../kit/numbers.js";
import { sigmoid } from "../kit/logistic.js";

export const LOSS_TITLES = {
  "cross-entropy": "cross-entropy",
  weighted: "weighted CE",
  focal: "focal",
  dice: "soft Dice",
  tversky: "Tversky",
  lovasz: "Lovász",
};

// The share in percent, a whole number or a half.
export function shareWords(share) {
  return `${Number((100 * share).toFixed(1))} %`;
}

// One pixel: [loss, "value: …", "gradient: …"], the gradient being that on the logit of the right class.
export function writtenPixel(said, { weight, gamma }) {
  const { p, rest, surprise, focus, push } = said.focal;
  const [w, g] = [formatDigits(weight), formatDigits(gamma)];
  const [shown, left, log] = [p, rest, surprise].map(formatDigits);
  return [
    [
      "cross-entropy",
      `value: −log p = −log ${shown} = ${log}`,
      `gradient: −(1 − p) = ${formatDigits(-said["cross-entropy"].push)}`,
    ],
    [
      "weighted",
      `value: w·(−log p) = ${w}·${log} = ${formatDigits(said.weighted.value)}`,
      `gradient: −w·(1 − p) = −${w}·${left} = ${formatDigits(-said.weighted.push)}`,
    ],
    [
      "focal",
      `value: (1 − p)^γ·(−log p) = ${left}^${g}·${log} = ${formatDigits(said.focal.value)}`,
      `gradient: −(1 − p)^γ·(1 − p − γ·p·log p) = −${formatDigits(focus)}·(${left} + ${g}·${shown}·${log}) = ${formatDigits(-push)}`,
    ],
  ];
}

// The chosen loss of the scene, line by line: [name, "formula = numbers = result"].
export function writtenScene(name, scene, setting) {
  const said = sceneLoss(name, scene, setting);
  if (name === "dice" || name === "tversky") return writtenOverlap(name, said, setting);
  return name === "lovasz" ? writtenLovasz(scene, said) : writtenMean(name, scene, said, setting);
}

function writtenMean(name, { objects, z }, { value, pushes, counts, groups }, { weight, gamma }) {
  const weights = name === "weighted" ? [`${formatDigits(weight)}·`, ""] : ["", ""];
  const pixels = [objects, SCENE_PIXELS - objects];
  const total = formatDigits(counts[0] + counts[1]);
  const right = z.map((one, at) => formatDigits(sigmoid(at === 0 ? one : -one)));
  const formula = name === "focal" ? `(1 − p)^${formatDigits(gamma)}·(−log p)` : "−log p";
  const term = (at) => `${weights[at]}${pixels[at]}·${formatDigits(groups[at].value)}`;
  const push = (at) =>
    `${weights[at]}${pixels[at]}·${formatDigits(groups[at].push)} / ${total} = ${formatDigits(pushes[at])}`;
  return [
    ["right class", `p = p_o = ${right[0]} at the object, 1 − p_b = ${right[1]} at the background`],
    [
      "one pixel's loss",
      `${formula}: ${formatDigits(groups[0].value)} at the object, ${formatDigits(groups[1].value)} else`,
    ],
    ["loss", `(${term(0)} + ${term(1)}) / ${total} = ${formatDigits(value)}`],
    ["object's push", push(0)],
    ["background's push", push(1)],
  ];
}

function writtenOverlap(name, { value, pushes, classes }, { alpha, beta, epsilon }) {
  const eps = formatDigits(epsilon);
  const line = ({ hits, falsePositives, falseNegatives, index }) => {
    const [tp, fp, fn] = [hits, falsePositives, falseNegatives].map(formatDigits);
    const made =
      name === "dice"
        ? `(2·${tp} + ${eps}) / (2·${tp} + ${fp} + ${fn} + ${eps})`
        : `(${tp} + ${eps}) / (${tp} + ${formatDigits(alpha)}·${fp} + ${formatDigits(beta)}·${fn} + ${eps})`;
    return `${made} = ${formatDigits(index)}`;
  };
  const [object, background] = classes;
  const formula =
    name === "dice" ? "(2·TP + ε) / (2·TP + FP + FN + ε)" : "(TP + ε) / (TP + α·FP + β·FN + ε)";
  return [
    ["index of a class", `${formula}, TP, FP, FN being sums of probabilities`],
    ["object", line(object)],
    ["background", line(background)],
    [
      "loss",
      `1 − (${formatDigits(object.index)} + ${formatDigits(background.index)}) / 2 = ${formatDigits(value)}`,
    ],
    [
      "pushes",
      `object ${formatDigits(pushes[0])}, background ${formatDigits(pushes[1])}: slopes of the indices · p·(1 − p)`,
    ],
  ];
}

function writtenLovasz({ objects }, { value, pushes, errors, weights, objectFirst }) {
  const [object, background] = errors.map(formatDigits);
  const line = ([own, other]) =>
    `${formatDigits(own)}·${object} + ${formatDigits(other)}·${background}`;
  const sums = weights.map(([own, other]) => own * errors[0] + other * errors[1]);
  const first = objectFirst ? "the object's pixels are" : "the background's pixels are";
  const lines = [
    ["errors |t − p|", `1 − p_o = ${object} at the object, p_b = ${background} at the background`],
  ];
  if (objects > 0)
    lines.push(
      ["order", `${first} worse and join the mistakes first; weight: how much 1 − IoU grows`],
      ["object", `${line(weights[0])} = ${formatDigits(sums[0])}`],
    );
  lines.push(
    ["background", `${line(weights.at(-1))} = ${formatDigits(sums.at(-1))}`],
    [
      "loss",
      objects > 0
        ? `the mean of both = ${formatDigits(value)}`
        : `the only class there = ${formatDigits(value)}`,
    ],
    [
      "pushes",
      `object ${formatDigits(pushes[0])}, background ${formatDigits(pushes[1])}: mean weight · p·(1 − p)`,
    ],
  );
  return lines;
}

// What a student may take for a fault: [kind, words]; kind "dice" etc. names the loss that it is about.
export function remarksOn(scene, setting, losses) {
  const { objects } = scene;
  const { weight, gamma, alpha, beta, epsilon } = setting;
  const words = objects === 0 ? emptyTargetWords(losses, epsilon) : [];
  if (weight === 1 && objects > 0) words.push(["weighted", "w = 1: weighted CE is plain CE."]);
  if (gamma === 0) words.push(["focal", "γ = 0: (1 − p)⁰ = 1, so focal is plain CE."]);
  if (alpha === 0 && beta === 0)
    words.push([
      "tversky",
      "α = β = 0: mistakes cost nothing. An index is (TP + ε) / (TP + ε) = 1 wherever TP + ε > 0, and Tversky can't push.",
    ]);
  else if (alpha === 0 || beta === 0)
    words.push([
      "tversky",
      alpha === 0
        ? "α = 0: a false positive costs nothing within its class. It still costs: it is a miss of the other class."
        : "β = 0: a miss costs nothing within its class. It still costs: it is a false positive of the other class.",
    ]);
  if (losses.lovasz.tie)
    words.push([
      "lovasz",
      "1 − p_o = p_b: the errors tie, and the Lovász loss has a kink here. Either group may come first, so torch may show other pushes; the value is the same.",
    ]);
  return words;
}

function emptyTargetWords({ dice, lovasz }, epsilon) {
  const { falsePositives, index } = dice.classes[0];
  const sum = formatDigits(falsePositives);
  const says =
    epsilon === 0
      ? `With ε = 0 its index is 0 / ${sum} = 0 for any prediction, and 0/0 for none at all: the object's class costs 1 whatever is predicted and gives no gradient. The background's class still pushes.`
      : `ε makes its index ε / (Σp + ε) = ${formatDigits(epsilon)} / (${sum} + ${formatDigits(epsilon)}) = ${formatDigits(index)}: it nears 1 as the prediction empties.`;
  return [
    [
      "all",
      "No pixel is the object: nobody pushes for it, no weight can change that, and its IoU is 0/0 until a pixel is predicted.",
    ],
    ["dice", `Dice of an empty target: TP = FN = 0, FP = Σp = ${sum}. ${says}`],
    [
      "lovasz",
      `Lovász takes the mean over the classes that are there: only the background's, ${formatDigits(lovasz.value)}.`,
    ],
  ];
}

// What the descent shows, in a sentence or two.
export function descentWords(path, objects) {
  const [first, last] = [path[0], path.at(-1)];
  const risen = path.findIndex(
    ({ value }, at) => at > 0 && value > path[at - 1].value * (1 + 1e-6) + 1e-12,
  );
  const found = path.findIndex(({ iou }) => iou !== null && iou >= 0.5);
  const falls = `The loss goes from ${formatDigits(first.value)} to ${formatDigits(last.value)}.`;
  const lowest = path.reduce((best, { z }, at) => (z[0] < path[best].z[0] ? at : best), 0);
  const drowned =
    objects > 0 && sigmoid(path[lowest].z[0]) < sigmoid(first.z[0]) - 0.005
      ? ` p_o sinks to ${formatDigits(sigmoid(path[lowest].z[0]))} by step ${lowest}: the background's push, through the shared weights, outweighs the object's own.`
      : "";
  const most = Math.max(...path.map(({ iou }) => iou ?? 0));
  const never =
    last.value < first.value ? "the loss falls while no object is found." : "no object is found.";
  const iou =
    objects === 0
      ? ""
      : found >= 0
        ? ` The IoU of p ≥ 0.5 reaches 0.5 at step ${found}.`
        : most > 0
          ? ` The IoU of p ≥ 0.5 never exceeds ${formatDigits(most)}.`
          : ` The IoU of p ≥ 0.5 stays 0: ${never}`;
  const long =
    risen < 0
      ? ""
      : ` At step ${risen} the loss rises: the step is too long there. Lower the learning rate.`;
  return falls + drowned + iou + long;
}

// Scene, losses, values and summed gradients by the course's own modules; picture: what is on it, "" for plain pixels.
export function torchCode({ objects, z }, { weight, gamma, alpha, beta, epsilon }, picture = "") {
  const numbers = (value) => String(Number(value.toPrecision(9)));
  const anywhere =
    "# These losses don't ask where a pixel lies: the first ones stand for the object.";
  return [
    "import torch",
    "import segedu as se",
    "",
    ...(picture ? [`# ${picture}`, anywhere] : []),
    `target = torch.zeros(1, ${SCENE_HEIGHT}, ${SCENE_WIDTH}, dtype=torch.int64)  # ${SCENE_PIXELS} pixels`,
    `target.view(-1)[:${objects}] = 1  # ${plural(objects, "pixel")} of the object`,
    "# z: logit of the object minus that of the background, at the object and elsewhere",
    `z = torch.where(target == 1, ${numbers(z[0])}, ${numbers(z[1])}).requires_grad_()`,
    "logits = torch.stack([torch.zeros_like(z), z], dim=1)  # (1, 2, H, W)",
    "losses = {",
    '    "cross-entropy": se.CrossEntropy(),',
    `    "weighted": se.CrossEntropy(class_weights=[1.0, ${numbers(weight)}]),`,
    `    "focal": se.losses.Focal(gamma=${numbers(gamma)}),`,
    `    "dice": se.losses.SoftDice(epsilon=${numbers(epsilon)}),`,
    `    "tversky": se.losses.Tversky(alpha=${numbers(alpha)}, beta=${numbers(beta)}, epsilon=${numbers(epsilon)}),`,
    '    "lovasz": se.losses.LovaszSoftmax(),',
    "}",
    "for name, loss in losses.items():",
    "    value = loss(logits, target)",
    "    (gradient,) = torch.autograd.grad(value, z, retain_graph=True)",
    "    pushes = [gradient[target == group].sum().item() for group in (1, 0)]",
    '    print(f"{name}: {value.item():.6g}, gradient of the object {pushes[0]:.6g}, of the background {pushes[1]:.6g}")',
  ].join("\n");
}

// The guess "whose object pushes most?" judged: { right, words }.
export function judgePush(guess, parts) {
  const best = Math.max(...Object.values(parts));
  const winners = Object.keys(parts).filter((name) => parts[name] >= best - 1e-9);
  const percent = (part) => `${formatDigits(100 * part)} %`;
  const first = `${winners.map((name) => LOSS_TITLES[name]).join(" and ")}: ${percent(best)} of the push comes from the object.`;
  if (best === 0)
    return { right: false, words: "None: there is no object, so no loss lets it push." };
  if (winners.includes(guess)) return { right: true, words: `Right, ${first}` };
  const reasons = {
    "cross-entropy": "Every pixel has one vote there, and the background has more pixels.",
    weighted:
      "It depends on w: the object's votes count w times; at w = (1 − share) / share both groups weigh the same.",
    focal: "Focal quiets sure pixels of either group; it doesn't know which class is rare.",
    dice: "Dice divides by the object's size, but the slope p·(1 − p) is small where p is near 0 or 1.",
    tversky:
      "α and β price mistakes within a class; half the price on false positives still falls on the background.",
    lovasz:
      "Lovász weighs a group by how much the IoU changes; the group with the larger errors counts first.",
  };
  return {
    right: false,
    words: `${LOSS_TITLES[guess]} has ${percent(parts[guess])}. ${reasons[guess]} It is ${first}`,
  };
}

// What one step does to the object's logit.
export function netWords(name, objects, { pushes }, { likeness, learningRate }) {
  const [own, other] = pushes;
  const move = learningRate * (own - likeness * other);
  const [rate, c] = [learningRate, likeness].map(formatDigits);
  const sum = `${rate}·(${formatDigits(own)} − ${c}·${formatDigits(other)}) = ${formatDigits(move)}`;
  const verdict =
    objects === 0
      ? "there is no object; what looks like one follows the background."
      : move < 0
        ? "down, away from the object: the background's push drowns the object's."
        : move > 0
          ? "up, toward the object."
          : "it stays.";
  return `A step on ${LOSS_TITLES[name]} moves the object's logit by learning rate · (own push − c · background's push) = ${sum}: ${verdict}`;
}
