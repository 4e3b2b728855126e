"""The manifest of an output folder: per report what it was rendered from and its files, kept as reports finish.

``manifest.json`` is written whole at the end of a batch. Until then each finished report is a line of the journal
``.manifest.jsonl``, so that a batch that is killed at any moment loses at most the reports in flight; the next batch
folds the journal in.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, get_args

from govkit.core import files as shipped_files
from govkit.core.errors import InputError, Problem, Where
from govkit.core.files import SCRATCH, atomic_write, digest, shipped
from govkit.core.i18n import gettext as _
from govkit.rendering.edited import EDITABLE, is_edited

MANIFEST, JOURNAL, LOCK = "manifest.json", ".manifest.jsonl", ".lock"
FORMAT = 1
"""The version of the manifest's structure; a manifest of 0.1.0 names none and is the same."""
_PACKAGES = (
    "govkit",
    "ipykernel",
    "ipython",
    "lxml",
    "matplotlib",
    "mplfonts",
    "narwhals",
    "nbclient",
    "nbformat",
    "numpy",
    "pandas",
    "papermill",
    "pyarrow",
    "pypandoc_binary",
    "typst",
)
Entry = dict[str, Any]


class Manifest:
    """What is known of an output folder; entries by the stem of their files, plans by the cache key of a request.

    :raises InputError: the manifest cannot be read, or a newer govkit has written it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environments: dict[str, Any] = {}
        self.entries: dict[str, Entry] = {}
        self.plans: dict[str, dict[str, str]] = {}
        self._is_open = False
        self._read()

    def record(self, entry: Entry) -> None:
        """Keep an entry, in the journal on disk at once."""
        self.entries[entry["stem"]] = entry
        line = json.dumps(entry, ensure_ascii=False).encode() + b"\n"
        with (self.folder / JOURNAL).open("ab") as journal:
            journal.write(line)

    def fold(self) -> Path:
        """Write ``manifest.json`` with everything that is known, remove the journal, and return the path."""
        used = {entry["environment"] for entry in self.entries.values()}
        content = {
            "software": f"govkit {version('govkit')}",
            "format": FORMAT,
            "environments": {key: self.environments[key] for key in sorted(used & set(self.environments))},
            "plans": {key: plan for key, plan in self.plans.items() if self._is_current(plan)},
            "reports": [self.entries[stem] for stem in sorted(self.entries)],
        }
        path = self.folder / MANIFEST
        atomic_write(path, json.dumps(content, ensure_ascii=False, indent=1).encode())
        (self.folder / JOURNAL).unlink(missing_ok=True)
        return path

    def remember(self, cache_key: str, plan: Mapping[str, str]) -> None:
        """Keep which reports, by stem and fingerprint, are the answer to the request with this cache key."""
        self.plans[cache_key] = dict(plan)

    def recall(self, cache_key: str) -> int | None:
        """Return how many reports the request with this cache key asks for; None unless all of them are there."""
        plan = self.plans.get(cache_key)
        if not plan or self._is_open or not self._is_current(plan):
            return None
        made = (
            self.is_made(stem, fingerprint, tuple(self.entries[stem]["outputs"])) for stem, fingerprint in plan.items()
        )
        return len(plan) if all(made) else None

    def is_made(self, stem: str, fingerprint: str, formats: tuple[str, ...]) -> bool:
        """Return whether a report was rendered from exactly this and its files are still what was written."""
        entry = self.entries.get(stem)
        if entry is None or entry["status"] != "rendered" or entry["fingerprint"] != fingerprint:
            return False
        return all(fmt in entry["outputs"] and self._holds(**entry["outputs"][fmt]) for fmt in formats)

    def _is_current(self, plan: Mapping[str, str]) -> bool:
        """Return whether each report of a plan is still the one that was rendered for it."""
        known = self.entries
        return all(stem in known and known[stem]["fingerprint"] == fingerprint for stem, fingerprint in plan.items())

    def _holds(self, file: str, sha256: str) -> bool:
        """Return whether a file is what was written, or a Word file that somebody edited since, which is to stay."""
        try:
            same = hashlib.sha256((self.folder / file).read_bytes()).hexdigest() == sha256
        except OSError:
            return False
        return same or (file.endswith(f".{EDITABLE}") and is_edited(self.folder / file, sha256))

    def _read(self) -> None:
        path = self.folder / MANIFEST
        try:
            content = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
            if int(content.get("format", FORMAT)) > FORMAT:
                raise InputError(_too_new(path))
            self.environments = dict(content.get("environments", {}))
            self.entries = {entry["stem"]: entry for entry in content.get("reports", []) if "fingerprint" in entry}
            self.plans = {str(mark): dict(plan) for mark, plan in content.get("plans", {}).items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(_unreadable(path)) from error
        self._is_open = (self.folder / JOURNAL).exists()
        for entry in _lines(self.folder / JOURNAL):
            self.entries[entry["stem"]] = entry


def environment() -> tuple[str, dict[str, Any]]:
    """Return the hash of what every report of a batch is rendered with, and that itself: packages, code, fonts."""
    from govkit.rendering.fonts import Role, chain

    fonts = {
        role: [f"{face.path.name} ({face.path.stat().st_size})" for face in chain(role)] for role in get_args(Role)
    }
    packages = {name: found for name in _PACKAGES if (found := _version(name))}
    made = {"packages": packages, "code_sha256": _code_hash(), "fonts": fonts}
    return hashed(made)[:16], made


def hashed(content: Any) -> str:
    """Return the SHA-256 of JSON content, whatever the order of its mappings."""
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other batches out of the folder.

    :raises InputError: another batch writes to it.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(blocking=False)
    except Timeout as error:
        what = _("another rendering is writing to this folder")
        raise InputError(Problem(Where(str(folder)), what, _("Wait for it to end, or name another folder"))) from error
    try:
        _sweep(folder)
        yield
    finally:
        lock.release()


def _sweep(folder: Path) -> None:
    """Remove what a killed batch was about to write."""
    for place in (folder, folder / "failed"):
        for scratch in place.glob(f".*{SCRATCH}"):
            scratch.unlink(missing_ok=True)


def _lines(journal: Path) -> Iterator[Entry]:
    """Yield the entries of a journal; a last line that was cut off is left out."""
    if journal.exists():
        for line in journal.read_bytes().splitlines():
            with suppress(ValueError):
                yield json.loads(line)


@cache
def _code_hash() -> str:
    """Return the hash of the kit's own files: its code, its templates, and the data that it ships."""
    folders = (Path(shipped_files.__file__).parents[1], shipped("data"))
    files = {file for folder in folders for file in folder.rglob("*") if _counts(file)}
    return digest(sorted(files))


def _counts(file: Path) -> bool:
    return file.suffix in {".py", ".css", ".html", ".typ", ".docx", ".csv", ".mo"} and file.is_file()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _too_new(path: Path) -> Problem:
    what = _("a newer version of govkit has written this manifest")
    return Problem(Where(str(path)), what, _("Update govkit, or render to another folder"))


def _unreadable(path: Path) -> Problem:
    return Problem(
        Where(str(path)),
        _("the manifest cannot be read"),
        _("Move it away; the reports of the folder are then rendered again"),
    )


def outputs(files: Mapping[str, bytes], names: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return the manifest's account of a report's files, by format.

    :param names: the name of each file, by format.
    """
    return {
        fmt: {"file": names[fmt], "sha256": hashlib.sha256(content).hexdigest()}
        for fmt, content in sorted(files.items())
    }
