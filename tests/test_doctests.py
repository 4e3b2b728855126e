"""The examples in docstrings run as they are written."""

import doctest
import importlib
from pathlib import Path

import pytest

import govkit
from govkit.figures.snapshot import Snapshot

PACKAGE = Path(govkit.__file__).parent
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
MODULES = sorted(
    ".".join(("govkit", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
    for path in PACKAGE.rglob("*.py")
    if "share" not in path.parts and ">>>" in path.read_text(encoding="utf-8")
)


def test_there_are_examples() -> None:
    assert "govkit.figures.snapshot" in MODULES


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module(name: str, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVKIT_STORE", snapshot.store.url)
    names = {"snapshot": snapshot, "figures": snapshot.figures("", "2015-09")}
    outcome = doctest.testmod(importlib.import_module(name), extraglobs=names, optionflags=OPTIONS)
    assert outcome.attempted > 0
    assert outcome.failed == 0
