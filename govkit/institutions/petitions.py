"""Petitions (信访) and backlog cases (积案) (X), with their deadlines by the regulation in force.

No ledger here has a column for a person, since petitioners stay anonymous everywhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
from pandas.api.typing import NaTType

from govkit.core.errors import Problem
from govkit.core.i18n import gettext as _
from govkit.institutions.deadlines import WORKING, Deadline, deadline, holidays_entered
from govkit.institutions.institution import Institution, Overdue, against
from govkit.ledgers.declare import Column, Ledger, Rule, choice, date, in_order, needed_when, place, text
from govkit.ledgers.indicator import Frames, Indicator, Ratio, done_by, not_done_by
from govkit.ledgers.places import Places

MATTER = "信访"
OBJECTION = "异议"
NATIONAL = "国家规定"
BASES = (NATIONAL, "河南省规定")
BACKLOG_YEARS = 10
"""The age in years above which a case is a backlog case (X1)."""

_received = date("received_on", "收到日期")
_transferred = date("transferred_on", "转送日期", required=False)
_objected = date("objected_on", "提出异议日期", required=False)
_accepted = date("accepted_on", "受理日期", required=False)
_extended = date("extended_on", "延期批准日期", required=False)
_finished = date("finished_on", "办结日期", required=False)
_review_asked = date("review_requested_on", "申请复查日期", required=False)
_reviewed = date("review_decided_on", "复查决定日期", required=False)
_second_asked = date("second_review_requested_on", "申请复核日期", required=False)
_second = date("second_review_decided_on", "复核决定日期", required=False)


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a petition that has a deadline, with the columns of the days it starts and ends."""

    name: str
    start: Column
    done: Column


STEPS = (
    Step("受理", _received, _accepted),
    Step("办结", _accepted, _finished),
    Step("复查", _review_asked, _reviewed),
    Step("复核", _second_asked, _second),
)


def due(frame: pd.DataFrame, step: str) -> pd.Series:
    """Return the day by which each petition's step is due: NaT where it has not begun or no rule sets a time.

    The rule is the one of the petition's basis in force when the step began, the longer one after an extension.

    :param frame: rows of the ledger of petitions.
    :param step: the name of one of ``STEPS``.
    """
    start = next(known.start.name for known in STEPS if known.name == step)
    days = [
        _due_on(step if step != "办结" or pd.isna(extended) else "延期后办结", basis, day)
        for basis, day, extended in zip(frame["basis"], frame[start], frame["extended_on"], strict=True)
    ]
    return pd.Series(days, index=frame.index, dtype="datetime64[us]")


def _rule_of(step: str, basis: str | None, day: pd.Timestamp | NaTType) -> Deadline | None:
    return None if pd.isna(day) or pd.isna(basis) else deadline(MATTER, str(basis), step, day.date())


def _due_on(step: str, basis: str | None, day: pd.Timestamp | NaTType) -> pd.Timestamp | NaTType:
    rule = _rule_of(step, basis, day)
    return pd.NaT if rule is None or pd.isna(day) else pd.Timestamp(rule.due(day.date()))


def _within(step: str, start: Column, asked: Column) -> Rule:
    """Return the rule, a warning, that ``asked`` lies within the time that its basis allows after ``start``."""

    def holds(f: pd.DataFrame) -> pd.Series:
        last = [_due_on(step, basis, day) for basis, day in zip(f["basis"], f[start.name], strict=True)]
        limits = pd.Series(last, index=f[asked.name].index, dtype="datetime64[us]")
        return f[asked.name].isna() | limits.isna() | (f[asked.name] <= limits)

    return Rule(
        columns=(asked.name, start.name, "basis"),
        holds=holds,
        what=_("{asked_title} {{{asked}}} is later than the rules allow after {start_title} {{{start}}}").format(
            asked_title=asked.title, asked=asked.name, start_title=start.title, start=start.name
        ),
        repair=_("Check both days; if they are right, the request came too late"),
        severity="warning",
    )


def _is_covered(f: pd.DataFrame) -> pd.Series:
    covered = [
        pd.isna(day) or pd.isna(basis) or _rule_of("办结", basis, day) is not None
        for basis, day in zip(f["basis"], f["received_on"], strict=True)
    ]
    return pd.Series(covered, index=f["received_on"].index, dtype="boolean")


PETITIONS = Ledger(
    code="petitions",
    title="信访事项台账",
    synonyms=("信访", "信访台账"),
    about="信访事项，一件一行；不登记信访人姓名和联系方式。",
    key=("petition_id",),
    dated="received_on",
    columns=(
        text("petition_id", "信访编号"),
        place("责任单位", ("district", "township", "village")),
        choice("channel", "信访形式", ("来信", "来访", "网上", "电话")),
        choice(
            "subject", "事项类别", ("征地补偿", "宅基地", "惠农补贴", "社会保障", "劳资", "环境", "村务公开", "其他")
        ),
        choice("basis", "适用规定", BASES, note="期限按该规定在当日有效的文本计算"),
        _received,
        _transferred,
        _objected,
        _accepted,
        _extended,
        _finished,
        _review_asked,
        _reviewed,
        _second_asked,
        _second,
    ),
    rules=(
        in_order(_received, _transferred),
        in_order(_transferred, _objected),
        in_order(_received, _accepted),
        in_order(_accepted, _extended),
        in_order(_accepted, _finished),
        in_order(_finished, _review_asked),
        in_order(_review_asked, _reviewed),
        in_order(_reviewed, _second_asked),
        in_order(_second_asked, _second),
        needed_when(_accepted, lambda f: f["finished_on"].notna(), "办结日期已填"),
        needed_when(_finished, lambda f: f["review_requested_on"].notna(), "申请复查日期已填"),
        Rule(
            columns=("received_on", "basis"),
            holds=_is_covered,
            what=_("No deadline rule of “{basis}” covers {received_on}"),
            repair=_("Correct the day, choose another basis, or add the rule of that time to deadlines.csv"),
        ),
        _within(OBJECTION, _transferred, _objected),
        _within("申请复查", _finished, _review_asked),
        _within("申请复核", _reviewed, _second_asked),
    ),
)

_arisen = date("arisen_on", "发生日期", note="只知年份的填当年1月1日")
_listed = date("listed_on", "列为积案日期")
_resolved = date("resolved_on", "化解日期", required=False)

BACKLOG = Ledger(
    code="backlog_cases",
    title="信访积案台账",
    synonyms=("积案", "积案台账"),
    about="十年以上的信访积案，一件一行；当事人一律不具名。",
    key=("case_id",),
    dated="listed_on",
    standing=True,
    columns=(text("case_id", "积案编号"), place(), _arisen, _listed, _resolved),
    rules=(
        in_order(_listed, _resolved),
        Rule(
            columns=("arisen_on", "listed_on"),
            holds=lambda f: f["listed_on"] > f["arisen_on"] + pd.DateOffset(years=BACKLOG_YEARS),
            what=_("A case that arose on {arisen_on} was not over ten years old on {listed_on}"),
            repair=_("Correct the day, or enter the matter in the ledger of petitions"),
        ),
    ),
)

RECEIVED = Indicator(
    code="petitions_received", label="收到信访", unit="件", definition="收到日期在期内的信访件数", ledger=PETITIONS
)
ACCEPTED = Indicator(
    code="petitions_accepted",
    label="受理信访",
    unit="件",
    definition="受理日期在期内的信访件数",
    ledger=PETITIONS,
    dated="accepted_on",
)
FINISHED = Indicator(
    code="petitions_finished",
    label="办结信访",
    unit="件",
    definition="办结日期在期内的信访件数",
    ledger=PETITIONS,
    dated="finished_on",
)
_FINISHED_OF_RECEIVED = Indicator(
    code="petitions_finished_of_received",
    label="收到并办结信访",
    unit="件",
    definition="收到日期在期内、且期末前已办结的信访件数",
    ledger=PETITIONS,
    rows=lambda period: done_by("finished_on", period),
)
FINISH_RATE = Ratio(
    code="petitions_finish_rate",
    label="信访办结率",
    synonyms=("办结率",),
    unit="%",
    definition="本年一月一日起到期末收到的信访中，期末前已办结的百分比",
    numerator=_FINISHED_OF_RECEIVED,
    denominator=RECEIVED,
    from_january=True,
)
OPEN = Indicator(
    code="petitions_open",
    label="期末未办结信访",
    unit="件",
    definition="期末前收到、期末尚未办结的信访件数",
    ledger=PETITIONS,
    span="stock",
    rows=lambda period: not_done_by("finished_on", period),
    cumulative=False,
    lower_is_better=True,
)
BACKLOG_RESOLVED = Indicator(
    code="X1",
    label="化解信访积案",
    unit="件",
    definition="化解日期在期内的十年以上信访积案件数",
    ledger=BACKLOG,
    dated="resolved_on",
)
BACKLOG_OPEN = Indicator(
    code="backlog_open",
    label="未化解信访积案",
    unit="件",
    definition="期末前列为积案、期末尚未化解的件数",
    ledger=BACKLOG,
    span="stock",
    rows=lambda period: not_done_by("resolved_on", period),
    cumulative=False,
    lower_is_better=True,
)


def _holidays_missing(frames: Frames, places: Places) -> Iterator[Problem]:
    """Warn about each year in which objections are due in working days and no holidays are entered."""
    rows = frames[PETITIONS.code].dropna(subset=[_objected.name, _transferred.name])
    rules = [_rule_of(OBJECTION, basis, day) for basis, day in zip(rows["basis"], rows[_transferred.name], strict=True)]
    years = {
        int(day.year)
        for rule, day in zip(rules, rows[_transferred.name], strict=True)
        if rule is not None and rule.counted == WORKING
    }
    for year in sorted(years):
        if not holidays_entered(year):
            yield against(
                PETITIONS.title,
                _objected.title,
                _("The holidays of {year} are not entered: working days leave out weekends only").format(year=year),
                _("Enter the announced holidays and working weekends of that year in holidays.csv"),
            )


def _overdue(step: Step) -> Overdue:
    return Overdue(
        label=f"{MATTER}{step.name}",
        ledger=PETITIONS,
        begun=step.start.name,
        done=step.done.name,
        due=lambda f: due(f, step.name),
        subject=lambda f: f["subject"],
        rule=f"超过所适用规定的{step.name}期限",
    )


INSTITUTION = Institution(
    code="petitions",
    title="信访与积案",
    ledgers=(PETITIONS, BACKLOG),
    indicators=(
        RECEIVED,
        ACCEPTED,
        FINISHED,
        _FINISHED_OF_RECEIVED,
        FINISH_RATE,
        OPEN,
        BACKLOG_RESOLVED,
        BACKLOG_OPEN,
    ),
    overdue=tuple(_overdue(step) for step in STEPS),
    contradictions=(_holidays_missing,),
)
