// The pure arithmetic and the words of the transposed-convolution explorer against numbers that torch made
// (test_page.py writes them).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import * as core from "../../../segedu/widgets/transposed/core.js";
import { overlapColor } from "../../../segedu/widgets/transposed/heat.js";
import * as presets from "../../../segedu/widgets/transposed/presets.js";
import * as words from "../../../segedu/widgets/transposed/words.js";

const golden = process.env.SEGEDU_GOLDEN
  ? JSON.parse(readFileSync(process.env.SEGEDU_GOLDEN, "utf-8"))
  : { cases: [], refused: [] };
const close = (a, b, what) => assert.ok(Math.abs(a - b) < 1e-9, `${what}: ${a} is not ${b}`);
const base = {
  image: presets.MATRICES.image["small numbers"](3, 4),
  kernel: presets.MATRICES.kernel["small numbers"](3, 3),
  stride: 2,
  padding: 0,
  outputPadding: 0,
  dilation: 1,
};
const cells = (rows) => rows.flatMap((line, row) => line.map((value, col) => [row, col, value]));

test("golden values are there", {
  skip: process.env.SEGEDU_GOLDEN ? false : "run through pytest, which makes them with torch",
}, () => {
  assert.ok(golden.cases.length >= 60 && golden.refused.length >= 20);
  for (const what of ["crops input cells", "extra rows without a stamp", "negative numbers"])
    assert.ok(golden.kinds.includes(what), what);
});

test("scattering equals torch", () => {
  for (const { setting, output } of golden.cases) {
    const mine = core.transposedConvolve(setting);
    assert.deepEqual([mine.length, mine[0].length], [output.length, output[0].length]);
    for (const [row, col, value] of cells(output))
      close(mine[row][col], value, JSON.stringify(setting));
  }
});

test("gathering equals torch, cell by cell", () => {
  for (const { setting, output } of golden.cases)
    for (const [row, col, value] of cells(output))
      close(core.gatheredSum(setting, row, col), value, "gathered");
});

test("a window reads the stuffed input where the terms say", () => {
  for (const { setting, output } of golden.cases.slice(0, 30)) {
    const stuffed = core.stuffedInput(setting),
      [rows, cols] = core.sizesOf(setting);
    assert.deepEqual([stuffed.length, stuffed[0].length], [rows.padded, cols.padded]);
    for (const [row, col] of cells(output))
      for (const term of core.gatherTerms(setting, row, col)) {
        const found = stuffed[term.row][term.col];
        assert.equal(found.kind === "input", term.met);
        if (term.met) assert.deepEqual([found.i, found.j], [term.i, term.j]);
      }
  }
});

test("the size formula agrees with the shape that torch returns", () => {
  for (const { setting, output } of golden.cases) {
    const [rows, cols] = core.sizesOf(setting);
    assert.deepEqual([rows.output, cols.output], [output.length, output[0].length]);
  }
});

test("overlap counts are torch's output of ones on ones", () => {
  for (const { setting, overlap } of golden.cases)
    assert.deepEqual(core.overlapCounts(setting), overlap);
});

test("the repeating counts stand in the interior of the map", () => {
  for (let kernel = 1; kernel <= 5; kernel++)
    for (let stride = 1; stride <= 4; stride++)
      for (const dilation of [1, 2]) {
        const setting = {
          ...base,
          image: core.rowsOf(12, 1, () => 1),
          kernel: core.rowsOf(kernel, 1, () => 1),
          stride,
          dilation,
        };
        const [axis] = core.sizesOf(setting),
          counts = core.axisCounts(axis, setting),
          pattern = core.repeatingCounts(kernel, stride, dilation);
        for (let at = axis.reach; at < axis.output - axis.reach; at++)
          assert.equal(counts[at], pattern[at % stride]);
        const even = words.overlapAdvice(kernel, stride, dilation).even;
        assert.equal(even, new Set(counts.slice(axis.reach, axis.output - axis.reach)).size === 1);
        if (dilation === 1) assert.equal(even, kernel % stride === 0);
      }
});

test("the padding that the advice names leaves the same count on every cell", () => {
  let named = 0;
  for (let kernel = 1; kernel <= 5; kernel++)
    for (let stride = 1; stride <= 4; stride++)
      for (const dilation of [1, 2]) {
        const padding = Number(
          /Padding (\d+) crops/.exec(words.overlapAdvice(kernel, stride, dilation).text)?.[1] ??
            NaN,
        );
        if (Number.isNaN(padding)) continue;
        const setting = {
          ...base,
          image: core.rowsOf(12, 1, () => 1),
          kernel: core.rowsOf(kernel, 1, () => 1),
        };
        const counts = (crop) => {
          const cropped = { ...setting, stride, dilation, padding: crop };
          return new Set(core.axisCounts(core.sizesOf(cropped)[0], cropped)).size;
        };
        assert.deepEqual([counts(padding), counts(padding - 1) > 1], [1, true]);
        named += 1;
      }
  assert.ok(named >= 6);
});

test("the sizes that the advice names are even", () => {
  for (let kernel = 1; kernel <= 5; kernel++)
    for (let stride = 2; stride <= 4; stride++) {
      const { even, text } = words.overlapAdvice(kernel, stride, 1);
      if (even) continue;
      const named = /Take kernel ([\d or]+),/.exec(text)[1].split(" or ").map(Number);
      for (const size of named)
        assert.ok(words.overlapAdvice(size, stride, 1).even, `${size} with stride ${stride}`);
    }
  assert.equal(
    words.overlapAdvice(3, 2, 1).text,
    "the kernel, 3, is not divisible by the stride, 2: counts 2, 1, 2, 1, … repeat. Take kernel 2 or 4, or resize, then convolve.",
  );
  assert.match(
    words.overlapAdvice(2, 3, 1).text,
    /smaller than the stride, 3, and leaves gaps: counts 1, 1, 0/,
  );
  assert.match(words.overlapAdvice(3, 2, 2).text, /share the factor 2.*Take dilation 1/);
  assert.match(
    words.overlapAdvice(4, 2, 1).text,
    /divisible by the stride, 2: away from the border each cell gets 2/,
  );
  assert.match(
    words.overlapSummary(base),
    /^Uneven: away from the border cells get 1, 2 or 4 stamps/,
  );
  assert.match(
    words.overlapSummary({ ...base, stride: 1 }),
    /^Even: away from the border every cell gets 9 stamps/,
  );
});

test("the canvas after all stamps, cropped, is the output; hits count the stamps", () => {
  for (const { setting, output, overlap } of golden.cases.slice(0, 40)) {
    const { values, hits } = core.stampedCanvas(setting, setting.image.flat().length);
    const crop = (rows) =>
      core.rowsOf(
        output.length,
        output[0].length,
        (i, j) => rows[i + setting.padding][j + setting.padding],
      );
    assert.deepEqual(crop(hits), overlap);
    for (const [row, col, value] of cells(crop(values))) close(value, output[row][col], "canvas");
  }
});

test("each stamp adds its products, in order", () => {
  const half = core.stampedCanvas(base, 5).values,
    next = core.stampedCanvas(base, 6).values;
  const changed = cells(next).filter(([row, col, value]) => value !== half[row][col]);
  assert.deepEqual(
    changed,
    core
      .stampTerms(base, 1, 1)
      .filter(({ product }) => product !== 0)
      .map(({ row, col, product }) => [row, col, half[row][col] + product]),
  );
});

test("what torch refuses is explained, what it takes is not", () => {
  for (const setting of golden.refused) {
    assert.match(
      words.explainRefusal(setting),
      /^No output: (the stamps cover \d+|output_padding is \d)/,
    );
    assert.deepEqual(core.transposedConvolve(setting), []);
    assert.match(words.torchCode(setting), /# torch raises: No output/);
  }
  for (const { setting } of golden.cases) assert.equal(words.explainRefusal(setting), null);
});

test("the refusals name the numbers and the cure", () => {
  assert.equal(
    words.explainRefusal({ ...base, outputPadding: 2 }),
    "No output: output_padding is 2, but it must be smaller than the stride (2) or the dilation (1): a convolution with stride 2 shrinks 2 sizes to the same one, and output_padding only says which of them comes back.",
  );
  assert.equal(
    words.explainRefusal({ ...base, image: [[1, 2]], kernel: [[1]], padding: 2 }),
    "No output: the stamps cover 1 row, padding 2 crops 2 · 2 = 4 of them. Use less padding, or a larger input or kernel.",
  );
  assert.match(words.explainRefusal({ ...base, stride: 1, outputPadding: 1 }), /nothing to choose/);
});

test("output_padding chooses among the sizes that one convolution shrinks to the input's", () => {
  for (const { setting } of golden.cases) {
    const [rows] = core.sizesOf(setting),
      { stride, padding } = setting;
    const shrinks = (size) =>
      Math.floor((size + 2 * padding - rows.reach) / stride) + 1 === rows.input;
    const text = words.sizesThatShrink(rows, setting, "heights"),
      named = (text.split(" to ")[0].match(/\d+/g) ?? []).map(Number);
    assert.ok(named.every(shrinks), text);
    const all = Array.from({ length: 60 }, (_, at) => at + 1).filter((size) => shrinks(size));
    assert.deepEqual(named, all.length > 1 ? all : []);
    if (setting.outputPadding < stride && all.length > 1) assert.ok(named.includes(rows.output));
  }
  const [rows] = core.sizesOf(base);
  assert.equal(words.sizesThatShrink(rows, base, "heights"), "heights 7 and 8 to 3");
});

test("linked cells: an input cell lights its stamp, an output cell its inputs, a tap what it writes", () => {
  const stamp = core.linkedCells(base, { grid: "input", row: 1, col: 2 });
  assert.deepEqual(
    [...stamp.outputs.keys()],
    ["2,4", "2,5", "2,6", "3,4", "3,5", "3,6", "4,4", "4,5", "4,6"],
  );
  assert.deepEqual([...stamp.outputs.values()], [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  const cell = core.linkedCells(base, { grid: "output", row: 2, col: 4 });
  assert.deepEqual(Object.fromEntries(cell.inputs), { "0,1": 8, "0,2": 6, "1,1": 2, "1,2": 0 });
  assert.equal(cell.window.size, 9);
  const tap = core.linkedCells(base, { grid: "kernel", row: 0, col: 1 });
  assert.equal(tap.outputs.size, 12);
  assert.deepEqual([...tap.taps], [1]);
});

test("links go both ways: an output cell lights an input cell exactly if that cell's stamp lights it", () => {
  for (const { setting, output } of golden.cases.slice(0, 25))
    for (const [row, col] of cells(output)) {
      const back = core.linkedCells(setting, { grid: "output", row, col }).inputs;
      for (const [i, j] of cells(setting.image)) {
        const tap = core
          .linkedCells(setting, { grid: "input", row: i, col: j })
          .outputs.get(`${row},${col}`);
        assert.equal(back.get(`${i},${j}`), tap);
      }
    }
});

test("a cropped cell is linked with inputs and has no window", () => {
  const cropped = core.linkedCells({ ...base, padding: 1 }, { grid: "output", row: -1, col: 3 });
  assert.deepEqual(Object.fromEntries(cropped.inputs), { "0,1": 2, "0,2": 0 });
  assert.equal(cropped.window.size, 2);
});

test("a wrong guess is diagnosed", () => {
  const say = (guess, change = {}, row = 2, col = 4) =>
    words.diagnoseGuess({ ...base, ...change }, row, col, guess);
  const met = core.metTerms(base, 2, 4);
  assert.deepEqual(
    met.map(({ product }) => product),
    [2, 0, 3, 2],
  );
  assert.match(say(3), /one product; 4 stamps land on this cell/);
  const turned = { ...base, kernel: base.kernel.map((line) => [...line].reverse()).reverse() };
  assert.match(say(core.gatheredSum(turned, 2, 4)), /not flipped/);
  assert.match(say(5), /adds the input cells/);
  const odd = {
    padding: 1,
    kernel: [
      [5, 7],
      [11, 13],
    ],
    stride: 2,
  }; // prettier-ignore
  assert.match(
    say(core.gatheredSum({ ...base, ...odd, padding: 0 }, 1, 2), odd, 1, 2),
    /before the crop/,
  );
  const wide = {
    stride: 3,
    kernel: [
      [5, 7],
      [11, 13],
    ],
  }; // prettier-ignore
  assert.match(
    say(core.gatheredSum({ ...base, ...wide, stride: 1 }, 1, 1), wide, 1, 1),
    /stride 1/,
  );
  assert.equal(say(1234), "");
});

test("the menus' numbers: known matrices, any size, found again by name", () => {
  assert.deepEqual(presets.MATRICES.kernel["bilinear tent"](1, 4), [
    [0.1875, 0.5625, 0.5625, 0.1875].map((x) => x / 0.75),
  ]); // prettier-ignore
  for (const [trait, menu] of Object.entries(presets.MATRICES))
    for (const [name, make] of Object.entries(menu))
      for (let rows = 1; rows <= 6; rows++)
        for (let cols = 1; cols <= 6; cols++) {
          const made = make(rows, cols);
          assert.deepEqual([made.length, made[0].length], [rows, cols]);
          assert.equal(presets.matrixName(trait, made, name), name);
        }
  assert.equal(presets.matrixName("kernel", [[9, 1]]), "custom");
});

test("numbers of one's own come back when their slider does", () => {
  const own = [
    [9, 8],
    [7, 6],
  ];
  assert.deepEqual(presets.resizeMatrix("image", own, "custom", 1, 1), [[9]]);
  assert.deepEqual(presets.resizeMatrix("image", own, "custom", 2, 2), own);
  assert.deepEqual(presets.resizeMatrix("image", own, "custom", 2, 3), [
    [9, 8, 0],
    [7, 6, 2],
  ]);
  assert.deepEqual(presets.rememberMatrix(own, [[5]]), [
    [5, 8],
    [7, 6],
  ]);
  assert.ok(presets.remembers(own, [[9, 8]]) && !presets.remembers(own, [[8]]));
});

test("every example is a setting that torch takes, and is found again by name", () => {
  for (const [name, made] of Object.entries(presets.EXAMPLES)) {
    const { image, kernel, size, ...numbers } = made;
    const setting = {
      image: presets.MATRICES.image[image](3, 4),
      kernel: presets.MATRICES.kernel[kernel](size, size),
      ...numbers,
    };
    assert.equal(words.explainRefusal(setting), null);
    assert.equal(presets.exampleName(setting), name);
  }
  assert.equal(presets.exampleName(base), "");
});

test("the examples do what their names say", () => {
  const make = (name, rows = 4, cols = 5) => {
    const { image, kernel, size, ...numbers } = presets.EXAMPLES[name];
    const setting = {
      image: presets.MATRICES.image[image](rows, cols),
      kernel: presets.MATRICES.kernel[kernel](size, size),
      ...numbers,
    };
    return {
      setting,
      output: core.transposedConvolve(setting),
      sizes: core.sizesOf(setting),
    };
  };
  const nearest = make("nearest ×2: ones, kernel 2, stride 2");
  for (const [row, col, value] of cells(nearest.output))
    assert.equal(value, nearest.setting.image[row >> 1][col >> 1]);
  const double = make("exactly double: kernel 3, padding 1, output_padding 1");
  assert.deepEqual([double.output.length, double.output[0].length], [8, 10]);
  const { output, setting } = make("one stamp is the kernel", 3, 3);
  assert.deepEqual(
    output.slice(2, 5).map((line) => line.slice(2, 5)),
    setting.kernel,
  );
  assert.ok(make("gaps: kernel 2, stride 3").output.flat().includes(0));
});

test("the heat map's colors run from dark to bright, as matplotlib's cividis does", () => {
  assert.deepEqual([overlapColor(0), overlapColor(1)], ["#00224e", "#fee838"]);
  for (const [share, color] of golden.cividis ?? []) assert.equal(overlapColor(share), color);
});
