"""The time limits of slow clients."""

import pytest

from govkit.room.http.slow_clients import HEAD_SECONDS, REST_SECONDS, TimeoutProtocol


@pytest.mark.parametrize(
    ("owes", "waited", "overdue"),
    [
        ("head", HEAD_SECONDS - 1, False),
        ("head", HEAD_SECONDS + 1, True),
        ("rest", HEAD_SECONDS + 1, False),
        ("rest", REST_SECONDS + 1, True),
        ("", 10 * REST_SECONDS, False),  # uvicorn closes idle connections itself
    ],
)
def test_when_a_connection_is_ended(owes: str, waited: float, overdue: bool) -> None:
    protocol = TimeoutProtocol.__new__(TimeoutProtocol)
    protocol.owes, protocol.since = owes, 100.0
    assert protocol.overdue(100.0 + waited) is overdue
