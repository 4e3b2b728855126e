from collections.abc import Iterator

import pytest

from govkit.exams.paper import key


@pytest.fixture(autouse=True, scope="session")
def _cheap_keys() -> Iterator[None]:
    """Derive keys cheaply: the cost protects against guessing, and a key's header carries it."""
    dear = key.COST["n"]
    key.COST["n"] = 16
    yield
    key.COST["n"] = dear
