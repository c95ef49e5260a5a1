// The torchvision code of a setting: it gives the image and the labels that are on screen.
import { NO_CHANGE, inverseMatrix } from "./core.js";
import { blurReach } from "./core_recolor.js";

// scene: { setting, other, labeled, own (an image was given), size }
export function torchCode({ setting, other, labeled, own, size }) {
  const lines = [
    "import torch",
    "from torchvision import tv_tensors",
    "from torchvision.transforms import InterpolationMode",
    "from torchvision.transforms.v2 import functional as F",
    "import segedu as se",
    "",
    ...startLines(labeled, own),
    "",
    labeled && movesWith(setting) ? "# Image and mask move as one." : "# The image moves.",
    ...flipLines("image", setting),
    ...(labeled && movesWith(setting) ? flipLines("mask", setting) : []),
    ...(setting.elastic > 0 ? elasticLines(setting) : affineLines(setting)),
    ...callLines(setting, labeled),
    ...(labeled ? mistakeLines(setting, other) : []),
    ...recolorLines(setting, size),
    "",
    labeled
      ? "print({label: int((mask == label).sum()) for label in mask.unique().tolist()})  # pixels per label"
      : "print(image.mean(dim=(1, 2)))",
    "",
  ];
  return lines.join("\n");
}

const movesWith = ({ mistake }) => mistake === "none" || mistake === "bilinear";
const fillOf = ({ fill }) => (fill === "void" ? "[255]" : "[0]  # class 0 instead of void");

function startLines(labeled, own) {
  const given = labeled ? "image, label_map" : "image";
  return [
    own
      ? `lab = se.explorers.AugmentationLab(${given})  # the ${given.replace(", ", " and the ")} that you gave, as small as here`
      : "lab = se.explorers.AugmentationLab()  # its scene; any image (3, H, W) in [0, 1] and labels (H, W) will do",
    "image = tv_tensors.Image(lab.image)",
    ...(labeled ? ["mask = tv_tensors.Mask(lab.label_map)"] : []),
  ];
}

function flipLines(name, setting) {
  return [
    ...(setting.flip_left_right ? [`${name} = F.horizontal_flip(${name})`] : []),
    ...(setting.flip_up_down ? [`${name} = F.vertical_flip(${name})`] : []),
  ];
}

const affineText = ({ rotation, zoom, shift_x, shift_y, shear }) =>
  `angle=${rotation}, translate=[${shift_x}, ${shift_y}], scale=${zoom}, shear=[${shear}, 0.0]`;

function affineLines(setting) {
  return [`move = dict(${affineText(setting)}, interpolation=InterpolationMode.BILINEAR)`];
}

function elasticLines(setting) {
  const rows = inverseMatrix(setting).map(
    (row) => `[${row.map((value) => String(value + 0)).join(", ")}]`,
  );
  return [
    "# One table for all: bend, then the matrix from an output pixel to where it looks, from the image's center.",
    "H, W = image.shape[-2:]",
    "half = torch.tensor([W, H]) / 2  # torch's image is 2 wide and 2 high",
    'here = torch.stack(torch.meshgrid(torch.arange(W) + 0.5, torch.arange(H) + 0.5, indexing="xy"), -1).double() - half',
    `field = se.elastic_field((H, W), ${setting.elastic}, nodes=${setting.nodes}, generator=torch.Generator().manual_seed(${setting.seed}))`,
    `matrix = torch.tensor([${rows.join(", ")}], dtype=torch.float64)`,
    "source = (here + field[0] * half) @ matrix[:, :2].T + matrix[:, 2]",
    "move = dict(displacement=((source - here) / half).float()[None], interpolation=InterpolationMode.BILINEAR)",
  ];
}

function callLines(setting, labeled) {
  const call = setting.elastic > 0 ? "F.elastic" : "F.affine";
  const lines = [`image = ${call}(image, **move, fill=[0.5])`];
  if (!labeled) return lines;
  const [fill, why] = fillOf(setting).split("  # ");
  const note = why ? `  # ${why}` : "";
  if (setting.mistake === "none")
    lines.push(
      `mask = ${call}(mask, **move, fill=${fill})  # a Mask takes the nearest pixel, whatever the interpolation${why ? `; ${why}` : ""}`,
    );
  if (setting.mistake === "bilinear")
    lines.push(
      "# The mistake: without its type the mask is an image, and its numbers are interpolated.",
      `mask = ${call}(mask.as_subclass(torch.Tensor).float()[None], **move, fill=${fill})[0].round().long()${note}`,
    );
  return lines;
}

function mistakeLines(setting, other) {
  if (setting.mistake === "left behind") return ["# The mistake: the mask stays where it was."];
  if (setting.mistake !== "two draws") return [];
  const [fill, why] = fillOf(setting).split("  # ");
  return [
    "# The mistake: a second draw for the mask.",
    ...flipLines("mask", other),
    `mask = F.affine(mask, ${affineText(other)}, fill=${fill})${why ? `  # ${why}` : ""}`,
  ];
}

function recolorLines(setting, [height, width]) {
  const lines = ["brightness", "contrast", "saturation"]
    .filter((name) => setting[name] !== NO_CHANGE[name])
    .map((name) => `image = F.adjust_${name}(image, ${setting[name]})`);
  const reach = blurReach(setting.blur, height, width);
  if (setting.blur > 0 && reach > 0)
    lines.push(`image = F.gaussian_blur(image, ${2 * reach + 1}, ${setting.blur})`);
  if (setting.noise > 0)
    lines.push(
      `drawn = torch.randn(image.shape, generator=torch.Generator().manual_seed(${setting.seed}))`,
      `image = (image + ${setting.noise} * drawn).clamp(0, 1)  # as F.gaussian_noise, from a seed`,
    );
  return lines.length ? ["", "# Colors belong to the image alone.", ...lines] : [];
}
