// The pure arithmetic of network costs against segedu.ops (test_page.py writes what that says).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import * as core from "../../../segedu/widgets/network_cost/core.js";
import * as designs from "../../../segedu/widgets/network_cost/designs.js";
import * as formulas from "../../../segedu/widgets/network_cost/formulas.js";

const path = process.env.SEGEDU_GOLDEN;
const golden = path ? JSON.parse(readFileSync(path, "utf-8")) : { cases: [], presets: {} };
const CONDITIONS = { size: [360, 480], batch: 16, training: true, precision: "fp32", classes: 10 };
const { downsampling, dilated } = designs.NETWORKS;
const dropped = designs.NETWORKS["strides dropped"];
const full = designs.NETWORKS["full resolution"];
const upAndDown = designs.NETWORKS["down and up"];
const totalsOf = (design, conditions = CONDITIONS) =>
  core.totalsOf(core.rowsOf(design, conditions), conditions);
const remarks = (design, conditions) =>
  core.remarksOn(design, core.rowsOf(design, conditions), totalsOf(design, conditions), conditions);

test("golden values are there", {
  skip: path ? false : "run through pytest, which makes them with torch",
}, () => {
  const up = golden.cases.filter(({ design, field }) => field && design.up !== "none");
  assert.ok(golden.cases.length >= 60 && up.length >= 15);
});

test("each layer's shape, parameters, MACs and bytes equal segedu.ops.layer_table", () => {
  for (const { design, conditions, rows } of golden.cases)
    assert.deepEqual(
      core.rowsOf(design, conditions).map(({ channels, sizes, parameters, macs, bytes }) => ({
        shape: [conditions.batch, channels[1], ...sizes[1]],
        parameters,
        macs,
        bytes,
      })),
      rows,
    );
});

test("the totals equal count_parameters, count_macs and activation_memory", () => {
  for (const one of golden.cases) {
    const totals = totalsOf(one.design, one.conditions);
    assert.deepEqual(
      [
        totals.parameters,
        totals.macs,
        totals.activationBytes,
        totals.weightBytes,
        totals.largestBatch,
      ],
      [one.parameters, one.macs, one.activations, one.weights, one.batch],
      JSON.stringify(one.design),
    );
    assert.equal(core.macsOf(one.design, one.conditions), one.macs);
  }
});

test("the receptive field equals receptive_field, and behind an upsampling the measured one", () => {
  for (const { design, conditions, field } of golden.cases.filter((one) => one.field))
    assert.deepEqual(
      totalsOf(design, conditions).field,
      field,
      JSON.stringify([design, conditions.size]),
    );
});

test("before and after an ordinary layer, r + d(k − 1)j and j·s", () => {
  for (const { design, conditions } of golden.cases)
    for (const { before, after, field, kernel, stride, dilation } of core.rowsOf(
      design,
      conditions,
    )) {
      if (after === null) continue;
      assert.equal(after.size, before.size + dilation * (kernel - 1) * before.jump);
      assert.equal(after.jump, before.jump * stride);
      assert.deepEqual(field, [after.size, after.size]);
    }
});

test("presets are those of Python, and are recognized", () => {
  if (path) assert.deepEqual(designs.NETWORKS, golden.presets);
  for (const [name, design] of Object.entries(designs.NETWORKS))
    assert.equal(designs.designName(design), name);
  assert.equal(designs.designName({ ...full, kernel: 5 }), "custom");
});

test("dropping the strides costs 34 times the MACs and 13 times the memory, and sees 17 pixels instead of 61", () => {
  const [with_, without] = [totalsOf(downsampling), totalsOf(dropped)];
  assert.equal(without.parameters, with_.parameters);
  assert.equal(designs.ratioOf(without.macs, with_.macs), "34.1");
  assert.equal(designs.ratioOf(without.activationBytes, with_.activationBytes), "12.9");
  assert.deepEqual(
    [with_.field, without.field],
    [
      [61, 61],
      [17, 17],
    ],
  );
});

test("at about equal MACs downsampling and dilation see 61 pixels, full resolution 17", () => {
  for (const design of [downsampling, dilated, upAndDown]) {
    const ratio = totalsOf(design).macs / totalsOf(full).macs;
    assert.ok(ratio > 0.98 && ratio < 1.02, String(ratio));
  }
  assert.deepEqual(
    [full, downsampling, dilated].map((design) => totalsOf(design).field[0]),
    [17, 61, 61],
  );
});

test("training keeps all outputs, inference the largest input and output", () => {
  const rows = core.rowsOf(upAndDown, CONDITIONS);
  let kept = 0;
  rows.forEach(({ bytes }, at) => {
    kept += bytes;
    assert.deepEqual(core.memoryAt(rows, at, CONDITIONS), { now: kept, peak: kept });
  });
  const inference = { ...CONDITIONS, training: false };
  const image = 16 * 3 * 360 * 480 * 4;
  assert.equal(core.memoryAt(rows, 0, inference).now, image + rows[0].bytes);
  assert.equal(core.memoryAt(rows, 5, inference).now, rows[4].bytes + rows[5].bytes);
  const peaks = rows.map((_, at) => core.memoryAt(rows, at, inference).peak);
  assert.deepEqual(
    peaks,
    peaks.toSorted((a, b) => a - b),
  );
});

test("the largest setting stays within whole numbers that floats hold exactly", () => {
  const layers = Array.from({ length: 16 }, () => ({ stride: 1, dilation: 16, times: 65536 }));
  const largest = { channels: 128, kernel: 7, double: false, up: "step by step", layers };
  const conditions = { ...CONDITIONS, size: [1024, 1024], batch: 32 };
  for (let strided = 0; strided <= 16; strided++) {
    const design = {
      ...largest,
      layers: layers.map((layer, at) => ({ ...layer, stride: at < strided ? 2 : 1 })),
    };
    assert.ok(Number.isSafeInteger(totalsOf(design, conditions).macs));
  }
});

test("matching the MACs finds the width that comes closest", () => {
  for (const { design, conditions, macs } of golden.cases.slice(0, 20)) {
    const found = core.widthForMacs(design, conditions, macs, 60);
    assert.equal(core.macsOf({ ...design, channels: found }, conditions), macs);
  }
  assert.equal(core.widthForMacs(downsampling, CONDITIONS, totalsOf(full).macs), 36);
  assert.equal(core.widthForMacs(downsampling, CONDITIONS, 1), 1);
});

test("channels double at each stride, up to 512, or stay", () => {
  const design = designs.setDoubling({ ...full, channels: 100 }, true);
  const strided = [1, 3, 4, 6].reduce(
    (one, at) => designs.setLayer(one, at, { stride: 2 }),
    design,
  );
  assert.deepEqual(core.channelsOf(strided), [100, 200, 200, 400, 512, 512, 512, 512]);
  assert.deepEqual(core.channelsOf(designs.dropStrides(strided)), core.channelsOf(strided));
  assert.ok(designs.dropStrides(strided).layers.every(({ stride }) => stride === 1));
  assert.deepEqual(core.channelsOf(designs.setDoubling(strided, false)), Array(8).fill(100));
  const kept = designs.setLayer(designs.dropStrides(strided), 0, { stride: 3 });
  assert.deepEqual(core.channelsOf(kept), core.channelsOf(strided));
});

test("more layers copy the last one without its stride, fewer leave the last ones out", () => {
  const shorter = designs.setDepth(downsampling, 6);
  assert.deepEqual(
    shorter.layers.map(({ stride }) => stride),
    [1, 2, 1, 2, 1, 2],
  );
  const longer = designs.setDepth(shorter, 8);
  assert.deepEqual(longer, downsampling);
  assert.equal(designs.setDepth(downsampling, 1).layers.length, 1);
});

test("a memory that a T4 does not have is said, with the numbers", () => {
  const conditions = { ...CONDITIONS, batch: 18 };
  const [words] = remarks(dropped, conditions);
  assert.equal(
    words,
    "Training with a batch of 18 takes 16.7 GB of activations + 35.5 MB for the weights = 16.7 GB; " +
      "a T4 has 16 GB: the largest batch that fits is 17.",
  );
  assert.deepEqual(remarks(dropped, { ...conditions, batch: 17 }), []);
  const huge = { ...conditions, size: [1024, 1024], batch: 1 };
  assert.match(
    remarks(designs.setDepth({ ...dropped, channels: 128 }, 16), huge)[0],
    /not even one image fits\.$/,
  );
});

test("taps that never read a pixel, strides with nothing to skip, uneven ways up and fields beyond the image are said", () => {
  const layers = [2, 2, 2, 2].map((stride) => ({ stride, dilation: 1, times: 1 }));
  const design = { channels: 4, kernel: 3, double: false, up: "step by step", layers };
  const small = { ...CONDITIONS, size: [8, 24] };
  const words = remarks(design, small);
  assert.match(
    words[0],
    /^Layer 4: the kernel spans 3 cells, its input has 1 row: the outer taps stand 1 /,
  );
  assert.match(
    words[1],
    /^Layer 4: a stride of 2, and its input has 1 row: .* multiply to 8, the image has 8 rows\.$/,
  );
  assert.match(words[2], /^Layer 5 goes from 2 columns to 3, no whole factor/);
  assert.match(words[3], /^The receptive field spans \d+ rows, the image has 8:/);
  const wide = designs.setLayer({ ...full, layers: full.layers.slice(0, 1) }, 0, { dilation: 8 });
  assert.match(
    remarks(wide, { ...small, size: [8, 96] })[0],
    /spans 17 cells, its input has 8 rows: .* stand 8 from/,
  );
  const narrow = remarks({ ...full, kernel: 7 }, { ...small, size: [56, 6] });
  assert.match(
    narrow[0],
    /^Layer 1: the kernel spans 7 cells, its input has 6 columns: wherever it stands, some /,
  );
  assert.deepEqual(remarks(downsampling, CONDITIONS), []);
});

test("numbers are cut to three digits with a prefix", () => {
  const pairs = [
    [0, "0"],
    [999, "999"],
    [1000, "1.00 k"],
    [999499, "999 k"],
    [999500, "1.00 M"],
    [1234567, "1.23 M"],
    [12250, "12.3 k"],
    [99532800, "99.5 M"],
  ];
  for (const [value, words] of pairs) assert.equal(core.scaled(value), words);
  assert.equal(core.scaled(6137889177600), "6.14 T");
  assert.deepEqual([core.scaledBytes(640), core.scaledBytes(35541664)], ["640 B", "35.5 MB"]);
});

test("the verdict names the ratio of MACs and activations and both fields", () => {
  const of = (one, other) => designs.verdictOn(totalsOf(one), totalsOf(other));
  assert.equal(
    of(dropped, downsampling),
    "With 34.1 times the MACs and 12.9 times the activations, this design sees 17 px, the other 61 px.",
  );
  assert.match(
    of(downsampling, full),
    /^At about equal MACs \(0\.992 times\) and 0\.39 times the activations/,
  );
  assert.match(of(dilated, downsampling), /sees as far as the other: 61 px\.$/);
  assert.equal(of(full, full), "Both designs cost the same and see the same: change one of them.");
});

test("guesses are judged by the ratio, and a wrong one gets the reason", () => {
  const judge = (guesses, one, other) =>
    designs.judgeGuesses(guesses, totalsOf(one), totalsOf(other));
  const right = ["more than four times", "more than four times", "less"];
  assert.deepEqual(
    judge(right, dropped, downsampling).map((said) => said.right),
    [true, true, true],
  );
  const wrong = judge(["about the same", "", "more"], dropped, downsampling);
  assert.deepEqual(
    wrong.map((said) => said.right),
    [false, false, false],
  );
  assert.match(
    wrong[0].words,
    /^MACs: you said “about the same”, it is 34\.1 times: .* both directions\.$/,
  );
  assert.match(wrong[1].words, /^activations: no guess; 12\.9 times/);
  for (const ratio of [0.01, 0.25, 0.26, 0.8, 1, 1.25, 2, 4, 4.01, 900])
    assert.equal(designs.GUESSES.filter(({ low, high }) => ratio > low && ratio <= high).length, 1);
});

test("formulas end in the row's own numbers", () => {
  for (const { design, conditions } of golden.cases.slice(0, 30))
    for (const row of core.rowsOf(design, conditions)) {
      const written = Object.fromEntries(formulas.writtenRow(row, conditions));
      const last = (text) => Number(text.match(/([\d,]+)(?: bytes)?$/)[1].replaceAll(",", ""));
      assert.deepEqual(
        [last(written["output height"]), last(written["output width"])],
        row.sizes[1],
      );
      assert.equal(last(written.memory), row.bytes);
      if (row.kind === "up") continue;
      assert.equal(last(written.parameters), row.parameters);
      assert.equal(last(written.MACs), row.macs);
    }
});
