"""Room seconds: the time by which deadlines are kept. Changes of the wall clock do not move them.

Room seconds count from the first start of a data folder. While a computer stays up they follow its monotonic clock,
also across restarts of the server. After a reboot, or on a spare computer, they continue from the last stored
heartbeat: downtime counts for nobody.
"""

import time
from collections.abc import Callable
from pathlib import Path

from govkit.room.domain.records import ClockRow

HEARTBEAT_SECONDS = 1.0
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def boot_id() -> str:
    """Return the id of the current boot, "" where the system has none."""
    return _BOOT_ID.read_text("ascii").strip() if _BOOT_ID.exists() else ""


class RoomClock:
    """The clock of a server, continuing from the last heartbeat of the previous one."""

    def __init__(
        self,
        last: ClockRow | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        boot: str | None = None,
    ) -> None:
        self._monotonic = monotonic
        self._boot = boot_id() if boot is None else boot
        here = monotonic()
        self._zero = here - _resumed(last, here, self._boot)
        self._wall_zero = wall() - here

    def now(self) -> float:
        """Return the room seconds."""
        return self._monotonic() - self._zero

    def follow(self, heartbeat: ClockRow) -> None:
        """Advance to another server's heartbeat if it is ahead: all servers follow the fastest clock.

        A heartbeat is slightly old when it arrives, so no server overtakes all others.
        """
        self._zero -= max(0.0, heartbeat.seconds - self.now())

    def wall(self) -> float:
        """Return the seconds since 1970 by the wall clock at the start; later jumps of it have no effect."""
        return self._monotonic() + self._wall_zero

    def heartbeat(self) -> ClockRow:
        """Return the row from which another server can continue."""
        here = self._monotonic()
        return ClockRow(0, here - self._zero, here, self._boot)


def _resumed(last: ClockRow | None, here: float, boot: str) -> float:
    if last is None:
        return 0.0
    same_boot = bool(boot) and boot == last.boot and here >= last.monotonic
    return last.seconds + (here - last.monotonic if same_boot else 0.0)
