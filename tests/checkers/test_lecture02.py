"""What `check` says to wrong answers of lecture 02, and the different right ones that it must let pass."""

import math

import numpy as np
import torch
import torch.nn.functional as F

import segedu as se

# ---- 02.cross_entropy ----


def entropy_by_gather(logits, target):
    m = logits.amax(dim=1, keepdim=True)
    lse = m + (logits - m).exp().sum(dim=1, keepdim=True).log()
    return (lse - logits.gather(1, target[:, None])).mean()


def entropy_by_one_hot(logits, target):
    z = logits - logits.max(dim=1, keepdim=True).values
    wanted = F.one_hot(target, logits.shape[1]).permute(0, 3, 1, 2)
    return (z.exp().sum(dim=1).log() - (wanted * z).sum(dim=1)).mean()


def entropy_by_loop(logits, target):
    total, pixels = 0.0, target.numel()
    for n in range(len(target)):
        for i in range(target.shape[1]):
            for j in range(target.shape[2]):
                z = logits[n, :, i, j] - logits[n, :, i, j].max()
                total += z.exp().sum().log() - z[target[n, i, j]]
    return total / pixels


def entropy_by_numpy(logits, target):
    z = logits.numpy().astype(np.float64)
    z -= z.max(axis=1, keepdims=True)
    own = np.take_along_axis(z, target.numpy()[:, None], axis=1)[:, 0]
    return torch.tensor((np.log(np.exp(z).sum(axis=1)) - own).mean())


def entropy_by_differences(logits, target):
    differences = logits - logits.gather(1, target[:, None])  # (N, C, H, W), 0 at the label
    m = differences.amax(dim=1)
    return (m + (differences - m[:, None]).exp().sum(dim=1).log()).mean()


def log_shares(logits, dim=1):
    z = logits - logits.amax(dim=dim, keepdim=True)
    return z - z.exp().sum(dim=dim, keepdim=True).log()


def own(values, target):
    return values.gather(1, target[:, None])


def entropy_zero(logits, target):
    return torch.tensor(0.0)


def entropy_plain(logits, target):
    return (logits.exp().sum(dim=1).log() - own(logits, target)[:, 0]).mean()


def entropy_by_log_of_softmax(logits, target):
    return -own(logits.softmax(dim=1), target).log().mean()


def entropy_with_one_maximum(logits, target):
    z = logits - logits.max()
    return (z.exp().sum(dim=1).log() - own(z, target)[:, 0]).mean()


def entropy_over_batch(logits, target):
    return -own(log_shares(logits, dim=0), target).mean()


def entropy_over_width(logits, target):
    return -own(log_shares(logits, dim=-1), target).mean()


def entropy_sum(logits, target):
    return -own(log_shares(logits), target).sum()


def entropy_per_image(logits, target):
    return -own(log_shares(logits), target).sum() / len(logits)


def entropy_over_classes(logits, target):
    wanted = F.one_hot(target, logits.shape[1]).movedim(-1, 1)
    return -(wanted * log_shares(logits)).mean()


def entropy_negative(logits, target):
    return own(log_shares(logits), target).mean()


def entropy_without_the_maximum(logits, target):
    m = logits.amax(dim=1, keepdim=True)
    return ((logits - m).exp().sum(dim=1, keepdim=True).log() - own(logits, target)).mean()


def entropy_of_the_logit_alone(logits, target):
    return -own(logits, target).mean()


def entropy_twice(logits, target):
    return -own(log_shares(logits.softmax(dim=1)), target).mean()


def entropy_in_bits(logits, target):
    return -own(log_shares(logits), target).mean() / math.log(2)


def entropy_of_each_pixel(logits, target):
    return -own(log_shares(logits), target)[:, 0]


def entropy_as_number(logits, target):
    return entropy_by_gather(logits, target).item()


def entropy_by_torch(logits, target):
    return F.cross_entropy(logits, target)


def entropy_by_log_softmax(logits, target):
    return -own(logits.log_softmax(dim=1), target).mean()


def entropy_by_logsumexp(logits, target):
    return (logits.logsumexp(dim=1) - own(logits, target)[:, 0]).mean()


def entropy_nothing(logits, target): ...


# ---- 02.mean_over_valid ----


def mean_by_selection(losses, target):
    valid = target != 255
    return losses[valid].sum() / valid.sum().clamp(min=1)


def mean_by_where(losses, target):
    valid = target != 255
    return torch.where(valid, losses, 0).sum() / max(int(valid.sum()), 1)


def mean_by_cases(losses, target):
    if (target == 255).all():
        return losses.new_zeros(())
    return losses[target < 255].mean()


def mean_by_loop(losses, target):
    total, count = torch.zeros(()), 0
    for loss, label in zip(losses.flatten(), target.flatten(), strict=True):
        if label != 255:
            total, count = total + loss, count + 1
    return total / count if count else total


def mean_by_nan(losses, target):
    return losses.masked_fill(target == 255, torch.nan).nanmean().nan_to_num(0)


def mean_zero(losses, target):
    return torch.tensor(0.0)


def mean_of_all(losses, target):
    return losses.mean()


def mean_with_void_below(losses, target):
    return torch.where(target != 255, losses, 0).mean()


def mean_times_mask(losses, target):
    valid = target != 255
    return (losses * valid).sum() / valid.sum().clamp(min=1)


def mean_of_nothing(losses, target):
    return losses[target != 255].mean()


def mean_of_images(losses, target):
    valid = target != 255
    kept = torch.where(valid, losses, 0).sum(dim=(1, 2))
    return (kept / valid.sum(dim=(1, 2)).clamp(min=1)).mean()


def mean_of_images_with_a_label(losses, target):
    means = [loss[t != 255].mean() for loss, t in zip(losses, target, strict=True) if (t != 255).any()]
    return torch.stack(means).mean() if means else losses.new_zeros(())


def mean_without_class_0(losses, target):
    valid = (target != 0) & (target != 255)
    return losses[valid].sum() / valid.sum().clamp(min=1)


def mean_as_sum(losses, target):
    return losses[target != 255].sum()


def mean_of_void(losses, target):
    return losses[target == 255].mean()


def mean_of_each_pixel(losses, target):
    return losses.where(target != 255, 0)


def mean_as_number(losses, target):
    return mean_by_selection(losses, target).item()


# ---- 02.repaired_loss ----


def repaired_by_torch(images, weight, bias, target):
    return F.cross_entropy(F.conv2d(images, weight, bias), target, ignore_index=255)


def repaired_by_rows(images, weight, bias, target):
    logits = images.movedim(1, -1)[target != 255] @ weight[:, :, 0, 0].T + bias
    return F.cross_entropy(logits, target[target != 255])


def repaired_by_mean(images, weight, bias, target):
    scores = F.conv2d(images, weight, bias)
    losses = F.cross_entropy(scores, target, ignore_index=255, reduction="none")
    return losses[target != 255].mean()


def repaired_by_log_of_shares(images, weight, bias, target):
    shares = F.conv2d(images, weight, bias).softmax(dim=1)
    return F.nll_loss(shares.log(), target, ignore_index=255)


def repaired_zero(images, weight, bias, target):
    return torch.tensor(0.0)


def repaired_not_at_all(images, weight, bias, target):
    shares = F.conv2d(images, weight, bias).softmax(dim=1)
    return F.cross_entropy(shares, target, ignore_index=255, reduction="none").mean()


def repaired_but_the_softmax(images, weight, bias, target):
    return F.cross_entropy(F.conv2d(images, weight, bias).softmax(dim=1), target, ignore_index=255)


def repaired_but_the_mean(images, weight, bias, target):
    return F.cross_entropy(F.conv2d(images, weight, bias), target, ignore_index=255, reduction="none").mean()


def repaired_with_a_sum(images, weight, bias, target):
    return F.cross_entropy(F.conv2d(images, weight, bias), target, ignore_index=255, reduction="sum")


def repaired_without_bias(images, weight, bias, target):
    return F.cross_entropy(F.conv2d(images, weight), target, ignore_index=255)


def repaired_with_nll_of_shares(images, weight, bias, target):
    return F.nll_loss(F.conv2d(images, weight, bias).softmax(dim=1), target, ignore_index=255)


def repaired_per_image(images, weight, bias, target):
    logits = F.conv2d(images, weight, bias)
    pairs = zip(logits, target, strict=True)
    return torch.stack([F.cross_entropy(z[None], t[None], ignore_index=255) for z, t in pairs]).mean()


def repaired_without_void(images, weight, bias, target):
    return F.cross_entropy(F.conv2d(images, weight, bias), target)


def repaired_by_the_course(images, weight, bias, target):
    return se.CrossEntropy()(F.conv2d(images, weight, bias), target)


# ---- 02.twice_floor ----


def floor_by_formula(num_classes):
    return math.log(1 + (num_classes - 1) / math.e)


def floor_by_share(num_classes):
    return -math.log(math.e / (math.e + num_classes - 1))


def floor_by_torch(num_classes):
    shares = torch.zeros(1, num_classes, dtype=torch.float64)
    shares[0, 0] = 1
    return F.cross_entropy(shares, torch.tensor([0])).item()


def floor_zero(num_classes):
    return 0.0


def floor_of_the_ignorant(num_classes):
    return math.log(num_classes)


def floor_with_all_others(num_classes):
    return -math.log(math.e / (math.e + num_classes))


def floor_of_the_others_alone(num_classes):
    return -math.log(math.e / (num_classes - 1))


def floor_as_share(num_classes):
    return math.e / (math.e + num_classes - 1)


def floor_negative(num_classes):
    return -floor_by_formula(num_classes)


def floor_of_the_wrong(num_classes):
    return math.log(math.e + num_classes - 1)


def floor_in_bits(num_classes):
    return math.log2(1 + (num_classes - 1) / math.e)


def floor_as_tensor(num_classes):
    return torch.tensor(floor_by_formula(num_classes))


# ---- 02.color_ceiling ----


def ceiling_by_colors(codes, labels):
    codes, labels = codes[labels != 255], labels[labels != 255]
    return (sum(labels[codes == code].bincount().max() for code in codes.unique()) / len(labels)).item()


def ceiling_by_table(codes, labels):
    codes, labels = codes[labels != 255], labels[labels != 255]
    _, rows = codes.unique(return_inverse=True)
    counts = torch.zeros(int(rows.max()) + 1, int(labels.max()) + 1)
    counts.index_put_((rows, labels), torch.ones(len(rows)), accumulate=True)
    return float(counts.max(dim=1).values.sum() / len(labels))


def ceiling_by_dict(codes, labels):
    seen = {}
    for code, label in zip(codes.flatten().tolist(), labels.flatten().tolist(), strict=True):
        if label != 255:
            seen.setdefault(code, []).append(label)
    right = sum(max(found.count(label) for label in set(found)) for found in seen.values())
    return right / sum(len(found) for found in seen.values())


def ceiling_by_answers(codes, labels):
    answer = {code: labels[(codes == code) & (labels != 255)] for code in codes.unique().tolist()}
    answer = {code: found.mode().values.item() for code, found in answer.items() if len(found)}
    guess = torch.tensor([answer.get(code, 0) for code in codes.flatten().tolist()])
    valid = labels.flatten() != 255
    return (guess == labels.flatten())[valid].double().mean().item()


def ceiling_one(codes, labels):
    return 1.0


def ceiling_with_void_below(codes, labels):
    return ceiling_by_colors(codes, labels) * (labels != 255).sum().item() / labels.numel()


def ceiling_with_void_as_a_class(codes, labels):
    return (sum(labels[codes == code].bincount().max() for code in codes.unique()) / labels.numel()).item()


def ceiling_as_mean_of_colors(codes, labels):
    codes, labels = codes[labels != 255], labels[labels != 255]
    shares = [(labels[codes == c] == labels[codes == c].mode().values).double().mean() for c in codes.unique()]
    return torch.stack(shares).mean().item()


def ceiling_of_one_class(codes, labels):
    labels = labels[labels != 255]
    return labels.bincount().max().item() / len(labels)


def ceiling_as_number(codes, labels):
    return round(ceiling_by_colors(codes, labels) * (labels != 255).sum().item())


def ceiling_as_errors(codes, labels):
    return 1 - ceiling_by_dict(codes, labels)


def ceiling_of_pure_colors(codes, labels):
    codes, labels = codes[labels != 255], labels[labels != 255]
    right = sum((codes == c).sum().item() for c in codes.unique() if len(labels[codes == c].unique()) == 1)
    return right / len(labels)


def ceiling_the_other_way(codes, labels):
    valid = labels != 255
    return ceiling_by_dict(labels[valid], codes[valid])


def ceiling_as_tensor(codes, labels):
    return torch.tensor(ceiling_by_dict(codes, labels))


WRONG = {
    "02.cross_entropy": [
        (entropy_zero, "is all zeros"),
        (entropy_plain, "overflows to inf"),
        (entropy_by_log_of_softmax, "isn't finite"),
        (entropy_with_one_maximum, "isn't finite"),
        (entropy_over_batch, "over the images of the batch"),
        (entropy_over_width, "over the columns of the image"),
        (entropy_sum, "That is the sum over all pixels"),
        (entropy_per_image, "divided by N, the number of images"),
        (entropy_over_classes, "divided by N·C·H·W"),
        (entropy_negative, "The sign is wrong"),
        (entropy_without_the_maximum, "not added again outside"),
        (entropy_of_the_logit_alone, "the other half, logsumexp(z), is missing"),
        (entropy_twice, "Softmax was applied twice"),
        (entropy_in_bits, "to base 2"),
        (entropy_of_each_pixel, "a loss for each pixel"),
        (entropy_as_number, "is of type float, expected a tensor"),
        (entropy_by_torch, "F.cross_entropy"),
        (entropy_by_log_softmax, "torch.log_softmax"),
        (entropy_by_logsumexp, "torch.logsumexp"),
        (entropy_nothing, "not attempted"),
    ],
    "02.mean_over_valid": [
        (mean_zero, "is all zeros"),
        (mean_of_all, "The losses of void pixels are in the mean"),
        (mean_with_void_below, "Void pixels are in the denominator"),
        (mean_times_mask, "0 · inf is NaN"),
        (mean_of_nothing, "0 divided by 0"),
        (mean_of_images, "the mean of the images' means"),
        (mean_of_images_with_a_label, "the mean of the images' means"),
        (mean_without_class_0, "0 is a class like the others"),
        (mean_as_sum, "That is the sum over valid pixels"),
        (mean_of_void, "the right way round"),
        (mean_of_each_pixel, "a number for each pixel"),
        (mean_as_number, "is of type float, expected a tensor"),
    ],
    "02.repaired_loss": [
        (repaired_zero, "is all zeros"),
        (repaired_not_at_all, "still the colleague's loss"),
        (repaired_but_the_softmax, "wants logits, not probabilities"),
        (repaired_but_the_mean, "Void still counts as pixels with loss 0"),
        (repaired_with_a_sum, "That is the sum over valid pixels"),
        (repaired_without_bias, "The bias is missing"),
        (repaired_with_nll_of_shares, "`nll_loss` takes log-probabilities"),
        (repaired_per_image, "the mean of the images' means"),
        (repaired_without_void, "your code raised"),
        (repaired_by_the_course, "se.CrossEntropy"),
    ],
    "02.twice_floor": [
        (floor_zero, "each of the C − 1 adds 1"),
        (floor_of_the_ignorant, "knows nothing"),
        (floor_with_all_others, "C − 1 other classes"),
        (floor_of_the_others_alone, "The right class is in the sum too"),
        (floor_as_share, "the loss is −log of it"),
        (floor_negative, "The sign is wrong"),
        (floor_of_the_wrong, "That is the largest loss"),
        (floor_in_bits, "to base 2"),
        (floor_as_tensor, "is a tensor of one value"),
    ],
    "02.color_ceiling": [
        (ceiling_one, "The ceiling is 1"),
        (ceiling_with_void_below, "Void pixels are in the denominator"),
        (ceiling_with_void_as_a_class, "Void counts as a class"),
        (ceiling_as_mean_of_colors, "the mean of the colors' shares"),
        (ceiling_of_one_class, "the most frequent class over all pixels"),
        (ceiling_as_number, "the number of pixels that are right"),
        (ceiling_as_errors, "1 minus it"),
        (ceiling_of_pure_colors, "a mixed color is right about its majority"),
        (ceiling_the_other_way, "Colors and classes are swapped"),
        (ceiling_as_tensor, "is a tensor of one value"),
    ],
}
RIGHT = {
    "02.cross_entropy": [
        entropy_by_gather,
        entropy_by_one_hot,
        entropy_by_loop,
        entropy_by_numpy,
        entropy_by_differences,
    ],
    "02.mean_over_valid": [mean_by_selection, mean_by_where, mean_by_cases, mean_by_loop, mean_by_nan],
    "02.repaired_loss": [
        repaired_by_torch,
        repaired_by_rows,
        repaired_by_mean,
        repaired_by_log_of_shares,
    ],
    "02.twice_floor": [floor_by_formula, floor_by_share, floor_by_torch],
    "02.color_ceiling": [ceiling_by_colors, ceiling_by_table, ceiling_by_dict, ceiling_by_answers],
}


def test_each_wrong_answer_gets_its_message(wrong):
    wrong.verify()


def test_each_right_answer_passes(right):
    right.verify()
