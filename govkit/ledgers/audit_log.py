"""The audit log of a store in a folder: an entry before every commit, and what proves that no entry was changed.

The entry is written first, then the commit row that names its hash. A process that dies between the two leaves an entry
without a commit, which is said, never a commit without an entry. Whoever writes the whole log anew would have to forge
the hashes in the table of commits too, and cannot forge the one that was noted on paper.
"""

from collections.abc import Sequence
from pathlib import Path

from govkit.core import audit
from govkit.core.errors import Problem, Where
from govkit.core.i18n import gettext as _
from govkit.ledgers.commit import ERASE, Commit

AUDIT_LOG = "audit.jsonl"
"""File name of the log in the store's folder."""
_ACTION = "ledger."


def announce(log: Path, commit: Commit, **details: audit.Detail) -> str:
    """Record a commit that is about to be made, and return the hash of its entry."""
    hashes = "、".join(f"{source.name} {source.sha256}" for source in commit.sources)
    told: dict[str, audit.Detail] = {"version": commit.version, "sources": hashes, **details}
    return audit.record(log, f"{_ACTION}{commit.action}", commit.person, **told).hash


def problems(log: Path, commits: Sequence[Commit], heads: Sequence[str] = ()) -> list[Problem]:
    """Return a problem for every line that was changed, every commit that the log lacks, every hash that is gone.

    An entry whose commit was never made, since its process was ended, is a warning.

    :param heads: hashes of entries, noted elsewhere, that the log must hold.
    """
    found = [entry for entry in audit.entries(log) if entry.action.startswith(_ACTION) and "version" in entry.details]
    hashes, versions = {entry.hash for entry in found}, {entry.details["version"] for entry in found}
    lost = [
        commit for commit in commits if (commit.entry not in hashes if commit.entry else commit.version not in versions)
    ]
    made = {commit.entry for commit in commits}
    told = {commit.version for commit in commits if commit in lost or not commit.entry}
    interrupted = [entry for entry in found if entry.hash not in made and entry.details["version"] not in told]
    return [
        *audit.verify(log, heads, {commit.entry for commit in commits if commit.action == ERASE}),
        *(_lacks(commit) for commit in lost),
        *(_interrupted(entry) for entry in interrupted),
    ]


def _lacks(commit: Commit) -> Problem:
    return Problem(
        Where(AUDIT_LOG),
        _("The log lacks the entry of version {version}").format(version=commit.version),
        _("compare with a copy kept elsewhere; find out who changed the file"),
    )


def _interrupted(entry: audit.Entry) -> Problem:
    return Problem(
        Where(AUDIT_LOG, item=_("entry {number}").format(number=entry.number)),
        _("{person} began version {version}, which was not completed").format(
            person=entry.person, version=entry.details["version"]
        ),
        _("Nothing needs to be repaired: the program was ended before the store was changed; import again if need be"),
        severity="warning",
    )
