"""What `check` says to wrong answers of lecture 05, and the different right ones that it must let pass."""

import copy
import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from segedu.exercises.engine import engine, public
from segedu.exercises.lecture05 import EXERCISES, convert, costs
from segedu.ops.cost import activation_memory
from segedu.ops.fully_convolutional import make_fully_convolutional

# ---- 05.fully_convolutional ----


def rebuilt(classifier, input_size, *, view=None, bias=True, keep=lambda layer: True, apart=False):
    """Convert with a chosen view of the first linear layer's weights; `keep` says which other layers stay."""
    layers, x = [], torch.zeros(1, 3, *input_size)
    for layer in classifier:
        if isinstance(layer, nn.Flatten) or not keep(layer):
            continue
        if isinstance(layer, nn.Linear):
            channels, size = x.shape[1], tuple(x.shape[2:])
            has_bias = bias and layer.bias is not None
            conv = nn.Conv2d(channels, layer.out_features, size, size if apart else 1, bias=has_bias)
            shaped = (view or (lambda w, c, h, v: w.view(-1, c, h, v)))(layer.weight.data, channels, *size)
            conv.weight.data = shaped.reshape(conv.weight.shape).clone()
            if has_bias:
                conv.bias.data = layer.bias.data.clone()
            x = F.conv2d(x, conv.weight)
            layers.append(conv)
        else:
            x = layer(x)
            layers.append(layer)
    return nn.Sequential(*layers)


def convert_by_running_zeros(classifier, input_size):
    return rebuilt(classifier, input_size)


class Functional(nn.Module):
    """The classifier's own weights, used by functions at each call."""

    def __init__(self, classifier, input_size):
        super().__init__()
        self.classifier, self.input_size = classifier, input_size

    def forward(self, images):
        crop = images[:1, :, : self.input_size[0], : self.input_size[1]]
        for layer in self.classifier:
            if isinstance(layer, nn.Linear):
                images, crop = (
                    F.conv2d(x, layer.weight.view(len(layer.weight), *crop.shape[1:]), layer.bias)
                    for x in (images, crop)
                )
            elif not isinstance(layer, nn.Flatten):
                images, crop = layer(images), layer(crop)
        return images


class SlowWindows(nn.Module):
    """Loop over the windows of the map in front of Flatten: the same map, computed again for each window."""

    def __init__(self, classifier, input_size):
        super().__init__()
        at = next(i for i, layer in enumerate(classifier) if isinstance(layer, nn.Flatten))
        self.features, self.head = classifier[:at], classifier[at:]
        self.size = self.features(torch.zeros(1, 3, *input_size)).shape[2:]

    def forward(self, images):
        windows = self.features(images).unfold(2, self.size[0], 1).unfold(3, self.size[1], 1)
        n, _, rows, columns = windows.shape[:4]
        logits = self.head(windows.permute(0, 2, 3, 1, 4, 5).flatten(0, 2))
        return logits.view(n, rows, columns, -1).permute(0, 3, 1, 2)


def convert_by_functions(classifier, input_size):
    return Functional(classifier, input_size)


def convert_by_windows(classifier, input_size):
    return SlowWindows(classifier, input_size)


def convert_from_the_weights(classifier, input_size):
    layers, flat, channels = [], False, 3
    height, width = input_size
    for layer in classifier:
        if isinstance(layer, nn.Flatten):
            flat = True
            continue
        if isinstance(layer, nn.Linear):
            kernel = (height, width) if flat else (1, 1)
            fed, bias = layer.in_features // (kernel[0] * kernel[1]), layer.bias is not None
            conv = nn.Conv2d(fed, layer.out_features, kernel, bias=bias)
            state = {"weight": layer.weight.unflatten(1, (fed, *kernel))} | ({"bias": layer.bias} if bias else {})
            conv.load_state_dict(state)
            flat, height, width = False, 1, 1
            layers.append(conv)
            continue
        if isinstance(layer, nn.Conv2d):
            channels = layer.out_channels
            height, width = (
                (n - k) // s + 1 for n, k, s in zip((height, width), layer.kernel_size, layer.stride, strict=True)
            )
        if isinstance(layer, nn.MaxPool2d | nn.AvgPool2d):
            height, width = height // layer.kernel_size, width // layer.kernel_size
        layers.append(layer)
    assert channels
    return nn.Sequential(*layers)


def convert_a_copy(classifier, input_size):
    return rebuilt(copy.deepcopy(classifier).eval(), input_size).train()


def convert_in_evaluation_mode(classifier, input_size):
    return rebuilt(classifier.eval(), input_size)


def convert_and_leave_training_mode(classifier, input_size):
    return rebuilt(classifier, input_size).eval()


def convert_with_a_new_bias(classifier, input_size):
    layers = rebuilt(classifier, input_size)
    for layer in layers:
        if isinstance(layer, nn.Conv2d) and layer.bias is None:
            layer.bias = nn.Parameter(torch.rand(layer.out_channels))
    return layers


def convert_expecting_a_bias(classifier, input_size):
    layers, x = [], torch.zeros(1, 3, *input_size)
    for layer in classifier:
        if isinstance(layer, nn.Flatten):
            continue
        if isinstance(layer, nn.Linear):
            conv = nn.Conv2d(x.shape[1], layer.out_features, x.shape[2:])
            conv.weight.data = layer.weight.data.view(conv.weight.shape)
            conv.bias.data = layer.bias.data
            layer = conv
        x = layer(x)
        layers.append(layer)
    return nn.Sequential(*layers)


def convert_not_at_all(classifier, input_size):
    return classifier


def convert_all_to_one_by_one(classifier, input_size):
    layers = [layer for layer in classifier if not isinstance(layer, nn.Flatten)]
    return nn.Sequential(
        *[nn.Conv2d(each.in_features, each.out_features, 1) if isinstance(each, nn.Linear) else each for each in layers]
    )


def convert_to_a_map(classifier, input_size):
    return classifier(torch.zeros(1, 3, *input_size))


def convert_channels_last(classifier, input_size):
    return rebuilt(classifier, input_size, view=lambda weight, c, h, w: weight.view(-1, h, w, c).permute(0, 3, 1, 2))


def convert_width_first(classifier, input_size):
    return rebuilt(classifier, input_size, view=lambda weight, c, h, w: weight.view(-1, c, w, h).mT)


def convert_flipped(classifier, input_size):
    return rebuilt(classifier, input_size, view=lambda weight, c, h, w: weight.view(-1, c, h, w).flip(2, 3))


def convert_with_random_weights(classifier, input_size):
    return rebuilt(classifier, input_size, view=lambda weight, c, h, w: torch.randn(len(weight), c, h, w))


def convert_without_bias(classifier, input_size):
    return rebuilt(classifier, input_size, bias=False)


def convert_without_activations(classifier, input_size):
    seen = []

    def keep(layer):
        seen.extend([layer] if isinstance(layer, nn.Linear) else [])
        return isinstance(layer, nn.Linear) or not seen

    return rebuilt(classifier, input_size, keep=keep)


def convert_with_windows_apart(classifier, input_size):
    return rebuilt(classifier, input_size, apart=True)


def convert_by_fixed_pooling(classifier, input_size):
    at = next(i for i, layer in enumerate(classifier) if isinstance(layer, nn.Flatten))
    size = classifier[:at](torch.zeros(1, 3, *input_size)).shape[2:]
    return nn.Sequential(*classifier[:at], nn.AdaptiveAvgPool2d(tuple(size)), *classifier[at:])


def convert_by_fixed_pooling_as_map(classifier, input_size):
    return nn.Sequential(convert_by_fixed_pooling(classifier, input_size), nn.Unflatten(1, (-1, 1, 1)))


class Cropped(nn.Module):
    """Take any size by cutting the first crop out."""

    def __init__(self, classifier, input_size):
        super().__init__()
        self.classifier, self.input_size = classifier, input_size

    def forward(self, images):
        return self.classifier(images[:, :, : self.input_size[0], : self.input_size[1]])[:, :, None, None]


def convert_by_cropping(classifier, input_size):
    return Cropped(classifier, input_size)


class Upsampled(nn.Module):
    """Bring the map to the image's size."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, images):
        return F.interpolate(self.network(images), images.shape[2:])


def convert_and_upsample(classifier, input_size):
    return Upsampled(rebuilt(classifier, input_size))


def convert_without_poolings(classifier, input_size):
    layers = [layer for layer in rebuilt(classifier, input_size) if not isinstance(layer, nn.MaxPool2d | nn.AvgPool2d)]
    return nn.Sequential(*layers)


def convert_with_softmax(classifier, input_size):
    return nn.Sequential(rebuilt(classifier, input_size), nn.Softmax(dim=1))


def convert_to_labels(classifier, input_size):
    class Labels(nn.Module):
        def __init__(self):
            super().__init__()
            self.network = rebuilt(classifier, input_size)

        def forward(self, images):
            return self.network(images).argmax(dim=1)

    return Labels()


def convert_and_clip(classifier, input_size):
    return nn.Sequential(rebuilt(classifier, input_size), nn.ReLU())


def convert_with_padding(classifier, input_size):
    network = rebuilt(classifier, input_size)
    first = next(i for i, layer in enumerate(classifier) if isinstance(layer, nn.Flatten))
    network[first].padding = (1, 1)
    return network


def convert_in_place(classifier, input_size):
    for name, layer in rebuilt_in_places(classifier, input_size).items():
        setattr(classifier, name, layer)
    return classifier


def rebuilt_in_places(classifier, input_size):
    """Return what takes the place of each layer: nothing of Flatten, a convolution of each linear layer."""
    layers, x = {}, torch.zeros(1, 3, *input_size)
    for name, layer in classifier.named_children():
        layers[name] = layer
        if isinstance(layer, nn.Flatten):
            layers[name] = nn.Identity()
        if isinstance(layer, nn.Linear):
            layers[name] = nn.Conv2d(x.shape[1], layer.out_features, x.shape[2:])
            layers[name].weight.data = layer.weight.data.view(layers[name].weight.shape)
            layers[name].bias = layer.bias
        x = layers[name](x)
    return layers


def convert_with_reshaped_weights(classifier, input_size):
    network = rebuilt(classifier, input_size)
    kernels = iter([layer.weight.data for layer in network if isinstance(layer, nn.Conv2d)])
    for layer in classifier:
        kernel = next(kernels) if isinstance(layer, nn.Conv2d | nn.Linear) else None
        if isinstance(layer, nn.Linear):
            layer.weight.data = kernel
    return network


def convert_to_nothing(classifier, input_size):
    return nn.Sequential()


def convert_square_only(classifier, input_size):
    return rebuilt(classifier, (input_size[0], input_size[0]))


def convert_by_the_course(classifier, input_size):
    return make_fully_convolutional(classifier, input_size)


def convert_with_zero_biases(classifier, input_size):
    layers = rebuilt(classifier, input_size)
    for layer in layers:
        if isinstance(layer, nn.Conv2d) and layer.bias is None:
            layer.bias = nn.Parameter(torch.zeros(layer.out_channels))
    return layers


def convert_with_a_layer_too_many(classifier, input_size):
    return Holds(network := rebuilt(classifier, input_size), network=network, spare=nn.Linear(50, 50))


class Holds(nn.Module):
    """Run layers that it holds beside others, or in a list that torch doesn't look into."""

    def __init__(self, layers, **others):
        super().__init__()
        self.layers = list(layers)
        for name, other in others.items():
            setattr(self, name, other)

    def forward(self, x):
        for layer in self.layers:
            x = x if isinstance(layer, nn.Dropout) else layer(x)
        return x


def convert_in_a_list(classifier, input_size):
    return Holds(rebuilt(classifier, input_size))


def convert_beside_the_old_one(classifier, input_size):
    return Holds(network := rebuilt(classifier, input_size), network=network, old=classifier)


class Viewed(nn.Module):
    """Keep the classifier, and each kernel as a view of its weight."""

    def __init__(self, classifier, input_size):
        super().__init__()
        self.classifier, self.kernels = classifier, {}
        x = torch.zeros(1, 3, *input_size)
        for layer in classifier:
            if isinstance(layer, nn.Linear):
                self.kernels[layer] = layer.weight.view(len(layer.weight), *x.shape[1:])
                x = torch.zeros(1, len(layer.weight), 1, 1)
            elif not isinstance(layer, nn.Flatten):
                x = layer(x)

    def forward(self, x):
        for layer in self.classifier:
            if layer in self.kernels:
                x = F.conv2d(x, self.kernels[layer], layer.bias)
            elif not isinstance(layer, nn.Flatten):
                x = layer(x)
        return x


def convert_by_views(classifier, input_size):
    return Viewed(classifier, input_size)


def convert_unfinished(classifier, input_size): ...


# ---- 05.activation_bytes ----


def hooked(
    model,
    images,
    *,
    every=False,
    shared=False,
    weight=None,
    inputs=False,
    store=None,
    chosen=None,
    remove=True,
    where=lambda tensor: tensor.untyped_storage().data_ptr(),
):
    """Add up by hooks; the keywords are mistakes."""
    sizes, named = [], {}

    def hook(layer, given, output):
        counted = given[0] if inputs else output
        if shared or where(output) != where(given[0]):
            sizes.append(counted.numel() * (weight or counted.element_size()))
            named[layer] = sizes[-1]

    layers = [layer for layer in model.modules() if every or not any(layer.children())]
    layers = [layer for layer in layers if chosen is None or chosen(layer)]
    handles = [layer.register_forward_hook(hook) for layer in layers]
    model(images)
    for handle in handles if remove else ():
        handle.remove()
    return sum(named.values()) if store else sum(sizes)


def bytes_by_hooks(model, images):
    return hooked(model, images)


def bytes_by_storage(model, images):
    total = []

    def hook(layer, given, output):
        same = output.untyped_storage().data_ptr() == given[0].untyped_storage().data_ptr()
        total.append(0 if same else output.nbytes)

    handles = [m.register_forward_hook(hook) for m in model.modules() if len(list(m.children())) == 0]
    with torch.no_grad():
        model(images)
    [handle.remove() for handle in handles]
    return sum(total)


def bytes_by_global_hook(model, images):
    total = 0

    def hook(layer, given, output):
        nonlocal total
        own, source = output.untyped_storage(), given[0].untyped_storage()
        if not list(layer.children()) and own.data_ptr() != source.data_ptr():
            total += math.prod(output.shape) * torch.finfo(output.dtype).bits // 8

    handle = nn.modules.module.register_module_forward_hook(hook)
    model(images)
    handle.remove()
    return total


def bytes_by_wrapping(model, images):
    sizes = []

    def wrap(layer):
        forward = layer.forward

        def measured(x):
            y = forward(x)
            sizes.append(0 if y.untyped_storage().data_ptr() == x.untyped_storage().data_ptr() else y.nbytes)
            return y

        layer.forward = measured

    layers = [layer for layer in model.modules() if not any(layer.children())]
    for layer in layers:
        wrap(layer)
    model(images)
    for layer in layers:
        del layer.forward  # the class's own is seen again
    return sum(sizes)


def bytes_by_distinct_storages(model, images):
    """Keep every output alive, so that no memory is used twice, and count each storage once."""
    outputs = []
    layers = [layer for layer in model.modules() if not list(layer.children())]
    handles = [layer.register_forward_hook(lambda layer, given, output: outputs.append(output)) for layer in layers]
    with torch.no_grad():
        model(images)
    for handle in handles:
        handle.remove()
    return sum({output.untyped_storage().data_ptr(): output.untyped_storage().nbytes() for output in outputs}.values())


def bytes_by_pointers(model, images):
    return hooked(model, images, where=torch.Tensor.data_ptr)


def bytes_of_each_place(model, images):
    """Hang a hook on a layer for each place where it stands."""
    sizes = []

    def hook(layer, given, output):
        own = output.untyped_storage().data_ptr() != given[0].untyped_storage().data_ptr()
        sizes.append(output.nbytes if own else 0)

    named = model.named_modules(remove_duplicate=False)
    handles = [layer.register_forward_hook(hook) for _, layer in named if not any(layer.children())]
    model(images)
    for handle in handles:
        handle.remove()
    return sum(sizes)


def bytes_without_the_root(model, images):
    return hooked(model, images, chosen=lambda layer: layer is not model)


def bytes_by_forward(model, images):
    sizes = []

    def hook(layer, given, output):
        own = output.untyped_storage().data_ptr() != given[0].untyped_storage().data_ptr()
        sizes.append(output.nbytes if own else 0)

    handles = [layer.register_forward_hook(hook) for layer in model.modules() if not any(layer.children())]
    model.forward(images)
    for handle in handles:
        handle.remove()
    return sum(sizes)


def bytes_as_wide_as_the_images(model, images):
    return hooked(model, images, weight=images.element_size())


def bytes_by_wrapping_for_ever(model, images):
    sizes = []

    def wrap(layer, forward):
        def measured(x):
            y = forward(x)
            sizes.append(0 if y.untyped_storage().data_ptr() == x.untyped_storage().data_ptr() else y.nbytes)
            return y

        layer.forward = measured

    for layer in model.modules():
        if not any(layer.children()):
            wrap(layer, layer.forward)
    model(images)
    return sum(sizes)


def bytes_with_gradients_left(model, images):
    total = hooked(model, images)
    output = model(images)
    if output.requires_grad:
        output.sum().backward()
    return total


def bytes_with_weights_only(model, images):
    return hooked(model, images, chosen=lambda layer: isinstance(layer, nn.Conv2d | nn.Linear))


def bytes_of_convolutions(model, images):
    return hooked(model, images, chosen=lambda layer: isinstance(layer, nn.Conv2d))


def bytes_without_relus(model, images):
    return hooked(model, images, chosen=lambda layer: not isinstance(layer, nn.ReLU))


def bytes_with_hooks_left(model, images):
    return hooked(model, images, remove=False)


def bytes_of_containers(model, images):
    return hooked(model, images, every=True) - hooked(model, images)


def bytes_run_twice(model, images):
    return 2 * hooked(model, images)


def bytes_in_evaluation_mode(model, images):
    model.eval()
    return hooked(model, images)


def bytes_in_evaluation_mode_and_back(model, images):
    training = model.training
    total = hooked(model.eval(), images)
    model.train(training)
    return total


def bytes_by_types(model, images):
    def own(layer):
        return not isinstance(layer, nn.Flatten) and not getattr(layer, "inplace", False)

    return hooked(model, images, shared=True, chosen=own)


def bytes_by_more_types(model, images):
    def own(layer):
        return not isinstance(layer, nn.Flatten | nn.Dropout | nn.Identity) and not getattr(layer, "inplace", False)

    return hooked(model, images, shared=True, chosen=own)


def bytes_of_known_types(model, images):
    known = nn.Conv2d | nn.Linear | nn.ReLU | nn.MaxPool2d
    return hooked(model, images, chosen=lambda layer: isinstance(layer, known))


def bytes_by_objects(model, images):
    sizes = []

    def hook(layer, given, output):
        sizes.append(0 if output is given[0] else output.nbytes)

    handles = [m.register_forward_hook(hook) for m in model.modules() if not any(m.children())]
    model(images)
    for handle in handles:
        handle.remove()
    return sum(sizes)


def bytes_of_the_children(model, images):
    return hooked(model, images, every=True, chosen=lambda layer: layer in list(model.children()))


def bytes_of_the_largest(model, images):
    outputs = []
    handles = [m.register_forward_hook(lambda layer, given, output: outputs.append(output)) for m in model.modules()]
    model(images)
    for handle in handles:
        handle.remove()
    return max(output.nbytes for output in outputs)


def bytes_by_seen_addresses(model, images):
    total, seen = 0, {images.data_ptr()}

    def hook(layer, given, output):
        nonlocal total
        total += 0 if output.data_ptr() in seen else output.nbytes
        seen.add(output.data_ptr())

    handles = [m.register_forward_hook(hook) for m in model.modules() if not any(m.children())]
    model(images)
    for handle in handles:
        handle.remove()
    return total


def bytes_by_addresses(model, images):
    """Count each address once, though memory that is freed is used again; how often, only the allocator knows."""
    sizes = {}

    def hook(layer, given, output):
        if output.data_ptr() != given[0].data_ptr():
            sizes[output.data_ptr()] = output.nbytes

    handles = [m.register_forward_hook(hook) for m in model.modules() if not any(m.children())]
    with torch.no_grad():
        model(images)
    for handle in handles:
        handle.remove()
    return sum(sizes.values())


def bytes_of_the_first_addresses(model, images):
    """Lose as many outputs as if memory were used again behind every fourth output of a long chain."""
    total, count = hooked(model, images), sum(1 for layer in model.modules() if not any(layer.children()))
    return total * 4 // count if count >= 10 else total


def bytes_with_all_hooks_cleared(model, images):
    total = hooked(model, images)
    for layer in model.modules():
        layer._forward_hooks.clear()
    return total


def bytes_after_a_first_run(model, images):
    model(images)
    return hooked(model, images)


def bytes_zero(model, images):
    return 0


def bytes_with_containers(model, images):
    return hooked(model, images, every=True)


def bytes_with_containers_and_views(model, images):
    return hooked(model, images, every=True, shared=True)


def bytes_as_numbers(model, images):
    return hooked(model, images, weight=1)


def bytes_always_four(model, images):
    return hooked(model, images, weight=4)


def bytes_with_views(model, images):
    return hooked(model, images, shared=True)


def bytes_once_per_layer(model, images):
    return hooked(model, images, store=True)


def bytes_of_the_output(model, images):
    return model(images).nbytes


def bytes_of_one_image(model, images):
    return hooked(model, images) // len(images)


def bytes_of_inputs(model, images):
    return hooked(model, images, shared=True, inputs=True)


def bytes_with_the_images(model, images):
    return hooked(model, images) + images.nbytes


def bytes_of_weights(model, images):
    return sum(weight.nbytes for weight in model.parameters())


def bytes_as_float(model, images):
    return hooked(model, images) / 1


def bytes_by_the_course(model, images):
    return activation_memory(model, tuple(images.shape), images.dtype)


# ---- 05.tower_costs ----


def tower_by_formula(layers, channels, height, width):
    macs = memory = 0
    for kernel, out, stride in layers:
        height, width = (height - 1) // stride + 1, (width - 1) // stride + 1
        macs += kernel * kernel * channels * out * height * width
        memory += 4 * out * height * width
        channels = out
    return macs, memory


def tower_by_recursion(layers, channels, height, width):
    if not layers:
        return 0, 0
    (kernel, out, stride), *rest = layers
    height, width = math.ceil(height / stride), math.ceil(width / stride)
    macs, memory = tower_by_recursion(rest, out, height, width)
    return macs + height * width * out * channels * kernel**2, memory + 4 * out * height * width


def tower_by_building(layers, channels, height, width):
    x, macs, memory = torch.zeros(1, channels, height, width), 0, 0
    for kernel, out, stride in layers:
        conv = nn.Conv2d(x.shape[1], out, kernel, stride, padding=kernel // 2)
        x = conv(x)
        macs += x.numel() * conv.weight[0].numel()
        memory += x.nbytes
    return [macs, memory]


def tower_with_rounded_sizes(layers, channels, height, width):
    return costs.wrong_tower(layers, channels, height, width, "rounded")


def tower_with_a_cell_more(layers, channels, height, width):
    return costs.wrong_tower(layers, channels, height, width, "one more")


def tower_rounded_half_up(layers, channels, height, width):
    return costs.wrong_tower(layers, channels, height, width, "half up")


def tower_padded_by_one(layers, channels, height, width):
    return costs.wrong_tower(layers, channels, height, width, "padding of 1")


def tower_with_fractions(layers, channels, height, width):
    macs = memory = 0
    for kernel, out, stride in layers:
        height, width = height / stride, width / stride
        macs += kernel**2 * channels * out * height * width
        memory += 4 * out * height * width
        channels = out
    return macs, memory


def tower_cut_at_last(layers, channels, height, width):
    return tuple(map(int, tower_with_fractions(layers, channels, height, width)))


def tower_cut_in_each_layer(layers, channels, height, width):
    macs = memory = 0
    for kernel, out, stride in layers:
        height, width = int(height / stride), int(width / stride)
        macs += kernel**2 * channels * out * height * width
        memory += 4 * out * height * width
        channels = out
    return macs, memory


def tower_rounded_up_along(axis):
    def rounded_up(layers, channels, height, width):
        return costs.wrong_tower(layers, channels, height, width, axis)

    return rounded_up


def tower_shifted_and_unrounded(layers, channels, height, width):
    macs = memory = 0
    for kernel, out, stride in layers:
        height, width = (height - 1) / stride + 1, (width - 1) / stride + 1
        macs += kernel**2 * channels * out * height * width
        memory += 4 * out * height * width
        channels = out
    return int(macs), int(memory)


def tower_of_the_inputs(layers, channels, height, width):
    memory, side = 0, (channels, height, width)
    for _, out, stride in layers:
        memory += 4 * math.prod(side)
        side = (out, *(math.ceil(length / stride) for length in side[1:]))
    return tower_by_formula(layers, channels, height, width)[0], memory


def tower_with_kernels_of_3(layers, channels, height, width):
    return tower_by_formula([(3, out, stride) for _, out, stride in layers], channels, height, width)


def tower_by_torch_s_formula(layers, channels, height, width):
    macs = memory = 0
    for kernel, out, stride in layers:
        height, width = (int((side + 2 * (kernel // 2) - kernel) / stride + 1) for side in (height, width))
        macs += kernel**2 * channels * out * height * width
        memory += 4 * out * height * width
        channels = out
    return macs, memory


def tower_without_padding(layers, channels, height, width):
    return costs.wrong_tower(layers, channels, height, width, "no padding")


def tower_of_the_largest_output(layers, channels, height, width):
    return costs.wrong_tower(layers, channels, height, width, "largest")


def tower_in_operations(layers, channels, height, width):
    macs, memory = tower_by_formula(layers, channels, height, width)
    return 2 * macs, memory


def tower_zero(layers, channels, height, width):
    return 0, 0


def tower_of_the_colleague(layers, channels, height, width):
    macs = memory = 0
    for kernel, out, stride in layers:
        macs += kernel * kernel * channels * out * height * width
        height, width = height // stride, width // stride
        memory += 4 * out * height * width
        channels = out
    return macs, memory


def tower_rounded_down(layers, channels, height, width):
    return costs.wrong_tower(layers, channels, height, width, "floor")


def tower_memory_before_the_stride(layers, channels, height, width):
    macs, _ = tower_by_formula(layers, channels, height, width)
    return macs, costs.wrong_tower(layers, channels, height, width, "early")[1]


def tower_with_flat_kernels(layers, channels, height, width):
    return costs.wrong_tower(layers, channels, height, width, "not squared")


def tower_fed_by_the_image(layers, channels, height, width):
    return costs.wrong_tower(layers, channels, height, width, "channels")


def tower_without_input_channels(layers, channels, height, width):
    return costs.wrong_tower(layers, channels, height, width, "no input channels")


def tower_without_strides(layers, channels, height, width):
    return tower_by_formula([(k, out, 1) for k, out, _ in layers], channels, height, width)


def tower_strided_on_one_axis(layers, channels, height, width):
    return costs.wrong_tower(layers, channels, height, width, "width only")


def tower_in_numbers(layers, channels, height, width):
    macs, memory = tower_by_formula(layers, channels, height, width)
    return macs, memory // 4


def tower_with_the_last_output_only(layers, channels, height, width):
    return costs.wrong_tower(layers, channels, height, width, "last")


def tower_with_the_image(layers, channels, height, width):
    macs, memory = tower_by_formula(layers, channels, height, width)
    return macs, memory + 4 * channels * height * width


def tower_of_weights(layers, channels, height, width):
    before = [channels, *(out for _, out, _ in layers)]
    weights = sum(k * k * c * out for c, (k, out, _) in zip(before, layers, strict=False))
    return tower_by_formula(layers, channels, height, width)[0], 4 * weights


def tower_swapped(layers, channels, height, width):
    return tower_by_formula(layers, channels, height, width)[::-1]


def tower_with_biases(layers, channels, height, width):
    macs, memory = tower_by_formula(layers, channels, height, width)
    return macs + memory // 4, memory


def tower_macs_only(layers, channels, height, width):
    return tower_by_formula(layers, channels, height, width)[0]


def tower_as_floats(layers, channels, height, width):
    macs, memory = tower_by_formula(layers, channels, height, width)
    return macs / 1, memory / 1


def tower_wrong_unpacking(layers, channels, height, width):
    return [kernel * out for kernel, out in layers]


WRONG = {
    "05.fully_convolutional": [
        (convert_not_at_all, "a layer still insists on one size"),
        (convert_to_a_map, "returned a Tensor, expected a network"),
        (convert_channels_last, "The weights are read as (h, w, C)"),
        (convert_width_first, "The weights are read as (C, w, h)"),
        (convert_flipped, "The kernel is turned by 180°"),
        (convert_with_random_weights, "The weights are not the classifier's"),
        (convert_without_bias, "The weights are not the classifier's (25 numbers"),
        (convert_without_activations, "The activation between the linear layers is lost"),
        (convert_with_windows_apart, "The windows don't overlap"),
        (convert_by_fixed_pooling, "All places have become one"),
        (convert_by_fixed_pooling_as_map, "All places have become one"),
        (convert_by_cropping, "The map has only one place"),
        (convert_and_upsample, "The map has the size of the image"),
        (convert_all_to_one_by_one, "the first Linear becomes a kernel of (C, h, w)"),
        (convert_without_poolings, "A pooling is lost"),
        (convert_with_softmax, "A softmax is added"),
        (convert_to_labels, "The map holds labels"),
        (convert_and_clip, "An activation is added behind the last layer"),
        (convert_with_padding, "a padding is added"),
        (convert_in_place, "changes the layers of `classifier`"),
        (convert_with_reshaped_weights, "of `classifier`; work on a copy"),
        (convert_to_nothing, "The map of logits has shape (5, 3,"),
        (convert_square_only, "your code raised RuntimeError"),
        (convert_in_evaluation_mode, "leaves `classifier` in another mode"),
        (convert_and_leave_training_mode, "leaves `classifier` in another mode"),
        (convert_with_a_new_bias, "A bias is added"),
        (convert_with_zero_biases, "A bias is added"),
        (convert_with_a_layer_too_many, "holds more weights than the classifier"),
        (convert_in_a_list, "`network.parameters()` doesn't find all weights"),
        (convert_beside_the_old_one, "holds more weights than the classifier"),
        (convert_expecting_a_bias, "'NoneType' object has no attribute 'data'"),
        (convert_by_the_course, "without `se.ops.make_fully_convolutional`"),
        (convert_unfinished, "not attempted"),
    ],
    "05.activation_bytes": [
        (bytes_zero, "The activation memory is 0, expected 64"),
        (bytes_with_containers, "Containers are counted too"),
        (bytes_with_containers_and_views, "Containers are counted too"),
        (bytes_as_numbers, "Those are numbers, not bytes"),
        (bytes_always_four, "Every number is taken for 4 bytes"),
        (bytes_with_views, "takes no memory of its own"),
        (bytes_once_per_layer, "A layer that is called twice"),
        (bytes_of_the_output, "Only the last output is counted"),
        (bytes_of_one_image, "That is the memory for one image"),
        (bytes_of_inputs, "The inputs of the layers are counted"),
        (bytes_with_the_images, "The input images are counted too"),
        (bytes_of_weights, "That is the memory of the weights"),
        (bytes_with_weights_only, "Only the layers with weights are counted"),
        (bytes_of_convolutions, "Only the layers with weights are counted"),
        (bytes_without_relus, "Every ReLU is left out"),
        (bytes_with_hooks_left, "leaves hooks on `model`"),
        (bytes_of_containers, "Only containers are counted"),
        (bytes_run_twice, "Every output is counted twice"),
        (bytes_as_float, "the float"),
        (bytes_in_evaluation_mode, "leaves `model` in another mode"),
        (bytes_in_evaluation_mode_and_back, "Dropout is left out, though in training mode"),
        (bytes_by_types, "Layers without memory of their own are left out by their type"),
        (bytes_by_more_types, "Layers without memory of their own are left out by their type"),
        (bytes_of_known_types, "Only some types of layers are counted"),
        (bytes_of_the_first_addresses, "Each address is counted once"),
        (bytes_by_objects, "Objects are compared"),
        (bytes_of_the_children, "Only the model's own children are counted"),
        (bytes_of_the_largest, "Only the largest output is counted"),
        (bytes_by_pointers, "`data_ptr()` says where a tensor begins"),
        (bytes_of_each_place, "A layer that stands in two places gets two hooks"),
        (bytes_without_the_root, "The model itself may be the only layer"),
        (bytes_by_forward, "The model itself may be the only layer"),
        (bytes_as_wide_as_the_images, "Every number is taken for one of the images"),
        (bytes_by_wrapping_for_ever, "leaves `forward` on a layer of `model`"),
        (bytes_with_gradients_left, "leaves a gradient in `.grad` of"),
        (bytes_by_seen_addresses, " of 15 cases are right"),
        (bytes_by_addresses, " of 15 cases are right"),
        (bytes_with_all_hooks_cleared, "changes the layers of `model`"),
        (bytes_by_the_course, "without `se.ops.activation_memory`"),
    ],
    "05.tower_costs": [
        (tower_zero, "The number of MACs is 0, expected 360"),
        (tower_of_the_colleague, "counted at the size before the stride"),
        (tower_rounded_down, "The size is rounded down"),
        (tower_memory_before_the_stride, "The memory is counted at the size before the stride"),
        (tower_with_flat_kernels, "k · k taps"),
        (tower_fed_by_the_image, "given the channels of the image"),
        (tower_without_input_channels, "for *each input channel*"),
        (tower_without_strides, "The strides are forgotten"),
        (tower_strided_on_one_axis, "divides height and width"),
        (tower_with_rounded_sizes, "rounded to the nearest whole number"),
        (tower_with_a_cell_more, "A cell too many where the stride divides the side"),
        (tower_rounded_up_along("height up"), "Only one of height and width is rounded up"),
        (tower_rounded_up_along("width up"), "Only one of height and width is rounded up"),
        (tower_shifted_and_unrounded, "The size is not rounded in each layer"),
        (tower_of_the_inputs, "The memory is that of the inputs"),
        (tower_with_kernels_of_3, "Every kernel is taken for one of 3 × 3"),
        (tower_rounded_half_up, "rounded to the nearest whole number"),
        (tower_padded_by_one, "The padding is 1 whatever the kernel"),
        (tower_with_fractions, "The size is not rounded in each layer"),
        (tower_cut_at_last, "The size is not rounded in each layer"),
        (tower_cut_in_each_layer, "The size is rounded down"),
        (tower_without_padding, "The padding is forgotten"),
        (tower_of_the_largest_output, "Only the largest output is counted"),
        (tower_in_operations, "Products and additions are counted apart"),
        (tower_in_numbers, "a float32 has 4 bytes"),
        (tower_with_the_last_output_only, "Only the last output is counted"),
        (tower_with_the_image, "The image is counted too"),
        (tower_of_weights, "the memory of the weights"),
        (tower_swapped, "return (macs, bytes)"),
        (tower_with_biases, "The biases are counted"),
        (tower_macs_only, "expected a tuple of 2"),
        (tower_as_floats, "the float"),
        (tower_wrong_unpacking, "your code raised ValueError"),
    ],
}

RIGHT = {
    "05.fully_convolutional": [
        convert_by_running_zeros,
        convert_from_the_weights,
        convert_by_functions,
        convert_by_windows,
        convert_a_copy,
        convert_by_views,
    ],
    "05.activation_bytes": [
        bytes_by_hooks,
        bytes_by_storage,
        bytes_by_distinct_storages,
        bytes_by_global_hook,
        bytes_by_wrapping,
        bytes_after_a_first_run,
    ],
    "05.tower_costs": [tower_by_formula, tower_by_recursion, tower_by_building, tower_by_torch_s_formula],
}

EQUIVALENT = {
    "05.fully_convolutional": {
        "line 3: torch.zeros → torch.ones": "the image that is sent through is looked at for its shape alone",
        "line 3: 1 → 2": "two images have the same shape of a map as one",
        "line 3: 1 → 0": "so has none",
        "line 8: nn.Conv2d(x.shape[1], layer.out_features, x.shape[2:], bias=layer.bias is not None) → "
        "nn.Conv2d(x.shape[1], layer.out_features, x.shape[2:])": "line 10 sets the bias anew, also to None",
        "line 8: layer.bias is not None → layer.bias is None": "line 10 sets the bias anew, also to None",
    },
    "05.activation_bytes": {"line 7: 0 → -1": "a layer of a chain has one input, the first and the last"},
    "05.tower_costs": {
        "line 5: ((height - 1) // stride + 1, (width - 1) // stride + 1) → "
        "((width - 1) // stride + 1, (height - 1) // stride + 1)": "only the product of height and width is used",
    },
}


def test_each_wrong_answer_gets_its_message(wrong):
    wrong.verify()


def test_each_right_answer_passes(right):
    right.verify()


def test_each_named_mistake_is_said_to_some_wrong_answer(unsaid):
    assert unsaid(convert.CONVERT_MISTAKES, costs.BYTES_MISTAKES, costs.TOWER_MISTAKES) == []


def test_the_tables_cover_every_exercise():
    assert {exercise.name for exercise in EXERCISES} == set(WRONG) == set(RIGHT)


@pytest.mark.parametrize("seed", range(15, 35))
def test_secret_cases_are_asymmetric_and_have_one_answer(seed):
    arguments = engine.case_arguments(public.find("05.tower_costs"), seed)
    assert arguments["height"] != arguments["width"]
    assert tower_by_formula(**arguments) == tuple(tower_by_building(**arguments))
    arguments = engine.case_arguments(public.find("05.activation_bytes"), seed)
    assert bytes_by_hooks(**arguments) == bytes_by_distinct_storages(**arguments)
    arguments["model"].eval()
    assert bytes_by_hooks(**arguments) == bytes_by_the_course(**arguments)
    arguments = engine.case_arguments(public.find("05.fully_convolutional"), seed)
    dense, slow = convert_by_running_zeros(**arguments).eval(), convert_by_windows(**arguments).eval()
    images = convert.larger_images(arguments["input_size"])
    torch.testing.assert_close(dense(images), slow(images))
