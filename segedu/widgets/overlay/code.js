// The torch code of the overlay viewer: the window of numbers under the pointer, built and counted again.

// scene: { labels (rows), instances (rows or null), prediction (rows or null), image (rows of [r, g, b]), classes, row, col (of the pixel, in the window),
// place: [row, col] in the image, color: [r, g, b] that lies over the pixel or null, opacity }
export function torchCode(scene) {
  const { classes, row, col, place, labels } = scene;
  if (!labels) return imageCode(scene);
  return [
    "import torch",
    "import torch.nn.functional as F",
    "",
    `# The window around row ${place[0]}, column ${place[1]}: one class number per pixel, 255 is void.`,
    `classes = ${JSON.stringify(classes)}`,
    `label_map = ${tensorOf(labels)}`,
    `row, column = ${row}, ${col}  # the pixel, counted within the window`,
    "",
    "valid = label_map != 255",
    "one_hot = F.one_hot(label_map.masked_fill(~valid, 0), len(classes)) * valid[..., None]  # (h, w, C); void: zeros",
    "label = int(label_map[row, column])",
    'print("class", label, classes[label] if label != 255 else "void")',
    'print("one-hot", one_hot[row, column].tolist())',
    'print("mask")',
    "print((label_map == label).int())",
    'print("pixels", {(classes + ["void"])[min(i, len(classes))]: int((label_map == i).sum()) for i in label_map.unique().tolist()})',
    ...instanceCode(scene),
    ...predictionCode(scene),
    ...blendCode(scene),
    "",
  ].join("\n");
}

function imageCode({ image, row, col, place }) {
  return [
    "import torch",
    "",
    `# The window around row ${place[0]}, column ${place[1]}: red, green, blue of each pixel, 0 to 255. It has no labels.`,
    `image = ${tensorOf(image)}  # (h, w, 3)`,
    `print("rgb", image[${row}, ${col}].tolist())`,
    "",
  ].join("\n");
}

function instanceCode({ instances }) {
  if (!instances) return [];
  return [
    "",
    "# The instance number of each pixel, 0 for stuff; the panoptic id holds both.",
    `instances = ${tensorOf(instances)}`,
    "panoptic = label_map * 1000 + instances",
    'print("panoptic id", int(panoptic[row, column]))',
    "assert torch.equal(panoptic // 1000, label_map) and torch.equal(panoptic % 1000, instances)",
  ];
}

function predictionCode({ prediction }) {
  if (!prediction) return [];
  return [
    "",
    `prediction = ${tensorOf(prediction)}`,
    "wrong = valid & (prediction != label_map)",
    'print("predicted", int(prediction[row, column]))',
    'print("wrong", int(wrong.sum()), "of", int(valid.sum()))',
  ];
}

function blendCode({ image, row, col, color, opacity }) {
  if (!color) return [];
  return [
    "",
    `image, color, opacity = torch.tensor([${image[row][col].join(", ")}.0]), torch.tensor([${color.join(", ")}.0]), ${opacity}`,
    'print("blend", ((1 - opacity) * image + opacity * color + 0.5).floor().int().tolist())',
  ];
}

function tensorOf(rows) {
  const text = (value) => (Array.isArray(value) ? `[${value.join(", ")}]` : String(value));
  return `torch.tensor([\n${rows.map((row) => `    [${row.map(text).join(", ")}],`).join("\n")}\n])`;
}
