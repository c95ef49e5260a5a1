"""What `check` says to wrong answers of lecture 02, and the different right ones that it must let pass."""

import fractions
import functools
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import segedu as se
from segedu.exercises.engine.gradients import CUT
from segedu.exercises.lecture02.ceiling import MISTAKES as CEILING_MISTAKES
from segedu.exercises.lecture02.entropy import ENTROPY_MISTAKES, MEAN_MISTAKES
from segedu.exercises.lecture02.twice import FLOOR_MISTAKES, REPAIR_MISTAKES
from tests.checkers.conftest import examined
from tests.checkers.secret import caught

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


def entropy_by_log_of_all_shares(logits, target):
    return -own(logits.softmax(dim=1).log(), target).mean()


def entropy_of_ten_classes(logits, target):
    known = logits[:, :10]
    largest = known.amax(dim=1, keepdim=True)
    lse = largest + (known - largest).exp().sum(dim=1, keepdim=True).log()
    return (lse - own(logits, target)).mean()


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


def entropy_of(shares, target):
    return -own(shares, target).log().mean()


def entropy_with_a_small_number(logits, target):
    return entropy_of(logits.softmax(1) + 1e-12, target)


def entropy_of_clamped_shares(logits, target):
    return entropy_of(logits.softmax(1).clamp(min=1e-7), target)


def entropy_of_clamped_logits(logits, target):
    return entropy_plain(logits.clamp(-80, 80), target)


def entropy_in_double(logits, target):
    return entropy_plain(logits.double(), target)


def entropy_shifted(logits, target, shift):
    z = logits - shift
    return (z.exp().sum(1, keepdim=True).log() - own(z, target)).mean()


def entropy_less_the_mean(logits, target):
    return entropy_shifted(logits, target, logits.mean(1, keepdim=True))


def entropy_less_the_smallest(logits, target):
    return entropy_shifted(logits, target, logits.amin(1, keepdim=True))


def entropy_less_the_images_largest(logits, target):
    return entropy_shifted(logits, target, logits.amax((1, 2, 3), keepdim=True))


def entropy_less_the_argmax(logits, target):
    return entropy_shifted(logits, target, logits.argmax(1, keepdim=True))


def entropy_viewed(logits, target):
    one_hot = F.one_hot(target, logits.shape[1]).float().view(logits.shape)
    return -(one_hot * log_shares(logits)).sum(1).mean()


def entropy_flattened(logits, target):
    return -own(log_shares(logits.reshape(-1, logits.shape[1])), target.flatten()).mean()


def entropy_of_one_axis(logits, target):
    return entropy_by_gather(logits, target).reshape(1)


def entropy_of_the_hard_maximum(logits, target):
    return (logits.amax(1) - own(logits, target)[:, 0]).mean()


def entropy_of_yes_and_no(logits, target):
    one_hot = F.one_hot(target, logits.shape[1]).movedim(-1, 1).to(logits)
    return F.binary_cross_entropy_with_logits(logits, one_hot)


def entropy_of_squares(logits, target):
    one_hot = F.one_hot(target, logits.shape[1]).movedim(-1, 1)
    return ((logits.softmax(1) - one_hot) ** 2).mean()


def entropy_over_rows(logits, target):
    return -own(log_shares(logits, dim=2), target).mean()


def entropy_of_the_normalizer(logits, target):
    return (logits - log_shares(logits)).mean()


def entropy_as_share(logits, target):
    return own(logits.softmax(1), target).mean()


def entropy_as_missing_share(logits, target):
    return 1 - own(logits.softmax(1), target).mean()


def entropy_log_of_the_mean(logits, target):
    return -own(logits.softmax(1), target).mean().log()


def entropy_by_special_log_softmax(logits, target):
    return -own(torch.special.log_softmax(logits, 1), target).mean()


def entropy_by_special_logsumexp(logits, target):
    return (torch.special.logsumexp(logits, 1) - own(logits, target)[:, 0]).mean()


def entropy_by_cumulative_sum(logits, target):
    return (logits.logcumsumexp(1)[:, -1] - own(logits, target)[:, 0]).mean()


def entropy_by_module(logits, target):
    return torch.nn.CrossEntropyLoss()(logits, target)


def entropy_by_two_modules(logits, target):
    return torch.nn.NLLLoss()(torch.nn.LogSoftmax(1)(logits), target)


def entropy_by_scipy(logits, target):
    from scipy.special import logsumexp

    normalizer = logsumexp(logits.detach().numpy(), axis=1)
    return torch.tensor((normalizer - own(logits, target)[:, 0].detach().numpy()).mean())


def entropy_without_gradient(logits, target):
    return torch.tensor(float(entropy_by_gather(logits, target)))


def entropy_by_detached_numpy(logits, target):
    return entropy_by_numpy(logits.detach(), target)


def entropy_as_numpy_number(logits, target):
    return np.float64(entropy_by_gather(logits, target).item())


def entropy_by_nll(logits, target):
    return F.nll_loss(log_shares(logits), target)


def entropy_by_pairs(logits, target):
    return (functools.reduce(torch.logaddexp, logits.unbind(1)) - own(logits, target)[:, 0]).mean()


def entropy_of_doubles(logits, target):
    return -own(log_shares(logits.double()), target).mean()


def entropy_of_rows(logits, target):
    z = logits.movedim(1, -1).reshape(-1, logits.shape[1])
    labels = target.reshape(-1)
    z = z - z.max(-1, keepdim=True)[0]
    return -(z[torch.arange(len(labels)), labels] - z.exp().sum(-1).log()).mean()


def entropy_by_divergence(logits, target):
    one_hot = F.one_hot(target, logits.shape[1]).movedim(-1, 1).to(logits)
    return F.kl_div(log_shares(logits), one_hot, reduction="none").sum(1).mean()


def entropy_along_dim(z, y):
    return -torch.take_along_dim(log_shares(z), y.unsqueeze(1), dim=1).sum().div(y.numel())


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
    return losses.masked_fill(target == 255, torch.nan).nanmean().nan_to_num(0, posinf=torch.inf)


def mean_of_finite_losses(losses, target):
    return losses.masked_fill(target == 255, torch.nan).nanmean().nan_to_num(0)


def mean_with_infinity_as_0(losses, target):
    return mean_by_selection(losses.nan_to_num(posinf=0), target)


def mean_without_infinite_pixels(losses, target):
    return mean_by_selection(losses, target.masked_fill(losses.isinf(), 255))


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


def mean_divided(losses, target, number):
    return losses[target != 255].sum() / number((target != 255).sum())


def mean_plus_one(losses, target):
    return mean_divided(losses, target, lambda count: count + 1)


def mean_plus_very_little(losses, target):
    return mean_divided(losses, target, lambda count: count + 1e-8)


def mean_of_the_finite(losses, target):
    return losses[losses.isfinite()].mean()


def mean_of_what_is_above_0(losses, target):
    some = losses > 0
    return losses[some].sum() / some.sum().clamp(min=1)


def mean_of_valid_above_0(losses, target):
    some = (losses > 0) & (target != 255)
    return losses[some].sum() / some.sum().clamp(min=1)


def mean_with_void_added(losses, target):
    return losses.masked_fill(losses.isinf(), 0).sum() / (target != 255).sum().clamp(min=1)


def mean_of_small_labels(losses, target):
    small = target <= 20
    return losses[small].sum() / small.sum().clamp(min=1)


def mean_ignoring_minus_100(losses, target):
    return losses[target != -100].mean()


def mean_of_class_0(losses, target):
    return losses[target == 0].mean()


def mean_of_one_axis(losses, target):
    return mean_by_selection(losses, target)[None]


def mean_of_images_as_zeros(losses, target):
    rows = [mean_by_selection(loss, labels) for loss, labels in zip(losses, target, strict=True)]
    return sum(rows) / len(rows)


def mean_as_median(losses, target):
    valid = target != 255
    return losses[valid].median() if valid.any() else torch.tensor(0.0)


def mean_as_numpy_number(losses, target):
    valid = target != 255
    return losses[valid].numpy().mean() if valid.any() else 0


def mean_without_infinity(losses, target):
    valid = target != 255
    return torch.nan_to_num(losses).mul(valid).sum() / valid.sum().clamp(min=1)


def mean_or_0(losses, target):
    return losses[target != 255].mean().nan_to_num(0, posinf=torch.inf)


def mean_of_zeros(losses, target):
    kept = losses.clone()
    kept[target == 255] = 0
    return kept.sum() / (target != 255).sum().clamp(min=1)


def mean_of_selected(losses, target):
    valid = target.ne(255)
    return torch.masked_select(losses, valid).sum() / (valid.sum() + (target == 255).all())


def mean_of_masked_numpy(losses, target):
    masked = np.ma.masked_array(losses.numpy(), mask=(target == 255).numpy())
    return torch.tensor(masked.filled(0).sum() / max(1, int((target != 255).sum())))


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


def repaired_by_log_of_clamped_shares(images, weight, bias, target):
    shares = F.conv2d(images, weight, bias).softmax(dim=1).clamp(min=1e-8)
    return F.nll_loss(shares.log(), target, ignore_index=255)


def repaired_by_log_of_shares_and_a_bit(images, weight, bias, target):
    shares = F.conv2d(images, weight, bias).softmax(dim=1) + 1e-12
    return F.nll_loss(shares.log(), target, ignore_index=255)


def repaired_by_own_log_shares(images, weight, bias, target):
    return F.nll_loss(log_shares(F.conv2d(images, weight, bias)), target, ignore_index=255)


def repaired_by_selected_rows(images, weight, bias, target):
    z = F.conv2d(images, weight, bias).movedim(1, -1)[target != 255]  # (pixels, C)
    labels = target[target != 255]
    return (z.logsumexp(dim=1) - z[torch.arange(len(labels)), labels]).mean()


def repaired_with_detached_scores(images, weight, bias, target):
    return repaired_by_torch(images, weight.detach(), bias, target)


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


def pixels_repaired(images, weight, bias, target):
    return F.cross_entropy(F.conv2d(images, weight, bias), target, ignore_index=255, reduction="none")


def repaired_above_0(images, weight, bias, target):
    losses = pixels_repaired(images, weight, bias, target)
    return losses[losses > 0].mean()


def repaired_with_a_sigmoid(images, weight, bias, target):
    return F.cross_entropy(F.conv2d(images, weight, bias).sigmoid(), target, ignore_index=255)


def repaired_with_nll_of_scores(images, weight, bias, target):
    return F.nll_loss(F.conv2d(images, weight, bias), target, ignore_index=255)


def repaired_with_void_as_sky(images, weight, bias, target):
    return F.cross_entropy(F.conv2d(images, weight, bias), target.where(target != 255, 0))


def repaired_with_void_as_masked_sky(images, weight, bias, target):
    losses = F.cross_entropy(F.conv2d(images, weight, bias), target.where(target != 255, 0), reduction="none")
    return (losses * (target != 255)).mean()


def repaired_of_each_pixel(images, weight, bias, target):
    return pixels_repaired(images, weight, bias, target)


def repaired_scores(images, weight, bias, target):
    return F.conv2d(images, weight, bias)


def repaired_labels(images, weight, bias, target):
    return F.cross_entropy(F.conv2d(images, weight, bias).argmax(1).float(), target, ignore_index=255)


def repaired_over_the_batch(images, weight, bias, target):
    return F.cross_entropy(F.conv2d(images, weight, bias).softmax(0).log(), target, ignore_index=255)


def repaired_as_number(images, weight, bias, target):
    return repaired_by_torch(images, weight, bias, target).item()


def repaired_with_a_layer_of_its_own(images, weight, bias, target):
    layer = torch.nn.Conv2d(3, len(bias), 1)
    layer.weight.data, layer.bias.data = weight, bias
    return F.cross_entropy(layer(images), target, ignore_index=255)


def repaired_with_log_softmax_first(images, weight, bias, target):
    return F.cross_entropy(F.conv2d(images, weight, bias).log_softmax(1), target, ignore_index=255)


def repaired_in_double(images, weight, bias, target):
    scores = F.conv2d(images.double(), weight.double(), bias.double())
    return torch.nn.CrossEntropyLoss(ignore_index=255)(scores, target)


def repaired_by_einsum(images, weight, bias, target):
    scores = torch.einsum("nchw,oc->nohw", images, weight.flatten(1)) + bias[:, None, None]
    return F.cross_entropy(scores, target, ignore_index=255, reduction="sum") / (target != 255).sum()


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


def floor_of_ten_classes(num_classes):
    return 1.4612


def floor_by_log10(num_classes):
    return math.log10(1 + (num_classes - 1) / math.e)


def floor_of_the_inverse(num_classes):
    return math.log(1 + (num_classes - 1) * math.e)


def floor_of_the_others(num_classes):
    return math.log(num_classes - 1)


def floor_rounded(num_classes):
    return round(floor_by_formula(num_classes), 2)


def floor_times_classes(num_classes):
    return floor_by_torch(num_classes) * num_classes


def floor_thrice(num_classes):
    shares = F.one_hot(torch.tensor([0]), num_classes).float().softmax(1)
    return F.cross_entropy(shares, torch.tensor([0])).item()


def floor_by_numpy(num_classes):
    return np.float32(np.log(1 + (num_classes - 1) / np.e))


def floor_of_all_classes(C):
    return F.cross_entropy(torch.eye(C), torch.arange(C))


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


def valid_pairs(codes, labels):
    valid = labels != 255
    return codes[valid], labels[valid]


def ceiling_tensor(codes, labels):
    codes, labels = valid_pairs(codes, labels)
    return sum(labels[codes == code].bincount().max() for code in codes.unique()) / len(labels)


def ceiling_in_percent(codes, labels):
    return 100 * float(ceiling_tensor(codes, labels))


def ceiling_of_modes_with_void(codes, labels):
    modes = [(labels[codes == code], labels[codes == code].mode().values) for code in codes.unique()]
    return (sum((own == mode).sum() for own, mode in modes) / (labels != 255).sum()).item()


def ceiling_of_modes_that_are_not_void(codes, labels):
    modes = [(labels[codes == code], labels[codes == code].mode().values) for code in codes.unique()]
    return float(sum((own == mode).sum() for own, mode in modes if mode != 255) / (labels != 255).sum())


def ceiling_with_void_as_sky(codes, labels):
    return float(ceiling_tensor(codes, labels.where(labels != 255, 0)))


def ceiling_as_mean_of_images(codes, labels):
    return sum(float(ceiling_tensor(*image)) for image in zip(codes, labels, strict=True)) / len(codes)


def ceiling_of_images(codes, labels):
    sizes = [int((one != 255).sum()) for one in labels]
    shares = [float(ceiling_tensor(*image)) for image in zip(codes, labels, strict=True)]
    return sum(share * size for share, size in zip(shares, sizes, strict=True)) / sum(sizes)


def ceiling_above_half(codes, labels):
    codes, labels = valid_pairs(codes, labels)
    most = [(int(labels[codes == code].bincount().max()), int((codes == code).sum())) for code in codes.unique()]
    return sum(count for count, size in most if 2 * count > size) / len(labels)


def ceiling_of_the_first(codes, labels):
    codes, labels = valid_pairs(codes, labels)
    return float(sum((labels[codes == c] == labels[codes == c][0]).sum() for c in codes.unique()) / len(labels))


def ceiling_as_mean_of_classes(codes, labels):
    codes, labels = valid_pairs(codes, labels)
    answers = torch.zeros_like(labels)
    for code in codes.unique():
        answers[codes == code] = labels[codes == code].bincount().argmax()
    return float(sum((answers[labels == label] == label).float().mean() for label in labels.unique())) / len(
        labels.unique()
    )


def ceiling_as_numpy_number(codes, labels):
    codes, labels = (x.numpy() for x in valid_pairs(codes, labels))
    colors, color = np.unique(codes, return_inverse=True)
    counts = np.zeros((len(colors), 256))
    np.add.at(counts, (color, labels), 1)
    return counts.max(1).sum() / len(labels)


def ceiling_by_a_sparse_table(codes, labels):
    codes, labels = valid_pairs(codes, labels)
    table = torch.sparse_coo_tensor(torch.stack([codes, labels]), torch.ones(len(labels)), (int(codes.max()) + 1, 255))
    return float(table.to_dense().amax(1).sum() / len(labels))


def ceiling_of_bytes(codes, labels):
    return float(ceiling_tensor(codes.to(torch.uint8), labels))


def ceiling_of_small_codes(codes, labels):
    return float(ceiling_tensor(codes % 256, labels))


def ceiling_of_ten_classes(codes, labels):
    codes, labels = valid_pairs(codes, labels)
    most = [max(int((labels[codes == code] == c).sum()) for c in range(10)) for code in codes.unique()]
    return sum(most) / len(labels)


def ceiling_as_a_fraction(codes, labels):
    size = len(valid_pairs(codes, labels)[0])
    return fractions.Fraction(round(float(ceiling_tensor(codes, labels)) * size), size)


WRONG = {
    "02.cross_entropy": [
        (entropy_zero, "is all zeros"),
        (entropy_plain, "exp of a large logit is inf"),
        (entropy_by_log_of_softmax, "may underflow to 0"),
        (entropy_by_log_of_all_shares, "may underflow to 0"),
        (entropy_of_ten_classes, "over the first classes alone"),
        (entropy_with_one_maximum, "isn't each pixel's own largest logit"),
        (entropy_in_double, "exp of a large logit is inf"),
        (entropy_less_the_mean, "isn't each pixel's own largest logit"),
        (entropy_less_the_smallest, "isn't each pixel's own largest logit"),
        (entropy_less_the_images_largest, "isn't each pixel's own largest logit"),
        (entropy_less_the_argmax, "exp of a large logit is inf"),
        (entropy_with_a_small_number, "kept away from 0"),
        (entropy_of_clamped_shares, "kept away from 0"),
        (entropy_of_clamped_logits, "The logits are clamped"),
        (entropy_viewed, "pixels and classes are mixed"),
        (entropy_flattened, "pixels and classes are mixed"),
        (entropy_of_one_axis, "has shape (1,), expected ()"),
        (entropy_of_the_hard_maximum, "taken to be the largest logit"),
        (entropy_of_yes_and_no, "by a sigmoid"),
        (entropy_of_squares, "mean squared error"),
        (entropy_over_rows, "over the rows of the image"),
        (entropy_of_the_normalizer, "the logit of the right class is to be subtracted"),
        (entropy_as_share, "That is the mean probability"),
        (entropy_as_missing_share, "1 minus the mean probability"),
        (entropy_log_of_the_mean, "take the logarithm of each pixel"),
        (entropy_by_special_log_softmax, "log_softmax"),
        (entropy_by_special_logsumexp, "logsumexp"),
        (entropy_by_cumulative_sum, "another log-sum-exp of torch"),
        (entropy_by_pairs, "another log-sum-exp of torch"),
        (entropy_by_module, "CrossEntropyLoss"),
        (entropy_by_two_modules, "LogSoftmax"),
        (entropy_by_scipy, "another log-sum-exp of torch"),
        (entropy_without_gradient, CUT),
        (entropy_by_detached_numpy, CUT),
        (entropy_as_numpy_number, CUT),
        (entropy_by_numpy, "your code raised"),
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
        (entropy_as_number, CUT),
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
        (mean_of_void, "Void and valid are swapped"),
        (mean_plus_one, "one too large"),
        (mean_of_the_finite, "The losses of void pixels are in the mean"),
        (mean_of_what_is_above_0, "02.mean_over_valid: not yet"),
        (mean_of_valid_above_0, "Pixels with loss 0 are left out"),
        (mean_with_void_added, "are in the sum"),
        (mean_of_small_labels, "The mean differs"),
        (mean_ignoring_minus_100, "The losses of void pixels are in the mean"),
        (mean_of_class_0, "Only pixels of class 0 count"),
        (mean_of_one_axis, "has shape (1,), expected ()"),
        (mean_of_images_as_zeros, "the mean of the images' means"),
        (mean_as_median, "The mean differs"),
        (mean_of_each_pixel, "a number for each pixel"),
        (mean_without_infinity, "made finite or left out"),  # the largest float times 0 is 0
        (mean_of_finite_losses, "made finite or left out"),
        (mean_with_infinity_as_0, "made finite or left out"),
        (mean_without_infinite_pixels, "made finite or left out"),
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
        (repaired_above_0, "Pixels with loss 0 are left out"),
        (repaired_with_a_sigmoid, "A sigmoid stands where logits should"),
        (repaired_with_nll_of_scores, "That is the mean of −z"),
        (repaired_with_void_as_sky, "Void has become class 0"),
        (repaired_with_void_as_masked_sky, "Void still counts as pixels with loss 0"),
        (repaired_of_each_pixel, "a loss for each pixel"),
        (repaired_scores, "has shape"),
        (repaired_labels, "your code raised"),
        (repaired_over_the_batch, "The loss "),
        (repaired_as_number, CUT),
        (repaired_with_a_layer_of_its_own, "its gradient by `weight`"),
        (repaired_by_the_course, "se.CrossEntropy"),
        (repaired_by_log_of_shares, "the logarithm of a probability"),
        (repaired_by_log_of_clamped_shares, "the logarithm of a probability"),
        (repaired_by_log_of_shares_and_a_bit, "the logarithm of a probability"),
        (repaired_with_detached_scores, "its gradient by `weight`"),
    ],
    "02.twice_floor": [
        (floor_zero, "each of the C − 1 adds 1"),
        (floor_of_ten_classes, "The floor is 1.4612, expected"),
        (floor_by_log10, "to base 10"),
        (floor_of_the_inverse, "it is the other way round: e, 1, …, 1"),
        (floor_of_the_others, "isn't in it with its logit 1"),
        (floor_rounded, "The floor is"),
        (floor_times_classes, "The floor is"),
        (floor_thrice, "The floor is"),
        (floor_of_the_ignorant, "knows nothing"),
        (floor_with_all_others, "C − 1 other classes"),
        (floor_of_the_others_alone, "The right class is in the sum too"),
        (floor_as_share, "the loss is −log of it"),
        (floor_negative, "The sign is wrong"),
        (floor_of_the_wrong, "That is the largest loss"),
        (floor_in_bits, "to base 2"),
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
        (ceiling_in_percent, "That is a percentage"),
        (ceiling_of_modes_with_void, "Void counts as a class"),
        (ceiling_of_modes_that_are_not_void, "Void counts as a class"),
        (ceiling_with_void_as_sky, "Void has become class 0"),
        (ceiling_as_mean_of_images, "Each image has answers of its own"),
        (ceiling_of_images, "Each image has answers of its own"),
        (ceiling_above_half, "half of their pixels or less"),
        (ceiling_of_the_first, "the first label that a color has"),
        (ceiling_as_mean_of_classes, "the mean of the classes' accuracies"),
        (ceiling_of_bytes, "The codes were cut to 8 bits"),
        (ceiling_of_small_codes, "The codes were cut to 8 bits"),
        (ceiling_of_ten_classes, "The higher classes are left out"),
    ],
}
RIGHT = {
    "02.cross_entropy": [
        entropy_by_gather,
        entropy_by_one_hot,
        entropy_by_loop,
        entropy_by_differences,
        entropy_by_nll,
        entropy_of_doubles,
        entropy_of_rows,
        entropy_by_divergence,
        entropy_along_dim,
    ],
    "02.mean_over_valid": [
        mean_by_selection,
        mean_by_where,
        mean_by_cases,
        mean_by_loop,
        mean_by_nan,
        mean_plus_very_little,  # a float32 doesn't notice it, and 0 / 1e-8 is 0
        mean_or_0,
        mean_of_zeros,
        mean_of_selected,
        mean_of_masked_numpy,
        mean_as_number,
        mean_as_numpy_number,
    ],
    "02.repaired_loss": [
        repaired_by_torch,
        repaired_by_rows,
        repaired_by_mean,
        repaired_by_own_log_shares,
        repaired_by_selected_rows,
        repaired_with_log_softmax_first,  # log-softmax changes nothing the second time
        repaired_in_double,
        repaired_by_einsum,
    ],
    "02.twice_floor": [
        floor_by_formula,
        floor_by_share,
        floor_by_torch,
        floor_by_numpy,
        floor_of_all_classes,
        floor_as_tensor,
    ],
    "02.color_ceiling": [
        ceiling_by_colors,
        ceiling_by_table,
        ceiling_by_dict,
        ceiling_by_answers,
        ceiling_as_tensor,
        ceiling_as_numpy_number,
        ceiling_by_a_sparse_table,
        ceiling_as_a_fraction,
    ],
}
# What must not be said: the mistake wasn't made.
UNTRUE = [
    ("02.cross_entropy", entropy_by_log_of_all_shares, "own largest logit"),
    ("02.cross_entropy", entropy_by_log_of_softmax, "own largest logit"),
    ("02.cross_entropy", entropy_with_one_maximum, "underflow to 0"),
    ("02.mean_over_valid", mean_without_infinite_pixels, "void pixels"),
    ("02.mean_over_valid", mean_of_the_finite, "valid pixel was made finite"),
    ("02.repaired_loss", repaired_by_log_of_shares, "wants logits"),
]
EQUIVALENT = {
    "02.cross_entropy": {
        "line 4: (logits - largest).exp().sum(dim=1, keepdim=True) → (logits - largest).exp().sum(dim=1)": "(N, 1, H, "
        "W) + (N, H, W) pairs each image with each; the mean of sums is the sum of the means all the same",
        "line 4: True → False": "the same",
    },
    "02.color_ceiling": {
        "line 5: labels → codes": "both hold the valid pixels, so they are of one length",
        "line 5: (right / len(labels)).item() → right / len(labels)": "a tensor of one number is taken for the number",
    },
}


def test_each_wrong_answer_gets_its_message(wrong):
    wrong.verify()


def test_each_right_answer_passes(right):
    right.verify()


@pytest.mark.parametrize(("name", "answer", "sentence"), UNTRUE)
def test_a_mistake_that_was_not_made_is_not_named(name, answer, sentence):
    result = examined(name, answer)
    assert not result
    assert sentence not in result.message


def test_each_named_mistake_is_said_to_some_wrong_answer(unsaid):
    assert unsaid(ENTROPY_MISTAKES, MEAN_MISTAKES, REPAIR_MISTAKES, FLOOR_MISTAKES, CEILING_MISTAKES) == []


GUESSES = [
    ("02.cross_entropy", entropy_by_log_of_softmax),
    ("02.cross_entropy", entropy_with_one_maximum),
    ("02.cross_entropy", entropy_less_the_smallest),
    ("02.cross_entropy", entropy_with_a_small_number),
    ("02.cross_entropy", entropy_without_gradient),
    ("02.mean_over_valid", mean_of_valid_above_0),
    ("02.mean_over_valid", mean_of_small_labels),
    ("02.mean_over_valid", mean_times_mask),
    ("02.mean_over_valid", mean_of_nothing),
    ("02.repaired_loss", repaired_above_0),
    ("02.repaired_loss", repaired_per_image),
    ("02.repaired_loss", repaired_as_number),
    ("02.color_ceiling", ceiling_above_half),
    ("02.color_ceiling", ceiling_of_images),
    ("02.color_ceiling", ceiling_of_modes_that_are_not_void),
    ("02.cross_entropy", entropy_of_ten_classes),
    ("02.mean_over_valid", mean_without_infinity),
    ("02.mean_over_valid", mean_of_finite_losses),
    ("02.repaired_loss", repaired_by_log_of_shares),
    ("02.repaired_loss", repaired_by_log_of_clamped_shares),
    ("02.color_ceiling", ceiling_of_bytes),
    ("02.color_ceiling", ceiling_of_ten_classes),
]


@pytest.mark.parametrize(("name", "answer"), GUESSES)
def test_a_guess_fails_in_secret_cases_too(name, answer):
    assert caught(name, answer)
