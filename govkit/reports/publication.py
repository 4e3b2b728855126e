"""The privacy check of a store's public documents, and the record of what was published.

It looks for the values of every column that a ledger declares personal, over all rows, and for the names of those who
imported them. Ordinary are the places' names, the kit's list of ordinary phrases (``data/privacy``), and the office's
own words in ``data/rules/publication_words.csv``. The settings 公开图片 and 公开须二人 say how pictures are treated and
whether a second person has to approve.
"""

import datetime as dt
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from govkit.core import audit
from govkit.core.errors import InputError, Problem, Where
from govkit.core.files import atomic_write, login_name
from govkit.core.i18n import gettext as _
from govkit.figures.public_wording import ordinary_words, personal_values
from govkit.figures.snapshot import Snapshot, open_snapshot
from govkit.institutions.rulebook import known_setting, rule_file
from govkit.ledgers.audit_log import AUDIT_LOG
from govkit.rendering.declaration import is_public
from govkit.rendering.formats import FORMATS
from govkit.rendering.privacy.check import Pictures, PrivacyCheck
from govkit.reports.published import CORRECTION, Change, Entry, Register, correction_page

if TYPE_CHECKING:
    from collections.abc import Iterable

    from govkit.rendering.batch import Job, Rendered

T = TypeVar("T")
_PICTURES: dict[str, Pictures] = {"": "warn", "提示": "warn", "识别": "read", "拒绝": "refuse"}
_YES_NO = {"": False, "否": False, "是": True}


def pictures_setting() -> Pictures:
    """Return how pictures of public files are treated, by the setting 公开图片.

    :raises InputError: the setting is none of its words.
    """
    return _chosen("公开图片", _PICTURES)


def needs_two_persons() -> bool:
    """Return whether a second person has to approve what is published, by the setting 公开须二人.

    :raises InputError: the setting is neither 是 nor 否.
    """
    return _chosen("公开须二人", _YES_NO)


def _chosen(name: str, words: "dict[str, T]") -> "T":
    value = known_setting(name, dt.date.today())
    if value not in words:
        what = _("“{value}” is none of the words of the setting {name}").format(value=value, name=name)
        repair = _("Write one of: {choices}").format(choices="、".join(filter(None, words)))
        raise InputError(Problem(Where(rule_file("settings"), name), what, repair))
    return words[value]


def privacy_check(store: str, version: int | None = None) -> PrivacyCheck:
    """Return the privacy check of public documents made from a store as of a version (default: the latest)."""
    return privacy_check_of(open_snapshot(store, version))


def privacy_check_of(snapshot: Snapshot) -> PrivacyCheck:
    """Return the privacy check of public documents made from a snapshot."""
    staff = {commit.person for commit in snapshot.commits} | {login_name()}
    return PrivacyCheck(personal_values(snapshot.frames), ordinary_words(snapshot.places), staff, pictures_setting())


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
        _enter(store, person, rendered, folder)
        hashes = "、".join(f"{fmt} {sha256}" for fmt, sha256 in sorted(rendered.hashes.items()))
        note(store, person, "published", files=hashes, **details)
    elif is_refused(rendered):
        for fmt in FORMATS:
            (folder / f"{job.stem}.{fmt}").unlink(missing_ok=True)
        note(store, person, "refused", problems=str(len(rendered.problems)), **details)


def _enter(store: str, person: str, rendered: "Rendered", folder: Path) -> None:
    """Enter a rendered document in the store's register, and write the page of a correction beside it."""
    if "://" in store:
        return
    job, register = rendered.job, Register(store)
    entry = register.add(
        {fmt: (folder / file).read_bytes() for fmt, file in rendered.outputs.items()},
        person=person,
        report=job.report.name,
        stem=job.stem,
        place=job.labels.get("place_code", ""),
        period=job.labels.get("period", ""),
        version=int(job.parameters.get("version", 0)),
        template=job.report.sha256,
        needs_two=needs_two_persons(),
    )
    if entry is not None and entry.status == "published":
        issue_correction(store, entry, folder)


def issue_correction(store: str, entry: Entry, folder: Path) -> Path | None:
    """Write the page (更正) of a published document that corrects an earlier one; return its path, None for no page.

    Persons and numbers in what was published by mistake are masked; a page that fails the privacy check is not written.
    """
    if not entry.corrects:
        return None
    before = Register(store).entries()[entry.corrects - 1]
    check = privacy_check(store)
    shown = tuple(Change(check.withheld(one.before), check.withheld(one.after)) for one in entry.changes)
    content = correction_page(replace(entry, changes=shown), before)
    path = folder / f"{entry.stem}-{CORRECTION}.html"
    if any(one.severity == "error" for one in check.check(path.name, content)):
        note(store, entry.person, "correction_refused", stem=entry.stem)
        return None
    atomic_write(path, content)
    note(store, entry.person, "corrected", stem=entry.stem, corrects=str(entry.corrects))
    return path


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
