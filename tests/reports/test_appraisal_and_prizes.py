"""Appraisal: the illustrative table is labelled, ties stay open, prizes and pay need the office's settings."""

from pathlib import Path

import pandas as pd
import pytest

from govkit.core.errors import InputError
from govkit.figures.snapshot import Snapshot
from govkit.institutions.appraisal import UNDECIDED
from govkit.reports.appraisal_and_prizes import Appraisal
from tests.reports.conftest import Bent

SETTINGS = "name,value,effective_from,effective_to,source,mark,note\n"
HEADER = "group,number,text,weight,evidence,deduction,without_case,effective_from,effective_to,source,mark\n"


def supply(folder: Path, monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    lines = [f"{name},{value},,,样例,U," for name, value in values.items()]
    (folder / "settings.csv").write_text(SETTINGS + "\n".join(lines) + "\n", encoding="utf-8")
    monkeypatch.setenv("GOVKIT_RULES", str(folder))


def places(*counts: int) -> dict[str, str]:
    return dict(zip(("一等奖名额", "二等奖名额", "三等奖名额"), map(str, counts), strict=True))


def test_the_illustrative_table_is_marked_and_adds_up(snapshot: Snapshot) -> None:
    report = Appraisal(snapshot.figures("", "2015-09"))
    assert "示意" in report.table_remark
    assert "官方文本待填" in report.table_remark
    assert report.items()["权重（分）"].tolist()[-1] == "100"
    assert set(report.layers()["官方文本"]) == {"官方文本待填"}


def test_the_table_that_the_settings_name_is_used(
    snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "our_table.csv").write_text(HEADER + "甲,1,化解率,100,G6,,满分,,,本区文件,S\n", encoding="utf-8")
    supply(tmp_path, monkeypatch, 考评表="our_table")
    report = Appraisal(snapshot.figures("", "2015-09"))
    assert (report.table.name, report.table_remark) == ("our_table", "")


def test_weights_that_are_not_100_refuse_the_report(
    snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "our_table.csv").write_text(HEADER + "甲,1,化解率,95,G6,,满分,,,本区文件,S\n", encoding="utf-8")
    supply(tmp_path, monkeypatch, 考评表="our_table")
    with pytest.raises(InputError, match="95"):
        Appraisal(snapshot.figures("", "2015-09"))


def test_equals_share_a_rank_which_says_so(snapshot: Snapshot) -> None:
    report = Appraisal(snapshot.figures("", "2015-09"))
    table = report.ranking()
    assert len(table) == 104
    totals = table["总分"].astype("float64")
    assert totals.is_monotonic_decreasing
    assert table["名次"].str.startswith("并列").tolist() == totals.duplicated(keep=False).tolist()
    tied = table[table["名次"] == "并列2"]
    assert tied["总分"].nunique() == 1
    following = table["名次"].iloc[1 + len(tied)]
    assert following.removeprefix("并列") == str(2 + len(tied))


def test_a_township_unit_sees_the_districts_ranks_of_its_own_villages(snapshot: Snapshot) -> None:
    whole = Appraisal(snapshot.figures("", "2015-09")).ranked.set_index("place")["rank"]
    own = Appraisal(snapshot.figures("阳庙镇", "2015-09")).ranked.set_index("place")["rank"]
    assert len(own) == len(snapshot.places.at("village", "yangmiao"))
    assert own.to_dict() == whole[own.index].to_dict()


def test_a_village_without_a_score_is_not_ranked_and_is_told(snapshot: Snapshot, bent: Bent) -> None:
    rows = snapshot.ledger("appraisal_scores")
    report = Appraisal(bent("阳庙镇", "2015-09", appraisal_scores=rows[rows["place"] != "yangmiao-02"]))
    assert "yangmiao-02" not in set(report.ranked["place"])
    assert "缺第6项的1个村" in report.ranking_sentence()


def test_before_any_score_nobody_is_ranked(snapshot: Snapshot) -> None:
    report = Appraisal(snapshot.figures("", "2015-03"))
    assert report.ranking().empty
    assert "不排名次" in report.ranking_sentence()
    assert report.by_month()["第6项"].tolist() == ["—"] * 3


def test_no_prize_and_no_pay_before_the_office_says_how(snapshot: Snapshot) -> None:
    report = Appraisal(snapshot.figures("", "2015-12"), pay_base=3000)
    assert not report.has_cutoffs
    assert not report.has_pay
    assert report.prize_tiers()["标准（元）"].tolist() == ["15,000", "12,000", "9000"]
    assert set(report.prize_tiers()["名额"]) == {"官方文本待填"}
    assert "不评定" in report.prize_sentence()
    assert "绩效报酬办法" in report.pay_sentence()


def test_prizes_follow_the_cut_offs_and_a_tie_over_one_stays_open(
    snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Appraisal(snapshot.figures("", "2015-12")).ranked.groupby("rank").size().iloc[0]
    supply(tmp_path, monkeypatch, **places(int(first), 1, 0))
    report = Appraisal(snapshot.figures("", "2015-12"))
    awards = report.awards()
    assert (awards["奖次"] == "一等奖").sum() == first
    second = report.ranked.groupby("rank").size().iloc[1]
    assert (awards["奖次"] == (UNDECIDED if second > 1 else "二等奖")).sum() == second
    assert ("考评单位决定" in report.prize_sentence()) is bool(second > 1)
    assert "试算" in Appraisal(snapshot.figures("", "2015-09")).prize_sentence()


@pytest.mark.parametrize(("formula", "best"), [("按得分比例", 3000.0), ("按平均分比例", None)])
def test_pay_follows_the_formula(
    snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, formula: str, best: float | None
) -> None:
    supply(tmp_path, monkeypatch, 绩效报酬办法=formula)
    report = Appraisal(snapshot.figures("", "2015-12"), pay_base=3000)
    assert report.has_pay
    pay = report.pay()
    assert pay["村数"].sum() == 104
    paid = pd.to_numeric(pay["绩效报酬（元）"])
    assert paid.is_monotonic_decreasing
    if best is not None:
        assert paid.iloc[0] == pytest.approx(best * float(pay["总分"].iloc[0]) / 100)
    assert formula in report.pay_sentence()
    assert not Appraisal(snapshot.figures("", "2015-12")).has_pay
