"""The privacy check of a store's public documents, and the record of what was published.

It looks for the values of every column that a ledger declares personal, over all rows, and for the names of those who
imported them. Ordinary are the places' names, the kit's list of ordinary phrases (``data/privacy``), and the office's
own words in ``data/rules/publication_words.csv``.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from govkit.core import audit
from govkit.core.errors import InputError, Problem, Where
from govkit.core.files import login_name
from govkit.core.i18n import gettext as _
from govkit.figures.snapshot import Snapshot, open_snapshot
from govkit.institutions import ledgers
from govkit.institutions.rulebook import official_texts
from govkit.ledgers.audit_log import AUDIT_LOG
from govkit.rendering.declaration import is_public
from govkit.rendering.formats import FORMATS
from govkit.rendering.privacy.check import PrivacyCheck, ordinary_phrases

if TYPE_CHECKING:
    from collections.abc import Iterable

    from govkit.rendering.batch import Job, Rendered

WORDS = "publication_words"


def privacy_check(store: str, version: int | None = None) -> PrivacyCheck:
    """Return the privacy check of public documents made from a store as of a version (default: the latest)."""
    return privacy_check_of(open_snapshot(store, version))


def privacy_check_of(snapshot: Snapshot) -> PrivacyCheck:
    """Return the privacy check of public documents made from a snapshot."""
    staff = {commit.person for commit in snapshot.commits} | {login_name()}
    return PrivacyCheck(_personal(snapshot), _ordinary(snapshot), staff)


def record(store: str, person: str, rendered: "Rendered", folder: Path) -> None:
    """Record in the store's audit log that a public report was published, or that the privacy check refused it.

    Older files of a refused report are deleted from the folder. Internal reports are not recorded.
    """
    job = rendered.job
    if not is_public(job.report.notebook, job.parameters):
        return
    details = {"report": job.report.name, "stem": job.stem}
    details |= {name: job.labels.get(name, "") for name in ("period", "place")}
    if rendered.status == "rendered":
        hashes = "、".join(f"{fmt} {sha256}" for fmt, sha256 in sorted(rendered.hashes.items()))
        note(store, person, "published", files=hashes, **details)
    elif is_refused(rendered):
        for fmt in FORMATS:
            (folder / f"{job.stem}.{fmt}").unlink(missing_ok=True)
        note(store, person, "refused", problems=str(len(rendered.problems)), **details)


def is_refused(rendered: "Rendered") -> bool:
    """Return whether the privacy check refused a report: its problems then name the files."""
    files = {f"{rendered.job.stem}.{fmt}" for fmt in FORMATS}
    return any(problem.where.source in files for problem in rendered.problems)


def require_log(store: str, jobs: "Iterable[Job]") -> None:
    """Refuse jobs for the public if the user may not write the store's audit log; a store behind a URL has no log.

    :raises InputError: the log, or the folder that it would be made in, is read-only for the user.
    """
    if "://" in store or not any(is_public(job.report.notebook, job.parameters) for job in jobs):
        return
    log = Path(store) / AUDIT_LOG
    effective = os.access in os.supports_effective_ids
    there = os.access(log, os.F_OK, effective_ids=effective)
    if not os.access(log if there else store, os.W_OK, effective_ids=effective):
        what = _("the audit log may not be written, so nothing can be published")
        repair = _("Ask someone who may import into this store to publish, or the administrator for the right to write")
        raise InputError(Problem(Where(str(log)), what, repair))


def note(store: str, person: str, outcome: str, **details: str) -> None:
    """Write the outcome for a public file into the store's audit log; a store behind a URL has no log."""
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
    return names | ordinary_phrases() | {text.text for text in official_texts(WORDS)}
