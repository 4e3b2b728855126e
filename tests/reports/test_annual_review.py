"""The annual review: it has every published figure with its qualifier and says that the year is inferred."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from govkit.core.files import shipped
from govkit.core.frames import named_rows
from govkit.figures.reconcile import Line, Published, published_figures, reconcile
from govkit.figures.snapshot import Snapshot, hold
from govkit.reports.annual_review import PARTS, REST, Annual, published_words, qualifier
from tests.reports.conftest import Bent
from tests.reports.linter import faults

Changed = Callable[..., Annual]


@pytest.fixture(scope="module")
def lines(snapshot: Snapshot) -> list[Line]:
    return reconcile(snapshot, "2015-12")


@pytest.fixture(scope="module")
def report(snapshot: Snapshot, lines: list[Line]) -> Annual:
    return Annual(snapshot.figures("", "2015-12"), lines)


@pytest.fixture
def changed(snapshot: Snapshot, lines: list[Line]) -> Changed:
    """Return a review with one line changed."""

    def made(code: str, **other: Any) -> Annual:
        others = [replace(line, **other) if line.published.code == code else line for line in lines]
        return Annual(snapshot.figures("", "2015-12"), others)

    return made


def figure(value: str, kind: str, unit: str) -> Published:
    return Published("Z1", "", "某项", value, kind, unit, "", "示范区", "")


@pytest.mark.parametrize(
    ("value", "kind", "unit", "words", "exactness"),
    [
        ("104", "E", "个", "104个", "准确数"),
        ("15000", "E", "元", "15,000元", "准确数"),
        ("6月30日", "E", "", "6月30日", "准确数"),
        ("450余", "A", "人次", "450余人次", "约数（余）"),
        ("1余", "A", "周", "1周多", "约数（余）"),
        ("1以内", "A", "周", "1周以内", "约数（以内）"),
        ("600以上", "L", "人次", "600人次以上", "至少（以上）"),
        ("98.5", "R", "%", "98.5%", "四舍五入"),
    ],
)
def test_a_published_figure_is_worded_by_its_kind(value: str, kind: str, unit: str, words: str, exactness: str) -> None:
    assert published_words(figure(value, kind, unit)) == words
    assert qualifier(figure(value, kind, unit)) == exactness


def test_what_has_no_number_is_a_statement_or_to_be_filled_in() -> None:
    assert published_words(figure("", "N", "")) == "某项"
    assert published_words(figure("", "U", "")) == "官方文本待填"


def test_every_code_belongs_to_one_part() -> None:
    codes = [code for part in PARTS.values() for code in part]
    assert sorted(codes) == sorted(set(codes)) == sorted({figure.code for figure in published_figures()})


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("O1", "104个"),
        ("T1", "450余人次"),
        ("T4", "95%"),
        ("C8", "600人次以上"),
        ("V5 南张", "10,000元"),
        ("C2", "6月30日"),
        ("O4", "市级检查对基层四项基础制度给予好评"),
        ("T3 及格线", "官方文本待填"),
    ],
)
def test_a_sentence_has_the_ledgers_figure_and_the_published_one(report: Annual, key: str, said: str) -> None:
    assert report[key] == said


@pytest.mark.parametrize(
    ("code", "other", "said", "verdict"),
    [
        ("O1", {"computed": 103.0, "status": "differs"}, "103个（公开数字104个，不一致）", "不一致"),
        ("O1", {"computed": None, "status": "differs"}, "104个（公开数字，台账没有数据）", "不一致"),
        ("O1", {"computed": None, "status": "not_covered"}, "104个（公开数字，台账没有数据）", "无台账"),
    ],
)
def test_what_does_not_agree_is_said_so(
    changed: Changed, code: str, other: dict[str, Any], said: str, verdict: str
) -> None:
    report = changed(code, **other)
    assert report[code] == said
    assert report.table("基本情况").set_index("编码")["对照"][code] == verdict
    assert list(report.differing()["编码"]) == ([code] if verdict == "不一致" else [])


def test_the_counts_add_up_to_all_that_is_published(report: Annual) -> None:
    codes = {figure.code for figure in published_figures()}
    assert f"按编码列{len(codes)}项，分项共{len(published_figures())}条" in report.tally()
    assert "不一致0条" in report.tally()


def test_a_new_published_figure_is_told_among_the_rest(snapshot: Snapshot, lines: list[Line]) -> None:
    added = Line(figure("7", "E", "个"), 7.0, "match")
    report = Annual(snapshot.figures("", "2015-12"), [*lines, added])
    assert report.has(REST)
    assert report.table(REST).to_dict("records") == [
        {"编码": "Z1", "事项": "某项", "公开数字": "7个", "口径": "准确数", "台账": "7个", "对照": "一致"}
    ]


def test_the_year_is_inferred(report: Annual) -> None:
    assert report.subtitle == "（2015年1—12月，年份据页脚推断）"
    assert "按页脚推断为2015年" in report.year_remark()


def test_another_year_is_not_compared(snapshot: Snapshot, bent: Bent) -> None:
    rows = snapshot.ledger("disputes")
    f = bent("", "2015-12", disputes=rows.assign(found_on=rows["found_on"] + pd.DateOffset(years=1)))
    f = f.snapshot.figures("", "2016-12")
    report = Annual(f, reconcile(f.snapshot, "2016-12"))
    assert "不作对照" in report.year_remark()
    assert "推断" not in report.subtitle
    assert report["G3"] == "715名（2015年公开数字715名）"
    assert set(report.table("党支部和网格")["对照"]) == {"不同年份", "不作对照"}


def test_a_month_within_the_year_says_so(snapshot: Snapshot) -> None:
    f = snapshot.figures("", "2015-09")
    report = Annual(f, reconcile(snapshot, "2015-09"))
    assert "只统计到9月" in report.year_remark()
    assert report.events()["日期"].max() <= pd.Timestamp("2015-09-30")


def test_the_events_of_the_year(report: Annual) -> None:
    events = {f"{row.日期:%m-%d}": row.事项 for row in named_rows(report.events())}
    assert "平台上线" in events["09-16"]
    assert report.subsidies()["金额"].sum() == 46000


def test_official_texts_stand_there_once_supplied(
    report: Annual, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert report.texts() == []
    text = shipped("data/rules/six_must_nots.csv").read_text("utf-8-sig").replace("官方文本待填", "某条")
    (tmp_path / "six_must_nots.csv").write_text(text, encoding="utf-8")
    monkeypatch.setenv("GOVKIT_RULES", str(tmp_path))
    ((title, table),) = report.texts()
    assert title == "“六个不得”"
    assert list(table["内容"]) == ["某条"] * 6


FACTS: dict[str, tuple[str, ...]] = {
    "O1": ("村104个",),
    "O2": ("乡镇（街道）6个",),
    "O3": ("苏家作乡", "北西尚村", "北李万村", "南张村", "辛庄村", "住郭庄村"),
    "O4": ("市级检查对基层四项基础制度给予好评",),
    "T1": ("上半年，区级培训乡村干部450余人次", "领导讲解、先进村典型发言、案例分析"),
    "T2": ("组长、党员、村民代表2200余人次",),
    "T3": ("闭卷考试，参考干部1263人",),
    "T4": ("通过率95%",),
    "T5": ("过关考试，通过的党员和代表2000余人",),
    "T6": ("市、区和驻地单位选派的39人", "乡镇选派的48人"),
    "T7": ("区直部门建立帮扶工作队", "帮扶工作队39支"),
    "D1": ("决策事项15项",),
    "D2": ("“六个不得”6条",),
    "D3": ("农村重大事项决策记录簿统一印制",),
    "D4": ("按程序决策重大事项240余项",),
    "D5": ("解决群众关心问题240余个",),
    "D6": ("区、乡两级监督“4+2”",),
    "D7": ("北西尚村", "1400余亩", "470余户", "54%", "85%", "1周以内", "面积和补偿都向群众公开"),
    "C1": ("“三个一”3条", "“三个统一”3条", "“五个一”5条"),
    "C2": ("6月30日，示范区行政服务中心启用，填补了空白",),
    "C3": ("240万元", "1200㎡"),
    "C4": ("一站式办理事项103项",),
    "C5": ("进驻部门30多个",),
    "C6": ("9月16日，区、乡联网办事平台上线", "网上申请，由乡镇中心出证或审批"),
    "C7": ("代办员全覆盖，全程代办帮办",),
    "C8": ("日接待600人次以上", "按哪些中心平均，公开材料没有说明"),
    "C9": ("代办服务1900余件",),
    "F1": ("新建乡镇服务中心3个（苏家作乡、李万街道、文苑街道）",),
    "F2": ("改建3个（阳庙镇、宁郭镇、文昌街道）",),
    "F3": ("首次将站所职能合并，在乡镇党员群众服务中心集中办公、集中监管",),
    "F4": ("村级活动场所投入200万元，含修缮",),
    "F5": ("新建村级活动场所7个",),
    "F6": ("示范中心1个，设在北李万村，推广到各村",),
    "B1": ("5个", "腾云电子商务产业园", "浪潮云计算中心", "万鑫商城", "怀川物流公司"),
    "G1": ("管理员、协管员、警务员、监督员4类",),
    "G2": ("村级网格104个",),
    "G3": ("网格员715名",),
    "G4": ("排查矛盾纠纷1393件",),
    "G5": ("化解1372件",),
    "G6": ("化解率98.5%",),
    "G7": ("基本实现小事不出村、大事不出乡、难事不出区、矛盾不上交",),
    "G8": ("区、乡、村、网格调解队伍分4级",),
    "G9": ("兄弟二人", "网格员了解后上报", "调解2次没有成功，村委会参与后调解成功，前后1周多"),
    "S1": ("重点内容6项",),
    "S2": ("检查方法10项",),
    "S3": ("配备党风政风监督员的村104个",),
    "S4": ("公布区、乡纪检部门举报电话", "“两个责任”", "“四风”和重大决策"),
    "S5": ("查处农村党员干部案件8起",),
    "S6": ("警告2人、严重警告4人、撤销党内职务2人",),
    "P1": ("党建工作列入村干部考评", "分3层，实行百分制"),
    "P2": ("考评结果与绩效报酬挂钩",),
    "P3": ("党建工作奖", "一等奖15,000元、二等奖12,000元、三等奖9000元"),
    "V1": ("一月一汇报、一月一通报，督导组对照制度进行督查",),
    "V2": ("观摩评比4次",),
    "V3": ("观摩乡镇中心6个、村级中心12个",),
    "V4": ("9月29日召开观摩推进会",),
    "V5": ("苏家作村20,000元", "南张村10,000元", "辛庄村5000元", "宁郭村3000元"),
    "I1": ("党建网站、微信平台", "反馈渠道2个", "微信为调解开辟了新途径"),
    "I2": ("收到意见建议163条，办理127条",),
    "H1": ("“五好”创建活动联系点", "区直部门15个，落后村15个"),
    "H2": ("解决难题40余个",),
    "H3": ("区直部门领导带队，选择一个落后村、理出一个发展好思路、确定一个致富好项目",),
    "H4": ("培养村后备干部216人",),
    "H5": ("开发致富项目40余个",),
    "H6": ("157户（致困原因为文化低、无收入、疾病或残疾）",),
    "H7": ("帮扶资金14.3万元",),
    "H8": ("帮扶项目59个（养殖、种植、运输）",),
    "H9": ("安排就业39人",),
    "H10": ("一般救助103户",),
    "H11": ("户月均增收1056元",),
    "X1": ("下半年化解十年以上信访积案3件", "一律不具名"),
    "X2": ("信访大幅下降，群众满意、领导放心",),
}
"""What the review says of each published code, in the words of the source."""

STRONGER = re.compile(
    r"(?<!基本)实现小事不出村|扩大|杜绝|彻底|圆满|(?<!\d)(?:450|2200|2000|240|1900|40|1400|470)(?:人次|人|项|个|件|亩|户)"
    r"|600人次(?!以上)|30个部门|部门30个|后进村|观摩会"
)
"""Statements that go beyond the source, and qualifiers left out."""


@pytest.fixture
def told(snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[str]]:
    """Return a function that gives the texts of all blocks that the notebook shows up to a month's end."""

    def shown(period: str) -> list[str]:
        blocks: list[str] = []
        monkeypatch.setattr("IPython.display.display", lambda block, **_about: blocks.append(repr(block)))
        hold(snapshot)
        names: dict[str, Any] = {}
        notebook = json.loads(shipped("notebooks/reports/annual_review.ipynb").read_text("utf-8"))
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                exec("".join(cell["source"]), names)  # noqa: S102 - a notebook of this repository
                if "parameters" in cell["metadata"]["tags"]:
                    names.update(store=snapshot.store.url, version=snapshot.commit.version, period=period)
        return blocks

    return shown


def test_every_fact_of_the_source_is_told_in_its_own_words(told: Callable[[str], list[str]]) -> None:
    text = "".join(told("2015-12"))
    assert set(FACTS) == {figure.code for figure in published_figures()}
    missing = {code: words for code, said in FACTS.items() if (words := [w for w in said if w not in text])}
    assert missing == {}


def test_no_statement_is_stronger_than_its_source(told: Callable[[str], list[str]]) -> None:
    text = "".join(told("2015-12"))
    assert STRONGER.findall(text.partition("附件清单")[0]) == []
    assert [line for line in told("2015-12") if faults(line)] == []


def test_the_order_is_who_where_and_how(told: Callable[[str], list[str]]) -> None:
    blocks = told("2015-12")
    order = ["谁来干——主心骨", "在哪干——领路人", "怎么干——贴心人", "附件清单", "附件 公开数字与台账对照表"]
    places = [blocks.index(title) for title in order]
    assert places == sorted(places)


def test_every_part_is_compared_in_the_annex(told: Callable[[str], list[str]]) -> None:
    blocks = told("2015-12")
    assert [part for part in PARTS if f"{part}：公开数字与台账对照" not in blocks] == []
