"""The linker: modules in scopes of their own, what they import and pass on, and what is refused; held to Node's own."""

import json
import shutil
import subprocess

import pytest

from segedu.widgets import linker


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder that stands for the widgets' own; return a function that writes modules into it."""
    monkeypatch.setattr(linker, "FOLDER", tmp_path)
    monkeypatch.setattr(linker, "source", lambda module: (tmp_path / module).read_text("utf-8"))
    (tmp_path / "package.json").write_text('{ "type": "module" }')

    def write(modules):
        for name, text in modules.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text)
        return tmp_path

    return write


FAMILY = {
    "kit/numbers.js": """
const step = 1;
export const base = 10;
export function next(value) {
  return value + step;
}
export async function later(value) {
  return value;
}
export class Counter {}
""",
    "kit/kit.js": 'export { next, base as ten } from "./numbers.js";\nexport { Counter } from "./numbers.js";\n',
    "one/core.js": """
import { next as following } from "../kit/kit.js";
const step = 5;
export const grow = (value) => following(value) + step;
""",
    "one/view.js": """
import {
  grow,
} from "./core.js";
import { ten, Counter } from "../kit/kit.js";
const step = "render";
const text = `
imported`;
function render() {
  return [grow(ten), step, typeof Counter, text];
}
export default { render };
""",
}


def result_of(path, folder):
    """Return what the default export of the ES module renders, under Node."""
    code = f"import view from {json.dumps(path.as_uri())}; console.log(JSON.stringify(view.render()));"
    command = [shutil.which("node") or pytest.skip("node is not installed"), "--input-type=module", "-e", code]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder).stdout)


def test_the_linked_module_does_what_nodes_own_import_does(folder):
    path = folder(FAMILY)
    (path / "linked.js").write_text(linker.link("one/view.js"))
    expected = [16, "render", "function", "\nimported"]
    assert result_of(path / "one/view.js", path) == expected
    assert result_of(path / "linked.js", path) == expected


def test_each_module_is_linked_once_and_before_its_users(folder):
    folder(FAMILY)
    code = linker.scopes("kit/kit.js", "one/view.js")
    places = [code.index(f"const {name} = (() => {{") for name in ("kit$numbers", "kit$kit", "one$core", "one$view")]
    assert places == sorted(places)
    assert code.count("(() => {") == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            'import { less } from "../kit/kit.js";\n',
            "one/view.js imports less from kit/kit.js, which does not export it",
        ),
        ('import { base } from "../kit/kit.js";\n', "one/view.js imports base from kit/kit.js, which does not export"),
        ('export { step } from "./core.js";\n', "one/view.js imports step from one/core.js, which does not export it"),
        ('import { a } from "./cores.js";\n', "one/view.js imports from one/cores.js, which is not there"),
        ('import * as core from "./core.js";\n', "one/view.js says 'import \\* as core .*knows no such import"),
        ('export * from "./core.js";\n', "one/view.js says 'export \\* from .*knows no such import or export"),
    ],
)
def test_a_wrong_import_is_refused_naming_the_module_and_the_name(folder, text, message):
    folder({**FAMILY, "one/view.js": text})
    with pytest.raises(ValueError, match=message):
        linker.link("one/view.js")


def test_a_circle_of_imports_is_refused(folder):
    folder({"a.js": 'import { b } from "./b.js";\nexport const a = 1;\n'})
    folder({"b.js": 'import { a } from "./a.js";\nexport const b = 1;\n'})
    with pytest.raises(ValueError, match=r"in a circle: a\.js → b\.js → a\.js"):
        linker.link("a.js")
