"""What the publication gate looks for in a store's public documents, and the record of what was published.

The values of every column that a ledger declares personal, over all its rows; the names of those who imported them.
Ordinary are the places' names, the words of the declarations, the text of the report templates, and the phrases
of ``data/rules/publication_words.csv``.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from govkit.core import audit
from govkit.core.files import login_name, shipped
from govkit.figures.snapshot import Snapshot, open_snapshot
from govkit.institutions import indicators, ledgers
from govkit.institutions.rulebook import official_texts
from govkit.ledgers.store import AUDIT_LOG
from govkit.rendering.catalogue import FOLDER
from govkit.rendering.formats import FORMATS
from govkit.rendering.privacy.check import PUBLIC, Gate, phrases

if TYPE_CHECKING:
    from govkit.rendering.batch import Rendered

GATE = "govkit.reports.publication:gate_of"
WORDS = "publication_words"


def gate_of(store: str, version: int | None = None) -> Gate:
    """Return the gate for public documents made from a store as of a version."""
    return gate_for(open_snapshot(store, version))


def gate_for(snapshot: Snapshot) -> Gate:
    """Return the gate for public documents made from a snapshot."""
    return Gate(
        _personal(snapshot), _ordinary(snapshot), {commit.person for commit in snapshot.commits} | {login_name()}
    )


def record(store: str, person: str, rendered: "Rendered", folder: Path) -> None:
    """Note in the store's audit log that a public report was published, or that the gate refused it.

    Of one that is refused no older file stays in the folder. Internal reports are not noted.
    """
    job = rendered.job
    if job.parameters.get("audience") != PUBLIC:
        return
    details = {"report": job.report.name, "stem": job.stem}
    details |= {name: job.labels.get(name, "") for name in ("period", "place")}
    if rendered.status == "rendered":
        hashes = "、".join(f"{fmt} {sha256}" for fmt, sha256 in sorted(rendered.hashes.items()))
        note(store, person, "published", files=hashes, **details)
    elif _is_refused(rendered):
        for fmt in FORMATS:
            (folder / f"{job.stem}.{fmt}").unlink(missing_ok=True)
        note(store, person, "refused", problems=str(len(rendered.problems)), **details)


def _is_refused(rendered: "Rendered") -> bool:
    """Return whether it was the gate that had something against a report: its problems name the files."""
    files = {f"{rendered.job.stem}.{fmt}" for fmt in FORMATS}
    return any(problem.where.source in files for problem in rendered.problems)


def note(store: str, person: str, outcome: str, **details: str) -> None:
    """Write what became of a file for the public into the store's audit log; a store behind a URL has none."""
    if "://" not in store:
        audit.record(Path(store) / AUDIT_LOG, f"publication.{outcome}", person, **details)


def _personal(snapshot: Snapshot) -> dict[str, set[str]]:
    """Return the distinct values of the personal columns, by kind."""
    found: dict[str, set[str]] = {}
    for code, ledger in ledgers().items():
        for column in ledger.columns:
            if column.personal:
                values = snapshot.frames[code][column.name].dropna().unique().tolist()
                found.setdefault(column.personal, set()).update(map(str, values))
    return found


def _ordinary(snapshot: Snapshot) -> set[str]:
    names = {place.name for place in snapshot.places}
    return names | set(_kit_phrases()) | {text.text for text in official_texts(WORDS)}


@cache
def _kit_phrases() -> frozenset[str]:
    """Return what the kit itself says in Chinese: its declarations, templates and the pages that word sentences."""
    return frozenset(phrase for words in (*_declared(), *_sources()) for phrase in phrases(words))


def _declared() -> Iterator[str]:
    for ledger in ledgers().values():
        yield from (ledger.title, ledger.about)
        for column in ledger.columns:
            yield from (column.title, column.note, *column.choices)
    for measure in indicators().values():
        yield from (measure.label, measure.definition)


def _sources() -> Iterator[str]:
    own = Path(__file__).parents[1]
    folders: Sequence[tuple[Path, str]] = (
        (shipped(FOLDER), "*.ipynb"),
        (own / "reports", "*.py"),
        (own / "rendering", "*.py"),
        (own / "rendering/content", "*.py"),
        (own / "rendering/engine", "*.py"),
        (own / "rendering/privacy", "check.py"),
        (own / "core", "html.py"),
    )
    for folder, pattern in folders:
        for file in sorted(folder.glob(pattern)):
            yield file.read_text(encoding="utf-8")
    yield (own / "figures/figure.py").read_text(encoding="utf-8")
    yield (own / "figures/snapshot.py").read_text(encoding="utf-8")
