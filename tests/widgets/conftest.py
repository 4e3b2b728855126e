"""The exam kit of the tests of exams serves the panels too; keys are cheap here as there."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from govkit.exams import key

sys.path.insert(0, str(Path(__file__).parents[1] / "exams"))


@pytest.fixture(autouse=True, scope="session")
def _cheap_keys() -> Iterator[None]:
    dear = key.COST["n"]
    key.COST["n"] = 16
    yield
    key.COST["n"] = dear
