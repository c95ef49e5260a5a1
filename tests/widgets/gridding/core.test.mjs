// The pure arithmetic of the gridding explorer against what torch's gradients say (test_sweep.py writes them).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import * as core from "../../../segedu/widgets/gridding/core.js";
import * as reasons from "../../../segedu/widgets/gridding/reasons.js";

const path = process.env.SEGEDU_GOLDEN;
const golden = path
  ? JSON.parse(readFileSync(path, "utf-8"))
  : { cases: [], presets: {}, limits: [] };
const range = (length) => Array.from({ length }, (_, at) => at);

// All lists of 1 … length rates, each from 1 to most.
function* rateLists(length, most) {
  const lists = (left) =>
    left === 0
      ? [[]]
      : lists(left - 1).flatMap((list) => range(most).map((at) => [...list, at + 1]));
  for (const count of range(length)) yield* lists(count + 1);
}
const increasing = (rates) => rates.every((rate, at) => at === 0 || rate >= rates[at - 1]);

test("golden values are there", {
  skip: path ? false : "run through pytest, which makes them with torch",
}, () => {
  assert.ok(golden.cases.length >= 60);
});

test("path counts of every level equal torch's gradient with weights of one", () => {
  for (const { rates, kernel, levels } of golden.cases) {
    assert.deepEqual(core.levelPaths(rates, kernel), levels);
    assert.equal(core.fieldSide(rates, kernel), levels[0].length);
    assert.ok(reasons.writtenSide(rates, kernel).endsWith(`= ${levels[0].length}`));
  }
});

test("on the square, rows times columns equals torch's two-dimensional gradient", () => {
  for (const { rates, kernel, square } of golden.cases) {
    const paths = core.levelPaths(rates, kernel)[0];
    assert.deepEqual(
      paths.map((down) => paths.map((across) => down * across)),
      square,
    );
  }
});

test("used pixels equal segedu.ops.measured_receptive_field, the largest step torch's", () => {
  for (const { rates, kernel, usedPixels, step, gcd } of golden.cases) {
    const counted = core.countField(rates, kernel);
    assert.deepEqual([counted.usedPixels, counted.step], [usedPixels, step]);
    assert.equal(core.commonDivisor(rates), gcd);
    assert.equal(counted.usedPixels + counted.holePixels, counted.field ** 2);
  }
});

test("presets and limits are those of Python; presets are found again by name", () => {
  if (path)
    assert.deepEqual([core.MOST_RATES, core.LARGEST_RATE, core.KERNEL_SIZES], golden.limits);
  for (const [name, rates] of Object.entries(core.RATE_LISTS))
    assert.equal(core.ratesName(rates), name);
  assert.equal(core.ratesName([1]), "custom");
});

test("the largest stack's counts are exact integers", () => {
  const paths = core.levelPaths(new Array(core.MOST_RATES).fill(1), 5)[0];
  assert.ok(Math.max(...paths) ** 2 < Number.MAX_SAFE_INTEGER);
  assert.equal(
    paths.reduce((a, b) => a + b),
    5 ** 6,
  );
});

test("choices of taps are as many as the paths, each once, and their steps add up", () => {
  for (const { rates, kernel, levels } of golden.cases.slice(0, 25))
    levels[0].forEach((paths, cell) => {
      const choices = core.tapChoices(rates, kernel, cell);
      assert.equal(choices.length, paths);
      assert.equal(new Set(choices.map(String)).size, paths);
      for (const taps of choices)
        assert.equal(
          taps.reduce((sum, tap, at) => sum + rates[at] * tap, 0),
          cell,
        );
      assert.equal(core.tapChoices(rates, kernel, cell, 2).length, Math.min(paths, 2));
    });
});

test("threads: a cell of the input is on paths through exactly the cells that lead there", () => {
  const { rates, kernel } = { rates: [1, 2, 5], kernel: 3 };
  const levels = core.levelPaths(rates, kernel);
  levels[0].forEach((_, cell) => {
    const threads = core.threadsThrough(rates, kernel, 0, cell);
    const choices = core.tapChoices(rates, kernel, cell);
    levels.forEach((_, level) => {
      const seen = choices.map((taps) =>
        rates.slice(level).reduce((sum, rate, at) => sum + rate * taps[level + at], 0),
      );
      const expected = level === 0 ? [cell] : [...new Set(seen)];
      assert.deepEqual(
        [...threads[level]].sort((a, b) => a - b),
        expected.sort((a, b) => a - b),
      );
    });
  });
  assert.deepEqual([...core.threadsThrough([2, 2, 2], 3, 0, 3)[3]], []); // a hole: no way up to the output
  assert.deepEqual([...core.threadsThrough([2, 2, 2], 3, 2, 0)[1]], [0, 2, 4]);
});

test("the rule agrees with the count for every list of up to 4 rates up to 8 and every kernel", () => {
  let lists = 0;
  for (const kernel of core.KERNEL_SIZES)
    for (const rates of rateLists(4, 8)) {
      lists++;
      const paths = core.levelPaths(rates, kernel)[0];
      const { fits, filled, next } = reasons.fillSteps(rates, kernel).at(-1);
      assert.equal(fits, !paths.includes(0), `${rates} with ${kernel}`);
      assert.equal(
        fits ? next : filled,
        fits ? paths.length : paths.indexOf(0),
        `${rates} with ${kernel}`,
      );
    }
  assert.equal(lists, 4 * (8 + 64 + 512 + 4096));
});

test("the largest field without holes has rates 1, k, k², … and one path to each column", () => {
  for (const kernel of [2, 3]) {
    const rates = range(3).map((at) => kernel ** at);
    assert.ok(core.levelPaths(rates, kernel)[0].every((paths) => paths === 1));
    assert.equal(core.countField(rates, kernel).field, kernel ** 3);
  }
});

test("the paper's own examples: 1, 2, 5 has M₂ = 2, 1, 2, 9 has M₂ = 5", () => {
  assert.deepEqual(
    reasons.wangDistances([1, 2, 5]).map(({ value }) => value),
    [5, 2],
  );
  assert.deepEqual(
    reasons.wangDistances([1, 2, 9]).map(({ value }) => value),
    [9, 5],
  );
});

test("for rates that begin with 1 and do not shrink, the paper's condition is the count; else the words say why not", () => {
  const seen = { agree: 0, first: 0, order: 0 };
  for (const rates of rateLists(4, 9)) {
    const { agrees, verdict } = reasons.wangWords(rates, 3);
    if (rates.length === 1) assert.equal(agrees, null);
    else if (agrees) seen.agree++;
    else if (/never looks at r₁/.test(verdict)) assert.ok(rates[0] > 1 && ++seen.first);
    else assert.ok(/meant for rates that grow/.test(verdict) && !increasing(rates) && ++seen.order);
    if (rates[0] === 1 && increasing(rates)) assert.notEqual(agrees, false, `${rates}`);
  }
  assert.deepEqual(seen, { agree: 5518, first: 886, order: 967 });
});

test("a guess that suggests a slip is told so, the right one is not", () => {
  const say = (guess) => reasons.diagnoseHoles([2, 2, 2], 3, guess);
  assert.equal(say(6), "");
  assert.match(say(120), /whole square/);
  assert.match(say(49), /reached/);
  assert.match(say(7), /rest of the 13 columns/);
  assert.match(say(13), /whole field/);
  assert.match(say(2), /last kernel alone/);
  assert.match(say(10), /one kernel's taps/);
  assert.match(say(0), /no choice of taps/);
  assert.match(reasons.diagnoseHoles([1, 2, 5], 3, 10), /adds the holes of the single kernels/);
  assert.equal(say(5), "");
});

test("rates are read as students type them, and refused with the cure", () => {
  for (const text of ["1, 2, 5", "1 2 5", "(1,2,5)", "[1, 2, 5]", " 1-2-5 "])
    assert.deepEqual(core.parseRates(text), { rates: [1, 2, 5] });
  assert.match(core.parseRates("1, 0").words, /“0” is no rate; type whole numbers from 1 to 16/);
  assert.match(core.parseRates("2.5").words, /“2.5” is no rate/);
  assert.match(core.parseRates("one").words, /“one” is no rate/);
  assert.match(core.parseRates("1, -2").words, /“-2” is no rate/);
  assert.match(core.parseRates("17").words, /“17” is no rate/);
  assert.match(core.parseRates("").words, /That is 0 rates/);
  assert.match(core.parseRates("1 1 1 1 1 1 1").words, /That is 7 rates; type 1 to 6/);
});
