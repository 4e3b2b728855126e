"""The result bulletin: figures, lists, rendering, and the public version."""

from pathlib import Path

import pandas as pd
import pytest

from govkit.core import audit
from govkit.core.errors import InputError, UsageError
from govkit.exams.exam import mark_exam
from govkit.exams.folder import nearest_exam
from govkit.exams.results.bulletin import nearest_bulletin, open_bulletin, privacy_check, render_bulletin, withheld
from govkit.rendering.privacy.check import PrivacyCheck, ordinary_phrases
from tests.exams.builders import ANSWERS, PASSPHRASE, PERSON, tiny

ROSTER = "01,乙乡,A,present 02,乙乡,A,absent 03,甲镇,A,present 03,甲镇,M,present"


@pytest.fixture
def marked(tmp_path: Path) -> Path:
    exam = tiny(tmp_path, ROSTER, ANSWERS)
    mark_exam(exam, PASSPHRASE, PERSON)
    return exam


def test_the_summary_states_the_base_of_the_rate(marked: Path) -> None:
    said = open_bulletin(marked).summary()
    assert "应考3人，实考2人，缺考1人" in said
    assert "满分10分，及格线6分" in said
    assert "通过1人，通过率50.0%（通过人数÷实考人数）" in said


def test_units_have_chinese_headings_in_the_roster_s_order(marked: Path) -> None:
    units = open_bulletin(marked).units()
    assert list(units.columns) == ["单位", "应考", "实考", "缺考", "平均分", "通过", "通过率"]
    assert list(units["单位"]) == ["乙乡", "甲镇", "合计"]


def test_without_a_base_there_is_no_rate(marked: Path) -> None:
    text = (marked / "blueprint.yaml").read_text("utf-8") + "pass_rate_base: none\n"
    (marked / "blueprint.yaml").write_text(text, "utf-8")
    bulletin = open_bulletin(marked)
    assert "通过率" not in bulletin.summary()
    assert "通过率" not in bulletin.units().columns
    assert "不计算通过率" in bulletin.units_note()


def test_the_resit_list(marked: Path) -> None:
    listed = open_bulletin(marked).resits()
    assert list(listed.columns) == ["序号", "准考证号", "姓名", "单位", "职务", "得分", "状态"]
    assert list(listed["姓名"]) == ["考生02", "考生03"]


@pytest.mark.parametrize(
    ("absent", "audience", "said"),
    [
        (True, "internal", "未通过和缺考的2人需要补考。"),
        (False, "internal", "未通过的1人需要补考。"),
        (True, "public", "未通过和缺考的需要补考，人数较少，人数和名单都不公开，由所在单位通知本人。"),
    ],
)
def test_the_public_never_learns_who_must_resit(marked: Path, absent: bool, audience: str, said: str) -> None:
    bulletin = open_bulletin(marked, audience=audience)  # type: ignore[arg-type]
    assert bulletin.resit_sentence(absent) == said
    assert len(bulletin.resits(absent)) == (0 if audience == "public" else 1 + absent)


@pytest.mark.parametrize(
    ("least", "most", "caption"),
    [
        (0, 0, "得分0分及以上的人员（2人）"),
        (0, 1, "得分最高的1人（得分0分及以上的共2人）"),
        (0, 2, "得分0分及以上的人员（2人）"),
        (10.5, 1, "得分10.5分及以上的人员（0人）"),
    ],
)
def test_the_honours_list_says_how_many_of_how_many_it_holds(
    marked: Path, least: float, most: int, caption: str
) -> None:
    bulletin = open_bulletin(marked)
    assert bulletin.honours_caption(least, most) == caption
    assert f"{len(bulletin.honours(least, most))}人" in caption


def test_the_absent_are_on_the_resit_list_by_setting(marked: Path) -> None:
    assert list(open_bulletin(marked).resits(include_absent=False)["姓名"]) == ["考生03"]


@pytest.mark.parametrize(("least", "most", "count"), [(0, 0, 2), (0, 1, 1), (10, 0, 1), (10.5, 0, 0)])
def test_the_honours_list_by_setting(marked: Path, least: float, most: int, count: int) -> None:
    assert len(open_bulletin(marked).honours(least, most)) == count


@pytest.mark.parametrize(
    ("sat", "hidden"),
    [
        ((30, 20, 10), ()),
        ((30, 20, 5), ()),
        ((30, 20, 4), (1, 2)),
        ((30, 3, 4), (1, 2)),
        ((30, 20, 0), ()),
        ((4,), (0,)),
    ],
)
def test_small_units_are_withheld_and_never_one_alone(sat: tuple[int, ...], hidden: tuple[int, ...]) -> None:
    units = pd.DataFrame({"unit": [*"甲乙丙"[: len(sat)], "合计"], "sat": [*sat, sum(sat)]})
    assert tuple(withheld(units).to_numpy().nonzero()[0]) == hidden


def test_the_public_table_withholds_small_units(marked: Path) -> None:
    bulletin = open_bulletin(marked, audience="public")
    units = bulletin.units()
    assert units["平均分"].isna().tolist() == [True, True, False]
    assert units["通过"].isna().tolist() == [True, True, False]
    assert "不公布" in bulletin.units_note()


def test_the_final_result_takes_the_better_sitting(marked: Path) -> None:
    assert open_bulletin(marked, "final").results.units["passed"].iloc[-1] == 2


def test_nobody_at_the_resit(tmp_path: Path) -> None:
    exam = tiny(tmp_path, "01,甲,A,present", ANSWERS[:4])
    mark_exam(exam, PASSPHRASE, PERSON)
    with pytest.raises(InputError, match="没有人报名"):
        open_bulletin(exam, "resit")


@pytest.mark.parametrize("arguments", [{"sitting": "third"}, {"audience": "everyone"}])
def test_an_unknown_sitting_or_audience(marked: Path, arguments: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="不能用作"):
        open_bulletin(marked, **arguments)  # type: ignore[arg-type]


def test_the_nearest_exam(marked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    below = tmp_path / "deep" / "down"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert nearest_exam() == marked
    assert nearest_exam("elsewhere") == Path("elsewhere")
    assert nearest_exam(holding="analysis.json") is None
    found = nearest_bulletin()
    assert found is not None
    assert found.folder == marked
    (marked / "marks.csv").unlink()
    assert nearest_bulletin() is None


def test_it_is_rendered_and_recorded(marked: Path, tmp_path: Path) -> None:
    done = render_bulletin(
        marked, tmp_path / "out", PERSON, audience="public", formats="html", settings={"honours_least": 5.0}
    )
    assert done.problems == ()
    html = (tmp_path / "out" / done.outputs["html"]).read_text("utf-8")
    assert "小测验成绩通报" in html
    assert "某某" in html
    assert "考生0" not in html
    entry = list(audit.entries(marked / "audit.jsonl"))[-1]
    assert (entry.action, entry.person, entry.details["audience"]) == ("exam.bulletin", PERSON, "public")


def test_a_setting_of_the_wrong_type_writes_nothing(marked: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        render_bulletin(marked, tmp_path / "out", PERSON, settings={"honours_least": "many"})
    assert not (tmp_path / "out").exists()


def test_the_privacy_check_excuses_the_units_and_the_reviewed_phrases_only(marked: Path) -> None:
    check = privacy_check(str(marked))
    units = set(open_bulletin(marked).results.candidates["unit"])
    assert check.ordinary - PrivacyCheck(ordinary=ordinary_phrases()).ordinary <= units
    name = min(check.names)
    assert check.check("a.txt", name.encode())
