"""Where files are: those that travel with the kit, in a checkout and in a wheel alike, and an office's own."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

RULES = "GOVKIT_RULES"
"""Names a folder of an office's own rule files; each goes before the kit's of the same name."""
PLACES = "GOVKIT_PLACES"
"""Names an office's own register of places."""
REGISTER = "places.csv"
"""The register of places that was installed into a store."""

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
