// The pure arithmetic of the augmentation lab against torch and torchvision (test_page.py writes the values).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import * as core from "../../../segedu/widgets/augmentation/core.js";
import * as counts from "../../../segedu/widgets/augmentation/core_count.js";
import * as random from "../../../segedu/widgets/augmentation/core_random.js";
import { blurReach, gaussianWeights } from "../../../segedu/widgets/augmentation/core_recolor.js";
import {
  colorTable,
  createWorkshop,
  paintLabelMap,
} from "../../../segedu/widgets/augmentation/scene.js";

const path = process.env.SEGEDU_GOLDEN;
const golden = path
  ? JSON.parse(readFileSync(path, "utf-8"))
  : { cases: [], fields: [], uniforms: {}, normals: {}, draws: [] };
const near = (found, expected, within, what) => {
  assert.equal(found.length, expected.length);
  let worst = 0;
  for (let at = 0; at < found.length; at++)
    worst = Math.max(worst, Math.abs(found[at] - expected[at]));
  assert.ok(worst <= within, `${what}: off by ${worst}`);
};
const workshopOf = ({ image, labels, size }) =>
  createWorkshop({ image: Float32Array.from(image), labels: Uint8Array.from(labels) }, size);

test("golden values are there", {
  skip: path ? false : "run through pytest, which makes them",
}, () => {
  assert.ok(golden.cases.length >= 60);
  for (const mistake of ["none", "bilinear", "left behind", "two draws"])
    assert.ok(
      golden.cases.filter(({ setting }) => setting.mistake === mistake).length >= 5,
      mistake,
    );
  assert.ok(golden.cases.some(({ size }) => size[0] !== size[1]));
});

test("random numbers are torch.rand's and torch.randn's, number for number", () => {
  for (const [seed, expected] of Object.entries(golden.uniforms))
    assert.deepEqual([...random.torchUniforms(Number(seed), expected.length)], expected);
  for (const [key, expected] of Object.entries(golden.normals))
    near(
      random.torchNormals(Number(key.split(",")[0]), expected.length),
      expected,
      3e-6,
      `randn ${key}`,
    );
});

test("a random setting is the one that Python draws", () => {
  golden.draws.forEach((expected, number) =>
    assert.deepEqual(core.drawSetting(number, [95, 127]), expected),
  );
});

test("the field is segedu.elastic_field's, and folds where its Jacobian is not positive", () => {
  for (const { size, nodes, seed, x, y, folds } of golden.fields) {
    const field = core.unitField(size, nodes, seed);
    near(field.x, x, 5e-6, "x");
    near(field.y, y, 5e-6, "y");
    for (const [strength, expected] of Object.entries(folds))
      assert.equal(counts.countFolds(field, Number(strength), size), expected);
  }
});

test("the matrix is torchvision's inverse", () => {
  for (const { setting, matrix } of golden.cases)
    near(core.inverseMatrix(setting).flat(), matrix.flat(), 1e-12, "matrix");
});

test("the image after all transforms is torchvision's to 1/255", () => {
  for (const one of golden.cases)
    near(
      workshopOf(one).run(one.setting, one.other).image,
      one.after,
      1 / 255,
      JSON.stringify(one.setting),
    );
});

test("labels equal torchvision's in every pixel that is not a tie, and so does what is wrong", () => {
  let compared = 0;
  for (const one of golden.cases) {
    const result = workshopOf(one).run(one.setting, one.other);
    one.ties.forEach((tie, at) => {
      if (tie) return;
      compared += 1;
      const where = `${JSON.stringify(one.setting)} at ${at} of ${one.size}`;
      assert.equal(result.right[at], one.right[at], where);
      assert.equal(result.made[at], one.made[at], where);
      assert.equal(result.wrong[at], one.wrong[at], `wrong: ${where}`);
    });
  }
  assert.ok(!path || compared > 10000);
});

test("a workshop gives the same after other settings have run in it", () => {
  for (let at = 1; at < golden.cases.length; at++) {
    const [one, other] = [golden.cases[at], golden.cases[at - 1]];
    const workshop = workshopOf(one);
    const first = Float32Array.from(workshop.run(one.setting, one.other).image);
    workshop.run({ ...other.setting }, one.other);
    const result = workshop.run(one.setting, one.other);
    assert.deepEqual(result.image, first);
  }
});

test("the neighbors' weights sum to one and give the moved color; the nearest gives the label", () => {
  for (const one of golden.cases.slice(0, 20)) {
    const result = workshopOf(one).run({ ...one.setting, mistake: "none" }, one.other);
    const area = one.labels.length;
    for (let at = 0; at < area; at += 7) {
      const found = core.neighborsAt(result.table, at, result.flip, one.size);
      assert.ok(Math.abs(found.reduce((sum, { weight }) => sum + weight, 0) - 1) < 1e-9);
      const { filled } = core.mixOf(
        found,
        found.map(({ index }) => result.source[index]),
        0.5,
      );
      assert.ok(Math.abs(filled - result.moved[at]) < 1e-6);
      for (const { row, col, index } of found)
        if (index >= 0) assert.equal(index, row * one.size[1] + col);
      const { index } = core.nearestAt(result.table, at, result.flip, one.size);
      assert.equal(index < 0 ? result.fill : one.labels[index], result.made[at]);
    }
  }
});

test("the readers of a source pixel are the output pixels that have it as a neighbor", () => {
  for (const one of golden.cases.slice(0, 12)) {
    const result = workshopOf(one).run({ ...one.setting, mistake: "none" }, one.other);
    const index = Math.floor(one.labels.length / 2);
    const place = [Math.floor(index / one.size[1]), index % one.size[1]];
    const expected = [...one.labels.keys()].filter((at) =>
      core
        .neighborsAt(result.table, at, result.flip, one.size)
        .some((each) => each.index === index && each.weight > 1e-4),
    );
    assert.deepEqual(counts.outputReaders(place, result), expected);
  }
});

test("groups of invented classes hold every invented pixel once, the largest first", () => {
  for (const one of golden.cases) {
    const setting = { ...one.setting, mistake: "bilinear" };
    const result = workshopOf(one).run(setting, one.other);
    const groups = counts.inventedGroups({ ...result, classes: 5 });
    assert.equal(
      groups.reduce((sum, { pixels }) => sum + pixels, 0),
      result.wrongCount,
    );
    for (const { from, to, named } of groups) {
      assert.ok(to.every((label) => !from.includes(label) && label < from.at(-1)));
      assert.equal(named, to.length === 1 && to[0] < 5);
    }
  }
});

test("the two pixels 0 and 2, mixed half and half, are the 1 that was in neither", () => {
  const one = { image: new Array(12).fill(0), labels: [0, 2, 0, 2], size: [2, 2] };
  const setting = {
    ...core.NO_CHANGE,
    zoom: 4,
    nodes: 4,
    seed: 0,
    mistake: "bilinear",
    fill: "void",
  };
  const result = workshopOf(one).run(setting, setting);
  assert.deepEqual([...result.made], [1, 1, 1, 1]);
  assert.equal(result.wrongCount, 4);
  const [group] = counts.inventedGroups({ ...result, classes: 3 });
  assert.deepEqual(group, { from: [0, 2], to: [1], pixels: 4, named: true });
});

test("a half is rounded to the even number, as in torch", () => {
  assert.deepEqual(
    [0.5, 1.5, 2.5, -0.5, -1.5, 2.4, 2.6].map((value) => core.roundEven(value) + 0),
    [0, 2, 2, 0, -2, 2, 3],
  );
});

test("a Gaussian sums to one and is cut at three deviations, or where the image ends", () => {
  const weights = gaussianWeights(1.5, 5);
  assert.ok(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-12);
  assert.ok(Math.abs(weights[5] / weights[2] - Math.exp(9 / 4.5)) < 1e-9);
  assert.deepEqual([blurReach(1.5, 95, 127), blurReach(4, 9, 5), blurReach(0, 9, 5)], [5, 4, 0]);
});

test("classes that are gone are found, void is none", () => {
  const [before, after] = [
    [0, 0, 3, 255],
    [0, 0, 0, 0],
  ].map((labels) => counts.countOfLabels(Uint8Array.from(labels)));
  assert.deepEqual(counts.lostClasses(before, after), [3]);
});

test("labels are painted in their colors, void hatched, strangers magenta; what is right fades", () => {
  const bytes = new Uint8ClampedArray(16);
  const labels = Uint8Array.from([0, 1, 255, 9]);
  const table = colorTable(["#102030", "#ffffff"]);
  paintLabelMap(bytes, labels, 4, table, null, "");
  assert.deepEqual(
    [...bytes],
    [16, 32, 48, 255, 255, 255, 255, 255, 205, 205, 205, 255, 255, 0, 255, 255],
  );
  paintLabelMap(bytes, labels, 4, table, Uint8Array.from([1, 0, 1, 0]), "#000000");
  assert.deepEqual([...bytes].slice(0, 8), [16, 32, 48, 255, 64, 64, 64, 255]);
});
