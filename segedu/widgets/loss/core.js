// The loss explorer's arithmetic: a scene of two groups of pixels, values and gradients in closed form. Pure, no DOM.
//
// z is the object's logit minus the background's; softmax makes the object's probability p = 1 / (1 + e^−z). All pixels of the
// object share one z, all of the background another: scene = { objects, z: [object, background] }, the object's pixels of 1000.
// Held equal to segedu.losses with autograd.
import { logit, sigmoid } from "../kit/logistic.js";

export const SCENE_HEIGHT = 25;
export const SCENE_WIDTH = 40;
export const SCENE_PIXELS = SCENE_HEIGHT * SCENE_WIDTH;
export const DESCENT_STEPS = 60;
export const LOSS_NAMES = ["cross-entropy", "weighted", "focal", "dice", "tversky", "lovasz"];
export const EPSILONS = [0, 0.01, 0.1, 1, 10, 100];
export const LEARNING_RATES = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100];
const LEAST_DENOMINATOR = 1e-7; // as in segedu/losses/dice.py
const SAME_ERROR = 1e-6; // float32 tells no finer differences apart

// One pixel whose right class has the logit lead m: −log p, the push (1 − p) that raises m, and both for γ.
export function pixelFocal(lead, gamma) {
  const p = sigmoid(lead);
  const rest = sigmoid(-lead); // 1 − p with all its digits
  const surprise = lead >= 0 ? Math.log1p(Math.exp(-lead)) : Math.log1p(Math.exp(lead)) - lead; // −log p
  const focus = rest ** gamma;
  return {
    p,
    rest,
    surprise,
    focus,
    value: focus * surprise,
    push: focus * (rest + gamma * p * surprise),
  };
}

export function pixelLosses(p, { weight, gamma }) {
  const plain = pixelFocal(logit(p), 0);
  return {
    "cross-entropy": plain,
    weighted: { ...plain, value: weight * plain.value, push: weight * plain.push },
    focal: pixelFocal(logit(p), gamma),
  };
}

// Value and the gradients' sizes [object, background]: every loss here raises the object's z and lowers the background's.
export function sceneLosses(scene, setting) {
  return Object.fromEntries(LOSS_NAMES.map((name) => [name, sceneLoss(name, scene, setting)]));
}

export function sceneLoss(name, scene, { weight, gamma, alpha, beta, epsilon }) {
  if (name === "dice") return overlapLoss(scene, 0.5, 0.5, epsilon / 2);
  if (name === "tversky") return overlapLoss(scene, alpha, beta, epsilon);
  if (name === "lovasz") return lovaszLoss(scene);
  return meanLoss(scene, name === "weighted" ? weight : 1, name === "focal" ? gamma : 0);
}

// Σ w·loss / Σ w over pixels.
function meanLoss({ objects, z }, weight, gamma) {
  const counts = [weight * objects, SCENE_PIXELS - objects];
  const total = counts[0] + counts[1];
  const groups = [pixelFocal(z[0], gamma), pixelFocal(-z[1], gamma)];
  return {
    value: (counts[0] * groups[0].value + counts[1] * groups[1].value) / total,
    pushes: groups.map(({ push }, at) => (counts[at] * push) / total),
    counts,
    groups,
  };
}

// Soft counts of the two classes, the object first: the other class's false positives are this class's false negatives.
export function softCounts({ objects, z }) {
  const others = SCENE_PIXELS - objects;
  const missed = objects * sigmoid(-z[0]);
  const surplus = others * sigmoid(z[1]);
  return [
    { hits: objects * sigmoid(z[0]), falsePositives: surplus, falseNegatives: missed },
    { hits: others * sigmoid(-z[1]), falsePositives: missed, falseNegatives: surplus },
  ];
}

function overlapLoss(scene, alpha, beta, epsilon) {
  const classes = softCounts(scene).map((counts) => {
    const { hits, falsePositives, falseNegatives } = counts;
    const denominator = hits + alpha * falsePositives + beta * falseNegatives + epsilon;
    const bottom = Math.max(denominator, LEAST_DENOMINATOR);
    const index = (hits + epsilon) / bottom;
    const moves = denominator >= LEAST_DENOMINATOR;
    // A hit more is a false negative less: d index / d hits, and what a false positive less adds.
    return {
      ...counts,
      denominator,
      index,
      hit: (1 - (moves ? index * (1 - beta) : 0)) / bottom,
      falseAlarm: moves ? (alpha * index) / bottom : 0,
    };
  });
  const [object, background] = classes;
  const slopes = scene.z.map((z) => sigmoid(z) * sigmoid(-z)); // dp/dz
  const others = SCENE_PIXELS - scene.objects;
  return {
    value: 1 - (object.index + background.index) / 2,
    pushes: [
      (scene.objects * slopes[0] * (object.hit + background.falseAlarm)) / 2,
      (others * slopes[1] * (background.hit + object.falseAlarm)) / 2,
    ],
    classes,
  };
}

// Errors |t − p| are the same for both classes: 1 − p of the object's pixels, p of the background's. In a class, the group with
// the larger error joins the mistakes first; a group's weight is how much 1 − IoU grows by it.
function lovaszLoss({ objects, z }) {
  const share = objects / SCENE_PIXELS;
  const errors = [sigmoid(-z[0]), sigmoid(z[1])];
  const objectFirst = errors[0] >= errors[1] - SAME_ERROR;
  const rest = 1 - share;
  let weights = objectFirst
    ? [
        [1, 0],
        [share, rest],
      ]
    : [
        [share, rest],
        [0, 1],
      ];
  if (objects === 0) weights = [[0, 1]]; // only the classes of the target count
  const mean = [0, 1].map(
    (group) => weights.reduce((sum, row) => sum + row[group], 0) / weights.length,
  );
  const slopes = z.map((one) => sigmoid(one) * sigmoid(-one));
  return {
    value: mean[0] * errors[0] + mean[1] * errors[1],
    pushes: mean.map((weight, group) => weight * slopes[group]),
    errors,
    weights,
    objectFirst,
    tie: objects > 0 && Math.abs(errors[0] - errors[1]) <= SAME_ERROR,
  };
}

// The object's part of both pushes; null where nobody pushes.
export function partOf({ pushes: [object, background] }) {
  return object + background > 0 ? object / (object + background) : null;
}

// Of the object, with the prediction p ≥ 0.5; null for 0/0.
export function sceneIou({ objects, z }) {
  const surplus = sigmoid(z[1]) >= 0.5 ? SCENE_PIXELS - objects : 0;
  if (objects + surplus === 0) return null;
  return (sigmoid(z[0]) >= 0.5 ? objects : 0) / (objects + surplus);
}

// Gradient descent with shared weights: a step for one group's z moves the other's by `likeness` of it.
export function descendScene(name, scene, setting) {
  const { likeness, learningRate } = setting;
  const path = [];
  let { z } = scene;
  for (let step = 0; step <= DESCENT_STEPS; step++) {
    const now = { objects: scene.objects, z };
    const { value, pushes } = sceneLoss(name, now, setting);
    path.push({ ...now, value, iou: sceneIou(now) });
    const [up, down] = pushes;
    z = [
      z[0] + learningRate * (up - likeness * down),
      z[1] + learningRate * (likeness * up - down),
    ];
  }
  return path;
}

// The weight of the object's class against the background's 1 by a rule of se.losses.class_weights; null without an object.
export function frequencyWeight(objects, rule) {
  if (objects === 0) return null;
  const ratio = (SCENE_PIXELS - objects) / objects;
  return rule === "root" ? Math.sqrt(ratio) : ratio;
}
