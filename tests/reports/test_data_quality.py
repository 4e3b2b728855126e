"""Data quality: each kind of fault is found where it was planted, and the clean sample has none."""

from typing import Any

import pandas as pd
import pytest

from govkit.figures.snapshot import Snapshot
from govkit.institutions import ledgers
from govkit.ledgers.store import Store
from govkit.reports.data_quality import Quality
from tests.reports.conftest import NA, Bent


def remarks(report: Quality) -> str:
    return " ".join(report.contradictions()["情况"])


def test_the_sample_is_at_one_with_itself_but_for_the_case_pending(snapshot: Snapshot) -> None:
    assert (
        remarks(Quality(snapshot.figures("", "2015-09")))
        == "查处案件7起，受党纪处分6人，两数不同（口径不同，只作提示）"
    )


@pytest.mark.parametrize(
    ("ledger", "where", "column", "value", "expected"),
    [
        ("mediation_attempts", "JF2015-LW01-001", "outcome", "未成功", "已化解，但没有成功的调解记录：1"),
        ("disputes", "JF2015-LW01-001", "settled_on", pd.NaT, "调解已成功，但没有化解日期：1"),
        ("disputes", "JF2015-LW01-001", "settled_on", pd.Timestamp("2015-01-18"), "成功调解的日期与化解日期不同：1"),
        ("mediation_attempts", "JF2015-LW01-001", "held_on", pd.Timestamp("2015-01-02"), "调解日期早于排查日期：1"),
    ],
)
def test_a_dispute_against_its_mediation(
    snapshot: Snapshot, bent: Bent, ledger: str, where: str, column: str, value: Any, expected: str
) -> None:
    rows = snapshot.ledger(ledger)
    rows.loc[rows["dispute_id"] == where, column] = value
    report = Quality(bent("", "2015-09", **{ledger: rows}))
    assert expected in remarks(report)
    assert where in " ".join(report.contradictions()["例"])


def test_a_grid_without_enough_staff_and_a_village_without_supervisor(snapshot: Snapshot, bent: Bent) -> None:
    staff, supervisors = snapshot.ledger("grid_staff"), snapshot.ledger("conduct_supervisors")
    staff = staff[~((staff["grid_id"] == "WG-LW01") & (staff["role"] != "管理员"))]
    report = Quality(
        bent(
            "李万街道", "2015-09", grid_staff=staff, conduct_supervisors=supervisors[supervisors["place"] != "liwan-01"]
        )
    )
    assert "网格员少于四名（一格四员）：1" in remarks(report)
    assert "四类职责不全：1" in remarks(report)
    assert "没有党风政风监督员的村：1" in remarks(report)


def test_blanks_are_asked_for_only_where_they_matter(snapshot: Snapshot, bent: Bent) -> None:
    rows = snapshot.ledger("decisions")
    assert "征地面积" not in set(Quality(bent("", "2015-09")).blanks()["栏目"])
    rows["land_area"] = pd.NA
    line = Quality(bent("", "2015-09", decisions=rows)).blanks().set_index("栏目").loc["征地面积"]
    assert (line["行数"], line["空白"]) == (1, 1)


def test_rows_by_unit_add_up(snapshot: Snapshot) -> None:
    table = Quality(snapshot.figures("", "2015-09")).rows_by_unit()
    assert table.columns.tolist()[:2] == ["台账", "本级"]
    assert (table.iloc[:, 1:-1].sum(axis=1) == table["合计"]).all()
    assert table.set_index("台账")["合计"]["矛盾纠纷"] == snapshot.indicator("G4", "", "2015-09")


def test_a_township_unit_has_a_row_a_village_and_no_empty_column(snapshot: Snapshot) -> None:
    table = Quality(snapshot.figures("阳庙镇", "2015-09")).rows_by_unit()
    assert table["单位"].tolist()[0] == "本级"
    assert (table.iloc[:-1, 1:].sum() == table.iloc[-1, 1:]).all()
    assert (table.iloc[-1, 1:] > 0).all()


def test_a_village_that_wrote_nothing_is_named(snapshot: Snapshot, bent: Bent) -> None:
    frames = {code: snapshot.ledger(code) for code, ledger in ledgers().items() if not ledger.standing}
    frames = {code: rows[rows["place"] != "yangmiao-02"] for code, rows in frames.items()}
    assert "北西尚村" in " ".join(Quality(bent("阳庙镇", "2015-09", **frames)).silent_villages().iloc[:, 2])


def test_a_row_entered_twice_under_another_number_is_found(snapshot: Snapshot, bent: Bent) -> None:
    rows = snapshot.ledger("disputes")
    twin = rows[rows["dispute_id"] == "JF2015-LW01-001"].assign(dispute_id="JF2015-LW01-099", summary=NA)
    before = Quality(bent("", "2015-09")).doubles()
    after = Quality(bent("", "2015-09", disputes=pd.concat([rows, twin], ignore_index=True))).doubles()
    assert sorted(set(after["编号"]) - set(before["编号"])) == ["JF2015-LW01-001、JF2015-LW01-099"]
    assert len(after) == len(before) + 1


def test_late_rows_cannot_be_told_where_the_store_is_younger_than_the_month(snapshot: Snapshot) -> None:
    report = Quality(snapshot.figures("", "2015-09"))
    assert not report.can_tell_late
    assert "无法判断" in report.late_sentence()


def test_rows_that_came_after_the_deadline_are_late(
    snapshot: Snapshot, bent: Bent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty store replaces the one as of the deadline, so that all rows are late."""
    report = Quality(bent("", "2015-09"))
    report.__dict__["_in_time"] = Store(snapshot.store.url).commit_at(0)
    late = report.late().set_index("台账")["补录（行）"]
    assert late["矛盾纠纷台账"] == report.f["G4"].year_to_date
    report.__dict__["_in_time"] = snapshot.commit
    assert report.late().empty
    assert report.late_sentence().endswith("没有补录。")


def test_an_attempt_without_its_dispute_is_told(snapshot: Snapshot, bent: Bent) -> None:
    rows = snapshot.ledger("disputes")
    report = Quality(bent("", "2015-09", disputes=rows[rows["dispute_id"] != "JF2015-LW01-001"]))
    table = report.contradictions()
    assert table["台账"].iloc[0] == "调解记录台账"
    assert "JF2015-LW01-001" in table["情况"].iloc[0]
