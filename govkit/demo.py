"""The demonstration: a sample district from workbooks to bulletins, as an office would go through it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from govkit.book import open_book
from govkit.i18n import gettext as _
from govkit.institutions import ledgers
from govkit.ledgers.check import check_files
from govkit.ledgers.places import shipped_places
from govkit.ledgers.store import Store
from govkit.reconcile import reconcile
from govkit.rendering import planned, render_all
from govkit.reports.batch import Rendered
from govkit.sample.workbooks import write

REPORT = "monthly_bulletin"
MONTH = "2015-09"
PLACES = ("示范区", "阳庙镇", "北西尚村")
NOTE = "样例数据：人名和明细虚构，年份2015系推定。"


@dataclass(frozen=True)
class Demo:
    """What a demonstration made, step by step: a title, the result in words, where to look."""

    steps: tuple[tuple[str, str, Path], ...]
    failed: tuple[Rendered, ...]
    differing: int


def demonstrate(folder: Path, person: str, progress: Callable[[str], None], workers: int = 2) -> Demo:
    """Generate the sample, import it, reconcile it, render three bulletins in three formats under ``folder``."""
    progress(_("Writing the sample workbooks"))
    workbooks = write(folder / "workbooks")
    progress(_("Checking and importing them"))
    imported = _import(workbooks, folder / "store", person)
    progress(_("Comparing with the published figures"))
    lines = reconcile(open_book(folder / "store"))
    differing = sum(line.status == "differs" for line in lines)
    matching = sum(line.status == "match" for line in lines)
    progress(_("Rendering the bulletins"))
    plan = planned(REPORT, str(folder / "store"), MONTH, places=PLACES)
    results = render_all(plan, folder / "reports", workers, lambda rendered: progress(rendered.job.stem))
    rendered = [result for result in results if result.status == "rendered"]
    return Demo(
        (
            (_("Workbooks"), _("{count} workbooks").format(count=len(workbooks)), folder / "workbooks"),
            (_("Store"), imported, folder / "store"),
            (
                _("Reconcile"),
                _("{match} match, {differ} differ").format(match=matching, differ=differing),
                folder / "store",
            ),
            *((one.job.stem, " ".join(one.outputs), folder / "reports") for one in rendered),
        ),
        tuple(result for result in results if result.status == "failed"),
        differing,
    )


def _import(workbooks: Sequence[Path], store: Path, person: str) -> str:
    intake = check_files(workbooks, ledgers().values(), shipped_places())
    commit = Store(store).import_(intake, shipped_places(), person, NOTE)
    if commit is None:
        return _("unchanged")
    rows = sum(change.added + change.changed for change in commit.changes)
    return _("{rows} rows in {ledgers} ledgers").format(rows=rows, ledgers=len(commit.changes))
