"""What `check` says to wrong answers of lecture 01, and the different right ones that it must let pass."""

import numpy as np
import torch
import torch.nn.functional as F

import segedu as se

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


def ids_by_sum(label_map, masks, labels):
    before = torch.tril(labels[:, None] == labels[None]).sum(dim=1)  # (K,), each thing's number
    return label_map * 1000 + (masks * before[:, None, None]).sum(dim=0)


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
        (one_hot_one_channel, "has shape (1, 1, 3), expected (2, 1, 3)"),
        (one_hot_in_place, "changes its argument `label_map` in place"),
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
        (labels_by_the_course, "without `se.from_one_hot`"),
    ],
    "01.count_regions": [
        (regions_one, "is 1, expected 4"),
        (regions_pixels, "the number of pixels in the mask"),
        (regions_with_corners, "touch at a corner alone"),
        (regions_runs_of_rows, "runs along the rows"),
        (regions_runs_of_columns, "runs along the columns"),
        (regions_and_background, "The background was counted too"),
        (regions_of_the_background, "regions *outside* of the mask"),
        (regions_too_few_steps, "after about 3 steps of spreading"),
        (regions_as_a_map, "The result is a map"),
        (regions_as_a_tensor, "`.item()`"),
        (regions_by_scipy, "without `scipy.ndimage.label`"),
    ],
    "01.another_world": [
        (world_unchanged, "The map is unchanged"),
        (world_renumbered, "The things have other numbers"),
        (world_of_other_classes, "change instance numbers only"),
        (world_without_things, "has instance 0, which is for stuff"),
        (world_of_counted_stuff, "stuff and void keep instance 0"),
        (world_of_counted_void, "The map is unchanged"),
        (world_merged_only, "Merge two of one class, or split one"),
        (world_of_floats, "has dtype float32, expected int64"),
        (world_zeros, "the semantic map must stay"),
        (world_flattened, "the first axis is missing"),
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
        (ids_by_the_course, "without `se.panoptic_map`"),
    ],
}
RIGHT = {
    "01.to_one_hot": [one_hot_by_stack, one_hot_by_broadcasting, one_hot_by_loops, one_hot_by_rows_of_eye],
    "01.to_labels": [labels_by_argmax, labels_by_sum, labels_by_painting, labels_by_a_void_channel],
    "01.count_regions": [regions_by_spreading, regions_by_filling, regions_by_union, regions_by_numpy_pooling],
    "01.another_world": [world_merged_or_split, world_one_thing_a_pixel, world_by_halves],
    "01.panoptic_ids": [ids_by_counting, ids_by_dict, ids_by_sum],
}


def test_each_wrong_answer_gets_its_message(wrong):
    wrong.verify()


def test_each_right_answer_passes(right):
    right.verify()
