"""What `check` says to wrong answers of lecture 01, and the different right ones that it must let pass."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import segedu as se
from segedu.exercises.lecture01.counts import REGION_MISTAKES, STOPPED, WORLD_MISTAKES
from segedu.exercises.lecture01.targets import LABEL_MISTAKES, ONE_HOT_MISTAKES, PANOPTIC_MISTAKES
from tests.checkers.conftest import examined
from tests.checkers.secret import caught

# ---- 01.to_one_hot ----


def one_hot_by_stack(label_map, num_classes):
    return torch.stack([label_map == c for c in range(num_classes)]).float()


def one_hot_by_broadcasting(label_map, num_classes):
    return (label_map[None] == torch.arange(num_classes)[:, None, None]).double()


def one_hot_by_loops(label_map, num_classes):
    channels = torch.zeros(num_classes, *label_map.shape)
    for i, row in enumerate(label_map.tolist()):
        for j, label in enumerate(row):
            if label != 255:
                channels[label, i, j] = 1
    return channels


def one_hot_by_rows_of_eye(label_map, num_classes):
    rows = torch.eye(num_classes + 1)[:, :num_classes]
    return rows[label_map.clamp(max=num_classes)].permute(2, 0, 1)


def one_hot_zeros(label_map, num_classes):
    return torch.zeros(num_classes, *label_map.shape)


def one_hot_channels_last(label_map, num_classes):
    return one_hot_by_stack(label_map, num_classes).movedim(0, -1)


def one_hot_transposed(label_map, num_classes):
    return one_hot_by_stack(label_map.T, num_classes)


def one_hot_void_as_sky(label_map, num_classes):
    return one_hot_by_stack(torch.where(label_map == 255, 0, label_map), num_classes)


def one_hot_void_as_last(label_map, num_classes):
    return one_hot_by_stack(label_map.clamp(max=num_classes - 1), num_classes)


def one_hot_of_booleans(label_map, num_classes):
    return torch.stack([label_map == c for c in range(num_classes)])


def one_hot_of_labels(label_map, num_classes):
    return torch.stack([(label_map == c) * c for c in range(num_classes)]).float()


def one_hot_inverted(label_map, num_classes):
    return torch.stack([label_map != c for c in range(num_classes)]).float()


def one_hot_of_256_classes(label_map, num_classes):
    return (label_map[None] == torch.arange(256)[:, None, None]).float()


def one_hot_by_torch(label_map, num_classes):
    return F.one_hot(label_map, num_classes).movedim(-1, 0).float()


def one_hot_by_the_course(label_map, num_classes):
    return se.to_one_hot(label_map, num_classes)


def one_hot_one_channel(label_map, num_classes):
    return label_map[None].float()


def one_hot_in_place(label_map, num_classes):
    label_map[label_map == 255] = -1
    return one_hot_by_stack(label_map, num_classes)


def one_hot_of(label_map, labels):
    return torch.stack([label_map == label for label in labels]).float()


def one_hot_of_the_largest_label(label_map, num_classes):
    valid = label_map[label_map != 255]
    return one_hot_of(label_map, range(int(valid.max()) + 1 if len(valid) else 1))


def one_hot_of_what_occurs(label_map, num_classes):
    return one_hot_of(label_map, label_map.unique())


def one_hot_of_ten_classes(label_map, num_classes):
    return one_hot_of(label_map, range(10))


def one_hot_reshaped(label_map, num_classes):
    rows = torch.eye(256)[label_map][..., :num_classes]
    return rows.reshape(num_classes, *label_map.shape)


def one_hot_as_wide_as_high(label_map, num_classes):
    channels = one_hot_by_stack(label_map, num_classes)
    return channels.reshape(num_classes, label_map.shape[1], label_map.shape[0])


def one_hot_from_one(label_map, num_classes):
    return one_hot_of(label_map, range(1, num_classes + 1))


def one_hot_with_void_at_the_end(label_map, num_classes):
    return one_hot_of(label_map, [*range(num_classes), 255])


def one_hot_with_shares_for_void(label_map, num_classes):
    channels = one_hot_by_stack(label_map, num_classes)
    channels[:, label_map == 255] = 1 / num_classes
    return channels


def one_hot_with_void_everywhere(label_map, num_classes):
    return one_hot_by_stack(label_map, num_classes) + (label_map == 255)


def one_hot_with_nan_for_void(label_map, num_classes):
    channels = one_hot_by_stack(label_map, num_classes)
    channels[:, label_map == 255] = torch.nan
    return channels


def one_hot_of_a_batch(label_map, num_classes):
    return one_hot_by_stack(label_map, num_classes)[None]


def one_hot_printed(label_map, num_classes):
    print(one_hot_by_stack(label_map, num_classes))


def one_hot_of_inverted_integers(label_map, num_classes):
    return torch.stack([label_map != c for c in range(num_classes)]).int()


def one_hot_by_scattering(label_map, num_classes):
    return torch.zeros(256, *label_map.shape).scatter_(0, label_map[None], 1)[:num_classes]


def one_hot_by_numpy_rows(label_map, num_classes):
    return torch.from_numpy(np.eye(256)[label_map.numpy()][..., :num_classes]).permute(2, 0, 1)


def one_hot_of_halves(label_map, num_classes):
    channels = torch.zeros((num_classes, *label_map.shape), dtype=torch.float16)
    for c in range(num_classes):
        channels[c][label_map == c] = 1
    return channels


def one_hot_by_distance(label_map, num_classes):
    return F.relu(1 - (label_map[None] - torch.arange(num_classes)[:, None, None]).abs().float())


def one_hot_of_lists(label_map, num_classes):
    return torch.tensor([[[float(v == c) for v in row] for row in label_map.tolist()] for c in range(num_classes)])


def one_hot_with_options(label_map, num_classes=10, *, dtype=torch.bfloat16):
    return torch.cat([(label_map == c)[None] for c in range(num_classes)]).to(dtype)


def one_hot_by_numpy(label_map, num_classes):
    return (label_map.numpy()[None] == np.arange(num_classes)[:, None, None]).astype(np.float32)


def one_hot_of_ten_classes_at_most(label_map, num_classes):
    channels = torch.zeros(num_classes, *label_map.shape)
    for c in range(min(num_classes, 10)):
        channels[c] = label_map == c
    return channels


def one_hot_without_the_axis_of_one_class(label_map, num_classes):
    return one_hot_by_stack(label_map, num_classes).squeeze()


def one_hot_of_other_names(lm, C):
    return torch.stack([lm == c for c in range(C)]).float()


# ---- 01.to_labels ----


def labels_by_argmax(channels):
    labels = channels.argmax(dim=0)
    labels[channels.sum(dim=0) == 0] = 255
    return labels


def labels_by_sum(channels):
    weights = torch.arange(len(channels))[:, None, None]
    return torch.where(channels.amax(dim=0) > 0, (channels * weights).sum(dim=0), 255).long()


def labels_by_painting(channels):
    labels = torch.full(channels.shape[1:], 255)
    for c, channel in enumerate(channels):
        labels[channel == 1] = c
    return labels


def labels_by_a_void_channel(channels):
    found = torch.cat([channels, torch.full_like(channels[:1], 0.5)]).argmax(dim=0)
    return found.masked_fill(found == len(channels), 255)


def labels_without_void(channels):
    return channels.argmax(dim=0)


def labels_from_one(channels):
    labels = labels_by_argmax(channels)
    return torch.where(labels == 255, labels, labels + 1)


def labels_largest(channels):
    return channels.max(dim=0).values


def labels_over_the_height(channels):
    return channels.argmax(dim=1)


def labels_over_the_width(channels):
    return channels.argmax(dim=-1)


def labels_of_floats(channels):
    return labels_by_argmax(channels).float()


def labels_zeros(channels):
    return torch.zeros(channels.shape[1:], dtype=torch.long)


def labels_both_of_max(channels):
    return channels.max(dim=0)


def labels_by_the_course(channels):
    return se.from_one_hot(channels)


def labels_flat(channels):
    return channels.argmax()


def labels_with_void(channels, number, void=None):
    labels = channels.argmax(dim=0)
    labels[(channels == 0).all(dim=0) if void is None else void] = number
    return labels


def labels_void_minus_one(channels):
    return labels_with_void(channels, -1)


def labels_void_as_a_further_class(channels):
    return labels_with_void(channels, len(channels))


def labels_void_of_the_first_channel(channels):
    return labels_with_void(channels, 255, channels[0] == 0)


def labels_void_of_class_0(channels):
    return labels_with_void(channels, 255, channels.argmax(dim=0) == 0)


def labels_void_of_any_channel(channels):
    return labels_with_void(channels, 255, (channels == 0).any(dim=0))


def labels_weighted(channels):
    return sum(c * channel for c, channel in enumerate(channels)).long()


def labels_in_order_of_the_channels(channels):
    return channels.nonzero()[:, 0].reshape(channels.shape[1:])


def labels_keeping_the_axis(channels):
    return channels.argmax(dim=0, keepdim=True)


def labels_by_max(channels):
    largest, labels = channels.max(0)
    return torch.where(largest == 0, 255, labels)


def labels_of_bytes(channels):
    return (channels.argmax(0) + 255 * (channels.sum(0) == 0)).to(torch.uint8)


def labels_by_numpy(channels):
    a = channels.numpy()
    return torch.from_numpy(np.where(a.any(0), a.argmax(0), 255))


def labels_from_a_channel_of_halves(channels):
    return torch.cat([channels.new_full((1, *channels.shape[1:]), 0.5), channels]).argmax(0).sub(1).remainder(256)


def labels_of_ten_channels(channels):
    labels = torch.full(channels.shape[1:], 255)
    for c in range(min(len(channels), 10)):
        labels[channels[c] == 1] = c
    return labels


def labels_of_signed_bytes(channels):
    return labels_by_argmax(channels).to(torch.int8)


def labels_as_an_array(channels):
    return labels_by_argmax(channels).numpy()


# ---- 01.count_regions ----


def regions_by_spreading(mask):
    numbers = torch.arange(1, mask.numel() + 1).view(mask.shape) * mask
    while True:
        p = F.pad(numbers, (1, 1, 1, 1))
        around = torch.stack([numbers, p[:-2, 1:-1], p[2:, 1:-1], p[1:-1, :-2], p[1:-1, 2:]])
        larger = around.amax(dim=0) * mask
        if torch.equal(larger, numbers):
            return len(numbers[mask].unique())
        numbers = larger


def regions_by_filling(mask, corners=False):
    todo, count = mask.clone(), 0
    while todo.any():
        count += 1
        stack = [tuple(todo.nonzero()[0].tolist())]
        while stack:
            row, column = stack.pop()
            if not (0 <= row < mask.shape[0] and 0 <= column < mask.shape[1] and todo[row, column]):
                continue
            todo[row, column] = False
            stack += [(row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)]
            if corners:
                stack += [(row + i, column + j) for i in (-1, 1) for j in (-1, 1)]
    return count


def regions_by_union(mask):
    parent = {tuple(place): tuple(place) for place in mask.nonzero().tolist()}

    def root(place):
        while parent[place] != place:
            place = parent[place]
        return place

    for row, column in list(parent):
        for near in ((row - 1, column), (row, column - 1)):
            if near in parent:
                parent[root((row, column))] = root(near)
    return len({root(place) for place in parent})


def regions_by_numpy_pooling(mask):
    cells = mask.numpy()
    numbers = np.where(cells, np.arange(1, cells.size + 1).reshape(cells.shape), 0)
    for _ in range(cells.size):
        padded = np.pad(numbers, 1)
        around = [padded[1:-1, 1:-1], padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]]
        numbers = np.maximum.reduce(around) * cells
    return len(set(numbers[cells].tolist()))


def regions_one(mask):
    return 1


def regions_pixels(mask):
    return int(mask.sum())


def regions_with_corners(mask):
    return regions_by_filling(mask, corners=True)


def regions_runs_of_rows(mask):
    return int(mask[:, 0].sum() + (mask[:, 1:] & ~mask[:, :-1]).sum())


def regions_runs_of_columns(mask):
    return regions_runs_of_rows(mask.T)


def regions_and_background(mask):
    numbers = torch.arange(1, mask.numel() + 1).view(mask.shape) * mask
    for _ in range(mask.numel()):
        p = F.pad(numbers, (1, 1, 1, 1))
        around = [numbers, p[:-2, 1:-1], p[2:, 1:-1], p[1:-1, :-2], p[1:-1, 2:]]
        numbers = torch.stack(around).amax(dim=0) * mask
    return len(torch.cat([numbers.flatten(), torch.zeros(1)]).unique())


def regions_of_the_background(mask):
    return regions_by_filling(~mask)


def regions_too_few_steps(mask):
    numbers = torch.arange(1, mask.numel() + 1).view(mask.shape) * mask
    for _ in range(3):
        p = F.pad(numbers, (1, 1, 1, 1))
        around = [numbers, p[:-2, 1:-1], p[2:, 1:-1], p[1:-1, :-2], p[1:-1, 2:]]
        numbers = torch.stack(around).amax(dim=0) * mask
    return len(numbers[mask].unique())


def regions_as_a_map(mask):
    return torch.arange(1, mask.numel() + 1).view(mask.shape) * mask


def regions_as_a_tensor(mask):
    return torch.tensor(regions_by_filling(mask))


def regions_by_scipy(mask):
    from scipy import ndimage

    return ndimage.label(mask.numpy())[1]


def numbered(mask):
    return torch.arange(1, mask.numel() + 1).view(mask.shape) * mask


def spread_once(numbers, mask):
    p = F.pad(numbers, (1, 1, 1, 1))
    return torch.stack([numbers, p[:-2, 1:-1], p[2:, 1:-1], p[1:-1, :-2], p[1:-1, 2:]]).amax(dim=0) * mask


def spread_out(mask, steps=None):
    numbers = numbered(mask)
    for _ in range(mask.numel() if steps is None else steps):
        numbers = spread_once(numbers, mask)
    return numbers


def regions_less_one(mask):
    return len(spread_out(mask).unique()) - 1


def regions_of_steps(mask, steps):
    return len(spread_out(mask, steps)[mask].unique())


def regions_after_twenty_steps(mask):
    return regions_of_steps(mask, 20)


def regions_after_a_hundred_steps(mask):
    return regions_of_steps(mask, 100)


def regions_after_height_and_width(mask):
    return regions_of_steps(mask, sum(mask.shape))


def regions_after_the_longer_side(mask):
    return regions_of_steps(mask, max(mask.shape))


def regions_rolled(mask):
    numbers = numbered(mask)
    for _ in range(mask.numel()):
        around = [numbers] + [numbers.roll(step, axis) for step in (1, -1) for axis in (0, 1)]
        numbers = torch.stack(around).amax(0) * mask
    return len(numbers[mask].unique())


def regions_by_pooling_squares(mask):
    numbers = numbered(mask).float()
    for _ in range(mask.numel()):
        numbers = F.max_pool2d(numbers[None], 3, 1, 1)[0] * mask
    return len(numbers[mask].unique())


def regions_largest_number(mask):
    return int(spread_out(mask).max())


def regions_in_one_pass(mask):
    labels, count = torch.zeros(mask.shape, dtype=torch.long), 0
    for i, j in mask.nonzero().tolist():
        if i and mask[i - 1, j]:
            labels[i, j] = labels[i - 1, j]
        elif j and mask[i, j - 1]:
            labels[i, j] = labels[i, j - 1]
        else:
            count += 1
            labels[i, j] = count
    return count


def regions_by_euler(mask):
    m = mask.long()
    across, down = m[:, 1:] * m[:, :-1], m[1:] * m[:-1]
    return int(m.sum() - across.sum() - down.sum() + (across[1:] * across[:-1]).sum())


def regions_different_values(mask):
    return len(mask.unique())


def regions_all_one(mask):
    return len(mask.long()[mask].unique())


def regions_of_floats(mask):
    return float(len(spread_out(mask)[mask].unique()))


def regions_by_skimage(mask):
    from skimage.measure import label

    return int(label(mask.numpy(), connectivity=1).max())


def regions_by_an_attribute_of_skimage(mask):
    import skimage

    return int(skimage.measure.label(mask.numpy(), connectivity=1).max())


def regions_by_another_name_of_scipy(mask):
    import scipy.ndimage as nd

    return nd.label(mask.numpy())[1]


def regions_by_a_graph(mask):
    from scipy.sparse.csgraph import connected_components
    from sklearn.feature_extraction.image import grid_to_graph

    return int(connected_components(grid_to_graph(*mask.shape, mask=mask.numpy()))[0])


def regions_numbered_from_zero(mask):
    numbers = torch.arange(mask.numel()).view(mask.shape) * mask
    while not torch.equal(larger := spread_once(numbers, mask), numbers):
        numbers = larger
    return len(numbers[mask].unique())


def regions_by_recursion(mask):
    cells = mask.tolist()

    def fill(i, j):
        if 0 <= i < mask.shape[0] and 0 <= j < mask.shape[1] and cells[i][j]:
            cells[i][j] = False
            for a, b in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                fill(i + a, j + b)
            return 1
        return 0

    return sum(fill(i, j) for i in range(mask.shape[0]) for j in range(mask.shape[1]))


def regions_by_two_poolings(mask):
    numbers = numbered(mask).float()
    while True:
        down = F.max_pool2d(numbers[None, None], (3, 1), 1, (1, 0))
        across = F.max_pool2d(numbers[None, None], (1, 3), 1, (0, 1))
        larger = torch.maximum(down, across)[0, 0] * mask
        if torch.equal(larger, numbers):
            return int(numbers[mask].unique().numel())
        numbers = larger


def regions_one_after_the_other(mask):
    todo, count = mask.clone(), 0
    while todo.any():
        count += 1
        region = torch.zeros_like(mask)
        region[tuple(todo.nonzero()[0])] = True
        while not torch.equal(grown := spread_once(region.long(), mask.long()).bool(), region):
            region = grown
        todo &= ~region
    return count


def regions_until(mask, numbers, stays):
    while True:
        after = spread_once(numbers, mask)
        if stays(numbers, after):
            return len(numbers[mask].unique())
        numbers = after


def regions_until_the_count_stays(mask):
    return regions_until(mask, numbered(mask), lambda before, after: len(before.unique()) == len(after.unique()))


def regions_until_the_count_stays_of_the_smallest(mask):
    numbers = -numbered(mask) + (mask.numel() + 1) * mask
    return regions_until(mask, numbers, lambda before, after: len(before.unique()) == len(after.unique()))


def regions_until_the_largest_stays(mask):
    return regions_until(mask, numbered(mask), lambda before, after: not len(before) or before.max() == after.max())


def regions_of_bytes(mask):
    return regions_until(mask, numbered(mask).to(torch.uint8), torch.equal)


def regions_modulo_256(mask):
    return regions_until(mask, numbered(mask) % 256, torch.equal)


def regions_of_bfloat16(mask):
    return regions_until(mask, numbered(mask).to(torch.bfloat16), torch.equal)


def regions_as_a_numpy_number(mask):
    return np.int64(regions_by_filling(mask))


# ---- 01.another_world ----


def world_merged_or_split(panoptic):
    merged = torch.where(panoptic % 1000 > 0, panoptic // 1000 * 1000 + 1, panoptic)
    if len(merged.unique()) < len(panoptic.unique()):
        return merged
    ids, sizes = panoptic[panoptic % 1000 > 0].unique(return_counts=True)
    row, column = (panoptic == ids[sizes.argmax()]).nonzero()[0]
    merged[row, column] += 1
    return merged


def world_one_thing_a_pixel(panoptic):
    other = panoptic.clone()
    things = panoptic % 1000 > 0
    if len(panoptic[things].unique()) == int(things.sum()):
        return world_merged_or_split(panoptic)
    other[things] = panoptic[things] // 1000 * 1000 + torch.arange(1, int(things.sum()) + 1)
    return other


def world_by_halves(panoptic):
    for thing in panoptic[panoptic % 1000 > 0].unique():
        places = (panoptic == thing).nonzero()
        if len(places) > 1:
            other = panoptic.clone()
            for row, column in places[: len(places) // 2].tolist():
                other[row, column] = thing // 1000 * 1000 + 999
            return other
    return world_merged_or_split(panoptic)


def world_unchanged(panoptic):
    return panoptic.clone()


def world_renumbered(panoptic):
    return torch.where(panoptic % 1000 > 0, panoptic + 100, panoptic)


def world_of_other_classes(panoptic):
    return torch.where(panoptic % 1000 > 0, panoptic + 1000, panoptic)


def world_without_things(panoptic):
    return panoptic // 1000 * 1000


def world_of_counted_stuff(panoptic):
    other = panoptic.clone()
    other[(panoptic % 1000 == 0) & (panoptic < 255000)] += 1
    other[panoptic % 1000 > 0] += 1
    return other


def world_of_counted_void(panoptic):
    return world_unchanged(panoptic) + (panoptic == 255000).long()


def world_merged_only(panoptic):
    return torch.where(panoptic % 1000 > 0, panoptic // 1000 * 1000 + 1, panoptic)


def world_of_floats(panoptic):
    return world_merged_or_split(panoptic).float()


def world_zeros(panoptic):
    return torch.zeros_like(panoptic)


def world_flattened(panoptic):
    return world_merged_or_split(panoptic).flatten()


def world_with_one_pixel_changed(panoptic, change, of=lambda panoptic: panoptic % 1000 > 0):
    other = panoptic.clone()
    places = of(panoptic).nonzero()
    if len(places):
        row, column = places[0]
        other[row, column] = change(int(other[row, column]))
    return other


def world_with_another_class(panoptic):
    return world_with_one_pixel_changed(panoptic, lambda id: id + 1000)


def world_with_a_pixel_of_999(panoptic):
    return world_with_one_pixel_changed(panoptic, lambda id: id // 1000 * 1000 + 999)


def world_with_a_counted_road(panoptic):
    return world_with_one_pixel_changed(panoptic, lambda id: id + 1, lambda panoptic: panoptic % 1000 == 0)


def world_with_a_pixel_of_stuff(panoptic):
    return world_with_one_pixel_changed(panoptic, lambda id: id // 1000 * 1000)


def world_and_its_number(panoptic):
    return world_merged_or_split(panoptic), 2


def world_of_one_car(panoptic):
    return torch.where(panoptic % 1000 > 0, 6001, panoptic)


def world_in_place(panoptic):
    things = panoptic % 1000 > 0
    panoptic[things] = panoptic[things] // 1000 * 1000 + 1
    return panoptic


def world_of_short_integers(panoptic):
    return world_merged_or_split(panoptic).int()


def world_by_numpy(panoptic):
    return torch.from_numpy(world_merged_or_split(panoptic).numpy().copy())


def world_as_an_array(panoptic):
    return world_merged_or_split(panoptic).numpy()


def world_as_lists(panoptic):
    return world_merged_or_split(panoptic).tolist()


def world_of_ten_classes(panoptic):
    other = panoptic.clone()
    for c in range(10):
        other[(panoptic // 1000 == c) & (panoptic % 1000 > 0)] = c * 1000 + 1
    return other


# ---- 01.panoptic_ids ----


def ids_by_counting(label_map, masks, labels):
    ids = label_map * 1000
    for k, label in enumerate(labels):
        ids[masks[k]] = label * 1000 + 1 + (labels[:k] == label).sum()
    return ids


def ids_by_dict(label_map, masks, labels):
    ids, seen = label_map.clone() * 1000, {}
    for mask, label in zip(masks, labels.tolist(), strict=True):
        seen[label] = seen.get(label, 0) + 1
        ids = torch.where(mask, label * 1000 + seen[label], ids)
    return ids


def numbers_of(labels):
    return torch.tril(labels[:, None] == labels[None]).sum(dim=1)  # (K,), each thing's number


def ids_by_sum(label_map, masks, labels):
    things = (masks * (labels * 1000 + numbers_of(labels))[:, None, None]).sum(dim=0)
    return torch.where(masks.any(dim=0), things, label_map * 1000)


def ids_with_the_maps_classes(label_map, masks, labels):
    return label_map * 1000 + (masks * numbers_of(labels)[:, None, None]).sum(dim=0)


def ids_by_einsum(label_map, masks, labels):
    free = label_map * ~masks.any(dim=0)
    return free * 1000 + torch.einsum("khw,k->hw", masks.long(), labels * 1000 + numbers_of(labels))


def ids_where_the_map_agrees(label_map, masks, labels):
    ids = label_map * 1000
    for mask, label, number in zip(masks, labels, numbers_of(labels), strict=True):
        ids[mask & (label_map == label)] = label * 1000 + number
    return ids


def ids_with_void_on_top(label_map, masks, labels):
    return torch.where(label_map == 255, 255000, ids_by_counting(label_map, masks, labels))


def ids_of_seen_things(label_map, masks, labels):
    seen = masks.flatten(1).any(dim=1)
    return ids_by_counting(label_map, masks[seen], labels[seen])


def ids_of_the_maps_classes_by_loop(label_map, masks, labels):
    ids = label_map * 1000
    for k, mask in enumerate(masks):
        ids[mask] += int((labels[: k + 1] == labels[k]).sum())
    return ids


def ids_of_the_first_pixels_class(label_map, masks, labels):
    ids = label_map * 1000
    for k, mask in enumerate(masks):
        if mask.any():
            ids[mask] = label_map[mask][0] * 1000 + (labels[: k + 1] == labels[k]).sum()
    return ids


def ids_of_six_classes(label_map, masks, labels):
    ids, count = label_map * 1000, [0] * 6
    for mask, label in zip(masks, labels.tolist(), strict=True):
        count[label] += 1
        ids[mask] = label * 1000 + count[label]
    return ids


def ids_up_to_five(label_map, masks, labels):
    ids = label_map * 1000
    for k, label in enumerate(labels):
        ids[masks[k]] = label * 1000 + (1 + (labels[:k] == label).sum()).clamp(max=5)
    return ids


def ids_of_a_stack(label_map, masks, labels):
    things = torch.stack(
        [mask * (label * 1000 + n) for mask, label, n in zip(masks, labels, numbers_of(labels), strict=True)]
    )
    return torch.where(masks.any(dim=0), things.sum(dim=0), label_map * 1000)


def ids_numbered_through(label_map, masks, labels):
    ids = label_map * 1000
    for k, mask in enumerate(masks):
        ids[mask] += k + 1
    return ids


def ids_with_void_left(label_map, masks, labels):
    return torch.where(label_map == 255, 255, ids_by_counting(label_map.clone(), masks, labels))


def ids_from_zero(label_map, masks, labels):
    return ids_by_counting(label_map, masks, labels) - masks.any(dim=0).long()


def ids_all_one(label_map, masks, labels):
    return label_map * 1000 + masks.any(dim=0)


def ids_without_things(label_map, masks, labels):
    return label_map * 1000


def ids_stuff_left(label_map, masks, labels):
    return torch.where(masks.any(dim=0), ids_by_counting(label_map, masks, labels), label_map)


def ids_instance_alone(label_map, masks, labels):
    ids = ids_by_counting(label_map, masks, labels)
    return torch.where(masks.any(dim=0), ids % 1000, ids)


def ids_of_floats(label_map, masks, labels):
    return ids_by_counting(label_map, masks, labels).float()


def ids_in_place(label_map, masks, labels):
    label_map *= 1000
    return label_map


def ids_by_the_course(label_map, masks, labels):
    return se.panoptic_map(label_map, masks, labels)


def ids_numbered(label_map, masks, number):
    ids = label_map * 1000
    for k, mask in enumerate(masks):
        ids[mask] += number(k)
    return ids


def ids_backwards(label_map, masks, labels):
    return ids_numbered(label_map, masks, lambda k: (labels[k:] == labels[k]).sum())


def ids_of_totals(label_map, masks, labels):
    return ids_numbered(label_map, masks, lambda k: (labels == labels[k]).sum())


def ids_by_hundreds(label_map, masks, labels):
    ids = label_map * 100
    for k, label in enumerate(labels):
        ids[masks[k]] = label * 100 + 1 + (labels[:k] == label).sum()
    return ids


def ids_of_things_alone(label_map, masks, labels):
    return ids_by_counting(label_map, masks, labels) * masks.any(dim=0)


def ids_added_twice(label_map, masks, labels):
    return ids_numbered(label_map, masks, lambda k: labels[k] * 1000 + 1 + (labels[:k] == labels[k]).sum())


def ids_with_void_0(label_map, masks, labels):
    return ids_by_counting(label_map, masks, labels).masked_fill(label_map == 255, 0)


def ids_as_a_pair(label_map, masks, labels):
    return label_map, masks.long().argmax(0)


def ids_by_numpy_masks(label_map, masks, labels):
    ids, things, classes = label_map.numpy() * 1000, masks.numpy(), labels.numpy()
    for k, label in enumerate(classes):
        ids = np.where(things[k], label * 1000 + 1 + (classes[:k] == label).sum(), ids)
    return torch.from_numpy(ids)


def ids_of_short_integers(label_map, masks, labels):
    ids = (label_map * 1000).to(torch.int32)
    for c in labels.unique():
        for number, k in enumerate((labels == c).nonzero()[:, 0], 1):
            ids[masks[k]] = int(c) * 1000 + number
    return ids


def ids_by_cumulative_sums(label_map, masks, labels):
    numbers = F.one_hot(labels, 256).cumsum(0).gather(1, labels[:, None])[:, 0]
    ids = label_map * 1000
    for mask, id in zip(masks, labels * 1000 + numbers, strict=True):
        ids = ids.masked_fill(mask, int(id))
    return ids


WRONG = {
    "01.to_one_hot": [
        (one_hot_zeros, "is all zeros"),
        (one_hot_channels_last, "The channels stand last"),
        (one_hot_transposed, "Height and width are swapped"),
        (one_hot_void_as_sky, "Void pixels stand in channel 0"),
        (one_hot_void_as_last, "Void pixels stand in the last channel"),
        (one_hot_of_booleans, "have dtype bool, expected float"),
        (one_hot_of_labels, "holds its class's number"),
        (one_hot_inverted, "Ones and zeros are swapped"),
        (one_hot_of_256_classes, "There are 256 channels"),
        (one_hot_by_torch, "without `F.one_hot`"),
        (one_hot_by_the_course, "without `se.to_one_hot`"),
        (one_hot_one_channel, "has shape (1, 1, 1), expected (3, 1, 1)"),
        (one_hot_of_the_largest_label, "guessed from the labels"),
        (one_hot_of_what_occurs, "guessed from the labels"),
        (one_hot_of_ten_classes, "has shape (10, 1, 1), expected (3, 1, 1)"),
        (one_hot_reshaped, "don't move an axis"),
        (one_hot_as_wide_as_high, "height and width are swapped"),
        (one_hot_from_one, "Channel 0 holds class 1"),
        (one_hot_with_void_at_the_end, "has shape (4, 1, 1), expected (3, 1, 1)"),
        (one_hot_with_shares_for_void, "or share a 1"),
        (one_hot_with_void_everywhere, "are 1 in every channel"),
        (one_hot_with_nan_for_void, "holds NaN"),
        (one_hot_of_a_batch, "one axis too many in front"),
        (one_hot_printed, "it should end with `return"),
        (one_hot_of_inverted_integers, "Ones and zeros are swapped"),
        (one_hot_in_place, "changes its argument `label_map` in place"),
        (one_hot_of_ten_classes_at_most, "The last channels are empty"),
        (one_hot_without_the_axis_of_one_class, "has shape (3,), expected (3, 1, 1)"),
    ],
    "01.to_labels": [
        (labels_without_void, "Void has become class 0"),
        (labels_from_one, "The labels start at 1"),
        (labels_largest, "where* it stands"),
        (labels_over_the_height, "went over the height"),
        (labels_over_the_width, "went over the width"),
        (labels_of_floats, "has dtype float32, expected int64"),
        (labels_zeros, "is all zeros"),
        (labels_both_of_max, "expected a tensor of shape"),
        (labels_flat, "has shape (), expected"),
        (labels_void_minus_one, "Void has another number"),
        (labels_void_as_a_further_class, "Void has another number"),
        (labels_void_of_the_first_channel, "taken from the first channel alone"),
        (labels_void_of_class_0, "Class 0 has become void"),
        (labels_void_of_any_channel, "The label map is 255 everywhere"),
        (labels_weighted, "Void has become class 0"),
        (labels_in_order_of_the_channels, "The label map differs in"),
        (labels_keeping_the_axis, "one axis too many in front"),
        (labels_by_the_course, "without `se.from_one_hot`"),
        (labels_of_ten_channels, "Pixels of the last channels have become void"),
        (labels_of_signed_bytes, "Void has another number"),
    ],
    "01.count_regions": [
        (regions_one, "All regions count as one"),
        (regions_pixels, "the number of pixels in the mask"),
        (regions_with_corners, "touch at a corner alone"),
        (regions_runs_of_rows, "runs along the rows"),
        (regions_runs_of_columns, "runs along the columns"),
        (regions_and_background, "The background was counted too"),
        (regions_of_the_background, "regions *outside* of the mask"),
        (regions_too_few_steps, STOPPED.format(3)),
        (regions_as_a_map, "The result is a map"),
        (regions_less_one, "a mask that is True everywhere has none"),
        (regions_after_twenty_steps, STOPPED.format(20)),
        (regions_after_a_hundred_steps, STOPPED.format(100)),
        (regions_after_height_and_width, STOPPED.format("height + width")),
        (regions_after_the_longer_side, STOPPED.format("max(height, width)")),
        (regions_rolled, "as after `roll`"),
        (regions_by_pooling_squares, "touch at a corner alone"),
        (regions_largest_number, "The number of regions is"),
        (regions_in_one_pass, "One pass from the top left"),
        (regions_by_euler, "Holes are taken off"),
        (regions_different_values, "the number of different values"),
        (regions_all_one, "All regions count as one"),
        (regions_of_floats, "expected the integer"),
        (regions_by_skimage, "another ready-made labeling of regions"),
        (regions_by_an_attribute_of_skimage, "another ready-made labeling of regions"),
        (regions_by_another_name_of_scipy, "without `scipy.ndimage.label`"),
        (regions_by_a_graph, "another ready-made labeling of regions"),
        (regions_by_scipy, "without `scipy.ndimage.label`"),
        (regions_until_the_count_stays, "as many different numbers as before"),
        (regions_until_the_count_stays_of_the_smallest, "as many different numbers as before"),
        (regions_until_the_largest_stays, "That is the number of pixels"),
        (regions_of_bytes, "numbered in 8 bits"),
        (regions_modulo_256, "numbered in 8 bits"),
        (regions_of_bfloat16, "The number of regions is"),
    ],
    "01.another_world": [
        (world_unchanged, "The map is unchanged"),
        (world_renumbered, "The things have other numbers"),
        (world_of_other_classes, "change instance numbers only"),
        (world_without_things, "has instance 0, which is for stuff"),
        (world_of_counted_stuff, "Stuff or void got an instance number"),
        (world_with_another_class, "change instance numbers only"),
        (world_with_a_pixel_of_999, "there are as many as before"),
        (world_with_a_counted_road, "Stuff or void got an instance number"),
        (world_with_a_pixel_of_stuff, "has instance 0, which is for stuff"),
        (world_and_its_number, "is of type tuple"),
        (world_of_one_car, "The semantic map must stay"),
        (world_in_place, "changes its argument `panoptic` in place"),
        (world_of_counted_void, "The map is unchanged"),
        (world_merged_only, "Merge two things of one class, or split one"),
        (world_of_floats, "has dtype float32, expected int64"),
        (world_zeros, "The semantic map must stay"),
        (world_of_ten_classes, "The map is unchanged"),
        (world_flattened, "the right number of values, but 1 axis in place of 2"),
    ],
    "01.panoptic_ids": [
        (ids_numbered_through, "numbered through all classes"),
        (ids_from_zero, "Things are numbered from 0"),
        (ids_all_one, "All things of a class have the number 1"),
        (ids_without_things, "the things still lack their numbers"),
        (ids_stuff_left, "still hold their label"),
        (ids_instance_alone, "hold their number alone"),
        (ids_with_void_left, "Void has kept its label, 255"),
        (ids_of_floats, "has dtype float32, expected int64"),
        (ids_in_place, "changes its argument `label_map` in place"),
        (ids_backwards, "numbered from the last to the first"),
        (ids_of_totals, "all have its number of things"),
        (ids_by_hundreds, "The panoptic map differs in"),
        (ids_of_things_alone, "What no mask covers has become 0"),
        (ids_added_twice, "The class counts twice"),
        (ids_with_void_0, "Void has become 0"),
        (ids_as_a_pair, "is of type tuple"),
        (ids_by_the_course, "without `se.panoptic_map`"),
        (ids_with_the_maps_classes, "was read from the label map"),
        (ids_of_the_maps_classes_by_loop, "was read from the label map"),
        (ids_of_the_first_pixels_class, "The panoptic map differs in"),
        (ids_where_the_map_agrees, "the whole mask gets the thing's id"),
        (ids_with_void_on_top, "the whole mask gets the thing's id"),
        (ids_of_seen_things, "Things with an empty mask weren't numbered"),
        (ids_of_six_classes, "your code raised"),
        (ids_up_to_five, "The panoptic map differs in"),
        (ids_of_a_stack, "your code raised"),
    ],
}
RIGHT = {
    "01.to_one_hot": [
        one_hot_by_stack,
        one_hot_by_broadcasting,
        one_hot_by_loops,
        one_hot_by_rows_of_eye,
        one_hot_by_scattering,
        one_hot_by_numpy_rows,
        one_hot_of_halves,
        one_hot_by_distance,
        one_hot_of_lists,
        one_hot_with_options,
        one_hot_by_numpy,
        one_hot_of_other_names,
    ],
    "01.to_labels": [
        labels_by_argmax,
        labels_by_sum,
        labels_by_painting,
        labels_by_a_void_channel,
        labels_by_max,
        labels_of_bytes,
        labels_by_numpy,
        labels_from_a_channel_of_halves,
        labels_as_an_array,
    ],
    "01.count_regions": [
        regions_by_spreading,
        regions_by_filling,
        regions_by_union,
        regions_by_numpy_pooling,
        regions_numbered_from_zero,  # a 0 inside of the mask is a number like the others
        regions_by_recursion,
        regions_by_two_poolings,
        regions_one_after_the_other,
        regions_as_a_tensor,
        regions_as_a_numpy_number,
    ],
    "01.another_world": [
        world_as_lists,
        world_merged_or_split,
        world_one_thing_a_pixel,
        world_by_halves,
        world_of_short_integers,
        world_by_numpy,
        world_as_an_array,
    ],
    "01.panoptic_ids": [
        ids_by_counting,
        ids_by_dict,
        ids_by_sum,
        ids_by_numpy_masks,
        ids_of_short_integers,
        ids_by_cumulative_sums,
        ids_by_einsum,
    ],
}
# What must not be said: the mistake wasn't made.
UNTRUE = [
    ("01.count_regions", regions_until_the_count_stays, "steps; a long region"),
    ("01.count_regions", regions_until_the_count_stays_of_the_smallest, "steps; a long region"),
    ("01.count_regions", regions_of_bytes, "steps; a long region"),
    ("01.count_regions", regions_after_height_and_width, "as many different numbers as before"),
    ("01.panoptic_ids", ids_where_the_map_agrees, "was read from the label map"),
    ("01.panoptic_ids", ids_with_void_on_top, "Void has"),
]
EQUIVALENT = {
    "01.count_regions": {
        "line 4: torch.equal((larger := spread(numbers, mask)), numbers) → "
        "torch.equal(numbers, (larger := spread(numbers, mask)))": "equality doesn't ask for an order",
    },
    "01.another_world": {
        "line 8: 1 → 2": "the pixel that is split off has number 3, which is free too",
        "line 3: panoptic % 1000 > 0 → panoptic % 1000 > 0 + 1": "things of number 1 keep it, the others get it",
        "line 3: 0 → 1": "things of number 1 keep it, the others get it",
        "line 3: 1 → 2": "all things of a class have number 2",
        "line 7: 0 → 1": "another pixel of the largest thing is split off",
        "line 7: 0 → -1": "another pixel of the largest thing is split off",
        "line 3: 1000 → 1001 (2)": "the things of class c have number c + 1, all of them the same",
    },
}


def test_each_wrong_answer_gets_its_message(wrong):
    wrong.verify()


def test_each_right_answer_passes(right):
    right.verify()


def test_each_named_mistake_is_said_to_some_wrong_answer(unsaid):
    assert unsaid(ONE_HOT_MISTAKES, LABEL_MISTAKES, REGION_MISTAKES, WORLD_MISTAKES, PANOPTIC_MISTAKES) == []


GUESSES = [
    ("01.to_one_hot", one_hot_of_the_largest_label),
    ("01.to_one_hot", one_hot_of_what_occurs),
    ("01.to_one_hot", one_hot_with_void_everywhere),
    ("01.to_labels", labels_void_of_the_first_channel),
    ("01.count_regions", regions_less_one),
    ("01.count_regions", regions_after_a_hundred_steps),
    ("01.count_regions", regions_after_height_and_width),
    ("01.count_regions", regions_by_euler),
    ("01.count_regions", regions_rolled),
    ("01.count_regions", regions_in_one_pass),
    ("01.another_world", world_merged_only),
    ("01.another_world", world_with_a_pixel_of_999),
    ("01.panoptic_ids", ids_of_totals),
    ("01.panoptic_ids", ids_backwards),
    ("01.panoptic_ids", ids_with_void_0),
    ("01.to_one_hot", one_hot_of_ten_classes_at_most),
    ("01.to_labels", labels_of_ten_channels),
    ("01.count_regions", regions_until_the_count_stays),
    ("01.count_regions", regions_of_bytes),
    ("01.another_world", world_of_ten_classes),
    ("01.panoptic_ids", ids_with_the_maps_classes),
    ("01.panoptic_ids", ids_where_the_map_agrees),
    ("01.panoptic_ids", ids_of_seen_things),
    ("01.panoptic_ids", ids_of_six_classes),
    ("01.panoptic_ids", ids_up_to_five),
    ("01.panoptic_ids", ids_of_a_stack),
]


@pytest.mark.parametrize(("name", "answer", "sentence"), UNTRUE)
def test_a_mistake_that_was_not_made_is_not_named(name, answer, sentence):
    result = examined(name, answer)
    assert not result
    assert sentence not in result.message


@pytest.mark.parametrize(("name", "answer"), GUESSES)
def test_a_guess_fails_in_secret_cases_too(name, answer):
    assert caught(name, answer)
