"""The exam kit of the tests of exams serves the panels too; keys are cheap here as there."""

from collections.abc import Iterator

import pytest

from govkit.exams.paper import key


@pytest.fixture(autouse=True, scope="session")
def _cheap_keys() -> Iterator[None]:
    dear = key.COST["n"]
    key.COST["n"] = 16
    yield
    key.COST["n"] = dear
