"""Wrong and right answers to the exercises of lecture 11, and what each must be told."""

import random

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torchvision.transforms import v2

import segedu as se
from segedu.exercises.engine import engine, public
from segedu.exercises.lecture11 import crops as cropping
from segedu.exercises.lecture11 import rle, splits, warps
from tests.checkers.conftest import examined

# ---- 11.rle_counts ----


def counts_by_loop(mask):
    counts, value = [0], False
    for bit in mask.T.flatten().tolist():
        if bit != value:
            counts.append(0)
            value = bit
        counts[-1] += 1
    return counts


def counts_by_difference(mask):
    bits = np.asarray(mask).ravel(order="F").astype(int)
    ends = [*np.flatnonzero(np.diff(bits, prepend=0)).tolist(), bits.size]
    return [ends[0], *np.diff(ends).tolist()]


def counts_by_groups(mask):
    from itertools import groupby

    runs = [(value, len(list(group))) for value, group in groupby(mask.mT.reshape(-1).tolist())]
    return [0] * runs[0][0] + [length for _, length in runs]


def counts_by_unique(mask):
    values, lengths = torch.unique_consecutive(mask.T.flatten(), return_counts=True)
    return ([0] if values[0] else []) + lengths.tolist()


def counts_of_rows(mask):
    return counts_by_loop(mask.T)


def counts_without_the_zero(mask):
    return torch.unique_consecutive(mask.T.flatten(), return_counts=True)[1].tolist()


def counts_without_the_last(mask):
    return counts_by_loop(mask)[:-1]


def counts_of_ends(mask):
    return np.cumsum(counts_by_loop(mask)).tolist()


def counts_of_ones(mask):
    return counts_by_loop(mask)[1::2]


def counts_swapped(mask):
    return counts_by_loop(~mask)


def counts_with_a_zero_behind(mask):
    return [*counts_by_loop(mask), 0]


def counts_backwards(mask):
    return counts_by_loop(mask.flip(0, 1))


def counts_empty(mask):
    return counts_by_loop(mask) if mask.any() else []


def counts_as_a_tensor(mask):
    return torch.tensor(counts_by_loop(mask))


def counts_of_numpy_numbers(mask):
    bits = np.asarray(mask).ravel(order="F").astype(int)
    ends = [*np.flatnonzero(np.diff(bits, prepend=0)), bits.size]
    return [ends[0], *np.diff(ends)]


def counts_of_columns(mask):
    return [count for column in mask.T for count in counts_by_loop(column[:, None])]


def counts_with_a_zero_in_front(mask):
    counts = counts_by_loop(mask)
    return counts if mask[0, 0] else [0, *counts]


def counts_pixels(mask):
    return mask.T.flatten().int().tolist()


def counts_in_bytes(mask):
    return [count % 256 for count in counts_by_loop(mask)]


def counts_one_more(mask):
    *counts, last = counts_by_loop(mask)
    return [*counts, last + 1]


def counts_of_the_first_column(mask):
    return counts_by_loop(mask[:, :1])


def counts_with_a_split_run(mask):
    *counts, last = counts_by_loop(mask)
    return [*counts, last - 1, 1] if last > 1 else [*counts, last]


def counts_by_the_course(mask):
    return se.encode_rle(mask, compress=False)["counts"]


def counts_nothing(mask):
    return ...


# ---- 11.rle_mask ----


def mask_by_repeating(counts, size):
    values = torch.arange(len(counts)) % 2 == 1
    return values.repeat_interleave(torch.tensor(counts)).view(size[1], size[0]).T


def mask_by_painting(counts, size):
    mask, place = torch.zeros(size, dtype=torch.bool), 0
    for run, count in enumerate(counts):
        for k in range(place, place + count):
            mask[k % size[0], k // size[0]] = run % 2 == 1
        place += count
    return mask


def mask_by_numpy(counts, size):
    bits = np.repeat(np.arange(len(counts)) % 2 == 1, counts)
    return torch.from_numpy(bits.reshape(size, order="F").copy())


def mask_by_rows(counts, size):
    values = torch.arange(len(counts)) % 2 == 1
    return values.repeat_interleave(torch.tensor(counts)).view(size[0], size[1])


def mask_not_transposed(counts, size):
    return mask_by_repeating(counts, size).T


def mask_inverted(counts, size):
    return ~mask_by_repeating(counts, size)


def mask_of_numbers(counts, size):
    return mask_by_repeating(counts, size).long()


def mask_upside_down(counts, size):
    return mask_by_repeating(counts, size).flip(0)


def mask_empty(counts, size):
    return torch.zeros(size, dtype=torch.bool)


def mask_mirrored(counts, size):
    return mask_by_repeating(counts, size).flip(1)


def mask_backwards(counts, size):
    return mask_by_repeating(counts, size).flip(0, 1)


def mask_one_too_late(counts, size):
    return mask_by_repeating(counts, size).T.flatten().roll(1).view(size[1], size[0]).T


def mask_without_its_border(counts, size):
    mask = mask_by_repeating(counts, size).clone()
    mask[0], mask[-1], mask[:, 0], mask[:, -1] = False, False, False, False
    return mask


def mask_in_bytes(counts, size):
    few = [count % 256 for count in counts]
    bits = (torch.arange(len(few)) % 2 == 1).repeat_interleave(torch.tensor(few))
    return F.pad(bits, (0, size[0] * size[1] - len(bits))).view(size[1], size[0]).T


def mask_by_the_course(counts, size):
    return se.decode_rle({"counts": counts, "size": size})


# ---- 11.find_leaks ----


def unit(x):
    x = x.flatten(1)
    x = x - x.mean(dim=1, keepdim=True)
    return x / x.norm(dim=1, keepdim=True)


def leaks_by_products(train, val, alike):
    both = torch.maximum(unit(train) @ unit(val).T, unit(train.flip(-1)) @ unit(val).T)
    return [tuple(pair) for pair in (both >= alike).nonzero().tolist()]


def leaks_by_loops(train, val, alike):
    pairs = []
    for i, one in enumerate(train):
        for j, two in enumerate(val):
            for view in (two, two.flip(2)):
                r = torch.corrcoef(torch.stack([one.flatten(), view.flatten()]))[0, 1]
                if r >= alike and (i, j) not in pairs:
                    pairs.append((i, j))
    return pairs


def leaks_by_numpy(train, val, alike):
    n, views = len(train), [train.flatten(1), train.flip(-1).flatten(1)]
    tables = [np.corrcoef(np.concatenate([view.numpy(), val.flatten(1).numpy()]))[:n, n:] for view in views]
    return [(int(i), int(j)) for i, j in np.argwhere(np.maximum(*tables) >= alike)]


def leaks_for_one_size(train, val, alike):
    return leaks_by_products(train.reshape(-1, 3, 12, 16), val.reshape(-1, 3, 12, 16), alike)


def leaks_by_lists(train, val, alike):
    return [list(pair) for pair in leaks_by_products(train, val, alike)]


def leaks_by_argwhere(train, val, alike):
    views = [unit(train), unit(train.flip(-1))]
    return np.argwhere(np.maximum(*[(view @ unit(val).T).numpy() for view in views]) >= alike)


def leaks_of_numpy_numbers(train, val, alike):
    return list(zip(*np.nonzero(leaks_table(train, val).numpy() >= alike), strict=True))


def leaks_table(train, val, view=lambda x: x):
    return torch.maximum(unit(view(train)) @ unit(view(val)).T, unit(view(train).flip(-1)) @ unit(view(val)).T)


def listed(leaks):
    return [tuple(pair) for pair in leaks.nonzero().tolist()]


def leaks_of_the_best_train_image(train, val, alike):
    table = leaks_table(train, val)
    return sorted((int(i), j) for j, i in enumerate(table.argmax(dim=0)) if table[i, j] >= alike)


def leaks_of_the_best_val_image(train, val, alike):
    table = leaks_table(train, val)
    return [(i, int(j)) for i, j in enumerate(table.argmax(dim=1)) if table[i, j] >= alike]


def leaks_by_channel(train, val, alike):
    def centered(x):
        x = (x - x.mean(dim=(2, 3), keepdim=True)).flatten(1)
        return x / x.norm(dim=1, keepdim=True)

    both = torch.maximum(centered(train) @ centered(val).T, centered(train.flip(-1)) @ centered(val).T)
    return listed(both >= alike)


def leaks_by_gray(train, val, alike):
    return listed(leaks_table(train, val, lambda x: x.mean(dim=1, keepdim=True)) >= alike)


def leaks_with_a_fixed_bound(train, val, alike):
    return listed(leaks_table(train, val) >= 0.95)


def leaks_without_the_mean(train, val, alike):
    def rows(x):
        return x.flatten(1) / x.flatten(1).norm(dim=1, keepdim=True)

    return listed(torch.maximum(rows(train) @ rows(val).T, rows(train.flip(-1)) @ rows(val).T) >= alike)


def leaks_without_the_mean_image(train, val, alike):
    def rows(x):
        x = x.flatten(1) - x.flatten(1).mean(dim=0, keepdim=True)
        return x / x.norm(dim=1, keepdim=True)

    return listed(torch.maximum(rows(train) @ rows(val).T, rows(train.flip(-1)) @ rows(val).T) >= alike)


def leaks_of_mirrored_images(train, val, alike):
    return listed(unit(train.flip(-1)) @ unit(val).T >= alike)


def leaks_none(train, val, alike):
    return []


def leaks_not_mirrored(train, val, alike):
    return [tuple(pair) for pair in (unit(train) @ unit(val).T >= alike).nonzero().tolist()]


def leaks_by_difference(train, val, alike):
    gaps = [torch.cdist(view.flatten(1), val.flatten(1)) for view in (train, train.flip(-1))]
    return [tuple(pair) for pair in (torch.minimum(*gaps) < 0.5).nonzero().tolist()]


def leaks_upside_down_too(train, val, alike):
    views = [unit(train.flip(axes)) @ unit(val).T for axes in ((), (-1,), (-2,))]
    return [tuple(pair) for pair in (torch.stack(views).amax(0) >= alike).nonzero().tolist()]


def leaks_of_either_sign(train, val, alike):
    views = [(unit(view) @ unit(val).T).abs() for view in (train, train.flip(-1))]
    return [tuple(pair) for pair in (torch.maximum(*views) >= alike).nonzero().tolist()]


def leaks_the_wrong_way_round(train, val, alike):
    return [(j, i) for i, j in leaks_by_products(train, val, alike)]


def leaks_unsorted(train, val, alike):
    return leaks_by_products(train, val, alike)[::-1]


def leaks_twice(train, val, alike):
    return [pair for pair in leaks_by_products(train, val, alike) for _ in range(2)]


def leaks_everything(train, val, alike):
    return [(i, j) for i in range(len(train)) for j in range(len(val))]


def leaks_counted_from_one(train, val, alike):
    return [(i + 1, j + 1) for i, j in leaks_by_products(train, val, alike)]


def leaks_as_a_tensor(train, val, alike):
    return torch.tensor(leaks_by_products(train, val, alike))


def leaks_of_val_alone(train, val, alike):
    return sorted({j for _, j in leaks_by_products(train, val, alike)})


def leaks_of_tensors(train, val, alike):
    return [(torch.tensor(i), torch.tensor(j)) for i, j in leaks_by_products(train, val, alike)]


# ---- 11.spoiled_pixels ----


def resized(label_map, size, mode, **options):
    return F.interpolate(label_map[None, None].float(), size=size, mode=mode, **options)[0, 0]


def compared(label_map, right, wrong):
    return int((wrong != right).sum()), int((~torch.isin(wrong, label_map.float())).sum())


def spoiled_by_modes(label_map, size):
    right, wrong = resized(label_map, size, "nearest-exact"), resized(label_map, size, "bilinear").round()
    return compared(label_map, right, wrong)


def spoiled_by_indexing(label_map, size):
    places = [
        ((torch.arange(n) + 0.5) * given / n).floor().long() for n, given in zip(size, label_map.shape, strict=True)
    ]
    right = label_map[places[0]][:, places[1]]
    wrong = v2.functional.resize(label_map[None].float(), list(size), antialias=False)[0].round()
    known = set(label_map.flatten().tolist())
    return (wrong.long() != right).sum().item(), sum(value not in known for value in wrong.flatten().tolist())


def spoiled_by_matrices(label_map, size):
    matrices = (se.ops.interpolation_matrix(given, n) for n, given in zip(size, label_map.shape, strict=True))
    rows, columns = (matrix.double() for matrix in matrices)
    wrong = (rows @ label_map.double() @ columns.T).round()
    right = resized(label_map, size, "nearest-exact")
    return [int((wrong != right).sum()), int((~torch.isin(wrong.float(), label_map.float())).sum())]


def spoiled_by_numpy(label_map, size):
    right, wrong = (
        x.numpy() for x in (resized(label_map, size, "nearest-exact"), resized(label_map, size, "bilinear"))
    )
    return (wrong.round() != right).sum(), (~np.isin(wrong.round(), label_map)).sum()


def spoiled_by_the_resized_map(label_map, size):
    right, wrong = resized(label_map, size, "nearest-exact"), resized(label_map, size, "bilinear").round()
    return compared(right, right, wrong)


def spoiled_in_bytes(label_map, size):
    return spoiled_by_modes(label_map.to(torch.uint8).long(), size)


def spoiled_zero(label_map, size):
    return 0, 0


def spoiled_cut(label_map, size):
    return compared(label_map, resized(label_map, size, "nearest-exact"), resized(label_map, size, "bilinear").floor())


def spoiled_with_corners(label_map, size):
    wrong = resized(label_map, size, "bilinear", align_corners=True).round()
    return compared(label_map, resized(label_map, size, "nearest-exact"), wrong)


def spoiled_with_antialias(label_map, size):
    wrong = resized(label_map, size, "bilinear", antialias=True).round()
    return compared(label_map, resized(label_map, size, "nearest-exact"), wrong)


def spoiled_against_nearest(label_map, size):
    return compared(label_map, resized(label_map, size, "nearest"), resized(label_map, size, "bilinear").round())


def spoiled_classes(label_map, size):
    wrong = resized(label_map, size, "bilinear").round()
    return spoiled_by_modes(label_map, size)[0], int((~torch.isin(wrong.unique(), label_map.float())).sum())


def spoiled_swapped(label_map, size):
    return spoiled_by_modes(label_map, size)[::-1]


def spoiled_shares(label_map, size):
    return tuple(count / (size[0] * size[1]) for count in spoiled_by_modes(label_map, size))


def spoiled_not_rounded(label_map, size):
    return compared(label_map, resized(label_map, size, "nearest-exact"), resized(label_map, size, "bilinear"))


def spoiled_tensors(label_map, size):
    return tuple(torch.tensor(count) for count in spoiled_by_modes(label_map, size))


def spoiled_one_number(label_map, size):
    return spoiled_by_modes(label_map, size)[0]


def spoiled_transposed(label_map, size):
    return spoiled_by_modes(label_map, (size[1], size[0]))


def spoiled_rest(label_map, size):
    changed, invented = spoiled_by_modes(label_map, size)
    return changed, changed - invented


# ---- 11.paired_crops ----


def filled(image, label_map, size, outside=0.5, void=255):
    below, right = max(0, size[0] - label_map.shape[0]), max(0, size[1] - label_map.shape[1])
    return F.pad(image, (0, right, 0, below), value=outside), F.pad(label_map, (0, right, 0, below), value=void)


def crops(image, label_map, size, count, places=None, second=None, **fills):
    """Return windows; `places(H, W, h, w)` draws one, `second` another one for the label map."""
    image, label_map = filled(image, label_map, size, **fills)
    places = places or drawn
    images, label_maps = [], []
    for _ in range(count):
        top, left = places(*label_map.shape, *size)
        images.append(image[:, top : top + size[0], left : left + size[1]])
        top, left = second(*label_map.shape, *size) if second else (top, left)
        label_maps.append(label_map[top : top + size[0], left : left + size[1]])
    return torch.stack(images), torch.stack(label_maps)


def drawn(H, W, h, w):
    return int(torch.randint(H - h + 1, ())), int(torch.randint(W - w + 1, ()))


def crops_by_loop(image, label_map, size, count):
    return crops(image, label_map, size, count)


def crops_by_indexing(image, label_map, size, count):
    image, label_map = filled(image, label_map, size)
    top = torch.randint(0, label_map.shape[0] - size[0] + 1, (count, 1, 1))
    left = torch.randint(0, label_map.shape[1] - size[1] + 1, (count, 1, 1))
    rows, columns = top + torch.arange(size[0])[:, None], left + torch.arange(size[1])
    return image[:, rows, columns].movedim(0, 1), label_map[rows, columns]


def crops_by_stacking(image, label_map, size, count):
    image, label_map = filled(image, label_map, size)
    both = torch.cat([image, label_map[None].float()])
    cropped = []
    for _ in range(count):
        top = np.floor(torch.rand(()).item() * (both.shape[1] - size[0] + 1)).astype(int)
        left = np.floor(torch.rand(()).item() * (both.shape[2] - size[1] + 1)).astype(int)
        cropped.append(v2.functional.crop(both, top, left, *size))
    together = torch.stack(cropped)
    return together[:, :3], together[:, 3].long()


def crops_drawn_twice(image, label_map, size, count):
    return crops(image, label_map, size, count, second=drawn)


def crops_of_a_corner(image, label_map, size, count):
    return crops(image, label_map, size, count, lambda H, W, h, w: (0, 0))


def crops_drawn_once(image, label_map, size, count):
    H, W = (max(given, wanted) for given, wanted in zip(label_map.shape, size, strict=True))
    place = drawn(H, W, *size)
    return crops(image, label_map, size, count, lambda H, W, h, w: place)


def crops_one_short(image, label_map, size, count):
    def short(H, W, h, w):
        return int(torch.randint(max(1, H - h), ())), int(torch.randint(max(1, W - w), ()))

    return crops(image, label_map, size, count, short)


def crops_along_the_diagonal(image, label_map, size, count):
    def diagonal(H, W, h, w):
        place = int(torch.randint(min(H - h, W - w) + 1, ()))
        return place, place

    return crops(image, label_map, size, count, diagonal)


def crops_of_random_rows(image, label_map, size, count):
    return crops(image, label_map, size, count, lambda H, W, h, w: (int(torch.randint(H - h + 1, ())), 0))


def crops_of_random_columns(image, label_map, size, count):
    return crops(image, label_map, size, count, lambda H, W, h, w: (0, int(torch.randint(W - w + 1, ()))))


def crops_without_the_last_column(image, label_map, size, count):
    def short(H, W, h, w):
        return int(torch.randint(H - h + 1, ())), int(torch.randint(max(1, W - w), ()))

    return crops(image, label_map, size, count, short)


def crops_without(places):
    """Return crops at drawn places (row, column) that a window may have, of H and W places along the sides."""

    def some(H, W, h, w):
        return tuple(places(n + 1)[int(torch.randint(len(places(n + 1)), ()))] for n in (H - h, W - w))

    return lambda image, label_map, size, count: crops(image, label_map, size, count, some)


crops_at_corners = crops_without(lambda n: [0, n - 1])
crops_at_even_places = crops_without(lambda n: list(range(0, n, 2)))
crops_without_the_first = crops_without(lambda n: list(range(min(1, n - 1), n)))
crops_without_the_last_but_one = crops_without(lambda n: [*range(max(n - 2, min(2, n))), n - 1])


def crops_without_the_first_column(image, label_map, size, count):
    def late(H, W, h, w):
        return int(torch.randint(H - h + 1, ())), int(torch.randint(min(1, W - w), W - w + 1, ()))

    return crops(image, label_map, size, count, late)


def crops_at_all_places_but_one(image, label_map, size, count):
    def some(H, W, h, w):
        places = [(top, left) for top in range(H - h + 1) for left in range(W - w + 1)]
        places = places if len(places) < 7 else [*places[:6], *places[7:]]
        return places[int(torch.randint(len(places), ()))]

    return crops(image, label_map, size, count, some)


def crops_with_a_seed(image, label_map, size, count):
    torch.manual_seed(0)
    return crops(image, label_map, size, count)


def crops_with_numpys_seed(image, label_map, size, count):
    np.random.seed(0)  # noqa: NPY002
    return crops_by_numpys_numbers(image, label_map, size, count)


def crops_seeded_by_the_course(image, label_map, size, count):
    with se.seeded(0):
        return crops(image, label_map, size, count)


def crops_of_a_generator(generator):
    def answer(image, label_map, size, count):
        draw = generator()
        return crops(image, label_map, size, count, lambda H, W, h, w: (draw(H - h + 1), draw(W - w + 1)))

    return answer


def numbers_of_torch():
    generator = torch.Generator().manual_seed(0)
    return lambda n: int(torch.randint(n, (), generator=generator))


def numbers_of_numpy():
    generator = np.random.default_rng(0)
    return lambda n: int(generator.integers(n))


def crops_by_numpys_numbers(image, label_map, size, count):
    def by_numpy(H, W, h, w):
        return tuple(np.random.randint(n + 1) for n in (H - h, W - w))  # noqa: NPY002

    return crops(image, label_map, size, count, by_numpy)


def crops_by_pythons_numbers(image, label_map, size, count):
    def by_python(H, W, h, w):
        return random.randint(0, H - h), random.randrange(W - w + 1)

    return crops(image, label_map, size, count, by_python)


def crops_by_shuffling(image, label_map, size, count):
    image, label_map = filled(image, label_map, size)
    images, label_maps = (each.unfold(-2, size[0], 1).unfold(-2, size[1], 1) for each in (image, label_map))
    images, label_maps = images.movedim(0, 2).flatten(0, 1), label_maps.flatten(0, 1)
    chosen = torch.multinomial(torch.ones(len(images)), count, replacement=True)
    return images[chosen], label_maps[chosen]


def crops_with_white(image, label_map, size, count):
    return crops(image, label_map, size, count, outside=255)


def crops_with_minus_one(image, label_map, size, count):
    return crops(image, label_map, size, count, void=-1)


def crops_of_a_repeated_border(image, label_map, size, count):
    below, right = max(0, size[0] - label_map.shape[0]), max(0, size[1] - label_map.shape[1])
    image = F.pad(image[None], (0, right, 0, below), mode="replicate")[0]
    return crops(image, F.pad(label_map, (0, right, 0, below), value=255), size, count)


def crops_padded_around(outside):
    def answer(image, label_map, size, count):
        rows, columns = (max(0, size[axis] - label_map.shape[axis]) for axis in (0, 1))
        sides = (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)
        image, label_map = F.pad(image, sides, value=outside), F.pad(label_map, sides, value=255)
        return crops(image, label_map, size, count)

    return answer


def crops_with_labels_padded_above(image, label_map, size, count):
    above, left = max(0, size[0] - label_map.shape[0]), max(0, size[1] - label_map.shape[1])
    label_map = F.pad(label_map, (left, 0, above, 0), value=255)
    image = filled(image, label_map, size)[0]
    image = F.pad(image, (0, label_map.shape[1] - image.shape[2], 0, label_map.shape[0] - image.shape[1]), value=0.5)
    return crops(image, label_map, size, count)


def crops_cut_by_padding(image, label_map, size, count):
    sides = (0, size[1] - label_map.shape[1], 0, size[0] - label_map.shape[0])
    return crops(F.pad(image, sides, value=0.5), F.pad(label_map, sides, value=255), size, count)


def crops_with_labels_one_off(image, label_map, size, count):
    return crops(image, label_map.roll(1, 1), size, count)


def crops_with_black(image, label_map, size, count):
    return crops(image, label_map, size, count, outside=0.0)


def crops_with_class_zero(image, label_map, size, count):
    return crops(image, label_map, size, count, void=0)


def crops_in_lists(image, label_map, size, count):
    images, label_maps = crops(image, label_map, size, count)
    return list(images), list(label_maps)


def crops_with_mirrored_labels(image, label_map, size, count):
    images, label_maps = crops(image, label_map, size, count)
    return images, label_maps.flip(-1)


def crops_with_mirrored_images(image, label_map, size, count):
    images, label_maps = crops(image, label_map, size, count)
    return images.flip(-1), label_maps


def crops_turned(image, label_map, size, count):
    images, label_maps = crops(image, label_map, size[::-1], count)
    return images.mT, label_maps.mT


def crops_always_24(image, label_map, size, count):
    return crops(image, label_map, size, 24)


def crops_not_padded(image, label_map, size, count):
    return torch.stack([image] * count), torch.stack([label_map] * count)


def crops_padded_above(image, label_map, size, count):
    above, left = max(0, size[0] - label_map.shape[0]), max(0, size[1] - label_map.shape[1])
    image, label_map = F.pad(image, (left, 0, above, 0), value=0.5), F.pad(label_map, (left, 0, above, 0), value=255)
    return crops(image, label_map, size, count)


def crops_transposed(image, label_map, size, count):
    return crops(image, label_map, (size[1], size[0]), count)


def crops_of_floats(image, label_map, size, count):
    images, label_maps = crops(image, label_map, size, count)
    return images, label_maps.float()


def crops_resized(image, label_map, size, count):
    image, label_map = filled(image, label_map, size)
    small = F.interpolate(image[None], size=size, mode="bilinear")[0]
    return torch.stack([small] * count), torch.stack([label_map[: size[0], : size[1]]] * count)


def crops_of_images_alone(image, label_map, size, count):
    return crops(image, label_map, size, count)[0]


def crops_one(image, label_map, size, count):
    images, label_maps = crops(image, label_map, size, 1)
    return images[0], label_maps[0]


WRONG = {
    "11.rle_counts": [
        (counts_of_rows, "These are the runs along the *rows*"),
        (counts_without_the_zero, "the list starts with 0"),
        (counts_without_the_last, "The last run is missing"),
        (counts_of_ends, "the places where runs end"),
        (counts_of_ones, "the runs of 1 alone"),
        (counts_swapped, "COCO begins with the run of 0"),
        (counts_with_a_zero_behind, "A run of length 0 stands at the end"),
        (counts_backwards, "from its end to its start"),
        (counts_empty, "a mask without a 1 is one run of 0"),
        (counts_of_columns, "Each column has runs of its own"),
        (counts_with_a_zero_in_front, "A run of length 0 stands in front"),
        (counts_pixels, "the mask itself, pixel by pixel"),
        (counts_in_bytes, "of zeros: it is 1"),
        (counts_one_more, "The first wrong count is that of run"),
        (counts_of_the_first_column, "The list of counts ends too early: run"),
        (counts_with_a_split_run, "The first wrong count is that of run"),
        (counts_by_the_course, "without `se.encode_rle`"),
        (counts_nothing, "not attempted"),
    ],
    "11.rle_mask": [
        (mask_by_rows, "laid out along the *rows*"),
        (mask_not_transposed, "The mask has the shape (W, H)"),
        (mask_inverted, "Zeros and ones are swapped"),
        (mask_of_numbers, "has dtype int64, expected bool"),
        (mask_upside_down, "The columns were filled from below"),
        (mask_empty, "The mask is empty"),
        (mask_mirrored, "filled from right to left"),
        (mask_backwards, "read from the last to the first"),
        (mask_one_too_late, "pixels are wrong; down the columns, the first is the one in row"),
        (mask_without_its_border, "pixels are wrong; down the columns, the first is the one in row"),
        (mask_in_bytes, "pixels are wrong; down the columns"),
        (mask_by_the_course, "without `se.decode_rle`"),
    ],
    "11.find_leaks": [
        (leaks_none, "No pair is found"),
        (leaks_not_mirrored, "No mirrored copy is found"),
        (leaks_by_difference, "is missing: validation image"),
        (leaks_upside_down_too, "Images that are upside down count as copies"),
        (leaks_of_either_sign, "An image and its negative count as alike"),
        (leaks_of_the_best_train_image, "it leaks from each training image that is alike"),
        (leaks_of_the_best_val_image, "each validation image that is alike has leaked"),
        (leaks_by_channel, "The mean was taken away channel by channel"),
        (leaks_by_gray, "Images of the same gray count as alike"),
        (leaks_with_a_fixed_bound, "the argument `alike` says it"),
        (leaks_without_the_mean, "The mean is not taken away"),
        (leaks_of_mirrored_images, "Only mirrored copies are found"),
        (leaks_the_wrong_way_round, "the wrong way round"),
        (leaks_unsorted, "not sorted by i, then by j"),
        (leaks_twice, "A pair stands in the list twice"),
        (leaks_everything, "its correlation, mirrored or not, is"),
        (leaks_counted_from_one, "The images are counted from 1"),
        (leaks_for_one_size, "your code raised"),
        (leaks_of_val_alone, "each item is a pair (i, j)"),
    ],
    "11.spoiled_pixels": [
        (spoiled_in_bytes, "not yet"),
        (spoiled_zero, "The number of changed pixels is 0"),
        (spoiled_by_the_resized_map, "Classes were looked up in the resized map"),
        (spoiled_cut, "were cut, not rounded"),
        (spoiled_with_corners, "align_corners=True"),
        (spoiled_with_antialias, "antialias=True"),
        (spoiled_against_nearest, '"nearest-exact" has the centers'),
        (spoiled_classes, "it should count the *pixels*"),
        (spoiled_swapped, "The two numbers are swapped"),
        (spoiled_shares, "These are shares"),
        (spoiled_not_rounded, "compared without rounding"),
        (spoiled_one_number, "expected a tuple of 2"),
        (spoiled_transposed, "resized to (width, height)"),
        (spoiled_rest, "the others are asked for"),
    ],
    "11.paired_crops": [
        (crops_drawn_twice, "draw each window once, and use it for both"),
        (crops_of_a_corner, "draw each one anew"),
        (crops_drawn_once, "draw each one anew"),
        (crops_one_short, "never draws n itself"),
        (crops_along_the_diagonal, "Row and column are one and the same draw"),
        (crops_of_random_rows, "All crops start in the same column"),
        (crops_of_random_columns, "All crops start in the same row"),
        (crops_without_the_last_column, "No crop reaches the last column"),
        (crops_with_black, "Outside of the image stands 0"),
        (crops_with_class_zero, "void, 255"),
        (crops_not_padded, "The stack of images has shape"),
        (crops_in_lists, "The stack of images is of type list, expected a tensor"),
        (crops_with_mirrored_labels, "The label maps are mirrored"),
        (crops_with_mirrored_images, "The crops of the image are mirrored"),
        (crops_turned, "A crop of the image is transposed"),
        (crops_always_24, "The stack of images has shape (24,"),
        (crops_padded_above, "pad below and on the right"),
        (crops_transposed, "height and width are swapped"),
        (crops_of_floats, "has dtype float32, expected int64"),
        (crops_resized, "cut it out as it is"),
        (crops_at_corners, "Only windows at the image's corners"),
        (crops_at_even_places, "Only every second place"),
        (crops_without_the_first, "No crop reaches the first row"),
        (crops_without_the_first_column, "No crop reaches the first column"),
        (crops_without_the_last_but_one, "is never drawn: each of the 3 × 4 places"),
        (crops_at_all_places_but_one, "row 1, column 2 is never drawn: each of the 3 × 4 places"),
        (crops_with_a_seed, "without `torch.manual_seed`"),
        (crops_with_numpys_seed, "without `np.random.seed`"),
        (crops_seeded_by_the_course, "without `se.seeded`"),
        (crops_of_a_generator(numbers_of_torch), "The windows don't depend on the random numbers"),
        (crops_of_a_generator(numbers_of_numpy), "The windows don't depend on the random numbers"),
        (crops_with_white, "something other than 0.5"),
        (crops_of_a_repeated_border, "something other than 0.5"),
        (crops_with_minus_one, "the labels are other than 255"),
        (crops_padded_around(0.5), "pad below and on the right"),
        (crops_padded_around(0.0), "pad below and on the right"),
        (crops_with_labels_padded_above, "the image is not: the labels have moved"),
        (crops_cut_by_padding, "though the image has several"),
        (crops_with_labels_one_off, "cut out the same rows and columns"),
        (crops_of_images_alone, "expected two tensors: images, label_maps"),
        (crops_one, "the first axis, the batch's, is missing"),
    ],
}
RIGHT = {
    "11.rle_counts": [
        counts_by_loop,
        counts_by_difference,
        counts_by_groups,
        counts_by_unique,
        counts_as_a_tensor,
        counts_of_numpy_numbers,
    ],
    "11.rle_mask": [mask_by_repeating, mask_by_painting, mask_by_numpy],
    "11.find_leaks": [
        leaks_by_products,
        leaks_by_loops,
        leaks_by_numpy,
        leaks_by_lists,
        leaks_by_argwhere,
        leaks_of_numpy_numbers,
        leaks_as_a_tensor,
        leaks_of_tensors,
    ],
    "11.spoiled_pixels": [
        spoiled_by_modes,
        spoiled_by_indexing,
        spoiled_by_matrices,
        spoiled_by_numpy,
        spoiled_tensors,
    ],
    "11.paired_crops": [
        crops_by_loop,
        crops_by_indexing,
        crops_by_stacking,
        crops_by_numpys_numbers,
        crops_by_pythons_numbers,
        crops_by_shuffling,
    ],
}


# What must not be said: the mistake wasn't made.
UNTRUE = [
    ("11.find_leaks", leaks_everything, "The mean is not taken away"),
    ("11.find_leaks", leaks_of_the_best_train_image, "is missing"),
    ("11.find_leaks", leaks_without_the_mean_image, "Only mirrored copies are found"),
    ("11.rle_mask", mask_without_its_border, "look at the padding"),
    ("11.rle_mask", mask_one_too_late, "column too late"),
    ("11.rle_counts", counts_with_a_split_run, "expected 4"),
    ("11.paired_crops", crops_resized, "mirrored left"),
    ("11.paired_crops", crops_of_a_repeated_border, "no window of it"),
    ("11.paired_crops", crops_with_minus_one, "its window of the image"),
    ("11.paired_crops", crops_with_labels_one_off, "padded"),
]
MORE = "more is padded than windows are drawn from"
EITHER = "the larger of two numbers in either order"
EQUIVALENT = {
    "11.rle_counts": {
        "line 3: mask.T.flatten() → mask.T": "`unique_consecutive` flattens",
    },
    "11.rle_mask": {
        "line 3: torch.arange(len(counts)) % 2 == 1 → torch.arange(len(counts)) % 2 != 1; "
        "line 3: torch.arange(len(counts)) % 2 != 1 → torch.arange(len(counts)) % 2 + 1 != 1": "odd in other words",
    },
    "11.find_leaks": {
        "line 7: (unit(train) @ unit(val).T, unit(train.flip(-1)) @ unit(val).T) → "
        "(unit(train.flip(-1)) @ unit(val).T, unit(train) @ unit(val).T)": EITHER,
        "line 8: torch.maximum(plain, mirrored) → torch.maximum(mirrored, plain)": EITHER,
        "line 8: torch.maximum(plain, mirrored) >= alike → torch.maximum(plain, mirrored) > alike": "no correlation "
        "equals the bound, so that rounding doesn't decide",
        "line 8: (torch.maximum(plain, mirrored) >= alike).nonzero().tolist() → "
        "(torch.maximum(plain, mirrored) >= alike).nonzero()": "pairs of tensors are pairs of numbers",
    },
    "11.paired_crops": {
        "line 4: max(0, w - width) → max(w - width, 0)": EITHER,
        "line 4: max(0, h - height) → max(h - height, 0)": EITHER,
        "line 6: max(1, places) → max(places, 1)": EITHER,
        "line 4: 0 → 1 (3)": MORE,
        "line 4: 0 → 1 (4)": MORE,
        "line 4: w - width → w + width": MORE,
        "line 4: w - width → w": MORE,
        "line 4: w - width → width": MORE,
        "line 4: h - height → h + height": MORE,
        "line 4: h - height → h": MORE,
        "line 4: h - height → height": MORE,
    },
}


def test_each_wrong_answer_gets_its_message(wrong):
    wrong.verify()


def test_each_right_answer_passes(right):
    right.verify()


def test_each_named_mistake_is_said_to_some_wrong_answer(unsaid):
    assert unsaid(rle.ENCODING_MISTAKES, rle.DECODING_MISTAKES, splits.LEAK_MISTAKES) == []
    assert unsaid(warps.RESIZE_MISTAKES, cropping.CROP_MISTAKES) == []


@pytest.mark.parametrize(("name", "answer", "sentence"), UNTRUE)
def test_a_mistake_that_was_not_made_is_not_named(name, answer, sentence):
    result = examined(name, answer)
    assert not result
    assert sentence not in result.message


@pytest.mark.parametrize("seed", [4, 6, 101, 103])
def test_a_shrink_loses_a_class_that_the_mixed_map_invents_again(seed):
    label_map, size = engine.case_arguments(public.find("11.spoiled_pixels"), seed).values()
    right, wrong = resized(label_map, size, "nearest-exact"), resized(label_map, size, "bilinear").round()
    assert set(label_map.unique().tolist()) - set(right.unique().long().tolist())
    assert compared(label_map, right, wrong) != compared(right, right, wrong)


@pytest.mark.parametrize("seed", [6, 7, *range(100, 106)])
def test_a_validation_image_has_two_copies_in_train_and_others_are_almost_alike(seed):
    train, val, alike = engine.case_arguments(public.find("11.find_leaks"), seed).values()
    table = leaks_table(train, val)
    assert ((table >= alike).sum(dim=0) == 2).any()
    assert (leaks_table(train, val, lambda x: x - x.mean(dim=(2, 3), keepdim=True)) >= alike).sum() > 0
