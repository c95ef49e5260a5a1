"""What `check` says to wrong answers of lecture 07, and the different right ones that it must let pass."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from scipy import ndimage
from torch import nn
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2.functional import resize as resize_image

import segedu as se
from segedu.exercises.engine import engine, public
from segedu.exercises.engine.border import converted
from segedu.exercises.lecture07 import EXERCISES, labels, places, resize

# ---- 07.bilinear ----


def looked_at(i, n, m, align_corners):
    return i * (n - 1) / max(m - 1, 1) if align_corners else (i + 0.5) * n / m - 0.5


def axis_weights(n, m, align_corners, place=looked_at):
    """Return the weights of one axis in plain Python: no function of torch that an exercise forbids."""
    matrix = torch.zeros(m, n)
    for i in range(m):
        u = place(i, n, m, align_corners)
        low = math.floor(u)
        matrix[i, min(max(low, 0), n - 1)] += 1 - (u - low)
        matrix[i, min(max(low + 1, 0), n - 1)] += u - low
    return matrix


def resized(x, size, align_corners, place=looked_at):
    rows, columns = (axis_weights(n, m, align_corners, place) for n, m in zip(x.shape[2:], size, strict=True))
    return rows @ x @ columns.T


def bilinear_by_matrices(x, size, align_corners=False):
    return resized(x, size, align_corners)


def bilinear_by_gathering(x, size, align_corners=False):
    for axis, m in ((2, size[0]), (3, size[1])):
        n, i = x.shape[axis], torch.arange(m)
        u = (looked_at(i, n, m, align_corners) * torch.ones(m)).clamp(0, n - 1)
        low = u.long()
        t = (u - low).view(-1, 1) if axis == 2 else u - low
        high = (low + 1).clamp(max=n - 1)
        x = x.index_select(axis, low) * (1 - t) + x.index_select(axis, high) * t
    return x


def bilinear_by_four_loops(x, size, align_corners=False):
    y = np.zeros((*x.shape[:2], *size))
    height, width = x.shape[2:]
    for i in range(size[0]):
        for j in range(size[1]):
            u = min(max(looked_at(i, height, size[0], align_corners), 0), height - 1)
            v = min(max(looked_at(j, width, size[1], align_corners), 0), width - 1)
            for a in range(height):
                for b in range(width):
                    y[:, :, i, j] += max(0, 1 - abs(u - a)) * max(0, 1 - abs(v - b)) * x[:, :, a, b].numpy()
    return torch.from_numpy(y)


def bilinear_in_numpy(x, size, align_corners=False):
    for axis in (2, 3):
        n, m = x.shape[axis], size[axis - 2]
        i = np.arange(m)
        u = (i * (n - 1) / max(m - 1, 1) if align_corners else (i + 0.5) * n / m - 0.5).clip(0, n - 1)
        tents = np.maximum(0, 1 - abs(u[:, None] - np.arange(n)))
        x = torch.tensordot(x.double(), torch.from_numpy(tents), dims=([axis], [1])).movedim(-1, axis)
    return x.numpy()


def bilinear_dark(x, size, align_corners=False):
    for axis in (2, 3):
        n, m = x.shape[axis], size[axis - 2]
        u = torch.tensor([looked_at(i, n, m, align_corners) for i in range(m)])
        tents = (1 - (u[:, None] - torch.arange(n)).abs()).clamp(min=0)
        x = torch.tensordot(x, tents, dims=([axis], [1])).movedim(-1, axis)
    return x


def bilinear_with_t_of_the_clamped(x, size, align_corners=False):
    for axis in (2, 3):
        n, m = x.shape[axis], size[axis - 2]
        u = torch.tensor([looked_at(i, n, m, align_corners) for i in range(m)])
        low = u.floor().long().clamp(0, n - 1)
        t = (u - low).view(-1, 1) if axis == 2 else u - low
        x = x.index_select(axis, low) * (1 - t) + x.index_select(axis, (low + 1).clamp(0, n - 1)) * t
    return x


def bilinear_along_the_columns(x, size, align_corners=False):
    rows = torch.tensor([math.floor(looked_at(i, x.shape[2], size[0], align_corners) + 0.5) for i in range(size[0])])
    return resized(x, (x.shape[2], size[1]), align_corners)[:, :, rows.clamp(0, x.shape[2] - 1)]


def bilinear_along_the_rows(x, size, align_corners=False):
    return bilinear_along_the_columns(x.mT, size[::-1], align_corners).mT


def bilinear_rounded(x, size, align_corners=False):
    return resized(x, size, align_corners).round()


def bilinear_without_the_batch(x, size, align_corners=False):
    return resized(x, size, align_corners)[0]


def bilinear_zeros(x, size, align_corners=False):
    return torch.zeros(*x.shape[:2], *size)


def bilinear_identity(x, size, align_corners=False):
    return x


def bilinear_never_corners(x, size, align_corners=False):
    return resized(x, size, False)


def bilinear_always_corners(x, size, align_corners=False):
    return resized(x, size, True)


def bilinear_without_half(x, size, align_corners=False):
    return resized(x, size, align_corners, lambda i, n, m, c: looked_at(i, n, m, c) if c else i * n / m)


def bilinear_with_one_half(x, size, align_corners=False):
    return resized(x, size, align_corners, lambda i, n, m, c: looked_at(i, n, m, c) if c else (i + 0.5) * n / m)


def bilinear_with_late_half(x, size, align_corners=False):
    return resized(x, size, align_corners, lambda i, n, m, c: looked_at(i, n, m, c) if c else i * n / m - 0.5)


def bilinear_by_whole_factor(x, size, align_corners=False):
    def place(i, n, m, corners):
        return looked_at(i, n, m, corners) if corners else (i + 0.5) / max(m // n, 1) - 0.5

    return resized(x, size, align_corners, place)


def bilinear_unclamped(x, size, align_corners=False):
    for axis, m in ((2, size[0]), (3, size[1])):
        n = x.shape[axis]
        u = torch.tensor([looked_at(i, n, m, align_corners) for i in range(m)])
        low = u.floor().long()
        t = (u - low).view(-1, 1) if axis == 2 else u - low
        x = x.index_select(axis, low % n) * (1 - t) + x.index_select(axis, (low + 1) % n) * t
    return x


def bilinear_raises_at_the_border(x, size, align_corners=False):
    width, m = x.shape[3], size[1]
    u = torch.tensor([looked_at(i, width, m, align_corners) for i in range(m)])
    low = u.floor().long()
    return x[..., low] * (1 - (u - low)) + x[..., low + 1] * (u - low)


def bilinear_drawn_on(x, size, align_corners=False):
    for axis, m in ((2, size[0]), (3, size[1])):
        n = x.shape[axis]
        u = torch.tensor([looked_at(i, n, m, align_corners) for i in range(m)])
        low = u.long()
        t = (u - low).view(-1, 1) if axis == 2 else u - low
        high = (low + 1).clamp(max=n - 1)
        x = x.index_select(axis, low) * (1 - t) + x.index_select(axis, high) * t
    return x


def bilinear_exchanged(x, size, align_corners=False):
    def swapped(n, m):
        matrix = torch.zeros(m, n)
        for i in range(m):
            u = looked_at(i, n, m, align_corners)
            low = math.floor(u)
            matrix[i, min(max(low, 0), n - 1)] += u - low
            matrix[i, min(max(low + 1, 0), n - 1)] += 1 - (u - low)
        return matrix

    return swapped(x.shape[2], size[0]) @ x @ swapped(x.shape[3], size[1]).T


def bilinear_nearest(x, size, align_corners=False):
    return resized(x, size, align_corners, lambda i, n, m, c: math.floor(looked_at(i, n, m, c) + 0.5))


def bilinear_swapped_sizes(x, size, align_corners=False):
    return resized(x, size[::-1], align_corners)


def bilinear_by_divided_zero(x, size, align_corners=False):
    rows, columns = (torch.arange(float(m)) * (n - 1) / (m - 1) for n, m in zip(x.shape[2:], size, strict=True))
    if not align_corners:
        return resized(x, size, align_corners)
    tents = [
        (1 - (u[:, None] - torch.arange(n)).abs()).clamp(min=0)
        for u, n in zip((rows, columns), x.shape[2:], strict=True)
    ]
    return tents[0] @ x @ tents[1].T


def bilinear_without_the_default(x, size, align_corners):
    return resized(x, size, align_corners)


def bilinear_of_whole_numbers(x, size, align_corners=False):
    return resized(x.int().float(), size, align_corners)


def bilinear_of_positive_numbers(x, size, align_corners=False):
    return resized(x, size, align_corners).relu()


def bilinear_with_the_scale_of_the_height(x, size, align_corners=False):
    def place(i, n, m, corners):
        height, rows = x.shape[2], size[0]
        return i * (height - 1) / max(rows - 1, 1) if corners else (i + 0.5) * height / rows - 0.5

    return resized(x, size, align_corners, place)


def bilinear_with_the_scale_of_the_width(x, size, align_corners=False):
    return bilinear_with_the_scale_of_the_height(x.mT, size[::-1], align_corners).mT


def bilinear_of_means(x, size, align_corners=False):
    for axis, m in ((2, size[0]), (3, size[1])):
        shape = list(x.shape[2:])
        shape[axis - 2] = m
        x = F.adaptive_avg_pool2d(x, shape) if m < x.shape[axis] else resized(x, shape, align_corners)
    return x


def bilinear_from_the_middle(x, size, align_corners=False):
    def place(i, n, m, corners):
        return (n - 1) / 2 if m == 1 else looked_at(i, n, m, corners)

    return resized(x, size, align_corners, place)


def bilinear_of_zero_by_zero(x, size, align_corners=False):
    for axis, m in ((2, size[0]), (3, size[1])):
        n, i = x.shape[axis], torch.arange(float(m))
        u = i * (n - 1) / torch.tensor(m - 1.0) if align_corners else (i + 0.5) * n / m - 0.5
        t = (u - u.floor())[:, None] if axis == 2 else u - u.floor()
        low, high = (k.long().clamp(0, n - 1) for k in (u.floor(), u.floor() + 1))
        x = x.index_select(axis, low) * (1 - t) + x.index_select(axis, high) * t
    return x


def bilinear_by_pillow(x, size, align_corners=False):
    planes = [Image.fromarray(plane.numpy()).resize(size[::-1], Image.Resampling.BILINEAR) for plane in x.flatten(0, 1)]
    return torch.tensor(np.stack(planes)).view(*x.shape[:2], *size)


def bilinear_by_scipy(x, size, align_corners=False):
    axes = [[looked_at(i, n, m, align_corners) for i in range(m)] for n, m in zip(x.shape[2:], size, strict=True)]
    places = np.meshgrid(*axes, indexing="ij")
    planes = [ndimage.map_coordinates(plane.numpy(), places, order=1, mode="nearest") for plane in x.flatten(0, 1)]
    return torch.tensor(np.stack(planes)).view(*x.shape[:2], *size)


def bilinear_by_torch(x, size, align_corners=False):
    return F.interpolate(x, size, mode="bilinear", align_corners=align_corners)


def bilinear_by_module(x, size, align_corners=False):
    return nn.Upsample(size, mode="bilinear", align_corners=align_corners)(x)


def bilinear_by_the_course(x, size, align_corners=False):
    return se.ops.upsample_bilinear(x, size, align_corners)


def bilinear_by_the_old_name(x, size, align_corners=False):
    return F.upsample(x, size, mode="bilinear", align_corners=align_corners)


def bilinear_of_the_c_code(x, size, align_corners=False):
    return torch._C._nn.upsample_bilinear2d(x, list(size), align_corners)


def bilinear_of_aten(x, size, align_corners=False):
    return torch.ops.aten.upsample_bilinear2d(x, list(size), align_corners)


# ---- 07.first_column ----


def column_by_search(edge, width, output_width, align_corners=False):
    return next(i for i in range(output_width) if looked_at(i, width, output_width, align_corners) > edge - 0.5)


def column_by_formula(edge, width, output_width, align_corners=False):
    if align_corners:
        return math.floor((edge - 0.5) * (output_width - 1) / (width - 1)) + 1
    return math.floor(edge * output_width / width - 0.5) + 1


def column_by_scores(edge, width, output_width, align_corners=False):
    scores = torch.tensor([-1.0] * edge + [1.0] * (width - edge), dtype=torch.float64)
    rising = axis_weights(width, output_width, align_corners).double() @ scores
    return int((rising > 1e-6).nonzero()[0])


def column_in_numpy(edge, width, output_width, align_corners=False):
    i = np.arange(output_width)
    places = i * (width - 1) / (output_width - 1) if align_corners else (i + 0.5) * width / output_width - 0.5
    return np.argmax(places > edge - 0.5)


def column_in_float32(edge, width, output_width, align_corners=False):
    i = torch.arange(float(output_width))
    places = i * (width - 1) / (output_width - 1) if align_corners else (i + 0.5) * width / output_width - 0.5
    return (places > edge - 0.5).nonzero()[0].item()


def column_rounded_up(edge, width, output_width, align_corners=False):
    if align_corners:
        return math.ceil((edge - 0.5) * (output_width - 1) / (width - 1))
    return math.ceil(edge * output_width / width - 0.5)


def column_rounded(edge, width, output_width, align_corners=False):
    if align_corners:
        return round((edge - 0.5) * (output_width - 1) / (width - 1))
    return round(edge * output_width / width)


def column_of_eight(edge, width, output_width, align_corners=False):
    return 8 * edge


def column_count(edge, width, output_width, align_corners=False):
    return output_width - column_by_search(edge, width, output_width, align_corners)


def column_always_corners(edge, width, output_width, align_corners=False):
    return column_by_search(edge, width, output_width, True)


def column_with_half_once(edge, width, output_width, align_corners=False):
    if align_corners:
        return column_by_search(edge, width, output_width, True)
    return next(i for i in range(output_width) if (i + 0.5) * width / output_width > edge - 0.5)


def column_with_late_half(edge, width, output_width, align_corners=False):
    if align_corners:
        return column_by_search(edge, width, output_width, True)
    places = (i for i in range(output_width) if i * width / output_width - 0.5 > edge - 0.5)
    return next(places, output_width)


def column_zero(edge, width, output_width, align_corners=False):
    return 0


def column_edge(edge, width, output_width, align_corners=False):
    return edge


def column_repeated(edge, width, output_width, align_corners=False):
    return math.ceil(edge * output_width / width)


def column_never_corners(edge, width, output_width, align_corners=False):
    return column_by_search(edge, width, output_width, False)


def column_other(edge, width, output_width, align_corners=False):
    return column_by_search(edge, width, output_width, not align_corners)


def column_without_half(edge, width, output_width, align_corners=False):
    if align_corners:
        return column_by_search(edge, width, output_width, True)
    return next(i for i in range(output_width) if i * width / output_width > edge - 0.5)


def column_at_the_center(edge, width, output_width, align_corners=False):
    return next(i for i in range(output_width) if looked_at(i, width, output_width, align_corners) > edge)


def column_at_the_center_before(edge, width, output_width, align_corners=False):
    return next(i for i in range(output_width) if looked_at(i, width, output_width, align_corners) > edge - 1)


def column_with_the_tie(edge, width, output_width, align_corners=False):
    return next(i for i in range(output_width) if looked_at(i, width, output_width, align_corners) >= edge - 0.5)


def column_last(edge, width, output_width, align_corners=False):
    return column_by_search(edge, width, output_width, align_corners) - 1


def column_late(edge, width, output_width, align_corners=False):
    return column_by_search(edge, width, output_width, align_corners) + 1


def column_as_float(edge, width, output_width, align_corners=False):
    return float(column_by_search(edge, width, output_width, align_corners))


def column_by_torch(edge, width, output_width, align_corners=False):
    row = torch.tensor([-1.0] * edge + [1.0] * (width - edge)).view(1, 1, 1, -1)
    wide = F.interpolate(row, (1, output_width), mode="bilinear", align_corners=align_corners)
    return int((wide[0, 0, 0] > 0).nonzero()[0])


def column_by_the_old_name(edge, width, output_width, align_corners=False):
    row = torch.tensor([-1.0] * edge + [1.0] * (width - edge)).view(1, 1, -1)
    return int((F.upsample(row, output_width, mode="linear", align_corners=align_corners) > 0).nonzero()[0, 2])


# ---- 07.resize_labels ----


def chosen(n, m):
    return [(2 * i + 1) * n // (2 * m) for i in range(m)]


def labels_by_index(labels, size):
    (height, width), (rows, columns) = labels.shape, size
    return labels[chosen(height, rows)][:, chosen(width, columns)]


def labels_by_floats(labels, size):
    rows, columns = (((torch.arange(m) + 0.5) * n / m).long() for n, m in zip(labels.shape, size, strict=True))
    return labels[rows[:, None], columns]


def labels_by_the_later_one(labels, size):
    axes = []
    for n, m in zip(labels.shape, size, strict=True):
        centers, pixels = (torch.arange(m) + 0.5) * n / m, torch.arange(n) + 0.5
        axes.append(n - 1 - (centers[:, None] - pixels.flip(0)).abs().argmin(dim=1))
    return labels.index_select(0, axes[0]).index_select(1, axes[1])


def labels_by_repeating(labels, size):
    """Each pixel m times, then every n-th of them, from the middle: no division at all."""
    axes = [torch.arange(n).repeat_interleave(2 * m)[n :: 2 * n] for n, m in zip(labels.shape, size, strict=True)]
    return labels[torch.meshgrid(*axes, indexing="ij")]


def labels_by_distance(labels, size):
    axes = []
    for n, m in zip(labels.shape, size, strict=True):
        centers, pixels = (torch.arange(m) + 0.5) * n / m, torch.arange(n) + 0.5
        axes.append((centers[:, None] - pixels).abs().argmin(dim=1))
    return labels.index_select(0, axes[0]).index_select(1, axes[1])


def labels_by_votes(labels, size):
    classes = labels.unique()
    shares = (labels == classes[:, None, None]).double()  # (K, H, W)
    rows, columns = (F.one_hot(torch.tensor(chosen(n, m)), n).double() for n, m in zip(labels.shape, size, strict=True))
    return classes[(rows @ shares @ columns.T).argmax(dim=0)]


def labels_in_numpy(labels, size):
    rows, columns = (((np.arange(m) + 0.5) * n / m).astype(int) for n, m in zip(labels.shape, size, strict=True))
    return labels.numpy()[np.ix_(rows, columns)]


def labels_by_rounded_center(labels, size):
    rows, columns = (
        torch.tensor([looked_at(i, n, m, False) for i in range(m)]).round().long().clamp(0, n - 1)
        for n, m in zip(labels.shape, size, strict=True)
    )
    return labels[rows[:, None], columns]


def labels_clamped(labels, size):
    return labels_by_index(labels, size).clamp(min=0)


def labels_through_floats(labels, size):
    return labels_by_index(labels.float(), size).to(labels.dtype)


def labels_of_void_alone(labels, size):
    copied = labels_by_index(labels, size)
    return torch.where(copied < 0, 255, copied)


def labels_by_scipy(labels, size):
    factors = [m / n for n, m in zip(labels.shape, size, strict=True)]
    return torch.tensor(ndimage.zoom(labels.numpy(), factors, order=0, grid_mode=True, mode="nearest"))


def labels_by_pillow(labels, size):
    image = Image.fromarray(labels.numpy().astype(np.int32))
    resized_image = np.array(image.resize(size[::-1], Image.Resampling.NEAREST))
    return torch.from_numpy(resized_image.astype(labels.numpy().dtype))


def labels_always_long(labels, size):
    return labels_by_index(labels, size).long()


def labels_by_shares(labels, size):
    classes = labels.unique()
    shares = resized((labels == classes[:, None, None]).float()[None], size, False)[0]
    return classes[shares.argmax(dim=0)]


def labels_flat(labels, size):
    return labels_by_index(labels, size).flatten()


def labels_repeated(labels, size):
    times = [max(m // n, 1) for n, m in zip(labels.shape, size, strict=True)]
    return labels.repeat_interleave(times[0], 0).repeat_interleave(times[1], 1)


def labels_zero(labels, size):
    return torch.zeros(size, dtype=labels.dtype)


def labels_identity(labels, size):
    return labels


def labels_bilinear_rounded(labels, size):
    return resized(labels[None, None].float(), size, False)[0, 0].round().to(labels.dtype)


def labels_bilinear_cut(labels, size):
    return resized(labels[None, None].float(), size, False)[0, 0].to(labels.dtype)


def labels_bilinear_corners(labels, size):
    return resized(labels[None, None].float(), size, True)[0, 0].round().to(labels.dtype)


def labels_bilinear_floats(labels, size):
    return resized(labels[None, None].float(), size, False)[0, 0]


def labels_by_edge(labels, size):
    rows, columns = (torch.arange(m) * n // m for n, m in zip(labels.shape, size, strict=True))
    return labels[rows[:, None], columns]


def labels_by_corners(labels, size):
    axes = [torch.tensor([round(looked_at(i, n, m, True)) for i in range(m)]) for n, m in zip(labels.shape, size)]  # noqa: B905
    return labels[axes[0][:, None], axes[1]]


def labels_by_rounded_place(labels, size):
    rows, columns = (
        torch.tensor([min(n - 1, math.floor((i + 0.5) * n / m + 0.5)) for i in range(m)])
        for n, m in zip(labels.shape, size, strict=True)
    )
    return labels[rows[:, None], columns]


def labels_as_floats(labels, size):
    return labels_by_index(labels, size).float()


def labels_edge_as_floats(labels, size):
    return labels_by_edge(labels, size).float()


def labels_swapped(labels, size):
    return labels_by_index(labels, size[::-1])


def labels_without_void(labels, size):
    resized_labels = labels_by_index(labels, size)
    return torch.where(resized_labels == 255, 0, resized_labels)


def labels_by_torch(labels, size):
    return F.interpolate(labels[None, None].float(), size, mode="nearest-exact")[0, 0].long()


def labels_by_torchvision(labels, size):
    return resize_image(labels[None], list(size), InterpolationMode.NEAREST_EXACT)[0]


# ---- 07.unpool ----


def unpool_by_scatter(values, indices, size):
    flat = values.new_zeros(*values.shape[:2], size[0] * size[1])
    return flat.scatter(2, indices.flatten(2), values.flatten(2)).view(*values.shape[:2], *size)


def unpool_by_loops(values, indices, size):
    output = torch.zeros(*values.shape[:2], *size)
    for n, c, i, j in np.ndindex(*values.shape):
        place = int(indices[n, c, i, j])
        output[n, c, place // size[1], place % size[1]] = values[n, c, i, j]
    return output


def unpool_by_divmod(values, indices, size):
    n, c = (torch.arange(length) for length in values.shape[:2])
    output = torch.zeros(*values.shape[:2], *size)
    output[n[:, None, None, None], c[:, None, None], indices // size[1], indices % size[1]] = values
    return output


def unpool_by_one_hot(values, indices, size):
    hits = F.one_hot(indices.flatten(2), size[0] * size[1]).float()  # (N, C, h·w, H·W)
    sums = (hits * values.flatten(2)[..., None]).sum(dim=2)
    return (sums / hits.sum(dim=2).clamp(min=1)).view(*values.shape[:2], *size)


def unpool_sparse(values, indices, size):
    planes = []
    for one, where in zip(values.flatten(0, 1), indices.flatten(0, 1), strict=True):
        by_place = dict(zip(where.flatten().tolist(), one.flatten().tolist(), strict=True))
        places = torch.tensor([divmod(place, size[1]) for place in by_place]).T
        planes.append(torch.sparse_coo_tensor(places, list(by_place.values()), size))
    return torch.stack(planes).to_dense().view(*values.shape[:2], *size).to_sparse()


def unpool_in_numpy(values, indices, size):
    flat = np.zeros((*values.shape[:2], size[0] * size[1]))
    np.put_along_axis(flat, indices.flatten(2).numpy(), values.flatten(2).numpy(), axis=2)
    return flat.reshape(*values.shape[:2], *size)


def unpool_added(values, indices, size):
    flat = torch.zeros(*values.shape[:2], size[0] * size[1])
    return flat.scatter_add(2, indices.flatten(2), values.flatten(2)).view(*values.shape[:2], *size)


def unpool_by_the_beginner_s_index(values, indices, size):
    flat = torch.zeros(*values.shape[:2], size[0] * size[1])
    flat[:, :, indices.flatten(2)] = values.flatten(2)
    return flat.view(*values.shape[:2], *size)


def unpool_ones(values, indices, size):
    return unpool_by_scatter(torch.ones_like(values), indices, size)


def unpool_counting_from_one(values, indices, size):
    return unpool_by_scatter(values, (indices - 1) % (size[0] * size[1]), size)


def unpool_viewed_the_other_way(values, indices, size):
    return unpool_by_scatter(values, indices, size).view(*values.shape[:2], *size[::-1])


def unpool_zeros_sparse(values, indices, size):
    return torch.zeros(*values.shape[:2], *size).to_sparse()


def unpool_zeros(values, indices, size):
    return torch.zeros(*values.shape[:2], *size)


def unpool_identity(values, indices, size):
    return values


def unpool_corners(values, indices, size):
    output = torch.zeros(*values.shape[:2], *size)
    height, width = size[0] // values.shape[2], size[1] // values.shape[3]
    stop = height * values.shape[2], width * values.shape[3]
    output[:, :, : stop[0] : height, : stop[1] : width] = values
    return output


def unpool_repeated(values, indices, size):
    height, width = size[0] // values.shape[2], size[1] // values.shape[3]
    output = torch.zeros(*values.shape[:2], *size)
    block = values.repeat_interleave(height, 2).repeat_interleave(width, 3)
    output[:, :, : block.shape[2], : block.shape[3]] = block
    return output


def unpool_columns_first(values, indices, size):
    return unpool_by_scatter(values, indices, size[::-1]).mT


def unpool_with_pooled_width(values, indices, size):
    columns = values.shape[3]
    output = torch.zeros(*values.shape[:2], *size)
    for n, c, i, j in np.ndindex(*values.shape):
        place = int(indices[n, c, i, j])
        output[n, c, place // columns % size[0], place % columns] = values[n, c, i, j]
    return output


def unpool_one_channel(values, indices, size):
    return unpool_by_scatter(values, indices[:, :1].expand_as(indices), size)


def unpool_one_image(values, indices, size):
    return unpool_by_scatter(values, indices[:1].expand_as(indices), size)


def unpool_one_plane(values, indices, size):
    output = torch.zeros(*values.shape[:2], *size)
    output.view(-1)[indices.flatten()] = values.flatten()
    return output


def unpool_in_the_pooled_map(values, indices, size):
    return unpool_by_scatter(values, indices, values.shape[2:])


def unpool_square(values, indices, size):
    return unpool_by_scatter(values, indices, (size[1], size[1]))


def unpool_by_torch(values, indices, size):
    return F.max_unpool2d(values, indices, 2, output_size=size)


def unpool_of_volumes(values, indices, size):
    return F.max_unpool3d(values[:, :, None], indices[:, :, None], 1, output_size=(1, *size))[:, :, 0]


def unpool_of_aten(values, indices, size):
    return torch.ops.aten.max_unpool2d(values, indices, list(size))


def unpool_by_module(values, indices, size):
    return nn.MaxUnpool2d(2)(values, indices, output_size=size)


WRONG = {
    "07.bilinear": [
        (bilinear_zeros, "is all zeros"),
        (bilinear_identity, "has shape (1, 2, 1, 1), expected (1, 2, 2, 3)"),
        (bilinear_dark, "so the border gets dark"),
        (bilinear_with_t_of_the_clamped, "the line is drawn on beyond the border"),
        (bilinear_along_the_columns, "Only one axis is mixed"),
        (bilinear_along_the_rows, "Only one axis is mixed"),
        (bilinear_rounded, "The values are rounded"),
        (bilinear_without_the_batch, "the first axis, the batch's, is missing"),
        (bilinear_never_corners, "That is align_corners=False, and True was asked for"),
        (bilinear_always_corners, "That is align_corners=True, and False was asked for"),
        (bilinear_without_half, "The half pixels are missing"),
        (bilinear_with_one_half, "Half a pixel is added and not taken off again"),
        (bilinear_with_late_half, "Half a pixel is taken off that was not added"),
        (bilinear_by_whole_factor, "rounded to a whole number"),
        (bilinear_unclamped, "Clamp the indices to 0 … n − 1"),
        (bilinear_raises_at_the_border, "your code raised IndexError"),
        (bilinear_drawn_on, "the line is drawn on beyond the border"),
        (bilinear_exchanged, "The two weights are exchanged"),
        (bilinear_nearest, "That is the nearest pixel"),
        (bilinear_swapped_sizes, "height and width are swapped"),
        (bilinear_by_divided_zero, "n' − 1 is 0: with align_corners"),
        (bilinear_without_the_default, "can't be called as `bilinear_without_the_default(x=…, size=…)`"),
        (bilinear_of_whole_numbers, "The input is cut to whole numbers"),
        (bilinear_of_positive_numbers, "Your output differs in"),
        (bilinear_with_the_scale_of_the_height, "Both axes are scaled alike"),
        (bilinear_with_the_scale_of_the_width, "Both axes are scaled alike"),
        (bilinear_of_means, "all pixels below an output pixel are averaged"),
        (bilinear_from_the_middle, "with align_corners it looks at pixel 0"),
        (bilinear_of_zero_by_zero, "with align_corners it looks at pixel 0"),
        (bilinear_by_pillow, "or another ready-made resizing; yours calls `resize`"),
        (bilinear_by_scipy, "or another ready-made resizing; line"),
        (bilinear_by_torch, "without `F.interpolate`"),
        (bilinear_by_the_old_name, "another resizing of torch"),
        (bilinear_of_the_c_code, "another resizing of torch"),
        (bilinear_of_aten, "another resizing of torch"),
        (bilinear_by_module, "without `nn.Upsample`"),
        (bilinear_by_the_course, "without `se.ops.upsample_bilinear`"),
    ],
    "07.first_column": [
        (column_zero, "The column is 0, expected 8"),
        (column_edge, "the cell in front of which the outline lies"),
        (column_repeated, "That is where repeated cells change"),
        (column_never_corners, "where the outline lands with align_corners=False, and True was asked for"),
        (column_always_corners, "where the outline lands with align_corners=True, and False was asked for"),
        (column_other, "where the outline lands with align_corners="),
        (column_rounded_up, "At a tie argmax takes the first class"),
        (column_rounded, "The column is"),
        (column_of_eight, "The column is 8, expected"),
        (column_count, "how many columns the second class has"),
        (column_with_half_once, "Half a pixel is added and not taken off again"),
        (column_with_late_half, "Half a pixel is taken off that was not added"),
        (column_without_half, "The half pixels are missing"),
        (column_at_the_center, "not at the center of cell `edge`"),
        (column_at_the_center_before, "not at the center of cell edge − 1"),
        (column_with_the_tie, "At a tie argmax takes the first class"),
        (column_last, "That is the last column of the first class"),
        (column_late, "That is one column too late"),
        (column_as_float, "expected the integer"),
        (column_by_the_old_name, "another resizing of torch"),
        (column_by_torch, "without `F.interpolate`"),
    ],
    "07.resize_labels": [
        (labels_zero, "is all zeros"),
        (labels_identity, "has shape (1, 1), expected (2, 3)"),
        (labels_always_long, "The labels come out in another dtype"),
        (labels_by_shares, "the largest share wins"),
        (labels_flat, "the right number of values, but 1 axis in place of 2"),
        (labels_repeated, "The label map has shape"),
        (labels_bilinear_rounded, "Labels are mixed and rounded"),
        (labels_bilinear_cut, "Labels are mixed and cut to integers"),
        (labels_bilinear_corners, "Labels are mixed and rounded"),
        (labels_bilinear_floats, "has dtype float32, expected int64"),
        (labels_by_edge, "the label under each pixel's upper left corner"),
        (labels_by_corners, "The outer pixels are laid on each other"),
        (labels_by_rounded_place, "pixel k covers k to k + 1, so round down"),
        (labels_as_floats, "has dtype float32, expected int64"),
        (labels_edge_as_floats, "the label under each pixel's upper left corner"),
        (labels_swapped, "height and width are swapped"),
        (labels_without_void, "Void (255) has become class 0"),
        (labels_clamped, "Labels below 0 have become 0"),
        (labels_through_floats, "Label 16777217 has become 16777216"),
        (labels_of_void_alone, "expected -1"),
        (labels_by_distance, "the later one (below, on the right) counts"),
        (labels_by_rounded_center, "the later one (below, on the right) counts"),
        (labels_by_pillow, "or another ready-made resizing; yours calls `resize`"),
        (labels_by_scipy, "without `scipy.ndimage.zoom`"),
        (labels_by_torchvision, "without `F.interpolate`"),
        (labels_by_torch, "without `F.interpolate`"),
    ],
    "07.unpool": [
        (unpool_zeros, "is all zeros"),
        (unpool_identity, "has shape (1, 1, 1, 2), expected (1, 1, 2, 4)"),
        (unpool_zeros_sparse, "is all zeros"),
        (unpool_added, "Where windows overlap, one maximum comes twice"),
        (unpool_by_the_beginner_s_index, "Every plane got the maxima of all images and channels"),
        (unpool_ones, "Every maximum is 1"),
        (unpool_counting_from_one, "The indices are counted from 1"),
        (unpool_viewed_the_other_way, "height and width are swapped"),
        (unpool_corners, "a bed of nails"),
        (unpool_repeated, "a value goes to one place, the rest stays 0"),
        (unpool_columns_first, "The index is read column by column"),
        (unpool_with_pooled_width, "split by the width of the pooled map"),
        (unpool_one_channel, "The indices of channel 0 are used for all channels"),
        (unpool_one_image, "The indices of image 0 are used for all images"),
        (unpool_one_plane, "went into one plane"),
        (unpool_in_the_pooled_map, "your code raised RuntimeError"),
        (unpool_square, "height is"),
        (unpool_by_torch, "without `F.max_unpool2d`"),
        (unpool_of_volumes, "another unpooling of torch"),
        (unpool_of_aten, "uses `torch.ops.aten.max_unpool2d`"),
        (unpool_by_module, "without `nn.MaxUnpool2d`"),
    ],
}

RIGHT = {
    "07.bilinear": [bilinear_by_matrices, bilinear_by_gathering, bilinear_by_four_loops, bilinear_in_numpy],
    "07.first_column": [
        column_by_search,
        column_by_formula,
        column_by_scores,
        column_in_numpy,
        column_in_float32,
    ],
    "07.resize_labels": [
        labels_by_index,
        labels_by_floats,
        labels_by_the_later_one,
        labels_by_repeating,
        labels_by_votes,
        labels_in_numpy,
    ],
    "07.unpool": [
        unpool_by_scatter,
        unpool_by_loops,
        unpool_by_divmod,
        unpool_by_one_hot,
        unpool_sparse,
        unpool_in_numpy,
    ],
}

EQUIVALENT = {
    "07.bilinear": {
        "line 3: ((2, size[0]), (3, size[1])) → ((3, size[1]), (2, size[0]))": "the axes don't know of each other",
        "line 5: max(m - 1, 1) → max(1, m - 1)": "the larger of two numbers",
    },
    "07.first_column": {
        "line 3: range(output_width) → range(output_width + 1)": "the last column always shows the second class",
        "line 3: range(output_width) → range(1, output_width)": "column 0 never shows it",
        "line 7: output_width → width": "this line is never reached if edge < width ≤ output_width",
        "line 7: output_width → align_corners": "this line is never reached if edge < width ≤ output_width",
    },
    "07.resize_labels": {
        "line 3: (torch.arange(m) + 0.5) * n / m → (torch.arange(m) + 0.5) * n // m": "long() rounds down, too",
    },
    "07.unpool": {"line 3: values → indices": "values and indices have one shape"},
}


def test_each_wrong_answer_gets_its_message(wrong):
    wrong.verify()


def test_each_right_answer_passes(right):
    right.verify()


def test_each_named_mistake_is_said_to_some_wrong_answer(unsaid):
    assert unsaid(resize.BILINEAR_MISTAKES, labels.LABEL_MISTAKES, places.COLUMN_MISTAKES, places.UNPOOL_MISTAKES) == []


def test_the_tables_cover_every_exercise():
    assert {exercise.name for exercise in EXERCISES} == set(WRONG) == set(RIGHT)


@pytest.mark.parametrize("name", list(RIGHT))
def test_right_answers_agree_on_secret_cases(name):
    exercise = public.find(name)
    for seed in range(exercise.cases, exercise.cases + 25):
        answers = [function(**engine.case_arguments(exercise, seed)) for function in RIGHT[name]]
        for answer in answers[1:]:
            arguments = engine.case_arguments(exercise, seed)
            assert engine.verdict(exercise, arguments, converted(answer, answers[0]), answers[0]).right


@pytest.mark.parametrize(("name", "key"), [("07.bilinear", "x"), ("07.resize_labels", "labels"), ("07.unpool", None)])
def test_secret_sizes_are_asymmetric(name, key):
    exercise = public.find(name)
    for seed in range(exercise.cases, exercise.cases + 25):
        arguments = engine.case_arguments(exercise, seed)
        assert arguments["size"][0] != arguments["size"][1]
        assert key is None or arguments[key].shape[-2] != arguments[key].shape[-1]
