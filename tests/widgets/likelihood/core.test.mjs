// The pure arithmetic of the likelihood explorer against torch with autograd (test_page.py writes the values).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { packedColor } from "../../../segedu/widgets/kit/colors.js";
import * as colors from "../../../segedu/widgets/likelihood/colors.js";
import * as core from "../../../segedu/widgets/likelihood/core.js";
import * as words from "../../../segedu/widgets/likelihood/words.js";

const path = process.env.SEGEDU_GOLDEN;
const golden = path ? JSON.parse(readFileSync(path, "utf-8")) : { cases: [] };
const near = (one, other, absolute, relative, said) =>
  assert.ok(
    Math.abs(one - other) <= absolute + relative * Math.abs(other),
    `${said}: ${one}, expected ${other}`,
  );

function tableOf({ image, labels, feature, target }) {
  const rgba = new Uint8ClampedArray((4 * image.length) / 3);
  image.forEach((byte, at) => (rgba[4 * Math.floor(at / 3) + (at % 3)] = byte));
  return core.contrastTable(rgba, Uint8Array.from(labels), feature, target, 4);
}

// Values with how many pixels of the target and of the others have them.
function tableFrom(rows) {
  const [xs, ones, zeros] = [0, 1, 2].map((column) =>
    Float64Array.from(rows, (row) => row[column]),
  );
  const sum = (counts) => counts.reduce((total, one) => total + one, 0);
  return { xs, ones, zeros, byClass: [zeros, ones], positives: sum(ones), negatives: sum(zeros) };
}

test("golden values are there", {
  skip: path ? false : "run through pytest, which makes them with torch",
}, () => {
  assert.equal(golden.cases.length, 60);
  assert.ok(golden.cases.filter(({ best }) => best).length > 40);
});

test("the table's entries give each pixel its x and count all but void", () => {
  for (const one of golden.cases) {
    const table = tableOf(one);
    one.x.forEach((x, at) =>
      near(table.xs[table.entry[at]], x, 1e-12, 0, `${one.feature} pixel ${at}`),
    );
    assert.equal(table.positives, one.labels.filter((label) => label === one.target).length);
    assert.equal(
      table.positives + table.negatives,
      one.labels.filter((label) => label !== 255).length,
    );
  }
});

test("loss, log-likelihood, accuracy, IoU and both slopes equal torch's", () => {
  for (const one of golden.cases) {
    const said = core.scoresOf(tableOf(one), one.point);
    for (const [name, value] of Object.entries(one.scores))
      if (value === null) assert.equal(said[name], null);
      else near(said[name], value, 1e-9, 1e-9, `${name} at ${one.point}`);
    said.gradient.forEach((slope, at) => near(slope, one.gradient[at], 1e-10, 1e-9, `slope ${at}`));
    for (const at of [0, 1])
      near(
        (said.pushes.target[at] + said.pushes.others[at]) / said.count,
        one.gradient[at],
        1e-10,
        1e-9,
        "sums",
      );
  }
});

// Where steps overshoot, the path is chaotic and rounding grows; so each of torch's steps is taken from torch's own point.
test("each step of descent is one of torch's SGD, also where it overshoots", () => {
  for (const one of golden.cases) {
    const table = tableOf(one);
    one.path.slice(1).forEach(([w, b, loss], at) => {
      const [, made] = core.descend(table, one.path[at].slice(0, 2), one.rate, 1);
      [...made.point, made.loss].forEach((value, part) =>
        near(value, [w, b, loss][part], 1e-9, 1e-9, `step ${at + 1}`),
      );
    });
    if (one.rate > 1) continue;
    const last = core.descend(table, one.point, one.rate).at(-1);
    last.point.forEach((value, at) =>
      near(value, one.path.at(-1)[at], 1e-7, 1e-7, "the last point"),
    );
  }
});

test("Newton's best point is L-BFGS's, and there is none where the classes don't overlap", () => {
  for (const one of golden.cases) {
    const best = core.bestPoint(tableOf(one));
    assert.equal(best === null, one.best === null);
    if (!best) continue;
    best.forEach((value, at) => near(value, one.best[at], 1e-4, 1e-4, "best"));
    near(core.scoresOf(tableOf(one), best).loss, one.best[2], 1e-9, 0, "least loss");
  }
});

test("curvature, means by class and the surface's corner equal torch's", () => {
  for (const one of golden.cases) {
    const table = tableOf(one);
    near(core.curvatureOf(table, one.point).largest, one.curvature, 1e-10, 1e-7, "curvature");
    const rows = core.classLikelihoods(table, one.point);
    assert.deepEqual(
      rows.map(({ label }) => String(label)).sort(),
      Object.keys(one.classes).sort(),
    );
    for (const { label, mean, found } of rows) {
      near(mean, one.classes[label][0], 1e-10, 1e-9, "mean p");
      near(found, one.classes[label][1], 1e-10, 0, "found");
    }
    const { side, values } = core.lossSurface(table, 5);
    near(
      10 ** values[(side - 1) * side],
      Math.max(one.corner, 1e-4),
      1e-9,
      1e-9,
      "w = −12, b = 12",
    );
  }
});

test("the majority's loss is the entropy of the target's share, the loss of the best constant p", () => {
  const table = tableFrom([[0, 3, 7]]);
  const said = core.majorityScores(table);
  near(said.loss, core.scoresOf(table, [0, Math.log(3 / 7)]).loss, 1e-12, 0, "loss");
  near(said.accuracy, 0.7, 1e-12, 0, "accuracy");
  assert.equal(said.iou, 0);
  assert.deepEqual(core.majorityScores(tableFrom([[0, 0, 7]])).iou, null);
  near(core.majorityScores(tableFrom([[0, 6, 4]])).iou, 0.6, 1e-12, 0, "everything is found");
});

test("classes that a threshold tells apart have no best point, overlapping ones have", () => {
  const apart = tableFrom([
    [-1, 0, 4],
    [0.5, 3, 0],
  ]);
  const touching = tableFrom([
    [-1, 0, 4],
    [0, 2, 2],
    [1, 3, 0],
  ]);
  const mixed = tableFrom([
    [-1, 1, 4],
    [1, 3, 1],
  ]);
  assert.equal(core.bestPoint(apart), null);
  assert.equal(core.bestPoint(touching), null); // one shared value only: the loss still falls as w grows
  const [w, b] = core.bestPoint(mixed);
  near(b - w, Math.log(1 / 4), 1e-9, 0, "p = 1/5 at x = −1");
  near(b + w, Math.log(3), 1e-9, 0, "p = 3/4 at x = 1");
});

test("a sure and wrong pixel keeps its gradient, and its loss is finite where 1 − p has no digits left", () => {
  const said = core.scorePixel(10, 0, [12, 12]);
  assert.equal(said.p, 1);
  near(said.loss, 132, 1e-9, 0, "loss");
  near(said.push, 1, 1e-12, 0, "push");
  assert.ok(core.scorePixel(10, 1, [12, 12]).push > -1e-50);
  assert.equal(core.scorePixel(-10, 1, [12, -12]).loss, 132);
});

test("handles lie on the curve and inside of the plot, for every w and b", () => {
  const range = { low: -3, high: 2 };
  for (let w = -12; w <= 12; w += 0.5)
    for (let b = -12; b <= 12; b += 0.5) {
      const { anchor, turn, inside } = core.curveHandles([w, b], range);
      for (const { x, z } of [anchor, turn]) {
        near(w * x + b, z, 1e-9, 0, `on the curve of ${w}, ${b}`);
        assert.ok(x > range.low && x < range.high);
      }
      assert.equal(inside, w !== 0 && -b / w > -3 && -b / w < 2);
      assert.ok(Math.abs(turn.x - anchor.x) > 0.25);
    }
});

test("a dragged middle keeps the slope, a dragged square keeps the middle and passes through the pointer", () => {
  const range = { low: -3, high: 2 };
  const handles = core.curveHandles([2, 1], range);
  const [w, b] = core.dragCurve("middle", handles, [2, 1], 0.75, 0.1);
  assert.deepEqual([w, -b / w], [2, 0.75]);
  const turned = core.dragCurve("turn", handles, [2, 1], 0.5, 0.9);
  near(turned[0] * -0.5 + turned[1], 0, 0.01, 0, "the middle stays");
  near(1 / (1 + Math.exp(-turned[0] * 0.5 - turned[1])), 0.9, 0.01, 0, "through the pointer");
  assert.ok(core.dragCurve("turn", handles, [2, 1], -1.5, 0.9)[0] < 0); // across the middle: it falls
  const flat = core.curveHandles([0, 0], range);
  near(
    core.dragCurve("middle", flat, [0, 0], 0, 0.75)[1],
    Math.log(3),
    0.01,
    0,
    "a flat curve moves up",
  );
  for (const x of [-2.99, -0.5, -0.4999, 1.99])
    for (const p of [-1, 0, 0.5, 1, 2])
      core
        .dragCurve("turn", handles, [2, 1], x, p)
        .forEach((one) => assert.ok(Math.abs(one) <= 12));
});

test("bins hold every counted pixel once", () => {
  for (const one of golden.cases) {
    const table = tableOf(one);
    const bins = core.contrastBins(table);
    const sum = (counts) => counts.reduce((total, count) => total + count, 0);
    assert.equal(sum(bins.ones), table.positives);
    assert.equal(sum(bins.zeros), table.negatives);
    table.xs.forEach((x, at) => {
      const low = bins.low + bins.bin[at] * bins.width;
      assert.ok(x >= low - 1e-9 && x <= low + bins.width + 1e-9);
    });
  }
});

test("ramps go through their stops", () => {
  assert.deepEqual(colors.rampOf("gradient", 0.5), [0xf4, 0xf4, 0xf4]);
  assert.deepEqual(colors.rampOf("p", -1), [0x0d, 0x14, 0x40]);
  assert.deepEqual(colors.rampOf("p", 7), [0xfd, 0xf3, 0xa8]);
  assert.equal(packedColor([1, 2, 3]), 0xff030201);
});

test("the product of likelihoods is told as a power of ten where no float holds it", () => {
  assert.match(
    words.productWords({ count: 9266, logLikelihood: -2856 }),
    /about 10⁻¹²⁴¹\. No float/,
  );
  assert.match(words.productWords({ count: 2, logLikelihood: Math.log(0.06) }), /, 0\.06;/);
});
