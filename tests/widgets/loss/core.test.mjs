// The pure arithmetic of the loss explorer against segedu.losses with autograd (test_page.py writes the values).
// The losses compute in float32, so gradients of sums over 1000 pixels agree to about 1e-5.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { logit } from "../../../segedu/widgets/kit/logistic.js";
import * as core from "../../../segedu/widgets/loss/core.js";

const path = process.env.SEGEDU_GOLDEN;
const golden = path ? JSON.parse(readFileSync(path, "utf-8")) : { cases: [], paths: [], rules: [] };
const near = (one, other, absolute, relative, words) =>
  assert.ok(
    Math.abs(one - other) <= absolute + relative * Math.abs(other),
    `${words}: ${one}, expected ${other}`,
  );
const scene = (objects, probabilities) => ({ objects, z: probabilities.map(logit) });
const SETTING = {
  weight: 10,
  gamma: 2,
  alpha: 0.3,
  beta: 0.7,
  epsilon: 1,
  likeness: 0.5,
  learningRate: 10,
};

test("golden values are there", {
  skip: path ? false : "run through pytest, which makes them with torch",
}, () => {
  assert.ok(golden.cases.length >= 100);
  assert.equal(golden.paths.length, 24);
});

test("values and total gradients equal autograd's sums over the pixels", () => {
  for (const { setting, z, losses } of golden.cases) {
    const said = core.sceneLosses({ objects: setting.objects, z }, setting);
    assert.deepEqual(Object.keys(said), Object.keys(losses));
    for (const [name, { value, gradients }] of Object.entries(losses)) {
      const words = `${name} ${JSON.stringify(setting)}`;
      near(said[name].value, value, 2e-6, 1e-5, words);
      if (said[name].tie) continue; // torch may then sort either group first
      near(-said[name].pushes[0], gradients[0], 2e-6, 1e-4, `${words} object`);
      near(said[name].pushes[1], gradients[1], 2e-6, 1e-4, `${words} background`);
    }
  }
});

test("descent equals autograd on shared weights, step by step", () => {
  for (const { name, setting, z, path: expected } of golden.paths) {
    const made = core.descendScene(name, { objects: setting.objects, z }, setting);
    assert.equal(made.length, expected.length);
    const tie = made.findIndex((now) => core.sceneLoss(name, now, setting).tie);
    const compared = name === "lovasz" && tie >= 0 ? tie + 1 : made.length; // at a tie the ways may part
    for (let step = 0; step < compared; step++) {
      near(made[step].value, expected[step][2], 1e-4, 1e-3, `${name} value at ${step}`);
      made[step].z.forEach((one, at) =>
        near(one, expected[step][at], 2e-3, 2e-3, `${name} z${at} at ${step}`),
      );
    }
  }
});

test("weights by a rule are the ratio of se.losses.class_weights, inverse and median alike", () => {
  for (const [objects, ...ratios] of golden.rules)
    ["inverse", "median", "root"].forEach((rule, at) =>
      near(core.frequencyWeight(objects, rule), ratios[at], 0, 1e-5, rule),
    );
  assert.equal(core.frequencyWeight(0, "inverse"), null);
});

test("with 1 % object, cross-entropy lets the background push and the cures don't", () => {
  const said = core.sceneLosses(scene(10, [0.3, 0.1]), {
    ...SETTING,
    weight: core.frequencyWeight(10, "inverse"),
  });
  assert.ok(core.partOf(said["cross-entropy"]) < 0.07);
  assert.ok(core.partOf(said.weighted) > 0.85);
  assert.ok(core.partOf(said.focal) > 3 * core.partOf(said["cross-entropy"]));
  assert.ok(core.partOf(said.dice) > 2 * core.partOf(said["cross-entropy"]));
});

test("special cases meet: w = 1, γ = 0, and Tversky with half prices is Dice", () => {
  const here = scene(35, [0.4, 0.23]);
  const said = core.sceneLosses(here, {
    ...SETTING,
    weight: 1,
    gamma: 0,
    alpha: 0.5,
    beta: 0.5,
    epsilon: 4,
  });
  const dice = core.sceneLosses(here, { ...SETTING, epsilon: 8 }).dice;
  for (const name of ["weighted", "focal"]) {
    near(said[name].value, said["cross-entropy"].value, 1e-12, 0, name);
    said[name].pushes.forEach((push, at) =>
      near(push, said["cross-entropy"].pushes[at], 1e-12, 0, name),
    );
  }
  near(said.tversky.value, dice.value, 1e-12, 0, "tversky");
});

test("pushes are the slopes of the values, by finite differences", () => {
  const here = scene(35, [0.4, 0.23]);
  for (const name of core.LOSS_NAMES)
    for (const group of [0, 1]) {
      const at = (by) =>
        core.sceneLoss(name, { ...here, z: here.z.with(group, here.z[group] + by) }, SETTING).value;
      const slope = (at(1e-5) - at(-1e-5)) / 2e-5;
      near(
        core.sceneLoss(name, here, SETTING).pushes[group],
        group === 0 ? -slope : slope,
        1e-8,
        1e-6,
        name,
      );
    }
});

test("the loss falls while the IoU stays 0, and inverse weights make it rise", () => {
  const setting = { ...SETTING, weight: core.frequencyWeight(10, "inverse") };
  const plain = core.descendScene("cross-entropy", scene(10, [0.3, 0.3]), {
    ...setting,
    learningRate: 5,
  });
  assert.ok(plain.at(-1).value < 0.06 * plain[0].value);
  assert.ok(plain.every(({ iou }) => iou === 0));
  assert.equal(core.descendScene("weighted", scene(10, [0.3, 0.3]), setting).at(-1).iou, 1);
});

test("nothing overflows at the largest steps and surest pixels", () => {
  for (const name of core.LOSS_NAMES)
    for (const objects of [0, 5, 500])
      for (const start of [
        [0.01, 0.99],
        [0.99, 0.01],
        [0.5, 0.5],
      ]) {
        const setting = {
          ...SETTING,
          weight: 200,
          learningRate: 100,
          likeness: 0.95,
          epsilon: 0,
          gamma: 0.1,
        };
        for (const { z, value } of core.descendScene(name, scene(objects, start), setting))
          assert.ok([...z, value].every(Number.isFinite), name);
      }
});

test("the IoU of nothing against nothing is no number", () => {
  assert.equal(core.sceneIou(scene(0, [0.3, 0.1])), null);
  assert.equal(core.sceneIou(scene(0, [0.3, 0.5])), 0);
  assert.equal(core.sceneIou(scene(20, [0.5, 0.9])), 0.02);
});
