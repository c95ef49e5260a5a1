// The pure arithmetic of sliding windows against what torch says (test_page.py writes it).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { unpackBytes } from "../../../segedu/widgets/kit/packed.js";
import * as core from "../../../segedu/widgets/sliding_window/core.js";

const path = process.env.SEGEDU_GOLDEN;
const golden = path
  ? JSON.parse(readFileSync(path, "utf-8"))
  : { slides: [], colors: [], packed: [] };
const base = { height: 9, width: 13, window: 4, stride: 3, padded: false };

test("golden values are there", {
  skip: path ? false : "run through pytest, which makes them with torch",
}, () => {
  assert.ok(golden.slides.length >= 60 && golden.colors.length >= 6);
});

test("windows are counted as torch's unfold makes them", () => {
  for (const { setting, rows, cols } of golden.slides) {
    const mine = core.visits(setting);
    assert.equal(mine.count, rows * cols, JSON.stringify(setting));
    if (mine.count > 0) assert.deepEqual([mine.rows, mine.cols], [rows, cols]);
  }
});

test("each window starts and labels where torch's does", () => {
  for (const { setting, corners, middles } of golden.slides)
    corners.forEach(([top, left], step) => {
      const place = core.windowAt(setting, step);
      assert.deepEqual([place.top, place.left], [top, left]);
      assert.deepEqual([place.pixelRow, place.pixelCol], middles[step]);
      assert.equal(core.nearestStep(setting, ...middles[step]), step);
    });
});

test("the label map fills up as in Python, step by step", () => {
  for (const { setting, best, fills } of golden.slides)
    for (const [last, labels] of Object.entries(fills))
      assert.deepEqual([...core.labelsAfter(setting, Uint8Array.from(best), Number(last))], labels);
});

test("blocks tile what lies between the first and the last: no pixel twice, none left out", () => {
  for (const { setting } of golden.slides) {
    const seen = new Uint8Array(setting.height * setting.width);
    for (let step = 0; step < core.visits(setting).count; step++) {
      const { top, bottom, left, right } = core.blockOf(setting, step);
      for (let row = top; row < bottom; row++)
        for (let col = left; col < right; col++) seen[row * setting.width + col] += 1;
    }
    assert.ok(seen.every((times) => times <= 1));
  }
});

test("the built-in classifier's scores and labels equal torch's", () => {
  for (const { setting, pixels, prototypes, scores, best } of golden.colors) {
    const mine = core.colorScores(setting, Uint8Array.from(pixels), prototypes);
    assert.equal(mine.length, scores.length);
    mine.forEach((score, at) => assert.ok(Math.abs(score - scores[at]) < 1e-9));
    assert.deepEqual([...core.bestClasses(mine, prototypes.length)], best);
  }
});

test("packed bytes come back as they were", async () => {
  for (const { text, bytes } of golden.packed)
    assert.deepEqual([...(await unpackBytes(text))], bytes);
});

test("agreement leaves void out", () => {
  const counted = core.agreement(
    Int16Array.from([0, 1, 2, -1, 1]),
    Uint8Array.from([0, 2, 255, 1, 1]),
  );
  assert.deepEqual(counted, { right: 2, wrong: 1, open: 1 });
});

test("a window larger than the image is explained, padding lets it be", () => {
  assert.equal(core.explainWindow(base), null);
  const words = core.explainWindow({ ...base, window: 11 });
  assert.match(
    words,
    /^No window: it is 11 pixels high and wide, the image has 9 rows; there is no place to put it\./,
  );
  assert.match(core.explainWindow({ ...base, height: 20, window: 15 }), /the image has 13 columns/);
  assert.equal(core.explainWindow({ ...base, window: 11, padded: true }), null);
  assert.match(
    core.remarkOn({ ...base, window: 11, padded: true }),
    /part of what it sees is always padding/,
  );
  assert.match(
    core.remarkOn({ ...base, stride: 6 }),
    /the 2 lines of pixels between two windows are never looked at/,
  );
  assert.equal(core.remarkOn(base), "");
});

test("the loop costs with the square of the window, the dense way does not", () => {
  const at = (window) =>
    core.costOf({ height: 96, width: 128, window, stride: 1, padded: true }, 7, null);
  assert.equal(at(1).loop, 96 * 128 * 3 * 7);
  assert.equal(at(30).loop, 900 * at(1).loop);
  assert.equal(at(30).dense, at(1).dense);
  assert.equal(at(1).dense, at(1).loop);
});

test("given costs and unknown ones", () => {
  const given = core.costOf(base, 5, [1000, 4000]);
  assert.deepEqual([given.unit, given.loop, given.dense], ["multiplications", 2 * 4 * 1000, 4000]);
  const unknown = core.costOf(base, 5, undefined);
  assert.deepEqual(
    [unknown.unit, unknown.loop, unknown.dense],
    ["pixels read", 2 * 4 * 16, 9 * 13],
  );
});

test("formulas of the number of windows hold", () => {
  for (const { setting, rows, cols } of golden.slides) {
    if (rows * cols === 0) continue;
    assert.equal(core.writtenPositions(setting.height, setting).split("= ")[1], String(rows));
    assert.equal(core.writtenPositions(setting.width, setting).split("= ")[1], String(cols));
  }
  assert.equal(core.writtenPositions(3, base), "⌊(3 − 4) / 3⌋ + 1: no room");
});

test("typical wrong guesses are named, the right one is not", () => {
  const setting = { height: 96, width: 128, window: 15, stride: 8, padded: false }; // 11 · 15 = 165
  assert.equal(core.diagnoseVisits(setting, 165), "");
  assert.match(core.diagnoseVisits(setting, 26), /adds rows and columns/);
  assert.match(core.diagnoseVisits(setting, 11), /number of rows of windows/);
  assert.match(core.diagnoseVisits(setting, 15), /one row of windows/);
  assert.match(core.diagnoseVisits(setting, 96 * 128), /one window per pixel/);
  assert.match(core.diagnoseVisits(setting, 48), /side by side/);
  assert.match(core.diagnoseVisits(setting, 12 * 16), /forgets the border/);
  assert.match(core.diagnoseVisits(setting, 10 * 14), /One short per axis/);
  assert.match(core.diagnoseVisits(setting, 82 * 114), /right for stride 1/);
  assert.match(core.diagnoseVisits(setting, 1), /⌊\(size − window\) \/ stride⌋ \+ 1/);
});
