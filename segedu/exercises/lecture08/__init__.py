"""The exercises of lecture 08, Transposed convolution."""

from segedu.exercises.engine.engine import Exercise
from segedu.exercises.lecture08 import decoder, grid, matrix, stamps

VIEWS = ("se.ops.conv_transpose2d_scatter", "se.ops.conv_transpose2d_matrix", "se.ops.conv_transpose2d_gradient")

EXERCISES = (
    Exercise(
        name="08.transposed_size",
        points=1,
        arguments=stamps.size_arguments,
        judge=stamps.judge_size,
        proved="Your sizes are right: what the stamps cover, less what padding crops, plus what output_padding adds.",
        hints=(
            "On paper: 4 input cells, a kernel of 3, stride 2. Where does each stamp begin? Where does the last end?",
            "Three steps: where the last stamp begins, how many cells a dilated kernel spans, "
            "and what is cropped (on both sides) or added (on one).",
            "The last stamp begins at (input_size - 1) * stride and spans dilation * (kernel_size - 1) + 1 cells. "
            "Subtract 2 * padding, add output_padding.",
        ),
        forbidden=("se.ops.transposed_output_size", "F.conv_transpose2d", "nn.ConvTranspose2d"),
        cases=12,
    ),
    Exercise(
        name="08.conv_transpose2d",
        points=3,
        arguments=stamps.conv_arguments,
        judge=stamps.judge_conv,
        proved="A transposed convolution is nothing but stamps that add up, then a crop; yours equals torch's with "
        "each stride, padding, output_padding and dilation that was tried, and with none given.",
        hints=(
            "Begin with `stamps` above. With channels, one input cell holds C numbers, the weight is (C, O, kh, kw), "
            "and the stamp, (O, kh, kw), is a sum over the C channels.",
            "Make a canvas that holds every stamp and the output_padding: (h − 1)·stride + dilation·(kh − 1) + 1 + "
            "output_padding rows. Dilated taps land in a slice with a step, a[top:bottom:dilation]. Crop at the end.",
            'stamp = torch.einsum("nc,couv->nouv", x[:, :, i, j], weight); canvas[:, :, top:bottom:dilation, '
            "left:right:dilation] += stamp. Then y = canvas[:, :, padding : rows - padding, padding : columns - "
            "padding]. The bias comes last, once.",
        ),
        forbidden=(
            "F.conv_transpose2d",
            "nn.ConvTranspose2d",
            "F.conv2d",
            "nn.Conv2d",
            "nn.grad.conv2d_input",
            "F.fold",
            "scipy.signal.convolve2d",
            *VIEWS,
        ),
        cases=12,
    ),
    Exercise(
        name="08.transposed_matrix",
        points=2,
        arguments=matrix.matrix_arguments,
        judge=matrix.judge_matrix,
        proved="A transposed convolution is a linear map whose matrix is the transpose of a convolution's: "
        "each column is one stamp.",
        hints=(
            "Which map would a convolution with this kernel, stride and padding turn into one of `input_size`? "
            "Its height is stride·(h − 1) + kh − 2·padding.",
            "Row (i, j) of the convolution's matrix holds the kernel at the cells that output cell (i, j) sees. Fill "
            "it for the larger map, with one row per cell of `input_size`; then transpose.",
            "Tap (u, v) of cell (i, j) meets row y = i·stride + u − padding, column x = j·stride + v − padding of the "
            "H × W map. Where both lie inside: matrix[i * w + j, y * W + x] = weight[u, v]. Return matrix.T.",
        ),
        forbidden=("F.conv_transpose2d", "nn.ConvTranspose2d", "se.ops.conv_matrix", "nn.grad.conv2d_input", *VIEWS),
        cases=10,
    ),
    Exercise(
        name="08.grid_energy",
        points=2,
        arguments=grid.energy_arguments,
        judge=grid.judge_energy,
        proved="The mean over all cells of one phase keeps what repeats with the period; your shares equal those that "
        "the frequencies of the maps give.",
        hints=(
            "A cell (i, j) has the phase (i % period, j % period). Average the map over all cells of one phase: "
            "what repeats with the period stays, everything else cancels.",
            "`heat_map.view(H // period, period, W // period, period)` has the axes (block row, row in it, block "
            "column, column in it). Over which two do you average?",
            "pattern = heat_map.view(H // period, period, W // period, period).mean(dim=(0, 2)); return "
            "(pattern.var(correction=0) / heat_map.var(correction=0)).item().",
        ),
        cases=10,
    ),
    Exercise(
        name="08.smooth_decoder",
        points=2,
        arguments=decoder.decoder_arguments,
        judge=decoder.judge_decoder,
        proved="Your decoder answers an even map with an even one, with its own weights and with three random sets of "
        "them, and an almost even one without a grid.",
        hints=(
            "Feed `transposed_decoder` an even map. Every input cell is the same, so what makes the output cells "
            "differ? Which operator of lecture 7 would not?",
            "Upsample with weights that are the same for every phase (nearest, bilinear), and let an ordinary "
            "convolution learn. Padding with zeros matters at the border only.",
            "Twice: nn.Upsample(scale_factor=2), then nn.Conv2d(…, 3, padding=1). The first from 24 to 24 channels "
            "with a ReLU behind it, the second from 24 to 10: 7,378 parameters, as many as before.",
        ),
        cases=3,
        observe=decoder.observe_decoder,
    ),
)
