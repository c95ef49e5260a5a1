// The pure arithmetic of the metric lab against what segedu.metrics says (test_sweep.py writes the golden values).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import * as core from "../../../segedu/widgets/metric_lab/core.js";
import * as presets from "../../../segedu/widgets/metric_lab/presets.js";
import * as shapes from "../../../segedu/widgets/metric_lab/shapes.js";
import * as words from "../../../segedu/widgets/metric_lab/words.js";

const path = process.env.SEGEDU_GOLDEN;
const golden = path
  ? JSON.parse(readFileSync(path, "utf-8"))
  : { cases: [], shapes: [], limits: {} };
const compareCase = ({ target, prediction, tolerance, width }) =>
  core.compareMaps(target, prediction, tolerance, width);
const presetScores = (name, tolerance = 1, width = 2, size = [24, 36]) => {
  const { target, prediction } = presets.PRESETS[name].make(...size);
  return core.metricsOf(core.compareMaps(target, prediction, tolerance, width));
};
const near = (value, expected, words_) =>
  expected === null || Number.isNaN(expected)
    ? assert.ok(Number.isNaN(value), words_)
    : assert.ok(Math.abs(value - expected) < 1e-12, `${words_}: ${value}, expected ${expected}`);

// What a student's calculator makes of a formula on the screen.
const calculate = (formula) => Function(`"use strict"; return ${formula.replaceAll("·", "*")}`)();

test("golden values are there", {
  skip: path ? false : "run through pytest, which makes them",
}, () => {
  assert.ok(golden.cases.length >= 200);
});

test("counts, boundary cells, bands and all metrics equal segedu.metrics on random maps", () => {
  for (const one of golden.cases) {
    const compared = compareCase(one);
    assert.deepEqual(compared.counts, one.counts);
    for (const name of ["target", "prediction"]) {
      assert.deepEqual([...compared.edges[name]], one.edges[name]);
      assert.deepEqual([...compared.bands[name]], one.bands[name]);
    }
    for (const [name, value] of Object.entries(core.metricsOf(compared)))
      near(value, one.scores[name], name);
  }
});

test("the random maps reach every case: absent and known for each metric, void and none", () => {
  if (!path) return;
  for (const name of Object.keys(words.METRIC_NAMES)) {
    assert.ok(golden.cases.some(({ scores }) => scores[name] !== null));
    assert.ok(
      golden.cases.some(({ scores }) => scores[name] === null) || name === "pixel_accuracy",
      name,
    );
  }
  assert.ok(golden.cases.some(({ counts }) => counts.void > 0));
  assert.ok(golden.cases.some(({ scores }) => scores.boundary_f1 > 0 && scores.boundary_f1 < 1));
});

test("each formula with its numbers gives the metric, and 0 / 0 where it is absent", () => {
  for (const one of golden.cases) {
    const compared = compareCase(one);
    for (const [name, value] of Object.entries(core.metricsOf(compared))) {
      const formula = words.formulaOf(name, compared);
      near(calculate(formula), value, `${name}: ${formula}`);
      if (Number.isNaN(value)) assert.ok(words.absenceWords(name, compared).length > 10);
    }
  }
});

test("the cells that a metric lights up are those that its formula counts", () => {
  for (const one of golden.cases.slice(0, 60)) {
    const compared = compareCase(one);
    const { tp, fp, fn, tn } = compared.counts;
    const counted = (name) => {
      const { all, right } = core.countedCells(name, compared);
      const cells = [...compared.kinds.keys()];
      return [cells.filter(right).length, cells.filter(all).length];
    };
    assert.deepEqual(counted("iou"), [tp, tp + fp + fn]);
    assert.deepEqual(counted("precision"), [tp, tp + fp]);
    assert.deepEqual(counted("recall"), [tp, tp + fn]);
    assert.deepEqual(counted("pixel_accuracy"), [tp + tn, tp + fp + fn + tn]);
    assert.deepEqual(counted("fp"), [0, fp]);
    const { both, either } = core.bandCounts(compared);
    assert.deepEqual(counted("boundary_iou"), [both, either]);
  }
});

test("on the thin object the IoU is 0, accuracy above 95 % and the boundary F1 is 1", () => {
  const scores = presetScores("thin object");
  assert.equal(scores.iou, 0);
  assert.ok(scores.pixel_accuracy > 0.95);
  assert.equal(scores.boundary_f1, 1);
  assert.equal(presetScores("thin object", 0).boundary_f1, 0);
});

test("each preset's words hold on every grid that takes it", () => {
  for (const size of [
    [12, 16],
    [24, 36],
    [33, 21],
    [48, 48],
  ]) {
    near(presetScores("tiny object", 1, 2, size).iou, 1 / 7, "tiny object");
    const nothing = presetScores("all background", 1, 2, size);
    assert.ok(nothing.pixel_accuracy > 0.9 && nothing.iou === 0 && Number.isNaN(nothing.precision));
    near(nothing.mean_iou, nothing.pixel_accuracy / 2, "half of the accuracy");
    for (const value of Object.values(presetScores("void hides the mistakes", 1, 2, size)))
      assert.equal(value, 1);
    const [before, after] = [1, 2].map((tolerance) =>
      presetScores("shifted by two", tolerance, 2, size),
    );
    assert.ok(before.boundary_f1 < 1);
    assert.equal(after.boundary_f1, 1);
    assert.deepEqual({ ...after, boundary_f1: 0 }, { ...before, boundary_f1: 0 });
    const empty = presetScores("no object in the target", 1, 2, size);
    assert.ok(Number.isNaN(empty.iou) && empty.mean_iou === 1);
    for (const value of Object.values(presetScores("all right", 1, 2, size)))
      assert.equal(value, 1);
    for (const [name, { make }] of Object.entries(presets.PRESETS)) {
      const maps = make(...size);
      assert.equal(presets.presetName({ ...maps, objects: {} }), name);
      for (const layer of ["target", "prediction"])
        if (maps.shapes[layer])
          assert.deepEqual(
            shapes.drawShape(maps[layer], maps.shapes[layer]),
            maps[layer],
            `${name}, ${layer}`,
          );
    }
  }
  const ragged = presetScores("large object with a ragged edge");
  assert.ok(ragged.iou > 0.7 && ragged.boundary_iou < 0.3);
  assert.ok(
    ragged.boundary_f1 > 0.8 &&
      presetScores("large object with a ragged edge", 0).boundary_f1 < 0.4,
  );
});

test("a grid too small for a preset is told so, with its size", () => {
  assert.match(
    presets.tooSmall("thin object", 8, 8),
    /needs at least 12 × 16 cells, this grid has 8 × 8/,
  );
  assert.equal(presets.tooSmall("thin object", 12, 16), "");
});

test("shapes are drawn as Python draws them", () => {
  for (const { shape, size, rows } of golden.shapes)
    assert.deepEqual(shapes.drawShape(presets.emptyMap(...size), shape), rows);
});

test("shapes stay on the grid and keep a cell when they are moved and resized, and are read off the map again", () => {
  const map = presets.emptyMap(9, 13);
  let shape = { kind: "ellipse", top: 2, left: 3, height: 4, width: 6 };
  let seed = 7;
  const next = (below) => (seed = (seed * 16807) % 2147483647) % below;
  for (let step = 0; step < 400; step++) {
    shape =
      step % 2
        ? shapes.moveShape(shape, next(31) - 15, next(31) - 15, map)
        : shapes.resizeShape(shape, next(3) - 1, next(3) - 1, next(20) - 5, next(24) - 5, map);
    assert.ok(shape.top >= 0 && shape.left >= 0 && shape.height >= 1 && shape.width >= 1);
    assert.ok(shape.top + shape.height <= 9 && shape.left + shape.width <= 13);
    const drawn = shapes.drawShape(map, shape);
    assert.ok(drawn.flat().includes(1));
    assert.deepEqual(shapes.shapeOf(drawn, shape), shape);
    const read = shapes.shapeOf(drawn, null);
    assert.deepEqual(shapes.drawShape(map, read ?? shape), drawn);
  }
});

test("void stays where it is when a shape moves over it, and a painted object has no shape", () => {
  const map = presets.emptyMap(5, 7);
  map[2][3] = core.VOID;
  const drawn = shapes.drawShape(map, {
    kind: "rectangle",
    top: 1,
    left: 2,
    height: 3,
    width: 3,
  });
  assert.equal(drawn[2][3], core.VOID);
  assert.equal(shapes.shapeOf(drawn, null).height, 3);
  const painted = shapes.paintSquare(drawn, 3, 1, 1, 1);
  assert.equal(shapes.shapeOf(painted, null), null);
  const moved = shapes.movePainted(painted, 1, 100);
  assert.deepEqual(shapes.boxOf(moved), { top: 2, left: 3, height: 3, width: 4 });
  assert.equal(moved[2][3], core.VOID);
});

test("a brush of n paints n × n cells, cut at the border, and a fast stroke has no gaps", () => {
  const sum = (map) => map.flat().reduce((all, label) => all + label, 0);
  for (const size of [1, 2, 3, 4, 5])
    assert.equal(sum(shapes.paintSquare(presets.emptyMap(9, 9), 4, 4, size, 1)), size ** 2);
  assert.equal(sum(shapes.paintSquare(presets.emptyMap(9, 9), 0, 0, 3, 1)), 4);
  const line = shapes.lineOfCells([0, 0], [3, 8]);
  assert.equal(line.length, 9);
  line
    .slice(1)
    .forEach(([row, col], at) => assert.ok(Math.max(row - line[at][0], col - line[at][1]) <= 1));
});

test("the metric that fell most is named, with ties, and absent ones are left out", () => {
  const [before, after] = ["all right", "thin object"].map((name) => presetScores(name));
  assert.deepEqual(words.fallsBetween(before, after), {
    names: ["iou", "dice", "precision", "recall", "boundary_iou"],
    by: 1,
  });
  assert.deepEqual(words.fallsBetween(after, after).names, []);
  assert.ok(
    !words.fallsBetween(before, presetScores("no object in the target")).names.includes("iou"),
  );
});

test("guesses are read as students type them", () => {
  for (const [text, value] of [
    ["0.4", 0.4],
    [" 40 % ", 0.4],
    ["2/5", 0.4],
    [".4", 0.4],
    ["1", 1],
  ])
    near(words.readGuess(text), value, text);
  for (const text of ["absent", "0/0", "NaN"]) assert.ok(Number.isNaN(words.readGuess(text)));
  for (const text of ["", "half", "2", "-0.1", "140 %"])
    assert.equal(words.readGuess(text), undefined);
});

test("a guess that suggests a slip is told so", () => {
  const { target, prediction } = presets.PRESETS["all background"].make(24, 36);
  const compared = core.compareMaps(target, prediction, 1, 2);
  const metrics = core.metricsOf(compared);
  assert.match(
    words.diagnoseGuess(metrics.pixel_accuracy, compared, metrics),
    /background that both agree on/,
  );
  const off = presets.PRESETS["large object, a little off"].make(24, 36);
  const other = core.compareMaps(off.target, off.prediction, 1, 2);
  const scores = core.metricsOf(other);
  assert.match(words.diagnoseGuess(scores.dice, other, scores), /Dice/);
  assert.match(words.diagnoseGuess(scores.mean_iou, other, scores), /mean IoU/);
  assert.match(words.diagnoseGuess(177 / 448, other, scores), /count them once/);
  assert.equal(words.diagnoseGuess(0.05, other, scores), "");
});

test("limits are those of Python", () => {
  if (path) assert.deepEqual({ tolerance: core.TOLERANCES, width: core.WIDTHS }, golden.limits);
});
