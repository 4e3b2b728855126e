"""Watching of a shared folder by looking at it again and again, which also works on network drives."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from govkit.ledgers.collect.unpack import is_noise

Look = tuple[tuple[str, int, int], ...]


def look(folders: Sequence[Path], ours: Path) -> Look:
    """Return the names, sizes and times of everything that lies in some folders, but for a folder of ours."""
    own, found = ours.absolute(), []
    for folder in folders:
        for root, names, files in os.walk(folder):
            names[:] = [name for name in names if (Path(root) / name).absolute() != own]
            for name in files:
                if is_noise(name):
                    continue
                try:
                    state = (Path(root) / name).stat()
                except OSError:  # gone meanwhile
                    continue
                found.append((str(Path(root) / name), state.st_size, state.st_mtime_ns))
    return tuple(sorted(found))


def changes(looked: Callable[[], Look], wait: Callable[[], bool]) -> Iterator[None]:
    """Yield once at first and then whenever something arrived and has lain still for one look, so that no half is read.

    :param looked: returns what there is.
    :param wait: waits, and returns False to end.

    >>> looks = iter([("a",), ("a",), ("a", "b"), ("a", "b"), ("a", "b")])
    >>> waits = iter([True, True, True, True, False])
    >>> len(list(changes(lambda: next(looks), lambda: next(waits))))
    2
    """
    done = before = looked()
    yield
    while wait():
        now = looked()
        if now == before and now != done:
            done = now
            yield
        before = now
