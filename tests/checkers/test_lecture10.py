"""What `check` says to wrong answers of lecture 10, and the different right ones that it must let pass."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import segedu as se
from segedu.exercises.lecture10 import pixel, region
from tests.checkers.conftest import examined

# ---- 10.choose_weights ----


def counted(label_maps, num_classes):
    return torch.bincount(label_maps[label_maps != 255], minlength=num_classes).float()


def weights_by_where(label_maps, num_classes, largest):
    counts = counted(label_maps, num_classes)
    middle = counts[counts > 0].quantile(0.5)
    return torch.where(counts > 0, (middle / counts).clamp(max=largest), 0)


def weights_by_loop(label_maps, num_classes, largest):
    counts = [int((label_maps == c).sum()) for c in range(num_classes)]
    there = sorted(count for count in counts if count)
    middle = (there[len(there) // 2] + there[(len(there) - 1) // 2]) / 2
    return torch.tensor([min(middle / count, largest) if count else 0.0 for count in counts])


def weights_by_numpy(label_maps, num_classes, largest):
    labels = label_maps.numpy()
    counts = np.array([(labels == c).sum() for c in range(num_classes)])
    weights = np.zeros(num_classes, dtype=np.float32)
    weights[counts > 0] = np.minimum(np.median(counts[counts > 0]) / counts[counts > 0], largest)
    return torch.from_numpy(weights)


def weights_by_frequency(label_maps, num_classes, largest):
    counts = counted(label_maps, num_classes)
    frequency = (counts / counts.sum()).where(counts > 0, torch.nan)
    middle = frequency.nanquantile(0.5)
    return (middle / frequency).clamp(max=largest).nan_to_num(0)


def weights_ones(label_maps, num_classes, largest):
    return torch.ones(num_classes)


def weights_with_void(label_maps, num_classes, largest):
    counts = torch.bincount(label_maps.flatten(), minlength=num_classes).float()
    return (counts[counts > 0].quantile(0.5) / counts).clamp(max=largest)


def weights_with_void_as_zero(label_maps, num_classes, largest):
    return weights_by_where(label_maps.where(label_maps != 255, 0), num_classes, largest)


def weights_for_absent(label_maps, num_classes, largest):
    counts = counted(label_maps, num_classes)
    return (counts[counts > 0].quantile(0.5) / counts).clamp(max=largest)


def weights_infinite(label_maps, num_classes, largest):
    counts = counted(label_maps, num_classes)
    return counts[counts > 0].quantile(0.5) / counts


def weights_with_the_median_of_all(label_maps, num_classes, largest):
    counts = counted(label_maps, num_classes)
    return torch.where(counts > 0, (counts.quantile(0.5) / counts).clamp(max=largest), 0)


def weights_with_the_lower_median(label_maps, num_classes, largest):
    counts = counted(label_maps, num_classes)
    return torch.where(counts > 0, (counts[counts > 0].median() / counts).clamp(max=largest), 0)


def weights_without_bound(label_maps, num_classes, largest):
    return weights_by_where(label_maps, num_classes, float("inf"))


def weights_inverse(label_maps, num_classes, largest):
    counts = counted(label_maps, num_classes)
    return torch.where(counts > 0, (counts.sum() / counts).clamp(max=largest), 0)


def weights_upside_down(label_maps, num_classes, largest):
    counts = counted(label_maps, num_classes)
    return (counts / counts[counts > 0].quantile(0.5)).clamp(max=largest)


def weights_by_the_mean(label_maps, num_classes, largest):
    counts = counted(label_maps, num_classes)
    return torch.where(counts > 0, (counts[counts > 0].mean() / counts).clamp(max=largest), 0)


def weights_scaled(label_maps, num_classes, largest):
    weights = weights_by_where(label_maps, num_classes, float("inf"))
    return weights / weights[weights > 0].mean()


def weights_as_integers(label_maps, num_classes, largest):
    return weights_by_where(label_maps, num_classes, largest).long()


def weights_by_the_course(label_maps, num_classes, largest):
    return se.losses.class_weights(counted(label_maps, num_classes)).clamp(max=largest)


def weights_of_the_classes_that_occur_last(label_maps, num_classes, largest):
    labels = label_maps[label_maps != 255]
    counts = torch.bincount(labels).float()
    return torch.where(counts > 0, (counts[counts > 0].quantile(0.5) / counts).clamp(max=largest), 0)


def weights_of_images_with_the_class(label_maps, num_classes, largest):
    own = torch.stack([counted(image, num_classes) for image in label_maps])
    frequency = own.sum(dim=0) / (own.sum(dim=1, keepdim=True) * (own > 0)).sum(dim=0)
    middle = frequency.nanquantile(0.5)
    return (middle / frequency).clamp(max=largest).nan_to_num(0)


def weights_balanced_by_the_course(label_maps, num_classes, largest):
    return se.losses.balanced_weights(counted(label_maps, num_classes)).clamp(max=largest)


def weights_as_an_array(label_maps, num_classes, largest):
    return weights_by_where(label_maps, num_classes, largest).numpy().astype(np.float64)


def weights_as_a_list(label_maps, num_classes, largest):
    return weights_by_where(label_maps, num_classes, largest).tolist()


def weights_by_the_upper_median(label_maps, num_classes, largest):
    counts = torch.bincount(label_maps[label_maps != 255], minlength=num_classes).float()
    present = counts[counts > 0].sort().values
    return torch.where(counts > 0, (present[len(present) // 2] / counts).clamp(max=largest), 0)


def weights_with_void_in_the_median(label_maps, num_classes, largest):
    counts = torch.bincount(label_maps.flatten(), minlength=num_classes).float()
    middle, counts = counts[counts > 0].quantile(0.5), counts[:num_classes]
    return torch.where(counts > 0, (middle / counts).clamp(max=largest), 0)


def weights_of_image_shares(label_maps, num_classes, largest):
    shares = []
    for image in label_maps:
        counts = torch.bincount(image[image != 255], minlength=num_classes).float()
        if counts.sum() > 0:
            shares.append(counts / counts.sum())
    share = torch.stack(shares).mean(dim=0)
    return torch.where(share > 0, (share[share > 0].quantile(0.5) / share).clamp(max=largest), 0)


def weights_with_absent_as_one(label_maps, num_classes, largest):
    weights = weights_by_where(label_maps, num_classes, largest)
    return weights.where(counted(label_maps, num_classes) > 0, 1)


def weights_without_class_zero(label_maps, num_classes, largest):
    weights = weights_by_where(label_maps, num_classes, largest)
    weights[0] = 0
    return weights


def weights_scaled_to_largest(label_maps, num_classes, largest):
    weights = weights_by_where(label_maps, num_classes, float("inf"))
    return largest * weights / weights.max()


def weights_counted_in_bytes(label_maps, num_classes, largest):
    counts = counted(label_maps, num_classes).byte().float()
    return torch.where(counts > 0, (counts[counts > 0].quantile(0.5) / counts).clamp(max=largest), 0)


def weights_of_ten_classes_at_most(label_maps, num_classes, largest):
    counts = torch.stack([(label_maps == c).sum() * (c < 10) for c in range(num_classes)]).float()
    return torch.where(counts > 0, (counts[counts > 0].quantile(0.5) / counts).clamp(max=largest), 0)


def weights_nothing(label_maps, num_classes, largest): ...


# ---- 10.focal_loss ----


def focal_by_cross_entropy(logits, target, gamma):
    loss = F.cross_entropy(logits, target, ignore_index=255, reduction="none")
    return ((1 - torch.exp(-loss)) ** gamma * loss).sum() / (target != 255).sum()


def focal_by_gather(logits, target, gamma):
    valid = target != 255
    log_p = F.log_softmax(logits, dim=1).gather(1, target.where(valid, 0)[:, None])[:, 0][valid]
    return -((1 - log_p.exp()) ** gamma * log_p).mean()


def focal_by_one_hot(logits, target, gamma):
    valid = target != 255
    wanted = F.one_hot(target.where(valid, 0), logits.shape[1]).movedim(-1, 1) * valid[:, None]
    log_p = logits.log_softmax(dim=1)
    return -(wanted * (1 - log_p.exp()) ** gamma * log_p).sum() / wanted.sum()


def focal_by_rows(logits, target, gamma):
    rows, labels = logits.movedim(1, -1).flatten(end_dim=-2), target.flatten()
    rows, labels = rows[labels != 255], labels[labels != 255]
    log_p = (rows - rows.logsumexp(dim=1, keepdim=True))[torch.arange(len(labels)), labels]
    return (-log_p * (1 - log_p.exp()) ** gamma).mean()


def parts(logits, target):
    valid = target != 255
    return -F.log_softmax(logits, dim=1).gather(1, target.where(valid, 0)[:, None])[:, 0], valid


def focal_zero(logits, target, gamma):
    return torch.tensor(0.0)


def focal_plain(logits, target, gamma):
    return F.cross_entropy(logits, target, ignore_index=255)


def focal_with_void_in_the_mean(logits, target, gamma):
    loss = F.cross_entropy(logits, target, ignore_index=255, reduction="none")
    return ((1 - torch.exp(-loss)) ** gamma * loss).mean()


def focal_with_p(logits, target, gamma):
    loss, valid = parts(logits, target)
    return ((-loss).exp() ** gamma * loss)[valid].mean()


def focal_sum(logits, target, gamma):
    loss, valid = parts(logits, target)
    return ((1 - (-loss).exp()) ** gamma * loss)[valid].sum()


def focal_negative(logits, target, gamma):
    return -focal_by_gather(logits, target, gamma)


def focal_of_the_mean(logits, target, gamma):
    loss = F.cross_entropy(logits, target, ignore_index=255)
    return (1 - torch.exp(-loss)) ** gamma * loss


def focal_of_probabilities(logits, target, gamma):
    return focal_by_gather(logits.softmax(dim=1), target, gamma)


def focal_by_log_of_softmax(logits, target, gamma):
    valid = target != 255
    p = logits.softmax(dim=1).gather(1, target.where(valid, 0)[:, None])[:, 0][valid]
    return -((1 - p) ** gamma * p.log()).mean()


def focal_per_pixel(logits, target, gamma):
    loss = F.cross_entropy(logits, target, ignore_index=255, reduction="none")
    return (1 - torch.exp(-loss)) ** gamma * loss


def focal_normalized(logits, target, gamma):
    loss, valid = parts(logits, target)
    factor = ((1 - (-loss).exp()) ** gamma)[valid]
    return (factor * loss[valid]).sum() / factor.sum()


def focal_without_logarithm(logits, target, gamma):
    loss, valid = parts(logits, target)
    return ((1 - (-loss).exp()) ** gamma)[valid].mean()


def focal_number(logits, target, gamma):
    return focal_by_gather(logits, target, gamma).item()


def focal_by_nll(logits, target, gamma):
    log_p = logits.double().log_softmax(dim=1)
    loss = F.nll_loss((1 - log_p.exp()) ** gamma * log_p, target, ignore_index=255)
    return loss.float()


def focal_without_a_graph(logits, target, gamma):
    with torch.no_grad():
        return focal_by_gather(logits, target, gamma)


def focal_made_anew(logits, target, gamma):
    return torch.tensor(focal_by_gather(logits, target, gamma).item())


def focal_with_a_constant_factor(logits, target, gamma):
    loss, valid = parts(logits, target)
    factor = (1 - (-loss).exp()).detach() ** gamma
    return (factor * loss)[valid].mean()


def focal_by_numpy(logits, target, gamma):
    x, t = logits.detach().numpy().astype(np.float64), target.numpy()
    log_p = x - x.max(1, keepdims=True)
    log_p = log_p - np.log(np.exp(log_p).sum(1, keepdims=True))
    own = np.take_along_axis(log_p, np.where(t == 255, 0, t)[:, None], 1)[:, 0][t != 255]
    return float((-((1 - np.exp(own)) ** gamma) * own).mean())


def focal_with_alpha(logits, target, gamma):
    return 0.25 * focal_by_gather(logits, target, gamma)


def focal_in_a_row(logits, target, gamma):
    return focal_by_gather(logits, target, gamma)[None]


def focal_of_gamma_two(logits, target, gamma):
    return focal_by_gather(logits, target, 2.0)


def focal_of_image_means(logits, target, gamma):
    loss, valid = parts(logits, target)
    focal = (1 - (-loss).exp()) ** gamma * loss * valid
    return (focal.sum((1, 2)) / valid.sum((1, 2)).clamp(min=1)).mean()


def focal_of_gamma_one(logits, target, gamma):
    return focal_by_gather(logits, target, 1.0)


def focal_by_product(logits, target, gamma):
    loss = F.cross_entropy(logits, target, ignore_index=255, reduction="none")
    return (gamma * (1 - (-loss).exp()) * loss).sum() / (target != 255).sum()


def focal_by_sigmoid(logits, target, gamma):
    valid = target != 255
    log_p = F.logsigmoid(logits).gather(1, target.where(valid, 0)[:, None])[:, 0]
    return -((1 - log_p.exp()) ** gamma * log_p)[valid].mean()


def focal_of_each_channel(logits, target, gamma):
    valid = target != 255
    t = F.one_hot(target.where(valid, 0), logits.shape[1]).movedim(-1, 1).float()
    loss = F.binary_cross_entropy_with_logits(logits, t, reduction="none")
    return ((1 - (-loss).exp()) ** gamma * loss).sum(dim=1)[valid].mean()


def focal_without_images_of_void(logits, target, gamma):
    whole = (target != 255).all(dim=2).all(dim=1)
    return (
        focal_by_cross_entropy(logits[whole], target[whole], gamma)
        if whole.any()
        else (focal_by_cross_entropy(logits, target, gamma))
    )


def focal_by_logsumexp(logits, target, gamma):
    valid = target != 255
    wanted = logits.gather(1, target.where(valid, 0)[:, None])
    loss = (logits.logsumexp(dim=1, keepdim=True) - wanted)[:, 0][valid]
    return (-torch.expm1(-loss)).pow(gamma).mul(loss).mean()


def focal_by_the_course(logits, target, gamma):
    return se.losses.Focal(gamma)(logits, target)


# ---- 10.soft_dice ----


def one_hot(target, classes):
    valid = target != 255
    return F.one_hot(target.where(valid, 0), classes).movedim(-1, 1) * valid[:, None], valid[:, None]


def dice_by_sums(logits, target, epsilon):
    t, valid = one_hot(target, logits.shape[1])
    p = logits.softmax(dim=1) * valid
    dims = (0, 2, 3)
    return 1 - ((2 * (p * t).sum(dims) + epsilon) / (p.sum(dims) + t.sum(dims) + epsilon)).mean()


def dice_by_loop(logits, target, epsilon):
    p, losses = torch.softmax(logits, 1), []
    for c in range(logits.shape[1]):
        guess, wanted = p[:, c][target != 255], (target[target != 255] == c).float()
        losses.append(1 - (2 * (guess @ wanted) + epsilon) / (guess.sum() + wanted.sum() + epsilon))
    return torch.stack(losses).mean()


def dice_by_errors(logits, target, epsilon):
    rows = logits.movedim(1, -1)[target != 255].softmax(dim=-1)  # (pixels, C)
    wanted = F.one_hot(target[target != 255], logits.shape[1])
    hits, alarms, misses = ((a * b).sum(0) for a, b in ((rows, wanted), (rows, 1 - wanted), (1 - rows, wanted)))
    return (1 - (2 * hits + epsilon) / (2 * hits + alarms + misses + epsilon)).mean()


def dice_by_einsum(logits, target, epsilon):
    t, valid = one_hot(target, logits.shape[1])
    p = logits.softmax(1) * valid
    overlap = torch.einsum("nchw,nchw->c", p, t.float())
    return (1 - (2 * overlap + epsilon) / (torch.einsum("nchw->c", p + t) + epsilon)).mean()


def dice_zero(logits, target, epsilon):
    return torch.tensor(0.0)


def dice_index(logits, target, epsilon):
    return 1 - dice_by_sums(logits, target, epsilon)


def dice_of(logits, target, epsilon, dims=(0, 2, 3), masked=True, above=None, below=None, activation=None, factor=2):
    """Return a Dice loss with mistakes."""
    t, valid = one_hot(target, logits.shape[1])
    p = (logits.softmax(dim=1) if activation is None else activation(logits)) * (valid if masked else 1)
    above, below = (epsilon if given is None else given for given in (above, below))
    return 1 - ((factor * (p * t).sum(dims) + above) / (p.sum(dims) + t.sum(dims) + below)).mean()


def dice_pooled(logits, target, epsilon):
    return dice_of(logits, target, epsilon, dims=(0, 1, 2, 3))


def dice_per_image(logits, target, epsilon):
    return dice_of(logits, target, epsilon, dims=(2, 3))


def dice_with_void_predicted(logits, target, epsilon):
    return dice_of(logits, target, epsilon, masked=False)


def dice_with_void_as_zero(logits, target, epsilon):
    return dice_by_sums(logits, target.where(target != 255, 0), epsilon)


def dice_without_epsilon(logits, target, epsilon):
    return dice_of(logits, target, 0.0)


def dice_with_epsilon_below(logits, target, epsilon):
    return dice_of(logits, target, epsilon, above=0.0)


def dice_with_one_overlap(logits, target, epsilon):
    return dice_of(logits, target, epsilon, factor=1)


def dice_with_twice_epsilon(logits, target, epsilon):
    return dice_of(logits, target, 2 * epsilon)


def dice_by_union(logits, target, epsilon):
    t, valid = one_hot(target, logits.shape[1])
    p, dims = logits.softmax(dim=1) * valid, (0, 2, 3)
    overlap = (p * t).sum(dims)
    return 1 - ((overlap + epsilon) / (p.sum(dims) + t.sum(dims) - overlap + epsilon)).mean()


def dice_of_squares(logits, target, epsilon):
    t, valid = one_hot(target, logits.shape[1])
    p, dims = logits.softmax(dim=1) * valid, (0, 2, 3)
    return 1 - ((2 * (p * t).sum(dims) + epsilon) / ((p * p).sum(dims) + t.sum(dims) + epsilon)).mean()


def dice_with_sigmoid(logits, target, epsilon):
    return dice_of(logits, target, epsilon, activation=torch.sigmoid)


def dice_with_softmax_over_width(logits, target, epsilon):
    return dice_of(logits, target, epsilon, activation=lambda x: x.softmax(dim=-1))


def dice_with_softmax_over_batch(logits, target, epsilon):
    return dice_of(logits, target, epsilon, activation=lambda x: x.softmax(dim=0))


def dice_hard(logits, target, epsilon):
    return dice_of(logits, target, epsilon, activation=lambda x: (x == x.amax(dim=1, keepdim=True)).float())


def dice_of_present_classes(logits, target, epsilon):
    t, valid = one_hot(target, logits.shape[1])
    p, dims = logits.softmax(dim=1) * valid, (0, 2, 3)
    dice = (2 * (p * t).sum(dims) + epsilon) / (p.sum(dims) + t.sum(dims) + epsilon)
    return 1 - dice[t.sum(dims) > 0].mean()


def dice_per_class(logits, target, epsilon):
    t, valid = one_hot(target, logits.shape[1])
    p, dims = logits.softmax(dim=1) * valid, (0, 2, 3)
    return 1 - (2 * (p * t).sum(dims) + epsilon) / (p.sum(dims) + t.sum(dims) + epsilon)


def dice_with_void_as_a_class(logits, target, epsilon):
    p, t, dims = logits.softmax(dim=1), F.one_hot(target, logits.shape[1]).movedim(-1, 1), (0, 2, 3)
    return 1 - ((2 * (p * t).sum(dims) + epsilon) / (p.sum(dims) + t.sum(dims) + epsilon)).mean()


def dice_by_binary_losses_of_the_course(logits, target, epsilon):
    p, binary = logits.softmax(dim=1), se.losses.BinarySoftDice(epsilon)
    own = [target.where(target == 255, (target == c).long()) for c in range(logits.shape[1])]
    return sum(binary(p[:, c : c + 1].logit(), own[c]) for c in range(logits.shape[1])) / logits.shape[1]


def dice_with_epsilon_one(logits, target, epsilon):
    return dice_by_sums(logits, target, 1.0)


def dice_without_background(logits, target, epsilon):
    return dice_per_class(logits, target, epsilon)[1:].mean()


def dice_with_void_in_the_target(logits, target, epsilon):
    t = F.one_hot(target.where(target != 255, 0), logits.shape[1]).movedim(-1, 1)
    p, dims = logits.softmax(dim=1) * (target != 255)[:, None], (0, 2, 3)
    return 1 - ((2 * (p * t).sum(dims) + epsilon) / (p.sum(dims) + t.sum(dims) + epsilon)).mean()


def dice_number(logits, target, epsilon):
    return dice_by_sums(logits, target, epsilon).item()


def dice_without_a_graph(logits, target, epsilon):
    return dice_by_sums(logits.detach(), target, epsilon)


def dice_of_sure_gradients(logits, target, epsilon):
    t, valid = one_hot(target, logits.shape[1])
    p, dims = logits.softmax(dim=1) * valid, (0, 2, 3)
    below = (p.sum(dims) + t.sum(dims) + epsilon).detach()
    return 1 - ((2 * (p * t).sum(dims) + epsilon) / below).mean()


def dice_by_exp(logits, target, epsilon):
    return dice_of(logits, target, epsilon, activation=lambda x: x.exp() / x.exp().sum(dim=1, keepdim=True))


def dice_by_exp_below_the_largest(logits, target, epsilon):
    """Subtract the largest logit of the batch: at another pixel all may vanish."""
    exp = (logits - logits.max()).exp()
    return dice_of(logits, target, epsilon, activation=lambda x: exp / exp.sum(dim=1, keepdim=True))


def dice_summed(logits, target, epsilon):
    return dice_by_sums(logits, target, epsilon) * logits.shape[1]


def dice_reshaped(logits, target, epsilon):
    classes, valid = logits.shape[1], (target != 255)[:, None]
    t = F.one_hot(target.where(valid[:, 0], 0), classes).movedim(-1, 1) * valid
    p = logits.softmax(dim=1) * valid
    p, t = p.reshape(classes, -1), t.reshape(classes, -1)
    return 1 - ((2 * (p * t).sum(1) + epsilon) / (p.sum(1) + t.sum(1) + epsilon)).mean()


def dice_up_to_the_last_class(logits, target, epsilon):
    valid = (target != 255)[:, None]
    classes = int(target.where(valid[:, 0], 0).max()) + 1
    t = F.one_hot(target.where(valid[:, 0], 0), classes).movedim(-1, 1) * valid
    p = (logits.softmax(dim=1) * valid)[:, :classes]
    sums = p.sum((0, 2, 3)) + t.sum((0, 2, 3))
    return 1 - ((2 * (p * t).sum((0, 2, 3)) + epsilon) / (sums + epsilon)).mean()


def dice_by_shifted_exp(logits, target, epsilon):
    def softmax(x):
        e = (x - x.amax(dim=1, keepdim=True)).exp()
        return e / e.sum(dim=1, keepdim=True)

    return dice_of(logits, target, epsilon, activation=softmax)


def dice_of_absent_as_one(logits, target, epsilon):
    t, valid = one_hot(target, logits.shape[1])
    p, dims = logits.softmax(dim=1) * valid, (0, 2, 3)
    dice = (2 * (p * t).sum(dims) + epsilon) / (p.sum(dims) + t.sum(dims) + epsilon)
    return 1 - dice.where(t.sum(dims) > 0, 1).mean()


def dice_of_five_classes_at_most(logits, target, epsilon):
    p, losses = torch.softmax(logits, 1), []
    for c in range(min(5, logits.shape[1])):
        guess, wanted = p[:, c][target != 255], (target[target != 255] == c).float()
        losses.append(1 - (2 * (guess @ wanted) + epsilon) / (guess.sum() + wanted.sum() + epsilon))
    return torch.stack(losses).mean()


def dice_by_the_course(logits, target, epsilon):
    return se.losses.SoftDice(epsilon)(logits, target)


# ---- 10.mended_loss ----


def mended_by_sums(logits, target):
    p, t = logits[:, 0].sigmoid() * (target != 255), (target == 1).float()
    return 1 - (2 * (p * t).sum() + 1) / (p.sum() + t.sum() + 1)


def mended_by_selection(logits, target):
    p, t = logits.squeeze(1)[target != 255].sigmoid(), target[target != 255]
    return 1 - (2 * (p @ t.float()) + 1) / (p.sum() + t.sum() + 1)


def mended_by_two_channels(logits, target):
    pair = torch.cat([torch.zeros_like(logits), logits], dim=1).softmax(dim=1)[:, 1]
    p, t = pair.masked_fill(target == 255, 0), target == 1
    return (p.sum() + t.sum() - 2 * p[t].sum()) / (p.sum() + t.sum() + 1)


def mended_not_at_all(logits, target):
    p = logits.sigmoid().squeeze(1)
    both = torch.stack([1 - p, p], dim=1)
    wanted = torch.stack([target != 1, target == 1], dim=1).float()
    return 1 - 2 * (both * wanted).sum() / (both.sum() + wanted.sum())


def mended_but_pooled(logits, target):
    p, valid = logits[:, 0].sigmoid(), (target != 255)[:, None]
    both = torch.stack([1 - p, p], dim=1) * valid
    wanted = torch.stack([target != 1, target == 1], dim=1) * valid
    return 1 - 2 * (both * wanted).sum() / (both.sum() + wanted.sum())


def mended_but_void(logits, target):
    p, t = logits[:, 0].sigmoid(), (target == 1).float()
    return 1 - (2 * (p * t).sum() + 1) / (p.sum() + t.sum() + 1)


def mended_but_both(logits, target):
    p, valid = logits[:, 0].sigmoid(), target != 255
    losses = []
    for guess, wanted in ((p * valid, target == 1), ((1 - p) * valid, (target != 1) & valid)):
        losses.append(1 - (2 * (guess * wanted).sum() + 1) / (guess.sum() + wanted.sum() + 1))
    return sum(losses) / 2


def mended_for_the_background(logits, target):
    p, valid = 1 - logits[:, 0].sigmoid(), target != 255
    p, t = p * valid, (target != 1) & valid
    return 1 - (2 * (p * t).sum() + 1) / (p.sum() + t.sum() + 1)


def mended_with_epsilon_below(logits, target):
    p, t = logits[:, 0].sigmoid() * (target != 255), (target == 1).float()
    return 1 - 2 * (p * t).sum() / (p.sum() + t.sum() + 1)


def mended_without_epsilon(logits, target):
    p, t = logits[:, 0].sigmoid() * (target != 255), (target == 1).float()
    return 1 - 2 * (p * t).sum() / (p.sum() + t.sum())


def mended_per_image(logits, target):
    p, t = logits[:, 0].sigmoid() * (target != 255), (target == 1).float()
    return (1 - (2 * (p * t).sum((1, 2)) + 1) / (p.sum((1, 2)) + t.sum((1, 2)) + 1)).mean()


def mended_index(logits, target):
    return 1 - mended_by_sums(logits, target)


def mended_hard(logits, target):
    p, t = (logits[:, 0] > 0) * (target != 255).float(), (target == 1).float()
    return 1 - (2 * (p * t).sum() + 1) / (p.sum() + t.sum() + 1)


def mended_by_loops(logits, target):
    p, above, below = logits.sigmoid(), 1.0, 1.0
    for image in range(len(target)):
        guess, labels = p[image, 0], target[image]
        above = above + 2 * guess[labels == 1].sum()
        below = below + guess[labels != 255].sum() + (labels == 1).sum()
    return 1 - above / below


def mended_number(logits, target):
    return mended_by_sums(logits, target).item()


def mended_by_numpy(logits, target):
    x, labels = logits.detach().numpy()[:, 0].astype(np.float64), target.numpy()
    p, t = (labels != 255) / (1 + np.exp(-x)), labels == 1
    return np.float64(1 - (2 * (p * t).sum() + 1) / (p.sum() + t.sum() + 1))


def mended_without_a_graph(logits, target):
    with torch.no_grad():
        return mended_by_sums(logits, target)


def mended_of_labels(logits, target):
    p, t = logits[:, 0].sigmoid(), target.float()
    return 1 - (2 * (p * t).sum() + 1) / (p.sum() + t.sum() + 1)


def mended_by_union(logits, target):
    p, t = logits[:, 0].sigmoid() * (target != 255), (target == 1).float()
    overlap = (p * t).sum()
    return 1 - (overlap + 1) / (p.sum() + t.sum() - overlap + 1)


def mended_by_cross_entropy(logits, target):
    valid = target != 255
    loss = F.binary_cross_entropy_with_logits(logits[:, 0], (target == 1).float(), reduction="none")
    return (loss * valid).sum() / valid.sum().clamp(min=1)


def mended_by_exp(logits, target):
    p, t = (logits.exp() / (1 + logits.exp()))[:, 0] * (target != 255), (target == 1).float()
    return 1 - (2 * (p * t).sum() + 1) / (p.sum() + t.sum() + 1)


def mended_by_exp_below(logits, target):
    p, t = (1 / (1 + (-logits).exp()))[:, 0] * (target != 255), (target == 1).float()
    return 1 - (2 * (p * t).sum() + 1) / (p.sum() + t.sum() + 1)


def mended_without_empty_images(logits, target):
    kept = (target == 1).any(dim=2).any(dim=1)
    return mended_by_sums(logits[kept], target[kept]) if kept.any() else mended_by_sums(logits, target)


def mended_without_images_of_void(logits, target):
    kept = (target != 255).all(dim=2).all(dim=1)
    return mended_by_sums(logits[kept], target[kept]) if kept.any() else mended_by_sums(logits, target)


def mended_squeezed(logits, target):
    p, t = logits.squeeze().sigmoid() * (target != 255), (target == 1).float()
    return 1 - (2 * (p * t).sum() + 1) / (p.sum() + t.sum() + 1)


def mended_by_tanh(logits, target):
    p, t = (0.5 + 0.5 * (0.5 * logits[:, 0]).tanh()) * (target != 255), (target == 1).float()
    return 1 - (2 * (p * t).sum() + 1) / (p.sum() + t.sum() + 1)


def mended_with_void_as_object(logits, target):
    p, t = logits[:, 0].sigmoid() * (target != 255), (target > 0).float()
    return 1 - (2 * (p * t).sum() + 1) / (p.sum() + t.sum() + 1)


def mended_with_void_as_object_in_both(logits, target):
    p, t = logits[:, 0].sigmoid(), (target > 0).float()
    return 1 - (2 * (p * t).sum() + 1) / (p.sum() + t.sum() + 1)


def mended_but_empty_is_zero(logits, target):
    if not (target == 1).any():
        return 0 * logits.sum()
    return mended_by_sums(logits, target)


def mended_by_the_course(logits, target):
    return se.losses.BinarySoftDice()(logits, target)


def focal_of_bounded_probabilities(logits, target, gamma):
    valid = target != 255
    labels = target.masked_fill(~valid, 0)
    p = logits.softmax(dim=1).clamp(1e-7, 1 - 1e-7).gather(1, labels[:, None])[:, 0]
    return ((1 - p) ** gamma * -p.log())[valid].mean()


def dice_of_logits(logits, target, epsilon):
    valid = (target != 255)[:, None]
    t = F.one_hot(target.masked_fill(target == 255, 0), logits.shape[1]).movedim(-1, 1) * valid
    p = logits * valid
    overlap, both = (p * t).sum((0, 2, 3)), p.sum((0, 2, 3)) + t.sum((0, 2, 3))
    return 1 - ((2 * overlap + epsilon) / (both + epsilon)).mean()


def mended_with_the_channel(logits, target):
    p, t = logits.sigmoid() * (target != 255), (target == 1).float()
    return 1 - (2 * (p * t).sum() + 1) / (p.sum() + t.sum() + 1)


WRONG = {
    "10.choose_weights": [
        (weights_ones, "is 1 everywhere"),
        (weights_with_void, "void, 255, was counted as a class"),
        (weights_with_void_as_zero, "Void is counted as class 0"),
        (weights_for_absent, "its weight is 0"),
        (weights_infinite, "its weight is 0"),
        (weights_with_the_median_of_all, "take it over those that occur"),
        (weights_with_the_lower_median, "the mean of both is asked for"),
        (weights_by_the_upper_median, "The upper one of the middle two"),
        (weights_with_void_in_the_median, "Void takes part in the median"),
        (weights_of_image_shares, "means over the images' own shares"),
        (weights_without_bound, "No weight may exceed"),
        (weights_inverse, "That is 1 / frequency"),
        (weights_upside_down, "upside down"),
        (weights_by_the_mean, "the median is asked for"),
        (weights_scaled, "scaled to mean 1"),
        (weights_as_integers, "cut to integers"),
        (weights_by_the_course, "se.losses.class_weights"),
        (weights_balanced_by_the_course, "se.losses.balanced_weights"),
        (weights_of_the_classes_that_occur_last, "`minlength=num_classes` counts it, too"),
        (weights_of_images_with_the_class, "as in Eigen and Fergus's paper"),
        (weights_with_absent_as_one, "A class without a pixel weighs 1"),
        (weights_without_class_zero, "Class 0 weighs nothing"),
        (weights_scaled_to_largest, "what exceeds `largest` is cut off"),
        (weights_counted_in_bytes, "The tensor of weights"),
        (weights_of_ten_classes_at_most, "The tensor of weights"),
        (weights_nothing, "not attempted"),
    ],
    "10.focal_loss": [
        (focal_zero, "is all zeros"),
        (focal_plain, "That is plain cross-entropy"),
        (focal_with_void_in_the_mean, "Void pixels are in the mean"),
        (focal_with_p, "The factor is p^γ"),
        (focal_sum, "That is the sum over pixels"),
        (focal_negative, "The sign is wrong"),
        (focal_of_the_mean, "give each pixel its own factor"),
        (focal_of_probabilities, "Softmax was applied twice"),
        (focal_by_log_of_softmax, "take `log_softmax`"),
        (focal_of_bounded_probabilities, "p was cut off before its logarithm"),
        (focal_per_pixel, "asks for their mean, one number"),
        (focal_normalized, "divided by Σ (1 − p)^γ"),
        (focal_without_logarithm, "the cross-entropy, −log p, is missing"),
        (focal_number, "it has no gradient"),
        (focal_without_a_graph, "it has no gradient"),
        (focal_made_anew, "it has no gradient"),
        (focal_by_numpy, "it has no gradient"),
        (focal_with_a_constant_factor, "its gradient by `logits`"),
        (focal_with_alpha, "The loss is multiplied by α = 0.25"),
        (focal_in_a_row, "one axis too many in front"),
        (focal_of_gamma_two, "γ is always 2 here"),
        (focal_of_gamma_one, "γ is always 1 here"),
        (focal_by_product, "The factor is γ·(1 − p)"),
        (focal_by_sigmoid, "the sigmoid of each channel"),
        (focal_of_each_channel, "the sigmoid of each channel"),
        (focal_without_images_of_void, "Images that hold void are left out"),
        (focal_of_image_means, "Each image has its own mean here"),
        (focal_by_the_course, "se.losses.Focal"),
    ],
    "10.soft_dice": [
        (dice_zero, "is all zeros"),
        (dice_index, "the loss is 1 minus it"),
        (dice_pooled, "All classes went into one sum"),
        (dice_per_image, "sum over the batch too"),
        (dice_with_void_predicted, "Void pixels still count in Σ p"),
        (dice_with_void_as_zero, "Void is counted as class 0"),
        (dice_without_epsilon, "ε is missing"),
        (dice_with_epsilon_below, "ε stands in the numerator too"),
        (dice_with_one_overlap, "The factor 2 of the overlap is missing"),
        (dice_with_twice_epsilon, "ε is doubled"),
        (dice_by_union, "That is 1 − soft IoU"),
        (dice_of_squares, "squares of p"),
        (dice_with_sigmoid, "take the softmax over dim 1"),
        (dice_with_softmax_over_batch, "over another axis"),
        (dice_with_softmax_over_width, "over another axis"),
        (dice_of_logits, "take the softmax over dim 1 first"),
        (dice_hard, "cut by `argmax`"),
        (dice_of_present_classes, "here all classes count"),
        (dice_per_class, "one loss for each class"),
        (dice_with_void_as_a_class, "your code raised"),
        (dice_by_the_course, "se.losses.SoftDice"),
        (dice_by_binary_losses_of_the_course, "se.losses.BinarySoftDice"),
        (dice_with_epsilon_one, "ε is always 1"),
        (dice_without_background, "Class 0 is left out"),
        (dice_with_void_in_the_target, "Void pixels still count in Σ t"),
        (dice_by_exp, "exp(100) is infinite"),
        (dice_by_exp_below_the_largest, "subtract each pixel's own largest logit"),
        (dice_summed, "The classes' losses are added up"),
        (dice_reshaped, "mixes images and classes"),
        (dice_up_to_the_last_class, "The classes behind the target's last one are left out"),
        (dice_of_absent_as_one, "has Dice 1 here, however often it is predicted"),
        (dice_of_five_classes_at_most, "The loss differs"),
        (dice_number, "it has no gradient"),
        (dice_without_a_graph, "it has no gradient"),
        (dice_of_sure_gradients, "its gradient by `logits`"),
    ],
    "10.mended_loss": [
        (mended_not_at_all, "still the colleague's loss"),
        (mended_but_pooled, "still share one fraction"),
        (mended_but_void, "Void still counts as background"),
        (mended_but_both, "the task asks for the object's alone"),
        (mended_for_the_background, "That is the background's Dice"),
        (mended_with_epsilon_below, "ε stands below only"),
        (mended_without_epsilon, "add ε = 1 above and below"),
        (mended_per_image, "Each image has its own Dice here"),
        (mended_index, "That is the Dice, not the loss"),
        (mended_hard, "cut at 0.5: it has no gradient"),
        (mended_with_the_channel, "is (N, N, H, W)"),
        (mended_by_the_course, "se.losses.BinarySoftDice"),
        (mended_number, "it has no gradient"),
        (mended_by_numpy, "it has no gradient"),
        (mended_without_a_graph, "it has no gradient"),
        (mended_of_labels, "The target was used as a number"),
        (mended_by_union, "That is 1 − soft IoU"),
        (mended_by_exp, "exp(100) is infinite"),
        (
            mended_by_exp_below,
            "its gradient by `logits` holds NaN, first at (0, 0, 0, 0): a number on the way is infinite",
        ),
        (mended_without_empty_images, "Images without an object are left out"),
        (mended_without_images_of_void, "Images that hold void are left out"),
        (mended_squeezed, "`squeeze()` takes off every axis of length 1"),
        (mended_with_void_as_object, "Void counts as object"),
        (mended_with_void_as_object_in_both, "Void counts as object"),
        (mended_but_empty_is_zero, "On an empty target the loss is 0"),
        (mended_by_cross_entropy, "That is the binary cross-entropy"),
    ],
}
RIGHT = {
    "10.choose_weights": [
        weights_as_a_list,
        weights_by_where,
        weights_by_loop,
        weights_by_numpy,
        weights_by_frequency,
        weights_as_an_array,
    ],
    "10.focal_loss": [
        focal_by_cross_entropy,
        focal_by_gather,
        focal_by_one_hot,
        focal_by_rows,
        focal_by_nll,
        focal_by_logsumexp,
    ],
    "10.soft_dice": [dice_by_sums, dice_by_loop, dice_by_errors, dice_by_einsum, dice_by_shifted_exp],
    "10.mended_loss": [mended_by_sums, mended_by_selection, mended_by_two_channels, mended_by_loops, mended_by_tanh],
}
# What must not be said: the mistake wasn't made.
UNTRUE = [
    ("10.soft_dice", dice_with_epsilon_one, "ε is doubled"),
    ("10.soft_dice", dice_with_twice_epsilon, "ε is always 1"),
    ("10.choose_weights", weights_of_images_with_the_class, "mean frequency"),
    ("10.focal_loss", focal_of_gamma_one, "γ is always 2"),
    ("10.soft_dice", dice_of_absent_as_one, "left out"),
    ("10.soft_dice", dice_of_five_classes_at_most, "absent"),
    ("10.mended_loss", mended_with_void_as_object, "used as a number"),
    ("10.mended_loss", mended_but_empty_is_zero, "ε stands below only"),
]
EQUIVALENT = {
    "10.soft_dice": {"line 4: 0 → 1": "void's label is multiplied by 0, whatever it is"},
    "10.mended_loss": {
        "line 4: (target == 1).float() → target == 1": "a bool is a number in products and sums",
        "line 3: 0 → -1": "there is one channel: the first is the last",
    },
}


def test_each_wrong_answer_gets_its_message(wrong):
    wrong.verify()


def test_each_right_answer_passes(right):
    right.verify()


def test_each_named_mistake_is_said_to_some_wrong_answer(unsaid):
    assert unsaid(pixel.WEIGHT_MISTAKES, pixel.FOCAL_MISTAKES, region.DICE_MISTAKES, region.MENDED_MISTAKES) == []


@pytest.mark.parametrize(("name", "answer", "sentence"), UNTRUE)
def test_a_mistake_that_was_not_made_is_not_named(name, answer, sentence):
    result = examined(name, answer)
    assert not result
    assert sentence not in result.message
