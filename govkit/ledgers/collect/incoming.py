"""What arrived: the workbooks of folders, zip files and mails, each with its name as it was sent and its time."""

import datetime as dt
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from govkit.core.errors import Problem, Where
from govkit.core.i18n import gettext as _
from govkit.ledgers.collect.unpack import ARCHIVES, PACKED, WORKBOOKS, is_noise, not_read, unpack


@dataclass(frozen=True, slots=True)
class Arrived:
    """One workbook that arrived.

    :ivar path: where it lies.
    :ivar name: its name as it was sent, after the names of the folder, the archive or the mail that it came in.
    :ivar time: when it arrived: the mail's day, else when the file, or the archive that it came in, was saved here.
    :ivar subject: the subject of its mail.
    """

    path: Path
    name: str
    time: dt.datetime
    subject: str = ""


@dataclass
class Arrivals:
    """Everything that arrived: the workbooks, the problems of what could not be opened, and what was passed over.

    :ivar noise: how many files were passed over that programs leave beside the user's.
    """

    workbooks: list[Arrived] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    noise: int = 0


def arrivals(paths: Sequence[Path], unpacked: Path, ours: Iterable[Path] = ()) -> Arrivals:
    """Return the workbooks in folders, zip files and mails, or named themselves.

    :param paths: folders and files.
    :param unpacked: the folder to unpack to.
    :param ours: folders with what we wrote, which are passed over.
    """
    found = Arrivals()
    own = {path.absolute() for path in (*ours, unpacked)}
    for path in paths:
        if path.is_dir():
            for file in _files(path, own, found):
                _take(file, file.relative_to(path).as_posix(), unpacked, found)
        elif path.exists():
            _take(path, path.name, unpacked, found)
        else:
            found.problems.append(
                Problem(Where(str(path)), _("There is no such file"), _("Check the path and the file name"))
            )
    names = Counter(one.name for one in found.workbooks)
    found.workbooks = [
        one if names[one.name] == 1 else replace(one, name=one.path.as_posix()) for one in found.workbooks
    ]
    return found


def _files(folder: Path, own: set[Path], found: Arrivals) -> Iterator[Path]:
    """Yield the files of a folder and its subfolders, in order of their names; links to folders are not followed."""
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and (Path(root) / name).absolute() not in own
        )
        for name in sorted(names):
            if is_noise(name):
                found.noise += 1
            else:
                yield Path(root) / name


def _take(path: Path, name: str, unpacked: Path, found: Arrivals) -> None:
    suffix = path.suffix.lower()
    try:
        time = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
    except OSError:
        found.problems.append(Problem(Where(name), _("There is no such file"), _("Check the path and the file name")))
        return
    if suffix in PACKED:
        content = unpack(path, unpacked)
        found.problems += content.problems
        before = name.removesuffix(path.name)
        found.workbooks += (
            Arrived(one.path, before + one.name, one.arrived or time, one.subject) for one in content.files
        )
    elif suffix in WORKBOOKS:
        found.workbooks.append(Arrived(path, name, time))
    elif suffix in ARCHIVES:
        found.problems.append(
            Problem(
                Where(name),
                _("Archives of the kind “{suffix}” are not opened").format(suffix=suffix),
                _("Unpack it and put the workbooks into the folder, or pack them as .zip"),
            )
        )
    else:
        found.problems.append(not_read(Where(name), suffix))
