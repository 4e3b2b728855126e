"""Shipped files handed out to a user's folder, and later updated without losing what the user changed there.

A file ``.govkit-notebooks.json`` in the folder keeps the digest of each file as it was handed out. A notebook counts as
edited when the source, the kind, the order or the tags of its cells are other ones; outputs do not count.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Literal

from govkit.core.errors import InputError, Problem, Where
from govkit.core.files import atomic_write
from govkit.core.i18n import gettext as _

MANIFEST = ".govkit-notebooks.json"
FORMAT = 1
BESIDE = "新"
"""The part put before a file's ending where the user's edited file keeps the name: ``explore.新.ipynb``."""

Status = Literal["new", "updated", "current", "edited", "beside", "retired"]


@dataclass(frozen=True, slots=True)
class Handed:
    """What was done with one file.

    :ivar name: its path within the folder.
    :ivar status: ``new``: written; ``updated``: replaced, since the user had not edited it; ``current``: up to date;
        ``edited``: the user's edit stays, and there is nothing newer; ``beside``: the user's edit stays, the newer one
        is in ``written``; ``retired``: no longer shipped, left where it is.
    :ivar written: the path of the file that was written; empty if none was.
    """

    name: str
    status: Status
    written: str = ""


def hand_out(source: Path, folder: Path, version: str) -> list[Handed]:
    """Copy the notebooks of ``source`` to ``folder``, or update those that are there; return what was done with each.

    No file that the user has edited is replaced.

    :param version: the version of govkit, for the record.
    :raises InputError: the folder cannot be used, or its record cannot be read.
    :raises InternalError: a file cannot be written.
    """
    _refuse_folder(source, folder)
    record = _read(folder)
    shipped = {path.relative_to(source).as_posix(): path.read_bytes() for path in _notebooks(source)}
    given = {name: one for name, one in record["files"].items() if name not in shipped}
    done = []
    for name, content in shipped.items():
        handed = _hand(folder, name, content, record)
        given[name] = _digest(content)
        if handed.status == "beside":
            record["beside"][handed.written] = given[name]
        done.append(handed)
    done += [Handed(name, "retired") for name in given if name not in shipped and (folder / name).exists()]
    made = {"format": FORMAT, "version": version, "files": given, "beside": record["beside"]}
    atomic_write(folder / MANIFEST, json.dumps(made, ensure_ascii=False, indent=1, sort_keys=True).encode())
    return done


def _hand(folder: Path, name: str, content: bytes, record: dict[str, Any]) -> Handed:
    """Hand out one file and return what was done."""
    target = folder / name
    given, new = record["files"].get(name), _digest(content)
    if not target.exists():
        _write(target, content)
        return Handed(name, "new", name)
    found = _digest_of(target)
    if found == new:
        return Handed(name, "current")
    if found == given:
        _write(target, content)
        return Handed(name, "updated", name)
    if given == new:
        return Handed(name, "edited")
    beside = _beside(folder, name, new, record)
    _write(folder / beside, content)
    return Handed(name, "beside", beside)


def _beside(folder: Path, name: str, new: str, record: dict[str, Any]) -> str:
    """Return the first name beside an edited file that is free, or holds what we wrote there and nobody edited."""
    path = Path(name)
    for number in count(1):
        beside = path.with_name(f"{path.stem}.{BESIDE}{number if number > 1 else ''}{path.suffix}").as_posix()
        if not (folder / beside).exists():
            return beside
        if _digest_of(folder / beside) in {new, record["beside"].get(beside)}:
            return beside
    raise AssertionError  # the numbers do not end


def _notebooks(source: Path) -> Iterator[Path]:
    for path in sorted(source.rglob("*.ipynb")):
        if not any(part.startswith(".") for part in path.relative_to(source).parts):
            yield path


def _write(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(target, content)


def _digest_of(path: Path) -> str:
    """Return the digest of a file that may not be readable."""
    try:
        return _digest(path.read_bytes())
    except OSError as error:
        what = _("the file cannot be opened ({reason})").format(reason=error.strerror or error)
        raise InputError(Problem(Where(str(path)), what, _("Check the path and the file name"))) from error


def _digest(content: bytes) -> str:
    """Return the SHA-256 of a notebook's cells without their outputs; of the bytes where there are no cells."""
    try:
        cells = [_edited(cell) for cell in json.loads(content)["cells"]]
        content = json.dumps(cells, ensure_ascii=False, sort_keys=True).encode()
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    return hashlib.sha256(content).hexdigest()


def _edited(cell: dict[str, Any]) -> list[Any]:
    """Return what a user edits of a cell."""
    return [cell["cell_type"], "".join(cell["source"]), sorted(cell["metadata"].get("tags", []))]


def _refuse_folder(source: Path, folder: Path) -> None:
    """Refuse the folder of the shipped files itself, and what is no folder; make one that does not exist."""
    inside = folder.resolve().is_relative_to(source.resolve())
    try:
        if not inside:
            folder.mkdir(parents=True, exist_ok=True)
            return
        what = _("these are the shipped notebooks themselves")
    except OSError as error:
        what = _("the folder cannot be made ({reason})").format(reason=error.strerror or error)
    raise InputError(
        Problem(Where(str(folder)), what, _("Name another folder, for example {name}").format(name="笔记本"))
    )


def _read(folder: Path) -> dict[str, Any]:
    """Return the record of what was handed out to a folder; an empty one if there is none."""
    path = folder / MANIFEST
    try:
        record: Any = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"format": FORMAT, "files": {}}
        files, beside = dict(record["files"]), dict(record.get("beside", {}))
        known = int(record["format"]) <= FORMAT
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        known, files, beside = False, {}, {}
    if known:
        return {"files": files, "beside": beside}
    what = _("the record of the notebooks that were handed out cannot be read")
    repair = _("Move it away; every notebook that differs then gets a new copy beside it")
    raise InputError(Problem(Where(str(path)), what, repair))
