"""The blueprint of an exam (组卷方案): what every form must hold, read from YAML.

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
    reviewed_only: true              # questions that no one has reviewed are left out
    manual: {threshold: 3}           # markers further apart than this call a third
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal

from govkit.core.errors import InputError, Problem, Where, refuse
from govkit.core.i18n import gettext as _
from govkit.exams.bank.questions import QuestionType
from govkit.exams.paper.policies import Policy, default_policy, policies_for
from govkit.exams.yaml_reader import (
    LARGEST_NUMBER,
    YamlList,
    YamlMap,
    YamlNode,
    YamlReader,
    YamlText,
    decimal_of,
    read_yaml,
    shown,
)

RateBase = Literal["present", "registered", "none"]
RATE_BASES: tuple[RateBase, ...] = ("present", "registered", "none")

BANDS = {
    "easy": (Decimal("0.8"), Decimal(1)),
    "medium": (Decimal("0.6"), Decimal("0.8")),
    "hard": (Decimal(0), Decimal("0.6")),
}

_FIELDS = frozenset({"exam", "title", "date", "minutes", "total", "pass_mark", "pass_rate_base"}) | frozenset(
    {"forms", "resit", "sections", "topics", "difficulty", "share_at_most", "exposure", "manual"} | {"reviewed_only"}
)
_TYPES = {kind.value: kind for kind in QuestionType} | {kind.label: kind for kind in QuestionType}
_SECTION_FIELDS = frozenset(["type", "title", "count", "points", "policy", "topics", "difficulty"])
_DIFFICULTY_FIELDS = frozenset(["bands", "target", "within", "tolerance"])


@dataclass(frozen=True, slots=True)
class Range:
    """A required amount, both ends included; ``line`` is its line in the blueprint."""

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
    """What every form of an exam must hold; difficulty is expected facility, 0 to 1."""

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
    reviewed_only: bool = False
    lines: tuple[tuple[str, int], ...] = ()

    @property
    def all_forms(self) -> tuple[str, ...]:
        """The parallel forms and, last, the resit if there is one."""
        return (*self.forms, self.resit) if self.resit else self.forms

    def line(self, name: str) -> int:
        """Return the line of a field, 0 if it is missing."""
        return dict(self.lines).get(name, 0)


def read_blueprint(path: Path) -> Blueprint:
    """Return the blueprint in a YAML file.

    >>> from govkit.core.files import shipped
    >>> read_blueprint(shipped("quizzes/blueprints/district.yaml")).all_forms
    ('A', 'B', 'M')

    :raises InputError: all that is wrong with it, each with its line.
    """
    tree, problems = read_yaml(path)
    refuse(problems)
    if not isinstance(tree, YamlMap):
        what = _("The file holds no mapping")
        raise InputError(Problem(Where(path.name), what, _("Write lines of “name: value”")))
    reader = _Reader(path.name)
    rows = reader.section_rows(tree)
    blueprint = reader.blueprint(tree, rows)
    reader.check_sums(tree, rows, blueprint)
    refuse(reader.problems)
    return blueprint


_Bands = dict[str, tuple[Decimal, Decimal]]
_Ranges = tuple[tuple[str, Range], ...]


class _Reader(YamlReader):
    """Reader of one blueprint."""

    def blueprint(self, top: YamlMap, rows: list[YamlMap]) -> Blueprint:
        self.unknown(top, _FIELDS, _("a blueprint"))
        difficulty, exposure, manual = (self.mapping(top, name) for name in ("difficulty", "exposure", "manual"))
        self.unknown(difficulty, _DIFFICULTY_FIELDS, "difficulty")
        self.unknown(exposure, {"most"}, "exposure")
        self.unknown(manual, {"threshold"}, "manual")
        bands = self.bands(difficulty)
        one = Decimal(1)
        within, tolerance = (self.number(difficulty, name, most=one) for name in ("within", "tolerance"))
        threshold = self.number(manual, "threshold", most=LARGEST_NUMBER)
        return Blueprint(
            exam=self.name(top, "exam", required=True),
            title=self.text(top, "title", required=True),
            date=self.day(top, "date", required=True) or date.min,
            minutes=self.whole(top, "minutes", required=True, least=1) or 1,
            total=self.points(top, "total"),
            pass_mark=self.points(top, "pass_mark"),
            rate_base=self.rate_base(top),
            forms=self.forms(top),
            resit=self.name(top, "resit"),
            sections=tuple(self.section(row, bands) for row in rows),
            topics=self.ranges(top, "topics"),
            bands=tuple(bands.items()),
            target=self.number(difficulty, "target", most=one),
            within=one if within is None else within,
            tolerance=one if tolerance is None else tolerance,
            share=self.whole(top, "share_at_most") or 0,
            exposure=self.whole(exposure, "most", required=True) or 0 if top.get("exposure") else None,
            threshold=Decimal(2) if threshold is None else threshold,
            source=self.source,
            reviewed_only=self.flag(top, "reviewed_only"),
            lines=tuple((top.lines | difficulty.lines).items()),
        )

    def flag(self, mapping: YamlMap, name: str) -> bool:
        text = self.text(mapping, name)
        if text not in {"", "true", "false"}:
            self.misfit(mapping, name, "true / false")
        return text == "true"

    def points(self, mapping: YamlMap, name: str) -> Decimal:
        return self.number(mapping, name, required=True, most=LARGEST_NUMBER) or Decimal(0)

    def name(self, top: YamlMap, field: str, *, required: bool = False) -> str:
        name = self.text(top, field, required=required)
        if name and not _is_plain(name):
            what = _("“{name}” cannot be part of a file name").format(name=shown(name))
            self.problem(top, field, what, _("Use letters, figures, “-” and “_”, at most 40"))
        return name

    def forms(self, top: YamlMap) -> tuple[str, ...]:
        forms = self.texts(top, "forms") or ("A",)
        if len(set(forms)) < len(forms) or not all(map(_is_plain, forms)) or self.text(top, "resit") in forms:
            what = _("“{name}” cannot name the forms").format(name=shown(top.get("forms")))
            self.problem(top, "forms", what, _("Give each form and the resit a letter of its own"))
        return forms

    def rate_base(self, top: YamlMap) -> RateBase:
        base = self.text(top, "pass_rate_base") or "present"
        if base in RATE_BASES:
            return RATE_BASES[RATE_BASES.index(base)]
        what = _("“{value}” does not fit {name}").format(value=shown(base), name="pass_rate_base")
        self.problem(top, "pass_rate_base", what, _("Use one of: {names}").format(names=", ".join(RATE_BASES)))
        return "present"

    def section_rows(self, top: YamlMap) -> list[YamlMap]:
        rows = top.get("sections")
        found = [row for row in rows.items if isinstance(row, YamlMap)] if isinstance(rows, YamlList) else []
        if not found or not isinstance(rows, YamlList) or len(found) < len(rows.items):
            what = _("“{name}” is missing").format(name="sections")
            self.problem(top, "sections", what, _("List the sections of the paper"))
        return found

    def section(self, row: YamlMap, bands: _Bands) -> Section:
        self.unknown(row, _SECTION_FIELDS, _("a section"))
        kind = self.kind(row)
        ranges = self.ranges(row, "difficulty")
        for name in dict(ranges).keys() - bands.keys():
            what = _("“{name}” is no band of difficulty").format(name=name)
            mapping = self.mapping(row, "difficulty")
            self.problem(mapping, name, what, _("Use one of: {names}").format(names=", ".join(bands)))
        return Section(
            type=kind,
            title=self.text(row, "title") or kind.label,
            count=self.whole(row, "count", required=True, least=1) or 1,
            points=self.points(row, "points"),
            policies=self.policies(row, kind),
            topics=self.ranges(row, "topics"),
            bands=ranges,
            line=row.line,
        )

    def kind(self, row: YamlMap) -> QuestionType:
        name = self.text(row, "type", required=True)
        if name and name not in _TYPES:
            what = _("“{name}” is no type of question").format(name=shown(name))
            self.problem(row, "type", what, _("Use one of: {names}").format(names=", ".join(QuestionType)))
        return _TYPES.get(name, QuestionType.SINGLE_CHOICE)

    def policies(self, row: YamlMap, kind: QuestionType) -> tuple[tuple[QuestionType, Policy], ...]:
        """Return the policies by type: a name, a name with a percentage, or for a case one for each part type."""
        if row.get("policy") is None:
            return ()
        if kind is not QuestionType.CASE:
            policy = self.policy(row, "policy", kind)
            return ((kind, policy),) if policy else ()
        found = []
        parts = self.mapping(row, "policy")
        for name in parts.entries:
            part = _TYPES.get(name)
            if part is None or part is QuestionType.CASE:
                what = _("“{name}” is no type of question").format(name=name)
                self.problem(parts, name, what, _("Name the parts' type"))
                continue
            policy = self.policy(parts, name, part)
            found += [(part, policy)] if policy else []
        return tuple(found)

    def policy(self, mapping: YamlMap, field: str, kind: QuestionType) -> Policy | None:
        given = mapping.entries[field]
        fields = _texts(given, "name")
        name, percent = fields.get("name", ""), fields.get("wrong")
        wrong = decimal_of(percent)
        if name not in policies_for(kind) or set(fields) - {"name", "wrong"}:
            what = _("“{name}” is no marking policy for this type").format(name=shown(given))
            self.problem(mapping, field, what, _("Use one of: {names}").format(names=", ".join(policies_for(kind))))
            return None
        if percent is not None and (wrong is None or not -100 <= wrong <= 0 or name != "moodle"):
            what = _("“{value}” does not fit {name}").format(value=shown(percent), name="wrong")
            self.problem(mapping, field, what, _("Give moodle's percentage of a wrong option, -100 to 0"))
            return None
        return Policy(name, wrong)

    def bands(self, difficulty: YamlMap) -> _Bands:
        given = self.mapping(difficulty, "bands")
        found = {} if given.entries else dict(BANDS)
        for name, ends in given.entries.items():
            items = ends.items if isinstance(ends, YamlList) else ()
            low, high = (decimal_of(_scalar(item)) for item in items) if len(items) == 2 else (None, None)
            if low is None or high is None or not 0 <= low < high <= 1:
                what = _("“{value}” is no band of difficulty").format(value=shown(ends))
                self.problem(given, name, what, _("Give two numbers from 0 to 1, such as [0.6, 0.8]"))
                continue
            found[name] = (low, high)
        return found

    def ranges(self, mapping: YamlMap, field: str) -> _Ranges:
        found = []
        given = self.mapping(mapping, field)
        for name, node in given.entries.items():
            wanted = _range(node, given.line_of(name))
            if wanted is None:
                what = _("“{value}” is not an amount").format(value=shown(node))
                self.problem(given, name, what, _("Give a number, {min: 2, max: 5} or {points: 10}"))
                continue
            found.append((name, wanted))
        return tuple(found)

    def check_sums(self, top: YamlMap, rows: list[YamlMap], blueprint: Blueprint) -> None:
        total = sum((section.count * section.points for section in blueprint.sections), Decimal(0))
        if blueprint.sections and total != blueprint.total:
            what = _("The sections' points add up to {sum}, not {total}").format(sum=total, total=blueprint.total)
            self.problem(top, "total", what, _("Change the total, or counts and points of the sections"))
        if blueprint.pass_mark > blueprint.total:
            what = _("The pass mark {mark} is above the total").format(mark=blueprint.pass_mark)
            self.problem(top, "pass_mark", what, _("Give at most {total}").format(total=blueprint.total))
        for row, section in zip(rows, blueprint.sections, strict=True):
            for field, ranges in (("topics", section.topics), ("difficulty", section.bands)):
                self.check_counts(row, field, ranges, section.count)
        self.check_counts(top, "topics", blueprint.topics, sum(section.count for section in blueprint.sections))

    def check_counts(self, mapping: YamlMap, field: str, ranges: _Ranges, count: int) -> None:
        least = sum((wanted.low for _name, wanted in ranges if wanted.by == "count"), Decimal(0))
        if least > count:
            what = _("At least {least} questions are asked for, of {count}").format(least=least, count=count)
            self.problem(mapping, field, what, _("Ask for fewer, or raise the count"))


def _is_plain(name: str) -> bool:
    return len(name) <= 40 and all(letter.isalnum() or letter in "-_" for letter in name)


def _scalar(node: YamlNode | None) -> str | None:
    return node.text if isinstance(node, YamlText) else None


def _texts(node: YamlNode, *names: str) -> dict[str, str | None]:
    """Return a mapping's texts by name (None for what is no text); a scalar is repeated under each of ``names``."""
    if isinstance(node, YamlMap):
        return {name: _scalar(entry) for name, entry in node.entries.items()}
    return dict.fromkeys(names, _scalar(node))


def _range(node: YamlNode, line: int) -> Range | None:
    """Return the amount of ``7``, ``{min: 2, max: 5}`` or ``{points: 10}``, None for anything else."""
    fields = _texts(node, "min", "max")
    if set(fields) == {"points"}:
        fields = {"min_points": fields["points"], "max_points": fields["points"]}
    by: Literal["count", "points"] = "points" if set(fields) & {"min_points", "max_points"} else "count"
    suffix = "_points" if by == "points" else ""
    low = decimal_of(fields.get(f"min{suffix}", "0"))
    high = decimal_of(fields.get(f"max{suffix}", "1000000"))
    if not fields or set(fields) - {f"min{suffix}", f"max{suffix}"} or low is None or high is None:
        return None
    return Range(low, high, by, line) if 0 <= low <= high else None
