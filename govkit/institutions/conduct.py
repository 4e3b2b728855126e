"""Supervision of conduct (党风政风监督): supervisors, inspections, cases and their outcomes (S)."""

from collections.abc import Iterator

import narwhals as nw

from govkit.core.errors import Problem
from govkit.core.i18n import gettext as _
from govkit.institutions.institution import Institution, Overdue, against, listed
from govkit.ledgers.declare import (
    Ledger,
    choice,
    date,
    in_order,
    integer,
    narrative,
    needed_when,
    person,
    phone,
    place,
    text,
)
from govkit.ledgers.indicator import Frames, Indicator, Ratio, done_by
from govkit.ledgers.places import Places

SANCTIONS = ("警告", "严重警告", "撤销党内职务", "留党察看", "开除党籍")
"""Party sanctions in ascending order."""

_filed = date("filed_on", "立案日期")
_decided = date("decided_on", "处分日期", required=False)
_inspected = date("inspected_on", "检查日期")
_due = date("due_on", "整改期限", required=False)
_rectified = date("rectified_on", "整改完成日期", required=False)

SUPERVISORS = Ledger(
    code="conduct_supervisors",
    title="监督员台账",
    about="村党风政风监督员，一人一行。",
    key=("supervisor_id",),
    dated="appointed_on",
    standing=True,
    columns=(
        text("supervisor_id", "人员编号"),
        place(),
        person("name", "姓名"),
        phone(),
        date("appointed_on", "聘任日期"),
    ),
)

INSPECTIONS = Ledger(
    code="conduct_inspections",
    title="监督检查台账",
    about="党风政风监督检查，一次一行；重点和方法按序号填写，名称以官方文本为准。",
    key=("inspection_id",),
    dated="inspected_on",
    columns=(
        text("inspection_id", "检查编号"),
        place("被检查单位", ("township", "village")),
        _inspected,
        integer("focus", "监督重点序号", minimum=1, maximum=6, note="六项重点内容的序号"),
        integer("method", "监督方法序号", minimum=1, maximum=10, note="十项方法的序号"),
        integer("findings", "发现问题", unit="个"),
        narrative("finding", "问题摘要"),
        _due,
        _rectified,
    ),
    rules=(
        in_order(_inspected, _due),
        in_order(_inspected, _rectified),
        needed_when(_due, lambda f: f["findings"] > 0, "发现了问题"),
    ),
)

CASES = Ledger(
    code="conduct_cases",
    title="案件台账",
    about="查处农村党员干部案件，一人一行；同案数人编号相同、人员序号不同。",
    key=("case_id", "person_no"),
    dated="filed_on",
    columns=(
        text("case_id", "案件编号"),
        integer("person_no", "人员序号", minimum=1),
        place("所在单位", ("township", "village")),
        person("person", "姓名", public=False),
        _filed,
        choice("sanction", "党纪处分", SANCTIONS, required=False),
        _decided,
    ),
    rules=(
        in_order(_filed, _decided),
        needed_when(_decided, lambda f: f["sanction"].notna(), "党纪处分已填"),
    ),
)

CASES_FILED = Indicator(
    code="S5",
    label="查处案件",
    unit="起",
    definition="立案日期在期内的案件数，同案数人计一起",
    ledger=CASES,
    value=lambda: nw.col("case_id").n_unique(),
)


def _sanctioned(code: str, sanction: str) -> Indicator:
    return Indicator(
        code=code,
        label=f"{sanction}处分" if not sanction.endswith("职务") else sanction,
        unit="人",
        definition=f"处分日期在期内、受{sanction}的人数",
        ledger=CASES,
        dated="decided_on",
        rows=lambda period: nw.col("sanction") == sanction,
    )


WARNED = _sanctioned("warned", "警告")
SERIOUSLY_WARNED = _sanctioned("seriously_warned", "严重警告")
REMOVED = _sanctioned("removed_from_post", "撤销党内职务")
SANCTIONED = Indicator(
    code="sanctioned",
    label="党纪处分",
    unit="人",
    definition="处分日期在期内、受党纪处分的人数",
    ledger=CASES,
    dated="decided_on",
    rows=lambda period: ~nw.col("sanction").is_null(),
)
SUPERVISED_VILLAGES = Indicator(
    code="S3",
    label="配备监督员的村",
    unit="个",
    definition="期末有党风政风监督员的村数",
    ledger=SUPERVISORS,
    span="stock",
    value=lambda: nw.col("place").n_unique(),
)
INSPECTED = Indicator(
    code="inspections", label="监督检查", unit="次", definition="检查日期在期内的监督检查次数", ledger=INSPECTIONS
)
FINDINGS = Indicator(
    code="inspection_findings",
    label="发现问题",
    unit="个",
    definition="检查日期在期内的监督检查发现的问题数",
    ledger=INSPECTIONS,
    value=lambda: nw.col("findings").sum(),
)
WITH_FINDINGS = Indicator(
    code="inspections_with_findings",
    label="发现问题的检查",
    unit="次",
    definition="检查日期在期内、发现问题的监督检查次数",
    ledger=INSPECTIONS,
    rows=lambda period: nw.col("findings") > 0,
)
RECTIFIED = Indicator(
    code="inspections_rectified",
    label="完成整改",
    unit="次",
    definition="检查日期在期内、发现问题且期末前已完成整改的监督检查次数",
    ledger=INSPECTIONS,
    rows=lambda period: (nw.col("findings") > 0) & done_by("rectified_on", period),
)
RECTIFICATION_RATE = Ratio(
    code="rectification_rate",
    label="整改率",
    unit="%",
    definition="本年一月一日起到期末发现问题的监督检查中，期末前已完成整改的百分比",
    numerator=RECTIFIED,
    denominator=WITH_FINDINGS,
    from_january=True,
)


def _cases_and_persons(frames: Frames, places: Places) -> Iterator[Problem]:
    """Warn where cases (S5) and sanctioned persons (S6) differ in number, which may be right."""
    cases = frames["conduct_cases"]
    filed, persons = cases["case_id"].nunique(), int(cases["sanction"].notna().sum())
    if filed != persons:
        yield against(
            CASES.title,
            SANCTIONED.label,
            _("{cases} cases were filed and {persons} persons were sanctioned").format(cases=filed, persons=persons),
            _("See whether a case has several persons or none yet; if so nothing is wrong"),
        )


INSTITUTION = Institution(
    code="conduct",
    title="党风政风监督",
    ledgers=(SUPERVISORS, INSPECTIONS, CASES),
    indicators=(
        CASES_FILED,
        SANCTIONED,
        WARNED,
        SERIOUSLY_WARNED,
        REMOVED,
        SUPERVISED_VILLAGES,
        INSPECTED,
        FINDINGS,
        WITH_FINDINGS,
        RECTIFIED,
        RECTIFICATION_RATE,
    ),
    published={
        ("S1", ""): listed("supervision_focuses"),
        ("S2", ""): listed("inspection_methods"),
        ("S6", "警告"): WARNED,
        ("S6", "严重警告"): SERIOUSLY_WARNED,
        ("S6", "撤销党内职务"): REMOVED,
    },
    overdue=(
        Overdue(
            label="监督整改",
            ledger=INSPECTIONS,
            done="rectified_on",
            due=lambda f: f["due_on"],
            subject=lambda f: "监督重点第" + f["focus"].astype("str") + "项",
            rule="超过整改期限",
        ),
    ),
    contradictions=(_cases_and_persons,),
)
