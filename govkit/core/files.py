"""Shipped files and an office's own, digests, the atomic write, the login name."""

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from getpass import getuser
from pathlib import Path

from govkit.core.errors import InputError, InternalError, Problem, Where
from govkit.core.i18n import gettext as _

RULES = "GOVKIT_RULES"
"""Variable with the folder of an office's own rule files; each replaces the shipped one of the same name."""
PLACES = "GOVKIT_PLACES"
"""Variable with the path of an office's own register of places."""
REGISTER = "places.csv"
"""File name of the register of places installed into a store."""

USER = "GOVKIT_USER"
"""Variable with the name of the person who acts, where it is not the login name."""
SCRATCH = ".part"
"""Suffix of a temporary file that is still being written; safe to delete when no process writes."""

_PACKAGE = Path(__file__).parents[1]


def shipped(relative: str) -> Path:
    """Return the path of a shipped file or folder, e.g. ``shipped("data/places.csv")``.

    In a checkout these are the top-level folders ``data``, ``notebooks``, ``quizzes``; a wheel carries them under
    ``govkit/share``.
    """
    share = _PACKAGE / "share"
    return (share if share.is_dir() else _PACKAGE.parent) / relative


def own_files(store: str = "") -> list[Path]:
    """Return the files that override shipped ones: an office's register of places and its rule files.

    :param store: the store's folder, which may hold a register of its own.
    """
    named, folder = os.environ.get(PLACES), os.environ.get(RULES)
    register = Path(named) if named else Path(store) / REGISTER
    rules = sorted(Path(folder).glob("*.csv")) if folder else []
    return [file for file in (register, *rules) if file.is_file()]


def digest(files: Iterable[Path]) -> str:
    """Return the SHA-256 over the names and contents of files, in the order given."""
    found = hashlib.sha256()
    for file in files:
        found.update(file.name.encode() + hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()


def regular_file(path: Path, largest: int) -> os.stat_result:
    """Return the state of a file that can be read to its end; nothing is opened, so that no pipe is waited for.

    :param largest: the bytes that it may have.
    :raises InputError: it is missing, no regular file (a folder, a pipe, a device), unreadable or too large.
    """
    try:
        state = path.stat()
    except (OSError, ValueError):
        raise InputError(
            Problem(Where(str(path)), _("There is no such file"), _("Check the path and the file name"))
        ) from None
    if not stat.S_ISREG(state.st_mode):
        what = _("It is a folder") if stat.S_ISDIR(state.st_mode) else _("It is a pipe or a device, not a file")
        raise InputError(Problem(Where(path.name), what, _("Name the file itself")))
    if state.st_size > largest:
        raise InputError(
            Problem(
                Where(path.name),
                _("The file is larger than {limit} MB").format(limit=largest // 1_000_000),
                _("Split the ledger by township unit or by year"),
            )
        )
    return state


def login_name() -> str:
    """Return the name of the current user: ``GOVKIT_USER``, else the login name, else ``?``."""
    try:
        return os.environ.get(USER) or getuser()
    except (OSError, KeyError, ImportError):
        return "?"


def may(right: int, path: str | Path) -> bool:
    """Return whether this process has a right to a file or folder: ``os.R_OK``, ``os.W_OK``, ``os.X_OK``.

    >>> may(os.R_OK, "no such file")
    False
    """
    return os.access(path, right, effective_ids=os.access in os.supports_effective_ids)


def locked(path: str | Path) -> str:
    """Return the folder or file, at a path or within it, that this user may not read; empty without any.

    Nothing is locked where nothing is. Folders are entered, so ask only when something has failed.

    >>> locked("no such folder")
    ''
    """
    try:
        found = sorted(entry.path for entry in os.scandir(path))
    except PermissionError:
        return str(path)
    except OSError:
        return "" if may(os.R_OK, path) or not os.path.lexists(path) else str(path)
    if not may(os.X_OK, path):
        return str(path)
    return next(filter(None, map(locked, found)), "")


def atomic_write(path: Path, content: bytes, *, private: bool = False, durable: bool = True) -> None:
    """Replace a file's content atomically; see :func:`atomic_file`."""
    with atomic_file(path, private=private, durable=durable) as scratch:
        scratch.write_bytes(content)


@contextmanager
def atomic_file(path: Path, *, private: bool = False, durable: bool = True) -> Iterator[Path]:
    """Yield a temporary file beside ``path``; it replaces ``path`` when the block ends without an error.

    A reader finds the old content or the new one, never a part of it, even after a power cut.

    :param private: make the file readable by its owner only.
    :param durable: wait until the content is on the disk. False only for files that can be rendered again and whose
        hash is kept elsewhere, since waiting costs 10 ms a file.
    :raises InternalError: the folder or the file cannot be written.
    """
    scratch: Path | None = None
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=SCRATCH)
        os.close(handle)
        scratch = Path(name)
        yield scratch
        if not private:
            scratch.chmod(0o644)
        if durable:
            _sync(scratch)
        scratch.replace(path)
        if durable:
            _sync(path.parent)
    except OSError as error:
        raise InternalError(
            Problem(
                Where(str(path)),
                _("The file cannot be written ({reason})").format(reason=error.strerror or error),
                _("Close it in other programs, and check that the folder may be written and the disk has room"),
            )
        ) from error
    finally:
        if scratch is not None:
            scratch.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Flush a file, or the entries of a folder, to the disk."""
    folder = path.is_dir()
    if folder and os.name == "nt":  # Windows cannot open a folder; its entries are written through
        return
    handle = os.open(path, os.O_RDONLY if folder else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
