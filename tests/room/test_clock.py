"""Room seconds continue across restarts and do not depend on the wall clock."""

import pytest

from govkit.room.domain.clock import RoomClock
from govkit.room.domain.records import ClockRow


class Time:
    def __init__(self, at: float) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


@pytest.mark.parametrize(
    ("last", "monotonic", "boot", "expected"),
    [
        (None, 500.0, "a", 0.0),
        (ClockRow(0, 60.0, 500.0, "a"), 503.0, "a", 63.0),  # the same boot: the clock has run on
        (ClockRow(0, 60.0, 500.0, "a"), 503.0, "b", 60.0),  # another boot: from the last heartbeat
        (ClockRow(0, 60.0, 500.0, "a"), 20.0, "b", 60.0),
        (ClockRow(0, 60.0, 500.0, "a"), 20.0, "a", 60.0),  # an impossible boot id
        (ClockRow(0, 60.0, 500.0, ""), 503.0, "", 60.0),  # a system without boot ids
    ],
)
def test_where_the_clock_goes_on(last: ClockRow | None, monotonic: float, boot: str, expected: float) -> None:
    assert RoomClock(last, Time(monotonic), Time(0.0), boot).now() == pytest.approx(expected)


def test_the_wall_clock_may_jump() -> None:
    monotonic, wall = Time(100.0), Time(1_000_000.0)
    clock = RoomClock(None, monotonic, wall, "a")
    monotonic.at, wall.at = 110.0, 1_086_410.0
    assert clock.now() == pytest.approx(10.0)
    assert clock.wall() == pytest.approx(1_000_010.0)


def test_a_beat_is_where_the_next_server_goes_on() -> None:
    monotonic = Time(100.0)
    clock = RoomClock(None, monotonic, Time(0.0), "a")
    monotonic.at = 130.0
    beat = clock.heartbeat()
    monotonic.at = 200.0
    assert RoomClock(beat, monotonic, Time(0.0), "a").now() == pytest.approx(100.0)
    assert RoomClock(beat, Time(3.0), Time(0.0), "b").now() == pytest.approx(30.0)
