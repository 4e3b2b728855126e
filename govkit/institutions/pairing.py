"""Department pairing (部门结对, H1–H3), the help teams that departments set up (T7), and the problems solved."""

from collections.abc import Callable

import narwhals as nw
import pandas as pd

from govkit.institutions.institution import Institution
from govkit.ledgers.declare import Ledger, choice, date, in_order, person, place, text
from govkit.ledgers.indicator import Frames, Indicator
from govkit.ledgers.period import Period
from govkit.ledgers.places import Places

CONTACT = "联系点"
TEAM = "帮扶工作队"
THREE_ONES = ("place", "idea", "income_project")
"""The columns of a pairing that hold 选择一个落后村、理出一个发展好思路、确定一个致富好项目 (H3)."""

_raised = date("raised_on", "提出日期")
_solved = date("solved_on", "解决日期", required=False)

PAIRINGS = Ledger(
    code="department_pairings",
    title="部门结对台账",
    about="区直部门“五好”创建活动联系点结对的落后村，一对一行。",
    key=("pairing_id",),
    dated="paired_on",
    standing=True,
    columns=(
        text("pairing_id", "结对编号"),
        place("结对落后村"),
        text("department", "区直部门"),
        person("leader", "带队负责人"),
        date("paired_on", "结对日期"),
        text("idea", "发展思路", required=False),
        text("income_project", "致富项目", required=False),
    ),
)

TEAMS = Ledger(
    code="help_teams",
    title="帮扶队伍台账",
    about="区直部门的“五好”创建活动联系点，以及区直部门建立的帮扶工作队，一个一行；两者不是一回事。",
    key=("team_id",),
    dated="formed_on",
    standing=True,
    columns=(
        text("team_id", "队伍编号"),
        place("帮扶的村"),
        choice("kind", "形式", (CONTACT, TEAM)),
        text("department", "区直部门"),
        date("formed_on", "建立日期"),
    ),
)

PROBLEMS = Ledger(
    code="hard_problems",
    title="结对难题台账",
    about="结对村的难题，一个一行。",
    key=("problem_id",),
    dated="raised_on",
    columns=(
        text("problem_id", "难题编号"),
        text("pairing_id", "结对编号", refers_to=("department_pairings", "pairing_id")),
        place(),
        text("problem", "难题"),
        _raised,
        _solved,
    ),
    rules=(in_order(_raised, _solved),),
)


def _paired(code: str, label: str, definition: str, value: Callable[[], nw.Expr]) -> Indicator:
    return Indicator(
        code=code,
        label=label,
        unit="个",
        definition=definition,
        ledger=PAIRINGS,
        span="stock",
        value=value,
        synonyms=("结对后进村",) if code == "paired_villages" else (),
    )


def _of_kind(code: str, label: str, unit: str, kind: str) -> Indicator:
    return Indicator(
        code=code,
        label=label,
        unit=unit,
        definition=f"期末在册的{label}数",
        ledger=TEAMS,
        span="stock",
        rows=lambda period: nw.col("kind") == kind,
    )


DEPARTMENTS = _paired(
    "paired_departments", "结对部门", "期末已结对的区直部门数", lambda: nw.col("department").n_unique()
)
VILLAGES = _paired("paired_villages", "结对落后村", "期末已结对的落后村数", lambda: nw.col("place").n_unique())
CONTACT_POINTS = _of_kind("contact_points", "部门联系点", "个", CONTACT)
HELP_TEAMS = _of_kind("help_teams", "帮扶工作队", "支", TEAM)
TEAM_DEPARTMENTS = Indicator(
    code="team_departments",
    label="建立帮扶工作队的部门",
    unit="个",
    definition="期末有在册帮扶工作队的区直部门数",
    ledger=TEAMS,
    span="stock",
    rows=lambda period: nw.col("kind") == TEAM,
    value=lambda: nw.col("department").n_unique(),
)
SOLVED = Indicator(
    code="H2", label="结对解决难题", unit="个", definition="解决日期在期内的难题数", ledger=PROBLEMS, dated="solved_on"
)
RAISED = Indicator(
    code="problems_raised", label="结对提出难题", unit="个", definition="提出日期在期内的难题数", ledger=PROBLEMS
)


def _three_ones(frames: Frames, places: Places, period: Period) -> object:
    """Return the number of the three ones that every pairing up to the period's end has recorded."""
    rows = frames["department_pairings"]
    rows = rows[rows["paired_on"] <= pd.Timestamp(period.end)]
    return sum(bool(rows[column].notna().all()) for column in THREE_ONES) if len(rows) else None


INSTITUTION = Institution(
    code="pairing",
    title="部门结对帮扶",
    ledgers=(PAIRINGS, TEAMS, PROBLEMS),
    indicators=(DEPARTMENTS, VILLAGES, CONTACT_POINTS, HELP_TEAMS, TEAM_DEPARTMENTS, SOLVED, RAISED),
    published={
        ("H1", "部门"): DEPARTMENTS,
        ("H1", "落后村"): VILLAGES,
        ("H3", ""): _three_ones,
        ("T7", "区直部门"): TEAM_DEPARTMENTS,
        ("T7", "帮扶工作队"): HELP_TEAMS,
    },
)
