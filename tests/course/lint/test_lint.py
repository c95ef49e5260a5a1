"""`segedu lint`: a lecture that has everything gets no finding; each thing taken away gets its own."""

import re
from pathlib import Path

import nbformat
import pytest

from segedu.course.lint import lint
from segedu.exercises.engine import public
from segedu.exercises.engine.engine import Exercise

PYPROJECT = '[tool.segedu]\nrepository = "somebody/their-fork"\n'
PROSE = "We slide the kernel over the image and we add up the products of each position. " * 8


def exercise(name):
    return Exercise(f"90.{name}", 1, lambda seed: {}, lambda *given: None, "Proved.", ("a", "b", "c"))


EXERCISES = tuple(exercise(name) for name in ("implement", "measure", "explain"))


def markdown(text, name=""):
    head = f'# %% [markdown] name="{name}"' if name else "# %% [markdown]"
    return "\n".join([head, *(f"# {line}".rstrip() for line in text.split("\n"))]) + "\n"


def code(text, name="", tags=""):
    return f"# %%{f' name={chr(34)}{name}{chr(34)}' if name else ''}{tags}\n{text}\n"


FRONT = """# 90. A sample

{{colab_badge}}

**Question.** How much does one pixel see?

**You will be able to**

- compute a size,
- write a convolution with loops and
  hold it against torch,
- measure a field.

**Prerequisites.** [Tensors](https://docs.pytorch.org/tutorials/).

**Time.** Reading {{reading}} min · playing 15 min · exercises 45 min."""

SETUP = """import sys

if "google.colab" in sys.modules:
    print("{{repository}}")
import torch
import segedu as se

se.setup(seed=0)"""


def concept(number):
    return [
        markdown(f"## {number}. An idea\n\n{PROSE}"),
        code('se.show_row([], [], alt="A row of pictures.")', f"figure-idea-{number}"),
        markdown(PROSE),
        code("torch.testing.assert_close(1, 1)"),
        markdown(PROSE),
        code("1 + 1"),
    ]


def exercise_cells(name):
    hint = f'A right answer draws `se.target("90.{name}")`. Stuck? `se.hint("90.{name}", 1)`, then 2, then 3.'
    task = f'### Exercise\n\n<div class="alert alert-info">\n\n**Task.** Write it.\n\n{hint}\n\n</div>'
    stub = f"def {name}(x):\n    ### BEGIN SOLUTION\n    return x\n    ### END SOLUTION"
    return [
        markdown(task, f"task-{name}"),
        code(stub, f"exercise-{name}"),
        code(f'passed = se.check("90.{name}", {name})', f"check-{name}"),
        code(f'if passed:\n    se.show_row([], [])\nelse:\n    se.target("90.{name}")', f"figure-{name}"),
    ]


def sections():
    wrong = "\n\n".join(f"**Symptom.** {n} **Cause.** {n} **Fix.** {n}" for n in "abc")
    return [
        *(markdown("## Lab: train it\n\n" + PROSE), code("se.fit(1)")),
        *(markdown("## Ablation\n\n" + PROSE), code("print(1)")),
        *(markdown("## What goes wrong\n\n" + wrong), code("print(2)"), code("print(3)")),
        markdown("## Which one should I choose?\n\n" + PROSE),
        markdown("## Recap\n\n**Formula card**\n\n**Shapes card**"),
        markdown("## Going further\n\n[a](https://a.b) [b](https://b.c) [c](https://c.d) **Next:** more."),
    ]


def good_lecture():
    return "\n".join(
        [
            markdown(FRONT, "front"),
            code(SETUP, "setup"),
            code("steps = 3", "parameters", ' tags=["parameters"]'),
            markdown("## The goal\n\n" + PROSE),
            code('se.show_row([], [], alt="Image, target, prediction.")', "figure-goal"),
            *concept(1),
            *exercise_cells("implement"),
            *concept(2),
            *exercise_cells("measure"),
            *concept(3),
            code("se.explorers.ConvolutionExplorer(size=5)", "widget-convolution"),
            *exercise_cells("explain"),
            *sections(),
        ]
    )


@pytest.fixture
def findings(tmp_path, monkeypatch):
    """Return a function from a lecture's source to the lint's findings, as text."""
    monkeypatch.setattr(public, "lectures", lambda: ["90"])
    monkeypatch.setattr(public, "definitions", lambda lecture: EXERCISES)
    for folder in ("lectures", "notebooks"):
        (tmp_path / folder).mkdir()
    (tmp_path / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    nbformat.write(nbformat.v4.new_notebook(), tmp_path / "notebooks" / "90_sample.ipynb")

    def found(text):
        (tmp_path / "lectures" / "90_sample.py").write_text(text, encoding="utf-8")
        return [str(finding) for finding in lint.lint(tmp_path)]

    found.root = tmp_path
    return found


def test_a_lecture_that_has_everything_gets_no_finding(findings):
    assert findings(good_lecture()) == []


TAKEN_AWAY = [  # (pattern, replacement, part of the finding)
    (r"# # 90\. A sample", "# # A sample", "does not begin with the title, expected `# 90. …`"),
    (r"\*\*Question\.\*\*.*", "", "expected the question"),
    (r"# - compute a size,\n", "", "promises 2 things"),
    (r"# - compute a size,\n", "# - compute a size,\n" * 4, "promises 6 things"),
    (r"How much does one pixel see\?", "We count.", "expected the question"),
    (r"(?s)## Lab: train it.*?(?=# %%)", "```\n# ## Lab\n# ```\n", "has no section '## Lab'"),
    (r"\[Tensors\]\([^)]*\)", "none", "`**Prerequisites.**` with a link"),
    (r"playing 15 min · ", "", "expected times"),
    (r"\{\{colab_badge\}\}", "", "the Colab badge"),
    (r'name="setup"', 'name="start"', 'expected name="setup"'),
    (r"se\.setup\(seed=0\)", "\n".join(f"a{n} = {n}" for n in range(12)), "to set up"),
    (r"google\.colab", "google.x", "lacks 'google.colab'"),
    (r' tags=\["parameters"\]', "", 'expected tags=["parameters"]'),
    (r"## The goal", "## The aim", "has no section '## The goal'"),
    (r"## 3\. An idea", "## Another idea", "has 2 concept blocks"),
    (r"## 3\. An idea", "## 4. An idea", "there is no `## 3. …`"),
    (r"(?s)assert_close(.*?)assert_close", r"close\1assert_close", "is a concept without an assertion"),
    (r"figure-idea-1", "idea-1", "is named 'idea-1', expected name=\"figure-…\""),
    (r"## Lab: train it", "### Training", "has no section '## Lab'"),
    (r"## Ablation", "## Recap", "has no section '## Ablation'"),
    (r"\*\*Symptom\.\*\* a ", "", "3 to 5 times Symptom, Cause, Fix"),
    (r"\*\*Fix\.\*\* a", "**Fix.** a" * 4, "3 to 5 times Symptom, Cause, Fix"),
    (r"\[c\]\(https://c\.d\)", "`[c](https://c.d)`", "three links and what is next"),
    (r"## Which one should I choose\?", "## Choosing", "Which one should I choose?"),
    (r"\*\*Shapes card\*\*", "", "**Formula card** and **Shapes card**"),
    (r"\*\*Next:\*\* more", "", "three links and what is next"),
    (r"(?s)# %% name=\"widget-.*?\n(?=# %%)", "", "has no explorer"),
    (r"widget-convolution", "explorer", 'expected name="widget-…"'),
    (r"se\.hint\(\"90\.measure\", 1\)", "a hint", "exercise 90.measure has no task that offers its hints"),
    (r"alert-info", "note", "has no task box"),
    (r"`se\.target\(\"90\.measure\"\)`", "this", "exercise 90.measure has a task without its picture"),
    (r'else:\n    se\.target\("90\.measure"\)', "", "exercise 90.measure has a picture that *Run All* takes away"),
    (r"\{\{reading\}\}", "400", "says 'Reading 400 min' where its words and code take"),
    (r"def measure", "def other", "exercise 90.measure has no stub"),
    (r"(?s)(def measure.*?)### BEGIN SOLUTION(.*?)### END SOLUTION", r"\1\2", "exercise 90.measure has no solution"),
    (r"passed = se\.check\(\"90\.measure\", measure\)", "passed = 1", "exercise 90.measure is not checked"),
    (r'name="figure-measure"\nif passed:\n.*', 'name="shown"\n1', "exercise 90.measure has no picture"),
    (r"se\.hint\(\"90\.measure\"", 'se.hint("90.measur"', "names the exercise '90.measur'"),
    (r'name="check-measure"', 'name="verify-measure"', 'expected name="check-…"'),
    (r'name="check-measure"', 'name="check-measure" tags=["raises-exception"]', "survives Run All"),
    (r"import segedu as se\n", "import segedu as se\nfrom segedu import ops\n", "imports segedu.ops"),
    (r"import torch\n", "import torch\nimport pandas\n", "imports pandas"),
    (r"We slide", "We simply slide", "says 'simply'"),
    (r"more\.", "more!", "exclaims 'more!'"),
    (r"\(https://a\.b\)", "(91_other.ipynb)", "links to 91_other.ipynb"),
    (r"\n# %%\n1 \+ 1\n", "\n# %%\n\n", "is empty"),
    (r"print\(3\)", "\n".join(f"b{n} = {n}" for n in range(41)), "has 41 lines, expected at most 30"),
    (r"print\(3\)", "### BEGIN SOLUTION", "without '### END SOLUTION'"),
]


@pytest.mark.parametrize(("pattern", "replacement", "part"), TAKEN_AWAY)
def test_what_is_missing_is_named(findings, pattern, replacement, part):
    changed = re.sub(pattern, replacement, good_lecture())
    assert changed != good_lecture()
    said = findings(changed)
    assert any(part in finding for finding in said), said
    assert all(re.match(r"(lectures|notebooks)/90_sample\.\w+:[^:]+: ", finding) for finding in said)
    assert all("\n" not in finding for finding in said)


def test_sections_out_of_order_are_named(findings):
    cells = good_lecture().replace("## Lab: train it", "## Recap of old", 1).replace("## Recap\n", "## Lab\n", 1)
    assert any("out of order" in finding for finding in findings(cells))


def test_too_few_cells_and_words_are_counted(findings):
    said = "\n".join(findings(markdown(FRONT, "front") + code(SETUP, "setup")))
    assert "has 2 cells, expected 40 to 70" in said
    assert re.search(r"has \d+ words, expected 1500 to 3000", said)


def test_long_code_is_measured_by_its_median(findings):
    long = "\n".join(f"c{n} = {n}" for n in range(9))
    short = r"\n(1 \+ 1|print\(\d\)|if passed:\n.*|passed = .*|se\.\w+\(.*)\n"
    said = findings(re.sub(short, f"\n{long}\n", good_lecture()))
    assert any("its median code cell has 9 lines" in finding for finding in said)


def test_what_the_student_reads_is_counted_without_proofs(findings):
    lines = "\n".join(f"d{n} = {n}" for n in range(25))
    more = "".join(code(f"{lines}\ne = {n}") for n in range(13))
    proofs = "".join(code(f"{lines}\n{lines}\ne = {n}", tags=' tags=["proof"]') for n in range(40))
    assert any("lines of code, expected at most 350" in finding for finding in findings(good_lecture() + more))
    assert findings(good_lecture() + proofs) == []


def test_too_few_exercises_are_counted(findings, monkeypatch):
    monkeypatch.setattr(public, "definitions", lambda lecture: EXERCISES[:2])
    assert any("has 2 exercises" in finding for finding in findings(good_lecture()))


def picture(metadata, size=8):
    output = nbformat.v4.new_output("display_data", data={"image/png": "A" * size}, metadata=metadata)
    cell = nbformat.v4.new_code_cell("x", metadata={"name": "figure-x"}, outputs=[output], execution_count=1)
    return nbformat.v4.new_notebook(cells=[cell])


def test_a_picture_without_alt_text_is_named(findings):
    nbformat.write(picture({}), findings.root / "notebooks" / "90_sample.ipynb")
    (said,) = findings(good_lecture())
    assert said.startswith("notebooks/90_sample.ipynb:1 (figure-x): has a picture without alt text")
    nbformat.write(picture({"image/png": {"alt": "A picture."}}), findings.root / "notebooks" / "90_sample.ipynb")
    assert findings(good_lecture()) == []


def test_pictures_that_are_too_large_together_are_weighed(findings, monkeypatch):
    monkeypatch.setattr(lint, "ALL_PICTURES", 1000)
    nbformat.write(picture({"image/png": {"alt": "Large."}}, 4000), findings.root / "notebooks" / "90_sample.ipynb")
    assert any("expected less than" in finding for finding in findings(good_lecture()))


def test_a_lecture_that_was_not_built_is_named(findings):
    (findings.root / "notebooks" / "90_sample.ipynb").unlink()
    assert any("run `segedu build 90`" in finding for finding in findings(good_lecture()))


def test_the_template_begins_as_a_lecture_should(findings, monkeypatch):
    template = Path(__file__).resolve().parents[3] / "lectures" / "_template.py"
    said = findings(
        template.read_text(encoding="utf-8").replace("# # 3. ", "# # 90. ").replace("03.output", "90.output")
    )
    about = re.compile(r"\((front|setup|parameters|figure-goal|task-\S+|exercise-\S+|check-\S+|figure-output-size)\)")
    assert [finding for finding in said if about.search(finding)] == []
