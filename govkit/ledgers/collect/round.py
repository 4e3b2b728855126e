"""One round of collecting: everything that arrived is recognised, checked, imported unit by unit, or sent back.

A unit's report is taken as a whole or not at all, as one commit. For what is not taken there is one annotated copy of
each workbook, and the store keeps that it was sent back.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from govkit.core.errors import InputError, InternalError, Problem, Where
from govkit.core.i18n import gettext as _
from govkit.ledgers import submission
from govkit.ledgers.annotate import annotate
from govkit.ledgers.check import Intake, intake_of
from govkit.ledgers.collect.checking import checked_together
from govkit.ledgers.collect.delivery import Delivery, file_hash, known_delivery
from govkit.ledgers.collect.incoming import Arrivals, arrivals
from govkit.ledgers.collect.outcome import Outcome, Result, Round
from govkit.ledgers.collect.recognise import Recogniser
from govkit.ledgers.collect.versions import Passed, Report, reports
from govkit.ledgers.corrections import Correction, applied
from govkit.ledgers.declare import Ledger
from govkit.ledgers.period import Period
from govkit.ledgers.places import Place, Places
from govkit.ledgers.read.table import Table
from govkit.ledgers.scope import keys
from govkit.ledgers.store import Store
from govkit.ledgers.submission import Kept, Key, State, Submission

UNPACKED = "来件"
RETURNED = "退回"
UNKNOWN = "认不出单位"


@dataclass(frozen=True)
class Collector:
    """Collects workbooks into a store.

    :ivar ledgers: the ledgers that workbooks may hold.
    :ivar person: who collects.
    :ivar target: the folder for annotated copies and for what was unpacked.
    :ivar month: the month to collect, like ``2015-09``; by default the one that most workbooks are of.
    :ivar replace: take a report also where it removes more rows than it adds.
    :ivar today: the day after which dates lie in the future; today by default.
    """

    store: Store
    ledgers: Sequence[Ledger]
    places: Places
    person: str
    target: Path
    month: str = ""
    note: str = ""
    replace: bool = False
    today: dt.date | None = None

    def collect(self, paths: Sequence[Path], done: Callable[[str], None] | None = None) -> Round:
        """Take what is clean, send back the rest, and return what came of it.

        :param paths: folders, zip files, mails and workbooks.
        :param done: called with the name of each workbook that was read.
        :raises InputError: nothing says which month is collected.
        """
        arrived = arrivals(paths, self.target / UNPACKED, ours=[self.target])
        recogniser = Recogniser(self.ledgers, self.places, self.month)
        taken = self._taken_files()
        hashes = {one: file_hash(one.path) for one in arrived.workbooks}
        known = [one for one in arrived.workbooks if hashes[one] in taken]
        deliveries = [known_delivery(one, hashes[one], taken[hashes[one]], self.places) for one in known]
        for delivery in recogniser.recognise_all([one for one in arrived.workbooks if one not in known]):
            deliveries.append(delivery)
            if done:
                done(delivery.name)
        month = self.month or _most_stated(deliveries)
        if not month and deliveries:
            raise InputError(_no_month())
        other = [problem for one in deliveries if (problem := _of_another_month(one, month))]
        mine = [one for one in deliveries if not _of_another_month(one, month)]
        for one in mine:
            one.month = month
        return self._settled(month, arrived, deliveries, mine, other)

    def _taken_files(self) -> dict[str, list[Submission]]:
        """Return the hashes of the files that were taken before, each with what was taken from it."""
        found: dict[str, list[Submission]] = {}
        for one in submission.latest(submission.in_force(self.store.commits())).values():
            told = one.submission
            if told.accepted and told.sha256 and told.unit in self.places.names:
                found.setdefault(told.sha256, []).append(told)
        return found

    def _settled(
        self, month: str, arrived: Arrivals, all_: Sequence[Delivery], mine: Sequence[Delivery], other: list[Problem]
    ) -> Round:
        order = {place.code: number for number, place in enumerate(self.places)}
        commits = self.store.commits()
        kept = submission.latest(submission.in_force(commits))
        taken = submission.latest(one for one in submission.in_force(commits) if one.submission.accepted)
        store = Store(self.store.url, remember=True)
        settling = _Settling(replace(self, store=store), month, kept, taken, store.corrections())
        outcomes = settling.settle_all(sorted(reports(mine), key=lambda one: order[one.unit.code]))
        outcomes += [settling.stranger(one) for one in mine if one.unit is None]
        settling.record_returns()
        return Round(month, len(all_), tuple(outcomes), tuple(other), tuple(arrived.problems), arrived.noise)


@dataclass
class _Settling:
    """The part of a round that writes: what the store knew before, and what is to be recorded as sent back."""

    by: Collector
    month: str
    kept: dict[Key, Kept]
    taken: dict[Key, Kept]
    corrections: Sequence[Correction]
    returned: list[Submission] = field(default_factory=list)

    def settle_all(self, found: Sequence[Report]) -> list[Outcome]:
        """Take the units' reports, or send them back."""
        for report in found:
            self._pass_older(report)
        known = {report.unit.code for report in found if report.parts and self._unchanged(report)}
        for report in found:
            if report.unit.code not in known:
                report.parts = [(one, codes) for one, codes in report.parts if not one.known]
        clean = checked_together(
            {report.unit.code: _tables(report) for report in found if report.unit.code not in known}, self._check
        )
        return [
            self._outcome(report, "unchanged", [])
            if report.unit.code in known
            else self._settle(report, clean.get(report.unit.code))
            for report in found
        ]

    def _settle(self, report: Report, clean: Intake | None) -> Outcome:
        problems, intake = self._checked(report, clean)
        if any(problem.severity == "error" for problem in problems):
            return self._sent_back(report, problems)
        if not report.parts:
            return self._outcome(report, "unchanged", problems)
        try:
            plan = self.by.store.plan(intake, self.by.places, month=self.month if self._stated(report) else "")
            losses = [] if self.by.replace else list(plan.losses)
            if losses:
                return self._sent_back(report, [*problems, *(_in_file(one, report) for one in losses)])
            commit = self.by.store.carry_out(
                plan, self.by.person, self.by.note, replace=True, reports=self._submissions(report, intake)
            )
        except InputError as error:
            return self._sent_back(report, [*problems, *(_in_file(one, report) for one in error.problems)])
        rows = {checked.ledger.code: len(checked.accepted) for checked in intake.ledgers}
        found = self._outcome(report, "taken" if commit else "unchanged", problems)
        return replace(found, rows=rows, version=commit.version if commit else None)

    def stranger(self, delivery: Delivery) -> Outcome:
        """Send back a workbook that nobody knows the unit of."""
        return Outcome(
            None,
            "returned",
            files=(delivery.name,),
            problems=tuple(delivery.problems),
            copies=tuple(self._copies([delivery], delivery.problems, UNKNOWN)),
        )

    def record_returns(self) -> None:
        """Record what was sent back, as one commit; what is known already is not recorded again."""
        new = [
            one
            for one in self.returned
            if not (
                (before := self.kept.get(one.key))
                and (before.submission.state, before.submission.sha256) == (one.state, one.sha256)
            )
        ]
        if new:
            plan = self.by.store.plan(Intake((), ()), self.by.places)
            self.by.store.carry_out(plan, self.by.person, self.by.note, reports=new)

    def _pass_older(self, report: Report) -> None:
        """Pass over workbooks that were saved before the one that the store holds."""
        for number, (delivery, codes) in reversed(list(enumerate(report.parts))):
            older = {
                code
                for code in codes
                if delivery.saved
                and (before := self.taken.get((report.unit.code, code, self.month)))
                and before.submission.saved > delivery.saved.isoformat()
            }
            if older and older == codes:
                rule = _("older than what was taken before")
                report.passed.append(Passed(delivery, (_("the store"),), rule))
                del report.parts[number]
            elif older:
                report.parts[number] = (delivery, codes - older)

    def _unchanged(self, report: Report) -> bool:
        return all(
            codes
            and all(
                (before := self.kept.get((report.unit.code, code, self.month)))
                and before.submission.accepted
                and before.submission.sha256 == delivery.sha256
                for code in codes
            )
            for delivery, codes in report.parts
        )

    def _stated(self, report: Report) -> bool:
        """Return whether the workbooks are reports of one month; rows of others were carried on from earlier ones."""
        return all(delivery.stated for delivery in report.deliveries)

    def _check(self, tables: Sequence[Table], paths: Sequence[Path] = ()) -> Intake:
        corrected = (lambda table: applied(table, self.corrections, self.by.places)) if self.corrections else None
        return intake_of(paths, tables, (), self.by.places, self.by.today, corrected=corrected)

    def _checked(self, report: Report, clean: Intake | None) -> tuple[list[Problem], Intake]:
        """Return every problem of a report, and its checked rows.

        :param clean: the rows, where they were checked together with those of other units and are without a problem.
        """
        problems = list(report.problems)
        for delivery in report.deliveries:
            problems += delivery.problems
            problems += (item for item in delivery.tables if isinstance(item, Problem))
        intake = clean or self._check(_tables(report))
        intake = replace(intake, sources=tuple(delivery.arrived.path for delivery in report.deliveries))
        problems += intake.problems
        if not intake.errors:
            problems += self._nothing_declared(report)
            problems += self._other_months(report, intake)
        return problems, intake

    def _nothing_declared(self, report: Report) -> Iterator[Problem]:
        """Yield a problem for each declared nothing of which the store holds rows."""
        ledgers = {ledger.code: ledger for ledger in self.by.ledgers}
        for delivery, codes in report.parts:
            for code in sorted(codes & set(delivery.nil)):
                ledger = ledgers[code]
                rows = self.by.store.read(ledger)
                own = rows[rows["place"] == report.unit.code]
                count = int((own[ledger.dated].dt.strftime("%Y-%m") == self.month).sum())
                if count and not ledger.standing:
                    yield Problem(
                        delivery.nil[code],
                        _("Nothing is declared for {ledger}, but the store holds {count} rows of that month").format(
                            ledger=ledger.title, count=count
                        ),
                        _("Ask the unit; if the rows are wrong, take them out of the store first"),
                    )

    def _other_months(self, report: Report, intake: Intake) -> Iterator[Problem]:
        """Yield a warning of rows of a later month, and of rows of earlier ones that the store does not know."""
        if not self._stated(report):
            return
        month = Period.month(self.month)
        for checked in intake.ledgers:
            ledger, rows = checked.ledger, checked.accepted
            if ledger.standing or rows[ledger.dated].between(pd.Timestamp(month.start), pd.Timestamp(month.end)).all():
                continue
            days = rows[ledger.dated].dt.date
            earlier = rows[days < month.start]
            unknown = ~keys(earlier, ledger).isin(keys(self.by.store.read(ledger), ledger)) if len(earlier) else ()
            for count, what in (
                (int((days > month.end).sum()), _("{count} rows are of a later month than {month}")),
                (sum(unknown), _("{count} rows are of an earlier month than {month}, and new to the store")),
            ):
                if count:
                    yield Problem(
                        Where(report.deliveries[0].name, ledger.title),
                        what.format(count=count, month=month.label),
                        _("They are taken all the same; correct the day if it is a slip of the pen"),
                        severity="warning",
                    )

    def _submissions(self, report: Report, intake: Intake) -> list[Submission]:
        rows = {checked.ledger.code: checked.rows_in for checked in intake.ledgers}
        return [
            self._submission(
                report.unit, code, delivery, "nil" if code in delivery.nil else "reported", rows=rows.get(code, 0)
            )
            for delivery, codes in report.parts
            for code in sorted(codes)
        ]

    def _submission(
        self, unit: Place, code: str, delivery: Delivery, state: State, *, rows: int = 0, problems: int = 0
    ) -> Submission:
        return Submission(
            unit.code,
            code,
            self.month,
            state,
            f"{delivery.arrived.time.astimezone():%Y-%m-%d}",
            delivery.name,
            delivery.sha256,
            rows,
            problems,
            delivery.filler,
            delivery.saved.isoformat() if delivery.saved else "",
        )

    def _sent_back(self, report: Report, problems: Sequence[Problem]) -> Outcome:
        folder = report.unit.name
        copies = self._copies(report.deliveries, problems, folder)
        for delivery, codes in report.parts:
            count = sum(one.severity == "error" and one.where.source == delivery.name for one in problems)
            self.returned += (
                self._submission(report.unit, code, delivery, "returned", problems=count)
                for code in sorted(codes or delivery.codes) or [""]
            )
        return replace(self._outcome(report, "returned", problems), copies=tuple(copies))

    def _copies(self, deliveries: Sequence[Delivery], problems: Sequence[Problem], folder: str) -> Iterator[Path]:
        for delivery in deliveries:
            own = [problem for problem in problems if problem.where.source == delivery.name]
            if not own:
                continue
            place = self.by.target / RETURNED / folder
            place.mkdir(parents=True, exist_ok=True)
            try:
                copy = annotate(delivery.arrived.path, own, place, delivery.name)
            except InternalError:  # the problems are listed all the same
                continue
            if copy is not None:
                yield copy

    def _outcome(self, report: Report, result: Result, problems: Sequence[Problem]) -> Outcome:
        nil = {code for delivery, codes in report.parts for code in codes & set(delivery.nil)}
        blank = {code for delivery in report.deliveries for code in delivery.unfilled}
        return Outcome(
            report.unit,
            result,
            nil=tuple(sorted(nil)),
            unfilled=tuple(sorted(blank)),
            files=tuple(delivery.name for delivery in report.deliveries),
            passed=tuple(report.passed),
            problems=tuple(problems),
            told_by=tuple(delivery.told_by for delivery in report.deliveries),
        )


def _tables(report: Report) -> list[Table]:
    """Return the tables of a report that count."""
    return [
        item
        for delivery, codes in report.parts
        for item in delivery.tables
        if isinstance(item, Table) and item.ledger.code in codes
    ]


def _in_file(problem: Problem, report: Report) -> Problem:
    """Return a problem of the store's as one of the unit's first workbook, so that the copy lists it."""
    return replace(problem, where=Where(report.deliveries[0].name, str(problem.where)))


def _most_stated(deliveries: Iterable[Delivery]) -> str:
    """Return the month that most workbooks are of, the later one of two."""
    counts = Counter(delivery.month for delivery in deliveries if delivery.month)
    return max(counts, key=lambda month: (counts[month], month), default="")


def _of_another_month(delivery: Delivery, month: str) -> Problem | None:
    if delivery.month in {"", month}:
        return None
    return Problem(
        delivery.month_at or Where(delivery.name),
        _("The workbook is of {month}, not of {wanted}").format(
            month=Period.month(delivery.month).label, wanted=Period.month(month).label
        ),
        _("Collect that month with --period {month}, or correct the month in the workbook").format(
            month=delivery.month
        ),
    )


def _no_month() -> Problem:
    return Problem(
        Where("--period"),
        _("No workbook says which month it is of"),
        _("Write the month, like --period 2015-09"),
    )
