"""Wrong answers to the exercises of lecture 13 with the message each must trigger, and right ones that must pass."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torchvision.transforms import v2

import segedu as se
from segedu.exercises.lecture13 import join, size, tiles, whole
from segedu.models import blocks
from tests.checkers.conftest import examined
from tests.checkers.secret import caught

# ---- 13.contract ----


def contract_by_functions(features, weight1, bias1, weight2, bias2):
    copy = F.relu(F.conv2d(F.relu(F.conv2d(features, weight1, bias1)), weight2, bias2))
    return copy, F.max_pool2d(copy, 2)


def contract_by_modules(features, weight1, bias1, weight2, bias2):
    def layer(weight, bias):
        conv = nn.Conv2d(weight.shape[1], weight.shape[0], 3)
        conv.weight.data, conv.bias.data = weight, bias
        return nn.Sequential(conv, nn.ReLU())

    copy = nn.Sequential(layer(weight1, bias1), layer(weight2, bias2))(features)
    return copy, nn.MaxPool2d(2)(copy)


def contract_by_clamp_and_slices(features, weight1, bias1, weight2, bias2):
    padded = F.conv2d(features, weight1, bias1, padding=1)[..., 1:-1, 1:-1].clamp(min=0)
    copy = F.conv2d(padded, weight2, bias2).clamp(min=0)
    even = copy[..., : copy.shape[-2] // 2 * 2, : copy.shape[-1] // 2 * 2]
    rows = torch.maximum(even[..., ::2, :], even[..., 1::2, :])
    return [copy, torch.maximum(rows[..., ::2], rows[..., 1::2])]


def contract_zeros(features, weight1, bias1, weight2, bias2):
    copy, pooled = contract_by_functions(features, weight1, bias1, weight2, bias2)
    return torch.zeros_like(copy), torch.zeros_like(pooled)


def contract_identity(features, weight1, bias1, weight2, bias2):
    return features, features


def contract_swapped(features, weight1, bias1, weight2, bias2):
    return contract_by_functions(features, weight1, bias1, weight2, bias2)[::-1]


def contract_without_relu(features, weight1, bias1, weight2, bias2):
    copy = F.conv2d(F.conv2d(features, weight1, bias1), weight2, bias2)
    return copy, F.max_pool2d(copy, 2)


def contract_with_one_relu(features, weight1, bias1, weight2, bias2):
    copy = F.conv2d(F.conv2d(features, weight1, bias1).relu(), weight2, bias2)
    return copy, F.max_pool2d(copy, 2)


def contract_with_last_relu(features, weight1, bias1, weight2, bias2):
    copy = F.conv2d(F.conv2d(features, weight1, bias1), weight2, bias2).relu()
    return copy, F.max_pool2d(copy, 2)


def contract_once(features, weight1, bias1, weight2, bias2):
    copy = F.conv2d(features, weight1, bias1).relu()
    return copy, F.max_pool2d(copy, 2)


def contract_padded(features, weight1, bias1, weight2, bias2):
    copy = F.conv2d(F.conv2d(features, weight1, bias1, padding=1).relu(), weight2, bias2, padding=1).relu()
    return copy, F.max_pool2d(copy, 2)


def contract_averaged(features, weight1, bias1, weight2, bias2):
    copy = contract_by_functions(features, weight1, bias1, weight2, bias2)[0]
    return copy, F.avg_pool2d(copy, 2)


def contract_by_numpy_maxima(features, weight1, bias1, weight2, bias2):
    copy = contract_by_functions(features, weight1, bias1, weight2, bias2)[0].numpy()
    n, channels, height, width = copy.shape
    even = copy[:, :, : height - height % 2, : width - width % 2]
    return copy, even.reshape(n, channels, height // 2, 2, width // 2, 2).max(axis=(3, 5))


def contract_with_ceil(features, weight1, bias1, weight2, bias2):
    copy = contract_by_functions(features, weight1, bias1, weight2, bias2)[0]
    return copy, F.max_pool2d(copy, 2, ceil_mode=True)


def contract_with_padded_pooling(features, weight1, bias1, weight2, bias2):
    copy = contract_by_functions(features, weight1, bias1, weight2, bias2)[0]
    return copy, F.max_pool2d(F.pad(copy, (0, copy.shape[-1] % 2, 0, copy.shape[-2] % 2)), 2)


def contract_with_bias1_twice(features, weight1, bias1, weight2, bias2):
    return contract_by_functions(features, weight1, bias1, weight2, bias1)


def contract_with_bias2_twice(features, weight1, bias1, weight2, bias2):
    return contract_by_functions(features, weight1, bias2, weight2, bias2)


def contract_with_exchanged_biases(features, weight1, bias1, weight2, bias2):
    return contract_by_functions(features, weight1, bias2, weight2, bias1)


def contract_with_weight1_twice(features, weight1, bias1, weight2, bias2):
    same = weight1.shape == weight2.shape
    return contract_by_functions(features, weight1, bias1, weight1 if same else weight2, bias2)


def contract_with_exchanged_weights(features, weight1, bias1, weight2, bias2):
    weights = (weight2, weight1) if weight1.shape == weight2.shape else (weight1, weight2)
    return contract_by_functions(features, weights[0], bias1, weights[1], bias2)


def contract_without_gradient(features, weight1, bias1, weight2, bias2):
    with torch.no_grad():
        copy, pooled = contract_by_functions(features, weight1, bias1, weight2, bias2)
    return copy.detach(), pooled.numpy()


def contract_with_wide_windows(features, weight1, bias1, weight2, bias2):
    copy = contract_by_functions(features, weight1, bias1, weight2, bias2)[0]
    return copy, F.max_pool2d(copy, 3, stride=2, padding=1)


def contract_without_biases(features, weight1, bias1, weight2, bias2):
    return contract_by_functions(features, weight1, None, weight2, None)


def contract_without_the_second_bias(features, weight1, bias1, weight2, bias2):
    return contract_by_functions(features, weight1, bias1, weight2, None)


def contract_not_pooled(features, weight1, bias1, weight2, bias2):
    copy = contract_by_functions(features, weight1, bias1, weight2, bias2)[0]
    return copy, copy


def contract_copy_behind(features, weight1, bias1, weight2, bias2):
    pooled = contract_by_functions(features, weight1, bias1, weight2, bias2)[1]
    return pooled, pooled


def contract_only_pooled(features, weight1, bias1, weight2, bias2):
    return contract_by_functions(features, weight1, bias1, weight2, bias2)[1]


def contract_for_squares(features, weight1, bias1, weight2, bias2):
    side = features.shape[-2]
    return contract_by_functions(features[..., :side], weight1, bias1, weight2, bias2)


# ---- 13.crop_and_concat ----


def crop_by_slices(copy, features):
    (height, width), (h, w) = copy.shape[-2:], features.shape[-2:]
    top, left = (height - h) // 2, (width - w) // 2
    return torch.cat([copy[..., top : top + h, left : left + w], features], dim=1)


def crop_by_narrow(copy, features):
    for axis in (2, 3):
        surplus = copy.shape[axis] - features.shape[axis]
        copy = copy.narrow(axis, surplus // 2, features.shape[axis])
    return torch.hstack([copy, features])


def crop_by_negative_padding(copy, features):
    rows, columns = (copy.shape[axis] - features.shape[axis] for axis in (2, 3))
    ends = (-(columns // 2), columns // 2 - columns, -(rows // 2), rows // 2 - rows)
    joined = features.new_zeros(len(copy), copy.shape[1] + features.shape[1], *features.shape[2:])
    joined[:, : copy.shape[1]], joined[:, copy.shape[1] :] = F.pad(copy, ends), features
    return joined


def crop_zeros(copy, features):
    return torch.zeros_like(crop_by_slices(copy, features))


def crop_identity(copy, features):
    return features


def crop_only_copy(copy, features):
    return crop_by_slices(copy, features)[:, : copy.shape[1]]


def crop_swapped_order(copy, features):
    both = crop_by_slices(copy, features)
    return torch.cat([both[:, copy.shape[1] :], both[:, : copy.shape[1]]], dim=1)


def crop_at(top_of, left_of):
    def crop(copy, features):
        (height, width), (h, w) = copy.shape[-2:], features.shape[-2:]
        top, left = top_of(height - h, width - w), left_of(height - h, width - w)
        return torch.cat([copy[..., top : top + h, left : left + w], features], dim=1)

    return crop


crop_corner = crop_at(lambda rows, columns: 0, lambda rows, columns: 0)
crop_rounded_up = crop_at(lambda rows, columns: (rows + 1) // 2, lambda rows, columns: (columns + 1) // 2)
crop_turned = crop_at(lambda rows, columns: columns // 2, lambda rows, columns: rows // 2)
crop_for_squares = crop_at(lambda rows, columns: rows // 2, lambda rows, columns: rows // 2)


crop_other_corner = crop_at(lambda rows, columns: rows, lambda rows, columns: columns)
crop_early = crop_at(lambda rows, columns: max(0, rows // 2 - 1), lambda rows, columns: max(0, columns // 2 - 1))
crop_late = crop_at(lambda rows, columns: rows // 2 + 1, lambda rows, columns: columns // 2 + 1)


def crop_by_numpy(copy, features):
    (height, width), (h, w) = copy.shape[-2:], features.shape[-2:]
    top, left = (height - h) // 2, (width - w) // 2
    return np.concatenate([copy.numpy()[..., top : top + h, left : left + w], features.numpy()], axis=1)


def crop_by_the_course(copy, features):
    return torch.cat([blocks.center_crop(copy, features.shape[-2:]), features], dim=1)


def crop_by_torchvision(copy, features):
    return torch.cat([v2.functional.center_crop(copy, list(features.shape[-2:])), features], dim=1)


def crop_resized(copy, features):
    return torch.cat([F.interpolate(copy, features.shape[-2:]), features], dim=1)


def crop_added(copy, features):
    return crop_by_slices(copy, features)[:, : copy.shape[1]] + features[:, :1]


def crop_joined_on(axis):
    def crop(copy, features):
        middle = crop_by_slices(copy, features)[:, : copy.shape[1]]
        if middle.shape[1] != features.shape[1]:
            middle = middle[:, :1].expand(-1, features.shape[1], -1, -1)
        return torch.cat([middle, features], dim=axis)

    return crop


def crop_swapped_sizes(copy, features):
    (height, width), (h, w) = copy.shape[-2:], features.shape[-2:]
    return torch.cat([copy[..., (height - w) // 2 :, (width - h) // 2 :][..., :w, :h], features], dim=1)


# ---- 13.unet_forward ----


def walk_by_list(image, down, bottom, up, merge, classify):
    features, copies = image, []
    for convs in down:
        copies.append(convs(features))
        features = F.max_pool2d(copies[-1], 2)
    features = bottom(features)
    for double, convs in zip(up, merge, strict=True):
        features = convs(crop_by_slices(copies.pop(), double(features)))
    return classify(features)


def walk_by_recursion(image, down, bottom, up, merge, classify):
    def walk(features, level):
        if level == len(down):
            return bottom(features)
        copy = down[level](features)
        below = walk(nn.MaxPool2d(2)(copy), level + 1)
        return merge[-1 - level](crop_by_narrow(copy, up[-1 - level](below)))

    return classify(walk(image, 0))


def walk_by_index(image, down, bottom, up, merge, classify):
    maps = [image]
    for convs in down:
        maps.append(convs(F.max_pool2d(maps[-1], 2) if len(maps) > 1 else maps[-1]))
    features = bottom(F.max_pool2d(maps[-1], 2) if down else image)
    for level in range(len(down), 0, -1):
        place = len(down) - level
        features = merge[place](crop_by_negative_padding(maps[level], up[place](features)))
    return classify(features).detach()


def walk_wrongly(mistake):
    def walk(image, down, bottom, up, merge, classify):
        return classify(whole.wrongly_walked(locals() | {"image": image}, mistake))

    return walk


def walk_without_classes(image, down, bottom, up, merge, classify):
    return walk_by_list(image, down, bottom, up, merge, lambda features: features)


def walk_to_shares(image, down, bottom, up, merge, classify):
    return walk_by_list(image, down, bottom, up, merge, classify).softmax(1)


def walk_to_labels(image, down, bottom, up, merge, classify):
    return walk_by_list(image, down, bottom, up, merge, classify).argmax(1)


def walk_with_copies_after_pooling(image, down, bottom, up, merge, classify):
    features, copies = image, []
    for convs in down:
        features = F.max_pool2d(convs(features), 2)
        copies.append(features)
    features = bottom(features)
    for double, convs in zip(up, merge, strict=True):
        features = convs(crop_by_slices(copies.pop(), double(features)))
    return classify(features)


def walk_from_fine_to_coarse(image, down, bottom, up, merge, classify):
    features, copies = image, []
    for convs in down:
        copies.append(convs(features))
        features = F.max_pool2d(copies[-1], 2)
    features = bottom(features)
    for copy, double, convs in zip(copies, up, merge, strict=True):
        features = convs(crop_by_slices(copy, double(features)))
    return classify(features)


def walk_without_bottom(image, down, bottom, up, merge, classify):
    return walk_by_list(image, down, lambda features: features, up, merge, classify)


def walk_two_levels(image, down, bottom, up, merge, classify):
    return walk_by_list(image, down[:2], bottom, up[-2:], merge[-2:], classify)


def walk_for_squares(image, down, bottom, up, merge, classify):
    side = min(image.shape[-2:])
    return walk_by_list(image[..., :side, :side], down, bottom, up, merge, classify)


def walk_the_first_image(image, down, bottom, up, merge, classify):
    return walk_by_list(image[:1], down, bottom, up, merge, classify)


def walk_zeros(image, down, bottom, up, merge, classify):
    return torch.zeros_like(walk_by_list(image, down, bottom, up, merge, classify))


# ---- 13.valid_output ----


def size_by_walk(input_size, depth):
    def side_of(side):
        for _ in range(depth):
            side -= 4
            if side <= 0 or side % 2:
                return 0
            side //= 2
        side -= 4
        for _ in range(depth):
            if side <= 0:
                return 0
            side = 2 * side - 4
        return max(0, side)

    height, width = map(side_of, input_size)
    return (height, width) if height and width else (0, 0)


def size_by_formula(input_size, depth):
    outputs = [side - 4 * (3 * 2**depth - 2) for side in input_size]
    fit = all((side - 4 * (2**depth - 1)) % 2**depth == 0 for side in input_size)
    least = {0: 1, 1: 2}.get(depth, 4)
    return tuple(outputs) if fit and min(outputs) >= least else (0, 0)


def size_by_recursion(input_size, depth):
    def inner(side, level):
        side -= 4
        if level == depth:
            return side
        if side <= 0 or side % 2:
            return -(10**9)
        below = inner(side // 2, level + 1)
        return 2 * below - 4 if below > 0 else -(10**9)

    found = [inner(side, 0) for side in input_size]
    return found if min(found) > 0 else [0, 0]


def size_by_numpy(input_size, depth):
    sides = np.array(input_size)
    bottom, fits = sides.copy(), np.array([True, True])
    for _ in range(depth):
        bottom = bottom - 4
        fits &= (bottom > 0) & (bottom % 2 == 0)
        bottom = bottom // 2
    output = sides - 4 * (3 * 2**depth - 2)
    fits &= output > 0
    return tuple(output) if fits.all() else (0, 0)


def size_by_parity_alone(input_size, depth):
    def side_of(side):
        for _ in range(depth):
            side -= 4
            if side % 2:
                return 0
            side //= 2
        side -= 4
        for _ in range(depth):
            side = 2 * side - 4
        return max(0, side)  # what is used up stays negative

    height, width = map(side_of, input_size)
    return (height, width) if height and width else (0, 0)


def size_by_the_course(input_size, depth):
    network = se.UNet(1, 1, width=1, depth=depth, padding="valid", norm=False)
    return tuple(network(torch.zeros(1, 1, *input_size)).shape[-2:])


def size_each_by_itself(input_size, depth):
    return tuple(max(size_by_walk((side, side), depth)) for side in input_size)


def size_one_where_it_is_impossible(input_size, depth):
    right = size_by_walk(input_size, depth)
    return right if any(right) else (1, 1)


def size_of_the_height(input_size, depth):
    height, width = (size_by_walk((side, side), depth)[0] for side in input_size)
    return (height, width or 1) if height else (0, 0)


def size_one_for_a_pixel(input_size, depth):
    return (1, 1) if max(input_size) == 1 else size_by_walk(input_size, depth)


def size_of_multiples_of_eight(input_size, depth):
    return size_by_walk(input_size, depth) if all(side % 8 == 4 for side in input_size) else (0, 0)


def size_same_where_it_fits(input_size, depth):
    return tuple(input_size) if any(size_by_walk(input_size, depth)) else (0, 0)


def size_zeros(input_size, depth):
    return 0, 0


def size_identity(input_size, depth):
    return input_size


def size_floored(input_size, depth):
    def side_of(side):
        for _ in range(depth):
            side = (side - 4) // 2
        side -= 4
        for _ in range(depth):
            side = 2 * side - 4
        return side

    return tuple(map(side_of, input_size))


def size_unchecked(input_size, depth):
    return tuple(side - 4 * (3 * 2**depth - 2) for side in input_size)


def size_down_only(input_size, depth):
    right = size_by_walk(input_size, depth)
    return tuple(side + 4 * (2**depth - 1) for side in right) if any(right) else right


def size_single(input_size, depth):
    right = size_by_walk(input_size, depth)
    return tuple(side + 2 * (3 * 2**depth - 2) for side in right) if any(right) else right


def size_without_bottom(input_size, depth):
    right = size_by_walk(input_size, depth)
    return tuple(side + 4 * 2**depth for side in right) if any(right) else right


def size_flat(input_size, depth):
    right = size_by_walk(input_size, depth)
    return tuple(side - 4 * (2 * depth + 1) for side in input_size) if any(right) else right


def size_of_the_width(input_size, depth):
    height, width = (size_by_walk((side, side), depth)[0] for side in input_size)
    return (height or 1, width) if width else (0, 0)


def size_with_the_first_level_checked(input_size, depth):
    fits = all(side % 2 == 0 or depth == 0 for side in input_size)
    return size_floored(input_size, depth) if fits and min(size_floored(input_size, depth)) > 0 else (0, 0)


def size_for_squares(input_size, depth):
    return size_by_walk((input_size[0], input_size[0]), depth)


def size_turned(input_size, depth):
    return size_by_walk(input_size, depth)[::-1]


# ---- 13.expand ----


def expand_by_interpolate(bottom, copies):
    features = bottom
    for copy in reversed(copies):
        up = F.interpolate(features, scale_factor=2)[..., : copy.shape[-2], : copy.shape[-1]]
        features = torch.cat([copy, up], dim=1)
    return features


def expand_by_repetition(bottom, copies):
    if not copies:
        return bottom
    *finer, copy = copies
    up = bottom.repeat_interleave(2, 2).repeat_interleave(2, 3)
    return expand_by_repetition(torch.cat([copy, up[:, :, : copy.shape[2], : copy.shape[3]]], 1), finer)


def expand_by_index(bottom, copies):
    features, waiting = bottom, list(copies)
    while waiting:
        copy = waiting.pop()
        rows, columns = (torch.arange(length) // 2 for length in copy.shape[-2:])
        features = torch.cat((copy, features[:, :, rows][..., columns]), 1)
    return features


def expand_by_size(bottom, copies):
    features = bottom
    for copy in copies[::-1]:
        features = torch.cat([copy, F.interpolate(features, size=copy.shape[-2:])], dim=1)
    return features


def expand_zeros(bottom, copies):
    return torch.zeros_like(expand_by_interpolate(bottom, copies))


def expand_identity(bottom, copies):
    return bottom


def expand_like_the_colleague(bottom, copies):
    features, copies = bottom, list(copies)
    while copies:
        copy, up = copies.pop(0), F.interpolate(features, scale_factor=2)
        features = torch.cat([F.interpolate(copy, size=up.shape[-2:]), up], dim=1)
    return features


def expand_way(how):
    return lambda bottom, copies: join.wrongly_expanded(bottom, copies, how)


def expand_at_once(bottom, copies):
    full = copies[0].shape[-2:]
    return torch.cat([F.interpolate(each, full) for each in (*copies, bottom)], dim=1)


def expand_on_rows(bottom, copies):
    features = bottom
    for copy in reversed(copies):
        up = F.interpolate(features[:, :1], scale_factor=2)[..., : copy.shape[-1]]
        features = torch.cat([copy[:, :1], up], dim=2)
    return features


def expand_without_copies(bottom, copies):
    up = F.interpolate(bottom, scale_factor=2 ** len(copies))
    return up[..., : copies[0].shape[-2], : copies[0].shape[-1]]


def expand_from_the_end(bottom, copies):
    features = bottom
    while copies:
        copy = copies.pop()
        up = F.interpolate(features, scale_factor=2)[..., : copy.shape[-2], : copy.shape[-1]]
        features = torch.cat([copy, up], dim=1)
    return features


def expand_padding_copies(bottom, copies):
    features = bottom
    for copy in reversed(copies):
        height, width = copy.shape[-2:]
        up = F.interpolate(features, scale_factor=2)
        wide = F.pad(copy, (0, up.shape[-1] - width, 0, up.shape[-2] - height))
        features = torch.cat([wide, up], dim=1)[..., :height, :width]
    return features


def expand_on(axis):
    def expand(bottom, copies):
        features = bottom
        for copy in reversed(copies):
            up = F.interpolate(features, scale_factor=2)[..., : copy.shape[-2], : copy.shape[-1]]
            features = torch.cat([copy, up], dim=axis)
        return features

    return expand


def expand_uses_up(bottom, copies):
    result = expand_by_interpolate(bottom, copies)
    copies.pop()
    return result


def expand_for_squares(bottom, copies):
    side = copies[0].shape[-2]
    return expand_by_interpolate(bottom, copies)[..., :side]


# ---- 13.predict_in_tiles ----


def tiles_by_rows(network, image, tile, margin):
    height, width = image.shape[-2:]
    rows = []
    for top in range(0, height, tile):
        above, row = min(margin, top), []
        for left in range(0, width, tile):
            before = min(margin, left)
            window = image[None, :, top - above : top + tile + margin, left - before : left + tile + margin]
            row.append(network(window)[0, :, above : above + tile, before : before + tile])
        rows.append(torch.cat(row, dim=2))
    return torch.cat(rows, dim=1)


def tiles_into_a_map(network, image, tile, margin):
    result = None
    for top, left in tiles.starts(tuple(image.shape[1:]), tile):
        first, start = max(top - margin, 0), max(left - margin, 0)
        with torch.no_grad():
            logits = network(image[:, first : top + tile + margin, start : left + tile + margin].unsqueeze(0))[0]
        part = logits[:, top - first :, left - start :][:, :tile, :tile]
        result = torch.zeros(len(part), *image.shape[1:]) if result is None else result
        result[:, top : top + tile, left : left + tile] = part
    return result


def tiles_by_pixels(network, image, tile, margin):
    height, width = image.shape[1:]
    columns = []
    for r in range(height):
        for c in range(width):
            top, left = r // tile * tile, c // tile * tile
            rows = [y for y in range(height) if top - margin <= y < top + tile + margin]
            across = [x for x in range(width) if left - margin <= x < left + tile + margin]
            logits = network(image[:, rows][:, :, across][None])
            columns.append(logits[0, :, rows.index(r), across.index(c)])
    return torch.stack(columns, dim=1).view(-1, height, width)


def tiles_from_the_right(network, image, tile, margin):
    height, width = image.shape[1:]
    bands = []
    for band in reversed(range(-(-height // tile))):
        parts = []
        for place in reversed(range(-(-width // tile))):
            ends = [min(n, (k + 1) * tile + margin) for n, k in ((height, band), (width, place))]
            begins = [max(0, k * tile - margin) for k in (band, place)]
            logits = network(image[None, :, begins[0] : ends[0], begins[1] : ends[1]]).detach().numpy()[0]
            y, x = band * tile - begins[0], place * tile - begins[1]
            parts.insert(0, logits[:, y : y + tile, x : x + tile])
        bands.insert(0, np.concatenate(parts, axis=2))
    return np.concatenate(bands, axis=1)


def tiles_like(rows, columns, kept="tile"):
    def predict(network, image, tile, margin):
        return tiles.by_tiles(locals() | {"image": image}, rows(margin), columns(margin), kept)

    return predict


def both(margin):
    return margin, margin


def none(margin):
    return 0, 0


tiles_without_margin = tiles_like(none, none)
tiles_of_corners = tiles_like(both, both, "corner")
tiles_of_fitted_corners = tiles_like(both, both, "fitted")
tiles_of_inner = tiles_like(both, both, "inner")
tiles_with_margin_before = tiles_like(lambda margin: (margin, 0), lambda margin: (margin, 0))
tiles_with_margin_after = tiles_like(lambda margin: (0, margin), lambda margin: (0, margin))
tiles_with_margin_of_rows = tiles_like(both, none)
tiles_with_margin_of_columns = tiles_like(none, both)


def tiles_with_half_the_margin(network, image, tile, margin):
    return tiles_by_rows(network, image, tile, margin // 2)


def tiles_with_twice_the_margin(network, image, tile, margin):
    return tiles_by_rows(network, image, tile, 2 * margin)


def tiles_with_a_margin_of_one(network, image, tile, margin):
    return tiles_by_rows(network, image, tile, 1)


def tiles_of_two(network, image, tile, margin):
    return tiles_by_rows(network, image, 2, margin)


def tiles_inside(network, image, tile, margin):
    return tiles_by_rows(network, image, max(1, tile - 2 * margin), margin)


def tiles_of_the_whole(network, image, tile, margin):
    return network(image[None])[0]


def tiles_mirrored(network, image, tile, margin):
    height, width = image.shape[1:]
    larger = F.pad(image[None], [margin] * 4, mode="reflect")
    result = []
    for top in range(0, height, tile):
        for left in range(0, width, tile):
            logits = network(larger[..., top : top + tile + 2 * margin, left : left + tile + 2 * margin])[0]
            result.append(logits[:, margin : logits.shape[1] - margin, margin : logits.shape[2] - margin])
    count = len(range(0, width, tile))
    return torch.cat([torch.cat(result[at : at + count], 2) for at in range(0, len(result), count)], 1)


def tiles_in_zeros(network, image, tile, margin):
    larger = F.pad(image, [margin] * 4)
    cut = tiles_by_rows(network, larger[:, margin:, margin:], tile, 0)  # for the number of classes
    result = torch.zeros(len(cut), *image.shape[1:])
    for top, left in tiles.starts(tuple(image.shape[1:]), tile):
        logits = network(larger[None, :, top : top + tile + 2 * margin, left : left + tile + 2 * margin])[0]
        part = logits[:, margin : logits.shape[1] - margin, margin : logits.shape[2] - margin]
        result[:, top : top + tile, left : left + tile] = part.detach()
    return result


def tiles_overwritten(network, image, tile, margin):
    return tiles.written_whole(locals(), averaged=False)


def tiles_averaged(network, image, tile, margin):
    return tiles.written_whole(locals(), averaged=True)


def tiles_moved_back(network, image, tile, margin):
    moved = tiles.moved_back(locals())
    return tiles_by_rows(network, image, tile, margin) if moved is None else moved


def tiles_from_the_end(network, image, tile, margin):
    rows = []
    for top in range(0, image.shape[1], tile):
        row = []
        for left in range(0, image.shape[2], tile):
            logits = network(image[None, :, top - margin : top + tile + margin, left - margin : left + tile + margin])
            row.append(logits[0, :, margin:-margin, margin:-margin])
        rows.append(torch.cat(row, dim=2))
    return torch.cat(rows, dim=1)


def tiles_without_the_last(network, image, tile, margin):
    height, width = (length // tile * tile for length in image.shape[1:])
    return tiles_by_rows(network, image, tile, margin)[:, :height, :width]


def tiles_in_a_wrong_order(network, image, tile, margin):
    turned = tiles_by_rows(lambda x: network(x.mT).mT, image.mT, tile, margin)
    return turned.reshape(len(turned), *image.shape[1:])


def tiles_to_shares(network, image, tile, margin):
    return tiles_by_rows(network, image, tile, margin).softmax(0)


def tiles_to_labels(network, image, tile, margin):
    return tiles_by_rows(network, image, tile, margin).argmax(0)


def tiles_with_a_batch(network, image, tile, margin):
    return tiles_by_rows(network, image, tile, margin)[None]


def tiles_zeros(network, image, tile, margin):
    return torch.zeros_like(tiles_by_rows(network, image, tile, margin))


def tiles_without_a_batch_axis(network, image, tile, margin):
    """As a convolution takes it, and a network of the course doesn't."""
    return tiles_by_rows(lambda images: network(images[0])[None], image, tile, margin)


def tiles_for_squares(network, image, tile, margin):
    side = min(image.shape[1:])
    return tiles_by_rows(network, image[:, :side, :side], tile, margin)


WRONG = {
    "13.contract": [
        (contract_zeros, "is all zeros"),
        (contract_identity, "expected"),
        (contract_swapped, "return the copy first"),
        (contract_without_relu, "The ReLU is missing"),
        (contract_with_one_relu, "One ReLU is missing"),
        (contract_with_last_relu, "One ReLU is missing"),
        (contract_once, "the block has two"),
        (contract_padded, "The convolutions are padded"),
        (contract_averaged, "The pooling averages"),
        (contract_copy_behind, "The copy is taken after the pooling"),
        (contract_with_wide_windows, "The pooling looks at 3 × 3 values"),
        (contract_without_biases, "A bias is missing"),
        (contract_without_the_second_bias, "A bias is missing"),
        (contract_with_ceil, "keeps a last row or column that has no partner"),
        (contract_with_padded_pooling, "keeps a last row or column that has no partner"),
        (contract_with_bias1_twice, "The biases are exchanged, or one is added twice"),
        (contract_with_bias2_twice, "The biases are exchanged, or one is added twice"),
        (contract_with_exchanged_biases, "The biases are exchanged, or one is added twice"),
        (contract_with_weight1_twice, "The weights are exchanged, or one is used twice"),
        (contract_with_exchanged_weights, "The weights are exchanged, or one is used twice"),
        (contract_not_pooled, "The second map is not pooled"),
        (contract_only_pooled, "expected a tuple of 2"),
        (contract_for_squares, "expected"),
    ],
    "13.crop_and_concat": [
        (crop_zeros, "is all zeros"),
        (crop_identity, "The copy is missing"),
        (crop_only_copy, "The features are missing"),
        (crop_swapped_order, "wrong order"),
        (crop_corner, "upper left corner"),
        (crop_rounded_up, "off by one"),
        (crop_other_corner, "lower right corner"),
        (crop_early, "starts one row and one column too early"),
        (crop_late, "starts one row and one column too late"),
        (crop_turned, "Height and width are swapped in the crop"),
        (crop_for_squares, "the middle starts in row"),
        (crop_swapped_sizes, "your code raised"),
        (crop_by_the_course, "without `se.models.blocks.center_crop`"),
        (crop_by_torchvision, "the middle starts in row"),
        (crop_resized, "The copy is resized"),
        (crop_added, "The two are added"),
        (crop_joined_on(2), "one above the other"),
        (crop_joined_on(3), "side by side"),
        (crop_joined_on(0), "as more images"),
    ],
    "13.unet_forward": [
        (walk_zeros, "is all zeros"),
        (walk_wrongly("order"), "joined in the wrong order"),
        (walk_wrongly("no copies"), "The copies don't arrive"),
        (walk_wrongly("corner"), "cropped at their upper left corner"),
        (walk_wrongly("resized"), "The copies are resized"),
        (walk_wrongly("average"), "The pooling averages"),
        (walk_wrongly("every second"), "Every second row and column is taken"),
        (walk_without_classes, "`classify` is missing"),
        (walk_to_shares, "A softmax is taken in the end"),
        (walk_to_labels, "These are labels"),
        (walk_with_copies_after_pooling, "your code raised"),
        (walk_from_fine_to_coarse, "your code raised"),
        (walk_without_bottom, "your code raised"),
        (walk_two_levels, "your code raised"),
        (walk_for_squares, "expected"),
        (walk_the_first_image, "expected"),
    ],
    "13.valid_output": [
        (size_zeros, "Your function finds no size that fits"),
        (size_by_the_course, "without `se.UNet`"),
        (size_each_by_itself, "Each side is judged by itself"),
        (size_same_where_it_fits, "not yet"),
        (size_one_where_it_is_impossible, "a map with an odd side would be pooled"),
        (size_of_the_height, "height and width must both fit"),
        (size_one_for_a_pixel, "the map is used up"),
        (size_of_multiples_of_eight, "This size fits"),
        (size_identity, "That is the size of the input"),
        (size_floored, "Odd sides are rounded down"),
        (size_unchecked, "Sizes that are impossible get an answer"),
        (size_down_only, "Only the way down"),
        (size_single, "Each double convolution takes 4"),
        (size_without_bottom, "at the bottom are forgotten"),
        (size_flat, "worth 2^l"),
        (size_of_the_width, "height and width must both fit"),
        (size_with_the_first_level_checked, "a map with an odd side would be pooled"),
        (size_for_squares, "expected"),
        (size_turned, "height and width are swapped"),
    ],
    "13.expand": [
        (expand_zeros, "is all zeros"),
        (expand_identity, "expected"),
        (expand_like_the_colleague, "copies are taken in the wrong order"),
        (expand_way("order"), "the copy's channels come first"),
        (expand_way("bilinear"), "doubled bilinearly"),
        (expand_way("cut early"), "loses its last row and column"),
        (expand_at_once, "go up level by level"),
        (expand_on_rows, "expected"),
        (expand_without_copies, "The copies are missing"),
        (expand_uses_up, "changes its argument `copies` in place"),
        (expand_from_the_end, "changes its argument `copies` in place"),
        (expand_on(0), "not yet"),
        (expand_on(2), "not yet"),
        (expand_for_squares, "expected"),
    ],
    "13.predict_in_tiles": [
        (tiles_zeros, "is all zeros"),
        (tiles_without_margin, "The tiles have no context"),
        (tiles_of_corners, "The upper left corner of the logits is kept"),
        (tiles_of_fitted_corners, "The upper left corner of the logits is kept"),
        (tiles_of_inner, "skipped at the image's border too"),
        (tiles_with_margin_before, "above and to the left only"),
        (tiles_with_margin_after, "below and to the right only"),
        (tiles_with_margin_of_rows, "above and below only"),
        (tiles_with_margin_of_columns, "to the left and right only"),
        (tiles_with_half_the_margin, "Half of the margin is given"),
        (tiles_with_twice_the_margin, "Twice the margin is given"),
        (tiles_with_a_margin_of_one, "not yet"),
        (tiles_of_two, "not yet"),
        (tiles_inside, "The margin is taken off the tile"),
        (tiles_of_the_whole, "through the network at once"),
        (tiles_mirrored, "The image's border is mirrored"),
        (tiles_in_zeros, "a border of zeros"),
        (tiles_overwritten, "written over each other"),
        (tiles_averaged, "Windows are averaged"),
        (tiles_moved_back, "The last tiles are moved back"),
        (tiles_from_the_end, "your code raised"),
        (tiles_without_the_last, "expected"),
        (tiles_in_a_wrong_order, "not yet"),
        (tiles_to_shares, "A softmax is taken in the end"),
        (tiles_to_labels, "These are labels"),
        (tiles_with_a_batch, "one axis too many"),
        (tiles_without_a_batch_axis, "the network takes images (1, C, h, w), four axes"),
        (tiles_for_squares, "expected"),
    ],
}

RIGHT = {
    "13.contract": [
        contract_by_functions,
        contract_by_modules,
        contract_by_clamp_and_slices,
        contract_by_numpy_maxima,
        contract_without_gradient,
    ],
    "13.crop_and_concat": [crop_by_slices, crop_by_narrow, crop_by_negative_padding, crop_by_numpy],
    "13.unet_forward": [walk_by_list, walk_by_recursion, walk_by_index],
    "13.valid_output": [size_by_walk, size_by_formula, size_by_recursion, size_by_numpy, size_by_parity_alone],
    "13.expand": [
        expand_by_interpolate,
        expand_by_repetition,
        expand_by_index,
        expand_by_size,
        expand_padding_copies,
    ],
    "13.predict_in_tiles": [tiles_by_rows, tiles_into_a_map, tiles_by_pixels, tiles_from_the_right],
}
# What must not be said: the mistake wasn't made.
UNTRUE = [
    ("13.crop_and_concat", crop_for_squares, "the bias is to be added"),
    ("13.crop_and_concat", crop_rounded_up, "the bias is to be added"),
    ("13.contract", contract_with_bias1_twice, "A bias is missing"),
    ("13.expand", expand_on(0), "the axes stand in another order"),
    ("13.expand", expand_on(2), "the axes stand in another order"),
]
FOUR_AXES = "of four axes, 2 is the last but one"
NEGATIVE = "what is used up stays negative until the end, and 1 row ends as −2"
EITHER = "the larger, or smaller, of two numbers in either order"
EQUIVALENT = {
    "13.crop_and_concat": {"line 3: -2 → 2": FOUR_AXES, "line 3: -2 → 2 (2)": FOUR_AXES},
    "13.valid_output": {
        "line 7: side <= 0 or side % 2 → side % 2": NEGATIVE,
        "line 7: side <= 0 → side < 0": NEGATIVE,
        "line 7: side <= 0 → side + 1 <= 0": NEGATIVE,
        "line 7: side <= 0 → side <= 0 + 1": "1 is odd",
        "line 7: 0 → 1": "1 is odd",
        "line 7: 0 → -1": NEGATIVE,
        "line 12: if side <= 0: → if False:": NEGATIVE,
        "line 12: side <= 0 → side < 0": NEGATIVE,
        "line 12: side <= 0 → side + 1 <= 0": NEGATIVE,
        "line 12: side <= 0 → side <= 0 + 1": NEGATIVE,
        "line 12: 0 → 1": NEGATIVE,
        "line 12: 0 → -1": NEGATIVE,
        "line 15: max(side, 0) → max(0, side)": EITHER,
    },
    "13.expand": {"line 5: -2 → 2": FOUR_AXES},
    "13.predict_in_tiles": {
        "line 6: min(margin, top) → min(top, margin)": EITHER,
        "line 8: min(margin, left) → min(left, margin)": EITHER,
        "line 10: 0 → -1": "the batch has one image",
    },
}


def test_each_wrong_answer_gets_its_message(wrong):
    wrong.verify()


def test_each_right_answer_passes(right):
    right.verify()


def test_secret_cases_know_an_answer_for_two_levels():
    assert caught("13.unet_forward", walk_two_levels)
    assert not caught("13.unet_forward", walk_by_recursion)


def test_each_named_mistake_is_said_to_some_wrong_answer(unsaid):
    assert unsaid(whole.WALK_MISTAKES) == []
    assert unsaid(join.CONTRACT_MISTAKES, join.JOIN_MISTAKES, join.EXPAND_MISTAKES) == []
    assert unsaid(size.SIZE_MISTAKES, size.SIZE_REASONS, tiles.TILE_MISTAKES) == []


@pytest.mark.parametrize(("name", "answer", "sentence"), UNTRUE)
def test_a_mistake_that_was_not_made_is_not_named(name, answer, sentence):
    result = examined(name, answer)
    assert not result
    assert sentence not in result.message
