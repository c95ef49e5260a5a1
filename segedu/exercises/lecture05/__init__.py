"""The exercises of lecture 05, Fully convolutional, full resolution."""

from segedu.exercises.engine.engine import Exercise
from segedu.exercises.lecture05 import convert, costs

EXERCISES = (
    Exercise(
        name="05.fully_convolutional",
        points=3,
        arguments=convert.convert_arguments,
        judge=convert.judge_network,
        proved="Without Flatten, your network takes images larger than the classifier's; at each place its map says "
        "what the classifier says to the crop there, and its weights are the classifier's.",
        hints=(
            "Which layers of the classifier care about the size of their input? All others can stay as they are.",
            "Send an image of zeros of the classifier's own size through the layers, one by one. At the first Linear, "
            "the map that you hold has the shape of the kernel that you need: (C, h, w). What is its shape at the next "
            "Linear?",
            "x = torch.zeros(1, 3, *input_size). Leave Flatten out. For a Linear: conv = nn.Conv2d(x.shape[1], "
            "layer.out_features, x.shape[2:]); conv.weight.data = layer.weight.data.view(conv.weight.shape); "
            "conv.bias = layer.bias, also where it is None. Then x = layer(x) with the layer that you keep, and at "
            "last nn.Sequential(*layers).",
        ),
        forbidden=("se.ops.make_fully_convolutional", "se.ops.linear_to_conv"),
        cases=8,
        observe=convert.observe_network,
    ),
    Exercise(
        name="05.activation_bytes",
        points=2,
        arguments=costs.bytes_arguments,
        judge=costs.judge_bytes,
        proved="Your hooks find the sum over layers of N·C·H·W numbers, in bytes, and count shared memory once.",
        hints=(
            "`layer.register_forward_hook(hook)` calls `hook(layer, inputs, output)` after each forward pass of "
            "this layer. Which modules of `model.modules()` are layers, and which only contain others?",
            "A list outside of the hook collects the bytes: `output.numel() * output.element_size()`. `inputs` is a "
            "tuple; an in-place ReLU returns its input's memory, a slice a part of it: `untyped_storage().data_ptr()` "
            "tells which memory a tensor lies in.",
            "for layer in model.modules(): if not any(layer.children()): handles.append(layer.register_forward_hook("
            "hook)). In the hook: if output.untyped_storage().data_ptr() != inputs[0].untyped_storage().data_ptr(): "
            "sizes.append(…). Call model(images), remove all handles, return sum(sizes).",
        ),
        forbidden=("se.ops.activation_memory", "se.ops.layer_table"),
        cases=15,
    ),
    Exercise(
        name="05.tower_costs",
        points=2,
        arguments=costs.tower_arguments,
        judge=costs.judge_tower,
        proved="A layer is paid at the size of its output, and a stride rounds up: so do your bills, with sides that "
        "strides divide and sides that they don't.",
        hints=(
            "Take one layer with stride 2, on 4 × 6 cells. How many cells has its output, and how often is the kernel "
            "laid on the image? Then take 5 × 7 cells.",
            "In which order do size, MACs and memory have to be updated? And with padding k // 2 and k odd, at "
            "how many positions does a kernel stand along 5 cells at stride 2?",
            "height, width = (height - 1) // stride + 1, (width - 1) // stride + 1 comes first, then "
            "macs += kernel * kernel * channels * out * height * width.",
        ),
        forbidden=("se.count_macs", "se.ops.activation_memory", "se.ops.layer_table"),
        cases=8,
    ),
)
