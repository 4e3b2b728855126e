"""The drawings and counts of the architecture page are what the code gives."""

import re
from collections.abc import Callable
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from tests.docs import walks

DOCS = Path(__file__).parents[2] / "docs"
_ROW = re.compile(
    r"^\| (\w+) \| (\d+) modules in (\d+) steps \| (\d+) \| (\d+) \| (\d+) \| \d+, \d+, \d+ \|$", re.MULTILINE
)


def _draw() -> ModuleType:
    spec = spec_from_file_location("docs_draw", DOCS / "draw.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


DRAW = _draw()
STEPS = {"ledgers": DRAW.LEDGERS, "exams": DRAW.EXAMS}
SPARE = 3
"""Hops that timers of the server make only where the machine is slow: the page counts a quiet one."""
COUNTS = {
    name: tuple(map(int, counts))
    for name, *counts in _ROW.findall((DOCS / "architecture.md").read_text(encoding="utf-8"))
}


@pytest.mark.parametrize("name", DRAW.drawings())
def test_drawings_are_fresh(name: str) -> None:
    """Draw them anew with ``python docs/draw.py``."""
    assert (DOCS / "images" / name).read_text(encoding="utf-8") == DRAW.drawings()[name]


@pytest.mark.parametrize("name", STEPS)
def test_every_module_of_a_drawing_exists(name: str) -> None:
    drawn = {module for step in STEPS[name] for module in step.modules}
    assert not [module for module in drawn if find_spec(f"govkit.{module}") is None]
    assert COUNTS[name][:2] == (len(drawn), len(STEPS[name]))


def test_the_layers_are_those_of_the_contract() -> None:
    text = (DOCS.parent / "pyproject.toml").read_text(encoding="utf-8")
    layers = re.search(r"containers = .*?layers = \[(.*?)\]", text, re.DOTALL)
    assert layers is not None
    assert [tuple(line.split(" | ")) for line in re.findall(r'"([^"]+)"', layers[1])] == list(DRAW.LAYERS)


@pytest.mark.slow
@pytest.mark.parametrize("walk", [walks.ledgers, walks.exams], ids=lambda walk: walk.__name__)
def test_a_walk_is_no_longer_than_the_page_says(walk: Callable[[Path], walks.Walk], tmp_path: Path) -> None:
    found = walk(tmp_path)
    _drawn, _steps, modules, hops, returns = COUNTS[walk.__name__]
    entered = set(found.modules)
    missing = [module for step in STEPS[walk.__name__] for module in step.modules if f"govkit.{module}" not in entered]
    assert not missing
    assert len(found.modules) <= modules, found.modules
    assert len(found.hops) <= hops + SPARE
    assert found.returns <= returns + SPARE
