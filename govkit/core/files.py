"""Files: those shipped with the kit and an office's own, digests, the one atomic write, the login name."""

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from getpass import getuser
from pathlib import Path

from govkit.core.errors import InternalError, Problem, Where
from govkit.core.i18n import gettext as _

RULES = "GOVKIT_RULES"
"""Names a folder of an office's own rule files; each goes before the kit's of the same name."""
PLACES = "GOVKIT_PLACES"
"""Names an office's own register of places."""
REGISTER = "places.csv"
"""The register of places that was installed into a store."""

USER = "GOVKIT_USER"
"""Names the person who acts, where the login name is not theirs."""
SCRATCH = ".part"
"""Ends the name of a file that is still being written; such a file may be deleted when nobody writes."""

_PACKAGE = Path(__file__).parents[1]


def shipped(relative: str) -> Path:
    """Return the path of a shipped file or folder, e.g. ``shipped("data/places.csv")``.

    In a checkout these are the top-level folders ``data``, ``notebooks``, ``quizzes``; a wheel carries them under
    ``govkit/share``.
    """
    share = _PACKAGE / "share"
    return (share if share.is_dir() else _PACKAGE.parent) / relative


def own_files(store: str = "") -> list[Path]:
    """Return the files by which an office says otherwise than the kit: its register of places, its rule files."""
    named, folder = os.environ.get(PLACES), os.environ.get(RULES)
    register = Path(named) if named else Path(store) / REGISTER
    rules = sorted(Path(folder).glob("*.csv")) if folder else []
    return [file for file in (register, *rules) if file.is_file()]


def digest(files: Iterable[Path]) -> str:
    """Return the SHA-256 of some files' names and contents, in the order given."""
    found = hashlib.sha256()
    for file in files:
        found.update(file.name.encode() + hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()


def login_name() -> str:
    """Return the name of the person at the machine: ``GOVKIT_USER``, else the login name, else ``?``."""
    try:
        return os.environ.get(USER) or getuser()
    except (OSError, KeyError, ImportError):
        return "?"


def atomic_write(path: Path, content: bytes, *, private: bool = False, durable: bool = True) -> None:
    """Write a file whole or not at all; see :func:`atomic_file`."""
    with atomic_file(path, private=private, durable=durable) as scratch:
        scratch.write_bytes(content)


@contextmanager
def atomic_file(path: Path, *, private: bool = False, durable: bool = True) -> Iterator[Path]:
    """Yield a temporary file beside ``path`` to write to; it replaces ``path`` when the block ends without an error.

    A reader, and whoever comes after a power cut, finds the old content or the new one, never half of it.

    :param private: only its owner can read the file.
    :param durable: wait until the content is on the disk. False only for what can be made again and whose hash is
        kept elsewhere (a rendered report: waiting costs 10 ms a file).
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
    """Wait until a file, or the entries of a folder, are on the disk."""
    folder = path.is_dir()
    if folder and os.name == "nt":  # Windows cannot open a folder, and writes its entries through
        return
    handle = os.open(path, os.O_RDONLY if folder else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
