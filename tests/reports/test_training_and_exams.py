"""Training and exams: the base of every rate is named, and later events do not count."""

import pandas as pd
import pytest

from govkit.figures.snapshot import Snapshot
from govkit.institutions.exam_results import DISTRICT_EXAM, TOWNSHIP_EXAM
from govkit.reports.training_and_exams import Training
from tests.reports.conftest import Bent


@pytest.fixture(scope="module")
def report(snapshot: Snapshot) -> Training:
    return Training(snapshot.figures("", "2015-09"))


def results(snapshot: Snapshot, kind: str, *fates: tuple[str, float | None, bool | None]) -> pd.DataFrame:
    """Return the first results of a kind with other status, mark and passed."""
    rows = snapshot.ledger("exam_results")
    rows = rows[rows["kind"] == kind].head(len(fates)).reset_index(drop=True)
    status, mark, passed = (list(column) for column in zip(*fates, strict=True))
    return rows.assign(status=status, mark=pd.array(mark, "Float64"), passed=pd.array(passed, "boolean"))


def test_the_district_exam_names_both_bases(report: Training) -> None:
    said = report.sentence(DISTRICT_EXAM)
    assert "应考1277人，实考1263人，缺考14人" in said
    assert "以实考人数为基数，通过率94.8%" in said
    assert "以应考人数为基数，通过率93.7%" in said


def test_the_townships_exam_has_no_rate(report: Training) -> None:
    assert "%" not in report.sentence(TOWNSHIP_EXAM)
    assert "通过率（%）" not in report.by_unit(TOWNSHIP_EXAM)
    exams = report.exams()
    assert set(exams.loc[exams["考试类别"] == TOWNSHIP_EXAM, "通过率（%）"]) == {"—"}


def test_the_units_add_up(report: Training) -> None:
    for kind in report.kinds():
        table = report.by_unit(kind)
        columns = ["应考", "实考", "缺考", "合格"]
        assert table[columns].iloc[:-1].sum().tolist() == table[columns].iloc[-1].tolist()
    assert report.by_unit(DISTRICT_EXAM)["实考"].iloc[-1] == report.f["T3"].year_to_date
    assert report.by_unit(TOWNSHIP_EXAM)["合格"].iloc[-1] == report.f["T5"].year_to_date


@pytest.mark.parametrize(
    ("fates", "counts"),
    [
        ([("参考", 90.0, True), ("缺考", None, None)], (2, 1, 1, 1, "100.0")),
        ([("缺考", None, None)], (1, 0, 1, 0, "—")),
        ([("参考", 59.0, False), ("参考", 60.0, True), ("参考", 61.0, True)], (3, 3, 0, 2, "66.7")),
    ],
)
def test_the_absent_do_not_count_in_the_base(
    snapshot: Snapshot,
    bent: Bent,
    fates: list[tuple[str, float | None, bool | None]],
    counts: tuple[object, ...],
) -> None:
    rows = results(snapshot, DISTRICT_EXAM, *fates)
    report = Training(bent("", "2015-09", exam_results=rows))
    assert tuple(report.by_unit(DISTRICT_EXAM).iloc[-1, 1:]) == counts
    assert report.has_marks(DISTRICT_EXAM) == any(mark is not None for _status, mark, _passed in fates)


@pytest.mark.parametrize(
    ("mark", "full", "band"),
    [
        (0, 100, "50分以下"),
        (49.5, 100, "50分以下"),
        (50, 100, "50—60分（不含60分）"),
        (59.9, 100, "50—60分（不含60分）"),
        (60, 100, "60—70分（不含70分）"),
        (90, 100, "90分及以上"),
        (100, 100, "90分及以上"),
        (120, 150, "80—90分（不含90分）"),
    ],
)
def test_a_mark_has_its_band_by_the_full_mark(
    snapshot: Snapshot, bent: Bent, mark: float, full: float, band: str
) -> None:
    rows = results(snapshot, DISTRICT_EXAM, ("参考", mark, True)).assign(full_mark=full)
    table = Training(bent("", "2015-09", exam_results=rows)).distribution(DISTRICT_EXAM)
    assert dict(zip(table["得分"], table["人数"], strict=True))[band] == table["人数"].sum() == 1


def test_an_exam_to_come_is_not_told(snapshot: Snapshot) -> None:
    assert Training(snapshot.figures("", "2015-05")).kinds() == []
    assert Training(snapshot.figures("", "2015-06")).kinds() == [DISTRICT_EXAM]


def test_the_tables_of_training_agree_with_the_indicators(report: Training) -> None:
    month, year = report.f["training_attendances"].value, report.f["training_attendances"].year_to_date
    for table in (report.by_audience(), report.by_form()):
        assert table["本月（人次）"].iloc[-1] == month
        assert table["本年（人次）"].iloc[-1] == year
    assert report.by_organiser()["参训（人次）"].iloc[-1] == year
    assert report.month_sessions()["人次"].sum() == month


def test_secretaries_are_told_apart_by_sender(report: Training) -> None:
    said = report.secretaries_sentence()
    assert "驻村第一书记87人，已培训87人" in said
    assert "选派的39人，乡镇（街道）选派的48人" in said
    assert report.teams_sentence() == "15个区直部门建立帮扶工作队39支。"


def test_training_after_the_month_is_not_known_in_it(snapshot: Snapshot) -> None:
    early = Training(snapshot.figures("", "2015-09")).reserves().iloc[-1]
    late = Training(snapshot.figures("", "2015-10")).reserves().iloc[-1]
    assert early["未培训（人）"] > late["未培训（人）"] == 0
    assert late["已培训（人）"] == 216


def test_a_township_sees_its_own_villages(snapshot: Snapshot) -> None:
    report = Training(snapshot.figures("阳庙镇", "2015-09"))
    table = report.by_unit(DISTRICT_EXAM)
    assert table["单位"].iloc[0] == "本级"
    assert len(table) == 1 + 18 + 1
    assert set(report.month_sessions()["主办单位"]) == {"阳庙镇"}
