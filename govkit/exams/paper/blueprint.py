"""The blueprint of an exam (组卷方案): what every form must hold. Read from YAML, with the line of every problem.

.. code-block:: yaml

    exam: district-2015
    title: 示范区四项基础制度闭卷考试
    date: 2015-10-20
    minutes: 90
    total: 100
    pass_mark: 60
    pass_rate_base: present          # 实考; or registered, 应考; or none: no rate may be shown
    forms: [A, B]
    resit: M
    sections:
      - type: multiple_choice
        count: 15
        points: 2                    # each
        policy: partial_half_each    # or {name: moodle, wrong: -50}
        topics: {四议两公开: {min: 3}}
        difficulty: {easy: 5, medium: 7, hard: 3}
    topics: {四议两公开: 12, 信访: {min: 4, max: 8}, 纪律: {points: 10}}
    difficulty:
      bands: {easy: [0.8, 1], medium: [0.6, 0.8], hard: [0, 0.6]}   # facility expected
      target: 0.72
      within: 0.03
      tolerance: 0.01                # between forms
    share_at_most: 5                 # questions that two forms may have in common; none if left out
    exposure: {most: 2}              # questions set more often are left out
    manual: {threshold: 3}           # markers further apart than this call a third
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from govkit.core.errors import refuse
from govkit.core.i18n import gettext as _
from govkit.exams.bank.questions import QuestionType
from govkit.exams.paper.policies import Policy, default_policy, policies_for
from govkit.exams.yaml_reader import Outline, decimal_of, read_outline, shown

RateBase = Literal["present", "registered", "none"]
RATE_BASES: tuple[RateBase, ...] = ("present", "registered", "none")

BANDS = {
    "easy": (Decimal("0.8"), Decimal(1)),
    "medium": (Decimal("0.6"), Decimal("0.8")),
    "hard": (Decimal(0), Decimal("0.6")),
}

_FIELDS = frozenset({"exam", "title", "date", "minutes", "total", "pass_mark", "pass_rate_base"}) | frozenset(
    {"forms", "resit", "sections", "topics", "difficulty", "share_at_most", "exposure", "manual"}
)
_TYPES = {kind.value: kind for kind in QuestionType} | {kind.label: kind for kind in QuestionType}
_SECTION_FIELDS = frozenset(["type", "title", "count", "points", "policy", "topics", "difficulty"])
_DIFFICULTY_FIELDS = frozenset(["bands", "target", "within", "tolerance"])


@dataclass(frozen=True, slots=True)
class Range:
    """How much there must be of something, both ends included; ``line`` is where the blueprint says so."""

    low: Decimal
    high: Decimal
    by: Literal["count", "points"] = "count"
    line: int = 0


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the paper: ``count`` questions of one type, ``points`` each."""

    type: QuestionType
    title: str
    count: int
    points: Decimal
    policies: tuple[tuple[QuestionType, Policy], ...]
    topics: tuple[tuple[str, Range], ...] = ()
    bands: tuple[tuple[str, Range], ...] = ()
    line: int = 0

    def policy(self, kind: QuestionType) -> Policy:
        """Return the policy for an item of this section (a case has parts of several types)."""
        return dict(self.policies).get(kind) or default_policy(kind)


@dataclass(frozen=True, slots=True)
class Blueprint:
    """What every form of an exam must hold. Difficulty is the facility expected, 0 to 1."""

    exam: str
    title: str
    date: date
    minutes: int
    total: Decimal
    pass_mark: Decimal
    rate_base: RateBase
    forms: tuple[str, ...]
    resit: str
    sections: tuple[Section, ...]
    topics: tuple[tuple[str, Range], ...]
    bands: tuple[tuple[str, tuple[Decimal, Decimal]], ...]
    target: Decimal | None
    within: Decimal
    tolerance: Decimal
    share: int
    exposure: int | None
    threshold: Decimal
    source: str
    lines: tuple[tuple[str, int], ...] = ()

    @property
    def all_forms(self) -> tuple[str, ...]:
        """The parallel forms and, last, the resit if there is one."""
        return (*self.forms, self.resit) if self.resit else self.forms

    def line(self, name: str) -> int:
        """Return the line of a field, 0 if it is not there."""
        return dict(self.lines).get(name, 0)


def read_blueprint(path: Path) -> Blueprint:
    """Return the blueprint in a YAML file.

    :raises InputError: all that is wrong with it, each with its line.
    """
    outline = read_outline(path)
    outline.only((), _FIELDS)
    bands = _bands(outline)
    blueprint = _blueprint(outline, bands)
    _check_sums(outline, blueprint)
    refuse(outline.problems)
    return blueprint


def _blueprint(outline: Outline, bands: dict[str, tuple[Decimal, Decimal]]) -> Blueprint:
    outline.only(("difficulty",), _DIFFICULTY_FIELDS)
    outline.only(("exposure",), frozenset({"most"}))
    outline.only(("manual",), frozenset({"threshold"}))
    one = Decimal(1)
    return Blueprint(
        exam=_name(outline, "exam"),
        title=outline.text("title"),
        date=outline.day("date"),
        minutes=outline.whole("minutes", least=1),
        total=outline.number("total"),
        pass_mark=outline.number("pass_mark"),
        rate_base=_rate_base(outline),
        forms=_forms(outline),
        resit=_name(outline, "resit", default=""),
        sections=tuple(_section(outline, index, bands) for index in range(_section_count(outline))),
        topics=_ranges(outline, ("topics",)),
        bands=tuple(bands.items()),
        target=outline.number("difficulty", "target", most=one) if outline.at("difficulty", "target") else None,
        within=outline.number("difficulty", "within", default=one, most=one),
        tolerance=outline.number("difficulty", "tolerance", default=one, most=one),
        share=outline.whole("share_at_most", default=0),
        exposure=outline.whole("exposure", "most") if outline.at("exposure") is not None else None,
        threshold=outline.number("manual", "threshold", default=Decimal(2)),
        source=outline.source,
        lines=tuple((str(place[-1]), line) for place, line in outline.lines.items() if place),
    )


def _name(outline: Outline, field: str, default: str | None = None) -> str:
    name = outline.text(field, default=default)
    if name and not _plain(name):
        outline.problem((field,), _("“{name}” cannot be part of a file name").format(name=shown(name)), _name_rule())
    return name


def _forms(outline: Outline) -> tuple[str, ...]:
    forms = outline.names("forms", default=("A",))
    if not forms or not all(map(_plain, forms)) or outline.at("resit") in forms:
        what = _("“{name}” cannot name the forms").format(name=shown(outline.at("forms")))
        outline.problem(("forms",), what, _("Give each form and the resit a letter of its own"))
    return forms


def _plain(name: str) -> bool:
    return len(name) <= 40 and all(letter.isalnum() or letter in "-_" for letter in name)


def _name_rule() -> str:
    return _("Use letters, figures, “-” and “_”, at most 40")


def _rate_base(outline: Outline) -> RateBase:
    base = outline.text("pass_rate_base", default="present")
    if base in RATE_BASES:
        return RATE_BASES[RATE_BASES.index(base)]
    what = _("“{value}” does not fit {name}").format(value=shown(base), name="pass_rate_base")
    outline.problem(("pass_rate_base",), what, _("Use one of: {names}").format(names=", ".join(RATE_BASES)))
    return "present"


def _section_count(outline: Outline) -> int:
    sections = outline.at("sections")
    if isinstance(sections, list) and sections and all(isinstance(section, dict) for section in sections):
        return len(sections)
    outline.problem(
        ("sections",), _("“{name}” is missing").format(name="sections"), _("List the sections of the paper")
    )
    return 0


def _section(outline: Outline, index: int, bands: dict[str, tuple[Decimal, Decimal]]) -> Section:
    place = ("sections", index)
    outline.only(place, _SECTION_FIELDS)
    kind = _kind(outline, index)
    ranges = _ranges(outline, (*place, "difficulty"))
    for name in dict(ranges).keys() - bands.keys():
        what = _("“{name}” is no band of difficulty").format(name=name)
        outline.problem((*place, "difficulty", name), what, _("Use one of: {names}").format(names=", ".join(bands)))
    return Section(
        type=kind,
        title=outline.text(*place, "title", default=kind.label),
        count=outline.whole(*place, "count", least=1),
        points=outline.number(*place, "points"),
        policies=_policies(outline, (*place, "policy"), kind),
        topics=_ranges(outline, (*place, "topics")),
        bands=ranges,
        line=outline.lines.get(place, 0),
    )


def _kind(outline: Outline, index: int) -> QuestionType:
    name = outline.text("sections", index, "type")
    try:
        return _TYPES[name]
    except KeyError:
        what = _("“{name}” is no type of question").format(name=shown(name))
        outline.problem(
            ("sections", index, "type"), what, _("Use one of: {names}").format(names=", ".join(QuestionType))
        )
        return QuestionType.SINGLE_CHOICE


def _policies(
    outline: Outline, place: tuple[str | int, ...], kind: QuestionType
) -> tuple[tuple[QuestionType, Policy], ...]:
    """Read a name, a name with its percentage, or for a case a mapping from the types of its parts to those."""
    given = outline.at(*place)
    if given is None:
        return ()
    if kind is not QuestionType.CASE:
        policy = _policy(outline, place, given, kind)
        return ((kind, policy),) if policy else ()
    found = []
    for name, each in outline.mapping(*place).items():
        part = _TYPES.get(name)
        if part is None or part is QuestionType.CASE:
            outline.problem(
                (*place, name), _("“{name}” is no type of question").format(name=name), _("Name the parts' type")
            )
            continue
        policy = _policy(outline, (*place, name), each, part)
        found += [(part, policy)] if policy else []
    return tuple(found)


def _policy(outline: Outline, place: tuple[str | int, ...], given: Any, kind: QuestionType) -> Policy | None:
    fields = given if isinstance(given, dict) else {"name": given}
    name, percent = str(fields.get("name")), fields.get("wrong")
    wrong = decimal_of(percent)
    if name not in policies_for(kind) or set(fields) - {"name", "wrong"}:
        what = _("“{name}” is no marking policy for this type").format(name=shown(given))
        outline.problem(place, what, _("Use one of: {names}").format(names=", ".join(policies_for(kind))))
        return None
    if percent is not None and (wrong is None or not -100 <= wrong <= 0 or name != "moodle"):
        what = _("“{value}” does not fit {name}").format(value=shown(percent), name="wrong")
        outline.problem(place, what, _("Give moodle's percentage of a wrong option, -100 to 0"))
        return None
    return Policy(name, wrong)


def _bands(outline: Outline) -> dict[str, tuple[Decimal, Decimal]]:
    given = outline.mapping("difficulty", "bands")
    found = dict(BANDS) if not given else {}
    for name, ends in given.items():
        pair = [decimal_of(end) for end in ends] if isinstance(ends, list) else []
        low, high = pair if len(pair) == 2 else (None, None)
        if low is None or high is None or not 0 <= low < high <= 1:
            what = _("“{value}” is no band of difficulty").format(value=shown(ends), name=name)
            outline.problem(("difficulty", "bands", name), what, _("Give two numbers from 0 to 1, such as [0.6, 0.8]"))
            continue
        found[name] = (low, high)
    return found


def _ranges(outline: Outline, place: tuple[str | int, ...]) -> tuple[tuple[str, Range], ...]:
    found = []
    for name, given in outline.mapping(*place).items():
        wanted = _range(given)
        if wanted is None:
            what = _("“{value}” says no amount").format(value=shown(given))
            outline.problem((*place, name), what, _("Give a number, {min: 2, max: 5} or {points: 10}"))
            continue
        low, high, by = wanted
        found.append((name, Range(low, high, by, outline.lines.get((*place, name), 0))))
    return tuple(found)


def _range(given: Any) -> tuple[Decimal, Decimal, Literal["count", "points"]] | None:
    fields = given if isinstance(given, dict) else {"min": given, "max": given}
    if set(fields) == {"points"}:
        fields = {"min_points": fields["points"], "max_points": fields["points"]}
    by: Literal["count", "points"] = "points" if set(fields) & {"min_points", "max_points"} else "count"
    suffix = "_points" if by == "points" else ""
    low = decimal_of(fields.get(f"min{suffix}", "0"))
    high = decimal_of(fields.get(f"max{suffix}", "1000000"))
    if not fields or set(fields) - {f"min{suffix}", f"max{suffix}"} or low is None or high is None:
        return None
    return (low, high, by) if 0 <= low <= high else None


def _check_sums(outline: Outline, blueprint: Blueprint) -> None:
    sum_of_points = sum((section.count * section.points for section in blueprint.sections), Decimal(0))
    if blueprint.sections and sum_of_points != blueprint.total:
        what = _("The sections' points add up to {sum}, not {total}").format(sum=sum_of_points, total=blueprint.total)
        outline.problem(("total",), what, _("Change the total, or counts and points of the sections"))
    if blueprint.pass_mark > blueprint.total:
        what = _("The pass mark {mark} is above the total").format(mark=blueprint.pass_mark)
        outline.problem(("pass_mark",), what, _("Give at most {total}").format(total=blueprint.total))
    for index, section in enumerate(blueprint.sections):
        for field, ranges in (("topics", section.topics), ("difficulty", section.bands)):
            _check_counts(outline, ("sections", index, field), ranges, section.count)
    _check_counts(outline, ("topics",), blueprint.topics, sum(section.count for section in blueprint.sections))


def _check_counts(
    outline: Outline, place: tuple[str | int, ...], ranges: tuple[tuple[str, Range], ...], count: int
) -> None:
    least = sum((wanted.low for _name, wanted in ranges if wanted.by == "count"), Decimal(0))
    if least > count:
        what = _("At least {least} questions are asked for, of {count}").format(least=least, count=count)
        outline.problem(place, what, _("Ask for fewer, or raise the count"))
