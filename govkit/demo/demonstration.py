"""The demonstration: a sample district from workbooks to bulletins, and an exam from the bank to its result bulletin.

The candidates of the exam are invented and their answers simulated.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from govkit.core.files import shipped
from govkit.core.i18n import gettext as _
from govkit.demo.sample.workbooks import write
from govkit.exams.bank.bank import load_bank
from govkit.exams.exam import Marked, analyse_exam, assemble, mark_exam, simulate_exam
from govkit.exams.paper.key import KEY_FILE
from govkit.exams.paper.roster import ROSTER_FILE
from govkit.exams.results.analysis import Analysis
from govkit.exams.results.bulletin import Audience, bulletin_job, record_bulletin
from govkit.figures.reconcile import reconcile
from govkit.figures.snapshot import open_snapshot
from govkit.institutions import ledgers
from govkit.ledgers.check import check_files
from govkit.ledgers.places import shipped_places
from govkit.ledgers.store import Store
from govkit.rendering.batch import Rendered
from govkit.reports.plan import planned, render_all

REPORT = "monthly_bulletin"
MONTH = "2015-09"
PLACES = ("示范区", "阳庙镇", "北西尚村")
NOTE = "样例数据：人名和明细虚构，年份2015系推定。"

BLUEPRINT = "quizzes/blueprints/district.yaml"
PASSPHRASE = "yangli-kouling"  # noqa: S105 - 样例口令: of the invented exam only, and printed
SEED = 2015
CANDIDATES = 1263  # T3
PASSES = (1194, 1206)  # T4: rounded, 95%
AUDIENCES: tuple[Audience, ...] = ("internal", "public")

Step = tuple[str, str, Path]


@dataclass(frozen=True)
class Demo:
    """The results of a demonstration: title, result in words and path of each step, failures, differing figures."""

    steps: tuple[Step, ...]
    failed: tuple[Rendered, ...]
    differing: int


def demonstrate(folder: Path, person: str, progress: Callable[[str], None], workers: int = 2) -> Demo:
    """Generate the sample, import it, reconcile it, hold an exam and render bulletins.

    :param folder: the folder for all results: ``workbooks``, ``store``, ``exam``, ``reports``.
    :param person: the name that goes on record.
    :param progress: called with the title of each step.
    :param workers: the number of processes that render.
    """
    progress(_("Writing the sample workbooks"))
    workbooks = write(folder / "workbooks")
    progress(_("Checking and importing them"))
    imported = _import(workbooks, folder / "store", person)
    progress(_("Comparing with the published figures"))
    lines = reconcile(open_snapshot(folder / "store"))
    differing = sum(line.status == "differs" for line in lines)
    matching = sum(line.status == "match" for line in lines)
    steps = (
        (_("Workbooks"), _("{count} workbooks").format(count=len(workbooks)), folder / "workbooks"),
        (_("Store"), imported, folder / "store"),
        (
            _("Reconcile"),
            _("{match} match, {differ} differ").format(match=matching, differ=differing),
            folder / "store",
        ),
        *hold_exam(folder / "exam", person, progress),
    )
    progress(_("Rendering the bulletins"))
    results = _render(folder, person, workers, lambda rendered: progress(rendered.job.stem))
    rendered = ((one.job.stem, " ".join(one.outputs), folder / "reports") for one in results if one.outputs)
    failed = tuple(result for result in results if result.status == "failed")
    return Demo((*steps, *rendered), failed, differing)


def hold_exam(exam: Path, person: str, progress: Callable[[str], None]) -> list[Step]:
    """Assemble, simulate, mark and analyse the district exam in the folder ``exam`` and return the steps.

    An existing exam is not assembled or simulated again.
    """
    progress(_("Assembling the exam"))
    if not (exam / KEY_FILE).exists():
        bank = load_bank(shipped("quizzes"))
        assemble(shipped(BLUEPRINT), bank, exam, passphrase=PASSPHRASE, person=person, seed=str(SEED))
    if not (exam / ROSTER_FILE).exists():
        simulate_exam(exam, PASSPHRASE, person, seed=SEED, candidates=CANDIDATES, passes=PASSES)
    progress(_("Marking and analysing it"))
    return _exam_steps(exam, mark_exam(exam, PASSPHRASE, person), analyse_exam(exam, PASSPHRASE, person))


def _render(folder: Path, person: str, workers: int, progress: Callable[[Rendered], None]) -> list[Rendered]:
    """Render the month's bulletins and the exam's, for both audiences, in one batch."""
    plan = planned(REPORT, str(folder / "store"), MONTH, places=PLACES)
    bulletins = [bulletin_job(folder / "exam", audience=audience) for audience in AUDIENCES]
    results = render_all(replace(plan, jobs=(*plan.jobs, *bulletins)), folder / "reports", workers, progress)
    for rendered in results[len(plan.jobs) :]:
        record_bulletin(folder / "exam", person, rendered)
    return results


def _exam_steps(exam: Path, marked: Marked, analysis: Analysis) -> list[Step]:
    passed = int((marked.frame["passed"] == "true").sum())
    sat = _("{passed} of {sat} invented candidates passed").format(passed=passed, sat=len(marked.frame))
    flagged = int((analysis.items["findings"] != "").sum())
    asked = _("{asked} questions analysed, {flagged} flagged").format(asked=len(analysis.items), flagged=flagged)
    sealed = _("sample passphrase: {passphrase}").format(passphrase=PASSPHRASE)
    return [(_("Sealed key"), sealed, exam / KEY_FILE), (_("Marks"), sat, exam), (_("Item analysis"), asked, exam)]


def _import(workbooks: Sequence[Path], store: Path, person: str) -> str:
    intake = check_files(workbooks, ledgers().values(), shipped_places())
    commit = Store(store).import_(intake, shipped_places(), person, NOTE)
    if commit is None:
        return _("unchanged")
    rows = sum(change.added + change.changed for change in commit.changes)
    return _("{rows} rows in {ledgers} ledgers").format(rows=rows, ledgers=len(commit.changes))
