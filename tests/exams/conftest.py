from collections.abc import Iterator

import pytest

from govkit.exams.paper import key


@pytest.fixture(autouse=True, scope="session")
def _cheap_keys() -> Iterator[None]:
    """The cost of a try is for people who guess, not for tests; a key's header carries it either way."""
    dear = key.COST["n"]
    key.COST["n"] = 16
    yield
    key.COST["n"] = dear
