"""Room seconds: the time by which deadlines are kept. No change of the wall clock moves them.

Room seconds count from the first start of a data folder. While a computer stays up they follow its monotonic clock,
through restarts of the server too. After a restart of the computer, or on the spare one, they go on from the last beat
that was written: the time without a computer is nobody's time.
"""

import time
from collections.abc import Callable
from pathlib import Path

from govkit.room.domain.records import ClockRow

BEAT_SECONDS = 1.0
_BOOT = Path("/proc/sys/kernel/random/boot_id")


def boot() -> str:
    """Return a name of the computer's present uptime, "" where the system gives none."""
    return _BOOT.read_text("ascii").strip() if _BOOT.exists() else ""


class RoomClock:
    """The clock of a server, going on from the last beat of the one before it."""

    def __init__(
        self,
        last: ClockRow | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        boot: str | None = None,
    ) -> None:
        self._monotonic = monotonic
        self._boot = globals()["boot"]() if boot is None else boot
        here = monotonic()
        self._zero = here - _resumed(last, here, self._boot)
        self._wall_zero = wall() - here

    def now(self) -> float:
        """Return the room seconds."""
        return self._monotonic() - self._zero

    def follow(self, beat: ClockRow) -> None:
        """Go on from another server's beat if that is ahead: all follow the one whose clock runs fastest.

        A beat is a little old when it arrives, so no server is ever set ahead of all others.
        """
        self._zero -= max(0.0, beat.seconds - self.now())

    def wall(self) -> float:
        """Return the seconds since 1970, as the wall clock stood at the start: a later jump of it changes nothing."""
        return self._monotonic() + self._wall_zero

    def beat(self) -> ClockRow:
        """Return the row from which another server can go on."""
        here = self._monotonic()
        return ClockRow(0, here - self._zero, here, self._boot)


def _resumed(last: ClockRow | None, here: float, boot: str) -> float:
    if last is None:
        return 0.0
    same = bool(boot) and boot == last.boot and here >= last.monotonic
    return last.seconds + (here - last.monotonic if same else 0.0)
