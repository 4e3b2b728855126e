"""Results of closed-book exams (闭卷考试) and of the townships' qualifying exams (过关考试) (T3–T5).

Exams held with govkit fill this ledger; an office may also enter results by hand. Each row states whether the candidate
passed, since the pass mark belongs to the exam and is not known here.
"""

import narwhals as nw

from govkit.institutions.institution import Institution
from govkit.ledgers.declare import (
    Ledger,
    blank_unless,
    choice,
    date,
    flag,
    needed_when,
    not_above,
    number,
    person,
    place,
    text,
)
from govkit.ledgers.indicator import Indicator, Ratio

DISTRICT_EXAM = "区级闭卷考试"
TOWNSHIP_EXAM = "乡镇过关考试"
SAT = "参考"
ABSENT = "缺考"

_mark = number("mark", "得分", required=False)
_full = number("full_mark", "满分", minimum=1)
_passed = flag("passed", "合格", required=False, note="以该次考试公布的合格标准为准")

RESULTS = Ledger(
    code="exam_results",
    title="考试成绩台账",
    about="考试成绩，一人一场一行；补考是另一场。区级考试和乡镇过关考试的考试类别不同，不合并算率。",
    key=("exam_id", "candidate_no"),
    dated="held_on",
    columns=(
        text("exam_id", "考试编号"),
        text("candidate_no", "准考证号", public=False),
        place("考生单位", ("district", "township", "village")),
        person("name", "姓名", public=False),
        choice("candidate", "考生身份", ("干部", "党员", "村民代表")),
        choice("kind", "考试类别", (DISTRICT_EXAM, TOWNSHIP_EXAM, "其他")),
        date("held_on", "考试日期"),
        choice("status", "参考情况", (SAT, ABSENT), synonyms={"实考": SAT, "缺席": ABSENT}),
        _mark,
        _full,
        _passed,
    ),
    rules=(
        not_above(_mark, _full),
        needed_when(_passed, lambda f: f["status"] == SAT, "参考情况为“参考”"),
        blank_unless(_mark, lambda f: f["status"] == SAT, "参考情况为“缺考”"),
        blank_unless(_passed, lambda f: f["status"] == SAT, "参考情况为“缺考”"),
    ),
)


def _candidates(code: str, label: str, definition: str, kind: str, *, passed: bool = False) -> Indicator:
    return Indicator(
        code=code,
        label=label,
        unit="人",
        definition=definition,
        ledger=RESULTS,
        value=lambda: nw.col("candidate_no").n_unique(),
        rows=lambda period: (
            (nw.col("kind") == kind) & (nw.col("status") == SAT) & (nw.col("passed") if passed else nw.lit(value=True))
        ),
    )


SAT_DISTRICT = _candidates("T3", "区级闭卷考试参考", "考试日期在期内、参加区级闭卷考试的人数，缺考不计", DISTRICT_EXAM)
PASSED_DISTRICT = _candidates(
    "district_exam_passed",
    "区级闭卷考试合格",
    "考试日期在期内、区级闭卷考试合格的人数",
    DISTRICT_EXAM,
    passed=True,
)
PASS_RATE = Ratio(
    code="T4",
    label="闭卷考试通过率",
    synonyms=("通过率", "考试通过率", "合格率"),
    unit="%",
    definition="区级闭卷考试合格人数占实考人数的百分比，缺考不计入基数；公开材料没有说明以实考还是应考为基数",
    numerator=PASSED_DISTRICT,
    denominator=SAT_DISTRICT,
)
PASSED_TOWNSHIP = _candidates(
    "T5",
    "乡镇过关考试合格",
    "考试日期在期内、乡镇过关考试合格的党员和村民代表人数；公开材料没有参考人数，不算率",
    TOWNSHIP_EXAM,
    passed=True,
)
ABSENTEES = Indicator(
    code="exam_absentees",
    label="区级闭卷考试缺考",
    unit="人",
    definition="考试日期在期内、区级闭卷考试缺考的人数",
    ledger=RESULTS,
    rows=lambda period: (nw.col("kind") == DISTRICT_EXAM) & (nw.col("status") == ABSENT),
    lower_is_better=True,
)

INSTITUTION = Institution(
    code="exam_results",
    title="考试",
    ledgers=(RESULTS,),
    indicators=(SAT_DISTRICT, PASSED_DISTRICT, PASS_RATE, PASSED_TOWNSHIP, ABSENTEES),
)
