"""The clauses of 下步要求: told only when their condition holds; a mistake in the file is named with its line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from govkit.core.errors import InputError
from govkit.figures.snapshot import Snapshot
from govkit.reports.clauses import clauses_that_hold

HEADER = "group,number,condition,text,effective_from,effective_to,source,mark"
Clauses = Callable[..., list[str]]


@pytest.fixture
def told(snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clauses:
    """Return a function that gives the clauses that hold for a file of these rows."""

    def found(*rows: str, place: str = "", **counts: float) -> list[str]:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        (folder / "bulletin_clauses.csv").write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
        monkeypatch.setenv("GOVKIT_RULES", str(folder))
        f = snapshot.figures(place, "2015-09")
        return clauses_that_hold(f, counts, f.period.end)

    return found


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("", True),
        ("G4 > 0", True),
        ("G4 = 125", True),
        ("G4 >= 125", True),
        ("G4 > 125", False),
        ("G4 <= 124", False),
        ("排查矛盾纠纷.本年 ≥ 1000", True),
        ("化解率.本年 < 100 且 G4 > 0", True),
        ("化解率.本年 < 100 且 G4 < 0", False),
        ("逾期 > 0", True),
        ("未报送 > 0", False),
        ("T4 < 100", False),  # no examination this month: undefined, so no condition holds
        ("T4 >= 0", False),
    ],
)
def test_a_clause_is_told_when_its_condition_holds(told: Clauses, condition: str, holds: bool) -> None:
    assert told(f",1,{condition},某条。,,,样例,G", 逾期=2) == (["某条。"] if holds else [])


def test_levels_days_and_blanks(told: Clauses) -> None:
    rows = [
        "村,1,,只给村。,,,样例,G",
        ",2,,以后。,2016-01-01,,样例,G",
        ",3,,官方文本待填,,,样例,U",
        ",4,,总有。,,,样例,G",
    ]
    assert told(*rows) == ["总有。"]
    assert told(*rows, place="北西尚村") == ["只给村。", "总有。"]


def test_the_text_may_name_figures(told: Clauses) -> None:
    assert told(",1,,逾期{逾期}件，排查{G4}，累计{排查矛盾纠纷.本年}。,,,样例,G", 逾期=7) == [
        "逾期7件，排查125件，累计1024件。"
    ]


def test_all_mistakes_of_a_file_are_named_with_their_lines(told: Clauses) -> None:
    with pytest.raises(InputError) as refused:
        told(
            ",1,没有这个指标 > 0,一。,,,样例,G",
            ",2,G4 大于 0,二。,,,样例,G",
            ",3,,三{没有这个}。,,,样例,G",
            ",4,,四{。,,,样例,G",
        )
    assert [(p.where.source, p.where.item) for p in refused.value.problems] == [
        ("bulletin_clauses.csv", f"第 {line} 行") for line in (2, 3, 4, 5)
    ]
    assert all(problem.repair for problem in refused.value.problems)


def test_the_shipped_clauses_can_be_read_at_every_level(snapshot: Snapshot) -> None:
    for place in ("", "阳庙镇", "北西尚村"):
        f = snapshot.figures(place, "2015-09")
        told = clauses_that_hold(f, {"逾期": 3, "未报送": 1, "不一致": 2}, f.period.end)
        assert any("逾期的3件事项" in text for text in told)
