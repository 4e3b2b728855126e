"""A disk below SQLite whose power fails: what was not synced may be lost or written in part.

Files are written through, so that the running room sees them; in addition each file's durable content and the writes
since its last sync are recorded. At the cut each such write is randomly lost, complete or torn, in any order; after it
every write fails. :meth:`Disk.aftermath` writes what the next start finds.
"""

import random
from pathlib import Path
from typing import Any

import apsw

SECTOR = 512


class Platter:
    """A file's durable content and the writes and truncations since its last sync."""

    def __init__(self, durable: bytes) -> None:
        self.durable = bytearray(durable)
        self.waiting: list[tuple[int, bytes | None]] = []

    def sync(self) -> None:
        for offset, data in self.waiting:
            apply(self.durable, offset, data)
        self.waiting = []

    def after_cut(self, chance: random.Random) -> bytes:
        found = bytearray(self.durable)
        for offset, data in self.waiting:
            fate = chance.choice(("lost", "whole", "torn"))
            if fate == "whole" or (fate == "torn" and data is not None):
                apply(found, offset, data if fate == "whole" or data is None else torn(data, chance))
        return bytes(found)


def apply(content: bytearray, offset: int, data: bytes | None) -> None:
    """Write ``data`` at ``offset``; without data truncate there."""
    if data is None:
        del content[offset:]
        return
    content.extend(bytes(max(0, offset - len(content))))
    content[offset : offset + len(data)] = data


def torn(data: bytes, chance: random.Random) -> bytes:
    """Return the written sectors, up to one that is now garbage."""
    end = chance.randrange(0, len(data), SECTOR) if len(data) > SECTOR else chance.randrange(len(data))
    garbage = chance.randbytes(min(SECTOR, len(data) - end)) if chance.random() < 0.5 else b""
    return data[:end] + garbage


class Disk(apsw.VFS):
    """The VFS ``name`` below SQLite; the power fails at the write, sync or truncation number ``life``.

    ``space`` is how many bytes the files may still grow by, None without a limit.
    """

    def __init__(self, name: str, life: int, chance: random.Random) -> None:
        super().__init__(name, "")
        self.name = name
        self.life = life
        self.chance = chance
        self.platters: dict[str, Platter] = {}
        self.syncs = 0
        self.space: int | None = None
        self.refused = 0

    @property
    def dead(self) -> bool:
        return self.life <= 0

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - SQLite's name
        return File(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        self.work()
        super().xDelete(filename, syncdir)
        self.platters.pop(filename, None)

    def platter(self, path: str) -> Platter:
        if path not in self.platters:
            file = Path(path)
            self.platters[path] = Platter(file.read_bytes() if file.exists() else b"")
        return self.platters[path]

    def work(self) -> None:
        """Count a step of the disk; the last one and all after it fail."""
        self.life -= 1
        if self.dead:
            raise apsw.IOError("the power has failed")

    def grow(self, size: int) -> None:
        """Reserve space for a growing file; fail when there is none."""
        if self.space is None or size <= 0:
            return
        if size > self.space:
            self.refused += 1
            raise apsw.FullError("no space is left")
        self.space -= size

    def aftermath(self, folder: Path) -> None:
        """Write into a folder what is on the disk after the power cut."""
        for path, platter in self.platters.items():
            content = platter.after_cut(self.chance)
            if content:
                (folder / Path(path).name).write_bytes(content)


class File(apsw.VFSFile):
    """An open file of the disk."""

    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        self.disk = disk
        self.platter = disk.platter(name.filename() if isinstance(name, apsw.URIFilename) else str(name))
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        kept = bytes(data)
        self.disk.grow(offset + len(kept) - self.xFileSize())
        self.platter.waiting.append((offset, kept))
        self.disk.work()
        super().xWrite(kept, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self.platter.waiting.append((newsize, None))
        self.disk.work()
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802, ARG002
        self.disk.work()
        self.disk.syncs += 1
        self.platter.sync()
