"""Assembly of all forms at once, as an integer programme (scipy's HiGHS).

Each binary variable puts a question into a section of a form; the blueprint becomes constraints on these variables.
Among all feasible solutions a seeded random price on each variable selects one: same bank, same blueprint, same seed,
same papers. Without a feasible solution a second programme relaxes every constraint at a cost and so finds the nearest
blueprint that would work; the relaxed constraints are reported with the amount.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from itertools import combinations
from typing import TYPE_CHECKING, Any

from govkit.core.errors import InternalError, Problem, Where, refuse
from govkit.core.i18n import gettext as _
from govkit.exams.bank.questions import Question, QuestionType
from govkit.exams.paper.blueprint import Blueprint, Range, Section
from govkit.exams.paper.paper import ranked

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TIME_LIMIT = 60.0

# The prices are random: a solution within 5% of the optimum is as good, and found far sooner.
GAP = 0.05

# Forms share questions only where they must: a shared question costs as much as any two chosen.
SHARED_PRICE = 1.0

DEFAULT_FACILITY = 0.7
HAND_MARKED = (QuestionType.SHORT_ANSWER, QuestionType.CASE)


@dataclass(frozen=True, slots=True)
class Selection:
    """The questions chosen: ids in paper order, by form and section."""

    forms: dict[str, tuple[tuple[str, ...], ...]]

    def ids(self, form: str) -> tuple[str, ...]:
        """Return the ids of all questions of a form."""
        return tuple(name for section in self.forms[form] for name in section)


@dataclass(frozen=True, slots=True)
class Constraint:
    """One constraint: low ≤ coefficients · variables ≤ high; without a ``label`` it is never relaxed.

    ``cost`` is the price of relaxing it by one; problems state it in multiples of ``unit``.
    """

    columns: list[int]
    values: list[float]
    low: float
    high: float
    label: str = ""
    line: int = 0
    cost: float = 1.0
    unit: float = 1.0


@dataclass(slots=True)
class Programme:
    """The variables (form, section, question; then those that mark a shared question) and their constraints."""

    blueprint: Blueprint
    pool: Sequence[Question]
    seed: str
    columns: list[tuple[int, int, int]] = field(default_factory=list)
    extra: int = 0
    rows: list[Constraint] = field(default_factory=list)

    @property
    def width(self) -> int:
        """The number of variables."""
        return len(self.columns) + self.extra


def select(
    blueprint: Blueprint, questions: Iterable[Question], seed: str, exposure: Mapping[str, int] | None = None
) -> Selection:
    """Return a selection of questions for every form that meets the blueprint exactly.

    :param exposure: how often a question has been set before, by its id.
    :raises InputError: no choice meets it; each constraint that fails is named with the nearest value that would work.
    """
    pool, left_out = eligible(blueprint, questions, exposure or {})
    programme = build(blueprint, pool, seed)
    solution = _solved(programme)
    if solution is None:
        refuse(_relaxations(programme, left_out))
        raise InternalError(
            Problem(Where(blueprint.source), _("The solver gave up"), _("Loosen the blueprint a little"))
        )
    return _selection(programme, solution)


def eligible(
    blueprint: Blueprint, questions: Iterable[Question], exposure: Mapping[str, int]
) -> tuple[list[Question], dict[str, int]]:
    """Return the questions that may be set on the day, ordered by id, and the numbers left out by reason."""
    pool, lapsed, exposed, unreviewed = [], 0, 0, 0
    for question in sorted(questions, key=lambda each: each.id):
        if not question.usable(blueprint.date):
            lapsed += 1
        elif blueprint.reviewed_only and question.reviewed is None:
            unreviewed += 1
        elif blueprint.exposure is not None and exposure.get(question.id, 0) >= blueprint.exposure:
            exposed += 1
        else:
            pool.append(question)
    return pool, {"lapsed": lapsed, "exposed": exposed, "unreviewed": unreviewed}


def build(blueprint: Blueprint, pool: Sequence[Question], seed: str) -> Programme:
    """Return the integer programme of a blueprint over a pool of questions."""
    programme = Programme(blueprint, pool, seed)
    for form in range(len(blueprint.all_forms)):
        for number, section in enumerate(blueprint.sections):
            fitting = (index for index, question in enumerate(pool) if fits(question, section))
            programme.columns.extend((form, number, index) for index in fitting)
    programme.rows.extend(_section_rows(programme))
    programme.rows.extend(_paper_rows(programme))
    programme.rows.extend(_difficulty_rows(programme))
    programme.rows.extend(_once_rows(programme))
    programme.rows.extend(_enemy_rows(programme))
    programme.rows.extend(_share_rows(programme))
    return programme


def fits(question: Question, section: Section) -> bool:
    """Return whether a question fits a section by type and, where a rubric fixes its points, by points."""
    if question.type is not section.type:
        return False
    return question.type not in HAND_MARKED or question.points == section.points


def facility(question: Question) -> float:
    """Return the expected facility of a question (0 to 1); of a case, the mean of its parts weighted by points."""
    if question.difficulty is not None:
        return question.difficulty
    known = [(float(part.points), part.difficulty) for part in question.parts if part.difficulty is not None]
    weight = sum(points for points, _facility in known)
    return sum(points * value for points, value in known) / weight if weight else DEFAULT_FACILITY


def form_facility(blueprint: Blueprint, selection: Selection, form: str, questions: Mapping[str, Question]) -> float:
    """Return the expected facility of a form (0 to 1): the mean of its questions weighted by points."""
    parts = zip(blueprint.sections, selection.forms[form], strict=True)
    gained = sum(float(section.points) * facility(questions[name]) for section, names in parts for name in names)
    return gained / float(blueprint.total)


def band_of(blueprint: Blueprint, question: Question) -> str:
    """Return the name of a question's band of difficulty, empty if none; the lower end belongs to a band."""
    value = Decimal(str(facility(question)))
    for name, (low, high) in blueprint.bands:
        if low <= value < high or value == high == 1:
            return name
    return ""


def _section_rows(programme: Programme) -> Iterator[Constraint]:
    blueprint = programme.blueprint
    for form, form_name in enumerate(blueprint.all_forms):
        for number, section in enumerate(blueprint.sections):
            mine = [at for at, (f, s, _q) in enumerate(programme.columns) if (f, s) == (form, number)]
            name = _("form {form}, section {section}").format(form=form_name, section=section.title)
            yield Constraint(mine, [1.0] * len(mine), section.count, section.count, name, section.line, 4.0)
            for topic, wanted in section.topics:
                yield _range_row(
                    programme, [at for at in mine if _topic(programme, at) == topic], wanted, f"{name}, {topic}"
                )
            for band, wanted in section.bands:
                yield _range_row(
                    programme, [at for at in mine if _band(programme, at) == band], wanted, f"{name}, {band}"
                )


def _paper_rows(programme: Programme) -> Iterator[Constraint]:
    for form, form_name in enumerate(programme.blueprint.all_forms):
        name = _("form {form}").format(form=form_name)
        for topic, wanted in programme.blueprint.topics:
            mine = [
                at for at, (f, _s, _q) in enumerate(programme.columns) if f == form and _topic(programme, at) == topic
            ]
            yield _range_row(programme, mine, wanted, f"{name}, {topic}")


def _range_row(programme: Programme, columns: list[int], wanted: Range, label: str) -> Constraint:
    by_points = wanted.by == "points"
    values = [_points(programme, at) if by_points else 1.0 for at in columns]
    unit = _("points") if by_points else _("questions")
    return Constraint(columns, values, float(wanted.low), float(wanted.high), f"{label} ({unit})", wanted.line)


def _difficulty_rows(programme: Programme) -> Iterator[Constraint]:
    """Yield target and tolerance as constraints on a form's sum of points times facility, in points."""
    blueprint = programme.blueprint
    total = float(blueprint.total)
    shares = [_points(programme, at) * facility(programme.pool[q]) for at, (_f, _s, q) in enumerate(programme.columns)]
    by_form = [
        [at for at, (f, _s, _q) in enumerate(programme.columns) if f == form]
        for form in range(len(blueprint.all_forms))
    ]
    if blueprint.target is not None:
        line = blueprint.line("target")
        for name, mine in zip(blueprint.all_forms, by_form, strict=True):
            low, high = (total * float(blueprint.target + sign * blueprint.within) for sign in (-1, 1))
            label = _("form {form}, target difficulty").format(form=name)
            yield Constraint(mine, [shares[at] for at in mine], low, high, label, line, 100 / total, total)
    if blueprint.tolerance < 1:
        line, room = blueprint.line("tolerance"), total * float(blueprint.tolerance)
        for one, other in combinations(range(len(by_form)), 2):
            columns = by_form[one] + by_form[other]
            values = [shares[at] for at in by_form[one]] + [-shares[at] for at in by_form[other]]
            pair = f"{blueprint.all_forms[one]}/{blueprint.all_forms[other]}"
            label = _("forms {pair}, difference in difficulty").format(pair=pair)
            yield Constraint(columns, values, -room, room, label, line, 100 / total, total)


def _once_rows(programme: Programme) -> Iterator[Constraint]:
    """Yield constraints that keep a question in one section of all forms, so that its points are the same."""
    types = [section.type for section in programme.blueprint.sections]
    if len(set(types)) == len(types):
        return
    homes: dict[int, list[tuple[int, int, int]]] = {}
    for at, (form, section, index) in enumerate(programme.columns):
        homes.setdefault(index, []).append((form, section, at))
    for places in homes.values():
        for (_form, section, at), (_other_form, other_section, other) in combinations(places, 2):
            if section != other_section:
                yield Constraint([at, other], [1.0, 1.0], 0, 1)


def _enemy_rows(programme: Programme) -> Iterator[Constraint]:
    position = {question.id: index for index, question in enumerate(programme.pool)}
    pairs = {
        (min(index, position[enemy]), max(index, position[enemy]))
        for index, question in enumerate(programme.pool)
        for enemy in question.enemies
        if enemy in position and enemy != question.id
    }
    at_home: dict[tuple[int, int], list[int]] = {}
    for at, (form, _section, index) in enumerate(programme.columns):
        at_home.setdefault((form, index), []).append(at)
    for one, other in sorted(pairs):
        for form in range(len(programme.blueprint.all_forms)):
            columns = at_home.get((form, one), []) + at_home.get((form, other), [])
            yield Constraint(columns, [1.0] * len(columns), 0, 1)


def _share_rows(programme: Programme) -> Iterator[Constraint]:
    """Yield constraints on shared questions: for two forms, one variable a question, 1 where both hold it."""
    at_home: dict[tuple[int, int], list[int]] = {}
    for at, (form, _section, index) in enumerate(programme.columns):
        at_home.setdefault((form, index), []).append(at)
    line = programme.blueprint.line("share_at_most")
    for one, other in combinations(range(len(programme.blueprint.all_forms)), 2):
        shared = []
        for index in range(len(programme.pool)):
            columns = at_home.get((one, index), []) + at_home.get((other, index), [])
            if columns:
                both = programme.width
                programme.extra += 1
                shared.append(both)
                yield Constraint([*columns, both], [1.0] * len(columns) + [-1.0], -1, 1)
        pair = f"{programme.blueprint.all_forms[one]}/{programme.blueprint.all_forms[other]}"
        label = _("forms {pair}, questions shared").format(pair=pair)
        yield Constraint(shared, [1.0] * len(shared), 0, programme.blueprint.share, label, line)


def _topic(programme: Programme, at: int) -> str:
    return programme.pool[programme.columns[at][2]].topic


def _band(programme: Programme, at: int) -> str:
    return band_of(programme.blueprint, programme.pool[programme.columns[at][2]])


def _points(programme: Programme, at: int) -> float:
    return float(programme.blueprint.sections[programme.columns[at][1]].points)


def _prices(programme: Programme) -> "NDArray[np.float64]":
    import numpy as np

    def price(form: int, section: int, index: int) -> float:
        name = f"{programme.seed}\x1f{form}\x1f{section}\x1f{programme.pool[index].id}"
        return int.from_bytes(sha256(name.encode()).digest()[:6], "big") / 2**48

    chosen = [price(*column) for column in programme.columns]
    return np.array(chosen + [SHARED_PRICE] * programme.extra)


def _solved(programme: Programme) -> "NDArray[np.float64] | None":
    """Return the variables of a solution, None if there is none."""
    if not programme.columns:
        return None
    import numpy as np

    integral = np.array([1] * len(programme.columns) + [0] * programme.extra)
    result = _milp(programme, _prices(programme), integral, np.ones(programme.width), slacks=None)
    return None if result is None else result[: programme.width]


def _relaxations(programme: Programme, left_out: dict[str, int]) -> list[Problem]:
    """Return a problem for each constraint relaxed in the nearest blueprint that is feasible."""
    import numpy as np

    soft = [at for at, row in enumerate(programme.rows) if row.label]
    costs = [programme.rows[at].cost for at in soft]
    price = np.concatenate([_prices(programme) * 1e-6, costs, costs])
    integral = np.concatenate([np.ones(len(programme.columns)), np.zeros(programme.extra + 2 * len(soft))])
    upper = np.concatenate([np.ones(programme.width), np.full(2 * len(soft), np.inf)])
    solution = _milp(programme, price, integral, upper, slacks=soft)
    if solution is None:
        return []
    problems = []
    for number, at in enumerate(soft):
        short, over = solution[programme.width + number], solution[programme.width + len(soft) + number]
        if max(short, over) > 1e-6:
            problems.append(_relaxed(programme, programme.rows[at], float(short), float(over), left_out))
    return problems


def _relaxed(programme: Programme, row: Constraint, short: float, over: float, left_out: dict[str, int]) -> Problem:
    asked, nearest, least = (row.low, row.low - short, True) if short > over else (row.high, row.high + over, False)
    item = _("line {number}").format(number=row.line or 1)
    asked, nearest = asked / row.unit, nearest / row.unit
    phrase = (
        _("{label}: {asked} are asked for and cannot be met") if least else _("{label}: at most {asked} cannot be kept")
    )
    what = phrase.format(label=row.label, asked=_amount(asked))
    repair = _("{nearest} would work with everything else as it is").format(nearest=_amount(nearest))
    if left_out["unreviewed"]:
        repair += _("; {count} that no one has reviewed are left out").format(count=left_out["unreviewed"])
    if left_out["lapsed"] or left_out["exposed"]:
        repair += _("; left out: {lapsed} with sources not in force on the day, {exposed} set too often").format(
            **left_out
        )
    return Problem(Where(programme.blueprint.source, item=item), what, repair)


def _amount(value: float) -> str:
    return str(round(value, 4)).rstrip("0").rstrip(".") if value % 1 else str(int(value))


def _milp(
    programme: Programme,
    price: "NDArray[np.float64]",
    integral: "NDArray[np.float64]",
    upper: "NDArray[np.float64]",
    slacks: list[int] | None,
) -> "NDArray[np.float64] | None":
    """Solve the programme; for each constraint in ``slacks`` two more variables relax it downwards and upwards."""
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp

    low = np.array([row.low for row in programme.rows])
    high = np.array([row.high for row in programme.rows])
    constraints = LinearConstraint(_matrix(programme, slacks or []), low, high)
    options: dict[str, Any] = {"mip_rel_gap": GAP if slacks is None else 0.0, "time_limit": TIME_LIMIT}
    result = milp(price, integrality=integral, bounds=Bounds(0, upper), constraints=constraints, options=options)
    return None if result.x is None else np.asarray(result.x)


def _matrix(programme: Programme, slacks: list[int]) -> Any:
    from scipy.sparse import csr_array

    values, across, down = [], [], []
    for at, row in enumerate(programme.rows):
        values += row.values
        across += row.columns
        down += [at] * len(row.columns)
    for number, at in enumerate(slacks):
        values += [1.0, -1.0]
        across += [programme.width + number, programme.width + len(slacks) + number]
        down += [at, at]
    return csr_array((values, (down, across)), shape=(len(programme.rows), programme.width + 2 * len(slacks)))


def _selection(programme: Programme, solution: "NDArray[np.float64]") -> Selection:
    blueprint = programme.blueprint
    chosen: dict[str, list[list[str]]] = {form: [[] for _each in blueprint.sections] for form in blueprint.all_forms}
    for at, (form, section, index) in enumerate(programme.columns):
        if solution[at] > 0.5:
            chosen[blueprint.all_forms[form]][section].append(programme.pool[index].id)
    return Selection(
        {
            form: tuple(tuple(ranked(names, programme.seed, "order", form)) for names in sections)
            for form, sections in chosen.items()
        }
    )
