"""How the tests read the network cost explorer's screen, and hold all of it to segedu.ops."""

from pathlib import Path
from typing import Any

from segedu.widgets.network_cost.core import middle_field, scaled
from segedu.widgets.network_cost.designs import doubled, steps_of
from tests.widgets.network_cost import truth

SCRIPT = (Path(__file__).parent / "screen.js").read_text("utf-8")


def run(page: Any, body: str, argument: Any = None) -> Any:
    return page.evaluate(f"(argument) => {{ {SCRIPT} {body} }}", argument)


def open_explorer(open_page: Any, explorer: Any, **options: Any) -> Any:
    page = open_page(explorer, **options)
    page.wait_for_selector(".segedu[data-ready=true]")
    return page


def setting_on(screen: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read design and conditions from the controls; how often a layer has the width, from its output's channels."""
    sliders, menus = screen["sliders"], screen["menus"]
    layers = []
    for row in screen["design"][1 : sliders["layers"] + 1]:
        stride, dilation = row["menus"]
        made = int(row["cells"]["output"].split(" × ")[0])
        layers.append({"stride": stride, "dilation": dilation, "times": -(-made // sliders["width (channels)"])})
    design = {
        "channels": sliders["width (channels)"], "kernel": int(menus["kernel"]), "double": screen["double"],
        "up": menus["way up"], "layers": doubled(layers) if screen["double"] else layers,
    }  # fmt: skip
    conditions = {
        "size": [sliders["image height"], sliders["image width"]], "batch": sliders["batch"], "classes": 10,
        "training": menus["memory for"] == "true", "precision": menus["numbers"],
    }  # fmt: skip
    return design, conditions


def field_words(field: tuple[int, int]) -> str:
    return f"{field[0]:,}" if field[0] == field[1] else f"{field[0]:,} × {field[1]:,}"


def assert_screen_equals_torch(screen: dict[str, Any]) -> None:
    design, conditions = setting_on(screen)
    facts = truth.facts(design, conditions)
    steps = steps_of(design, conditions["classes"], conditions["size"])
    rows = screen["design"][1:]
    assert len(rows) == len(facts["rows"])
    for number, (row, expected) in enumerate(zip(rows, facts["rows"], strict=True), start=1):
        assert row["cells"] == {
            "output": " × ".join(f"{side:,}" for side in expected["shape"][1:]),
            "parameters": scaled(expected["parameters"]),
            "MACs": scaled(expected["macs"]),
            "memory": bytes_words(expected["bytes"]),
            "sees": field_words(middle_field(steps[:number])),
        }
    totals = {key.split()[0]: text for key, text in screen["totals"].items() if key.endswith("design")}
    assert totals == {
        "parameters": f"{facts['parameters']:,}", "macs": f"{facts['macs']:,}",
        "activations": f"{facts['activations']:,}", "weights": f"{facts['weights']:,}",
        "field": field_words(middle_field(steps)), "batch": f"{facts['batch']:,}",
    }  # fmt: skip
    too_much = facts["activations"] + facts["weights"] > 16e9
    assert too_much == any("a T4 has 16 GB" in words for words in screen["remarks"])


def bytes_words(count: int) -> str:
    return f"{scaled(count)}{' ' if count < 1000 else ''}B"
