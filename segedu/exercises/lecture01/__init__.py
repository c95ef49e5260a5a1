"""The exercises of lecture 01, What is segmentation?"""

from segedu.exercises.engine.engine import Exercise
from segedu.exercises.lecture01 import counts, targets

EXERCISES = (
    Exercise(
        name="01.to_one_hot",
        points=2,
        arguments=targets.map_arguments,
        judge=targets.judge_one_hot,
        proved="A label map of C classes is C binary masks, also if it lacks a class, and void is in none of them.",
        hints=(
            "Channel c is the binary mask of class c. Which comparison makes it?",
            "`label_map == c` for each c gives C masks of shape (H, W). Stack them; 255 equals no c.",
            "return torch.stack([label_map == c for c in range(num_classes)]).float()",
        ),
        forbidden=("F.one_hot", "se.to_one_hot"),
        cases=len(targets.MAPS),
    ),
    Exercise(
        name="01.to_labels",
        points=1,
        arguments=targets.channel_arguments,
        judge=targets.judge_labels,
        proved="The largest channel gives the label map back, once void is taken care of.",
        hints=(
            "Which channel is the largest at each pixel? Then: what does that say where all channels are 0?",
            "`channels.argmax(dim=0)` is the label, except for void. `(channels == 0).all(dim=0)` is a mask of void.",
            "labels = channels.argmax(dim=0); labels[(channels == 0).all(dim=0)] = 255; return labels",
        ),
        forbidden=("se.from_one_hot",),
        cases=len(targets.MAPS),
    ),
    Exercise(
        name="01.count_regions",
        points=3,
        arguments=counts.mask_arguments,
        judge=counts.judge_regions,
        proved="Regions can be counted, long ones and those with holes too; whether a region is one thing, two, or "
        "half of one, the mask doesn't say.",
        hints=(
            "Give every pixel of the mask a number of its own. How could neighbors agree on one?",
            "Let each pixel take the largest number of itself and its four neighbors, inside the mask. Repeat until "
            "nothing changes. Then count the different numbers.",
            "Start with numbers = torch.arange(1, mask.numel() + 1).view(mask.shape) * mask. Repeat numbers = "
            "spread(numbers, mask) until a step changes nothing; return len(numbers[mask].unique()).",
        ),
        forbidden=("scipy.ndimage.label",),
        cases=len(counts.MASKS) + 2,
    ),
    Exercise(
        name="01.another_world",
        points=2,
        arguments=counts.world_arguments,
        judge=counts.judge_world,
        proved="Two worlds with different numbers of things share one semantic map, so no program can count from it.",
        hints=(
            "The class is id // 1000, the instance id % 1000. Which of the two may you change, and for which pixels?",
            "Two ways: give all things of a class the same number (they merge), or give one pixel of a thing a number "
            "that its class doesn't have yet (it splits). Will your way work if each class has one thing?",
            "Merge: torch.where(panoptic % 1000 > 0, panoptic // 1000 * 1000 + 1, panoptic). If that changes no number "
            "of things, split the largest: other = panoptic.clone(), and its first pixel gets class · 1000 + 999.",
        ),
        cases=len(counts.WORLDS),
    ),
    Exercise(
        name="01.panoptic_ids",
        points=2,
        arguments=targets.scene_arguments,
        judge=targets.judge_panoptic,
        proved="One integer per pixel holds class and instance, for things and stuff alike.",
        hints=(
            "Start with what is easy: id = class · 1000 is right for stuff and for void.",
            "Go through the things in order. How many of its class came before it? That number plus 1 is the instance.",
            "ids = label_map * 1000; for each k: label = int(labels[k]); instance = 1 + (labels[:k] == label).sum(); "
            "ids[masks[k]] = label * 1000 + instance.",
        ),
        forbidden=("se.panoptic_map",),
        cases=len(targets.SCENES),
    ),
)
