"""Every recipe of CONTRIBUTING.md, followed in a copy of the tree."""

import re
from pathlib import Path

import pytest

from tests.docs.recipes import CONTRIBUTING, copied_tree, fences, follow, recipes, run


@pytest.mark.slow
@pytest.mark.parametrize("title", recipes())
def test_a_recipe_works(title: str, tmp_path: Path) -> None:
    root = copied_tree(tmp_path / "clone")
    assert follow(title, root)
    run("ruff check govkit tests notebooks", root)
    run("ruff format --check govkit tests", root)


def test_there_are_the_recipes_that_newcomers_ask_for() -> None:
    assert set(recipes()) == {
        "Add an institution",
        "Add a report",
        "Add a question format",
        "Add a room rule",
    }


def test_every_file_that_it_names_exists() -> None:
    text = CONTRIBUTING.read_text(encoding="utf-8")
    for _kind, body in fences(text):
        text = text.replace(body, "")
    named = re.findall(r"`((?:govkit|tests|docs|notebooks)/[\w./-]+)`", text)
    assert len(named) > 8
    assert not [name for name in named if not (CONTRIBUTING.parent / name).exists()]
