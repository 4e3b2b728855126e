"""Appraisal: the illustrative table says so, ties are open, prizes and pay wait for what the office supplies."""

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
    page = Appraisal(snapshot.figures("", "2015-09"))
    assert "示意" in page.table_remark
    assert "官方文本待填" in page.table_remark
    assert page.items()["权重（分）"].tolist()[-1] == "100"
    assert set(page.layers()["官方文本"]) == {"官方文本待填"}


def test_the_table_that_the_settings_name_is_used(
    snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "our_table.csv").write_text(HEADER + "甲,1,化解率,100,G6,,满分,,,本区文件,S\n", encoding="utf-8")
    supply(tmp_path, monkeypatch, 考评表="our_table")
    page = Appraisal(snapshot.figures("", "2015-09"))
    assert (page.table.name, page.table_remark) == ("our_table", "")


def test_weights_that_are_not_100_refuse_the_report(
    snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "our_table.csv").write_text(HEADER + "甲,1,化解率,95,G6,,满分,,,本区文件,S\n", encoding="utf-8")
    supply(tmp_path, monkeypatch, 考评表="our_table")
    with pytest.raises(InputError, match="95"):
        Appraisal(snapshot.figures("", "2015-09"))


def test_equals_share_a_rank_which_says_so(snapshot: Snapshot) -> None:
    page = Appraisal(snapshot.figures("", "2015-09"))
    table = page.ranking()
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
    page = Appraisal(bent("阳庙镇", "2015-09", appraisal_scores=rows[rows["place"] != "yangmiao-02"]))
    assert "yangmiao-02" not in set(page.ranked["place"])
    assert "缺第6项的1个村" in page.ranking_sentence()


def test_before_any_score_nobody_is_ranked(snapshot: Snapshot) -> None:
    page = Appraisal(snapshot.figures("", "2015-03"))
    assert page.ranking().empty
    assert "不排名次" in page.ranking_sentence()
    assert page.by_month()["第6项"].tolist() == ["—"] * 3


def test_no_prize_and_no_pay_before_the_office_says_how(snapshot: Snapshot) -> None:
    page = Appraisal(snapshot.figures("", "2015-12"), pay_base=3000)
    assert not page.has_cutoffs
    assert not page.has_pay
    assert page.prize_tiers()["标准（元）"].tolist() == ["15,000", "12,000", "9000"]
    assert set(page.prize_tiers()["名额"]) == {"官方文本待填"}
    assert "不评定" in page.prize_sentence()
    assert "绩效报酬办法" in page.pay_sentence()


def test_prizes_follow_the_cut_offs_and_a_tie_over_one_stays_open(
    snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Appraisal(snapshot.figures("", "2015-12")).ranked.groupby("rank").size().iloc[0]
    supply(tmp_path, monkeypatch, **places(int(first), 1, 0))
    page = Appraisal(snapshot.figures("", "2015-12"))
    awards = page.awards()
    assert (awards["奖次"] == "一等奖").sum() == first
    second = page.ranked.groupby("rank").size().iloc[1]
    assert (awards["奖次"] == (UNDECIDED if second > 1 else "二等奖")).sum() == second
    assert ("考评单位决定" in page.prize_sentence()) is bool(second > 1)
    assert "试算" in Appraisal(snapshot.figures("", "2015-09")).prize_sentence()


@pytest.mark.parametrize(("formula", "best"), [("按得分比例", 3000.0), ("按平均分比例", None)])
def test_pay_follows_the_formula(
    snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, formula: str, best: float | None
) -> None:
    supply(tmp_path, monkeypatch, 绩效报酬办法=formula)
    page = Appraisal(snapshot.figures("", "2015-12"), pay_base=3000)
    assert page.has_pay
    pay = page.pay()
    assert pay["村数"].sum() == 104
    paid = pd.to_numeric(pay["绩效报酬（元）"])
    assert paid.is_monotonic_decreasing
    if best is not None:
        assert paid.iloc[0] == pytest.approx(best * float(pay["总分"].iloc[0]) / 100)
    assert formula in page.pay_sentence()
    assert not Appraisal(snapshot.figures("", "2015-12")).has_pay
