"""The data dictionary (数据字典): every ledger, column and indicator in words, generated from the declarations."""

from collections.abc import Iterable, Sequence

from govkit.ledgers.declare import Column, Kind, Ledger, Personal
from govkit.ledgers.indicator import Measure, Ratio
from govkit.ledgers.places import LEVEL_TITLES

KIND_TITLES: dict[Kind, str] = {
    "text": "文本",
    "date": "日期",
    "integer": "整数",
    "number": "数值",
    "choice": "选项",
    "flag": "是/否",
    "place": "单位",
}
PERSONAL_TITLES: dict[Personal, str] = {
    "name": "姓名",
    "phone": "电话",
    "id_number": "证件号码",
    "address": "住址",
    "narrative": "情况描述",
}
_COLUMN_HEAD = ("列名", "代码名", "类型", "必填", "允许填写", "个人信息", "公开", "说明")
_INDICATOR_HEAD = ("代码", "名称", "单位", "定义", "分子", "分母", "台账")


def dictionary(ledgers: Sequence[Ledger], indicators: Sequence[Measure]) -> str:
    """Return the data dictionary of these ledgers and indicators as Markdown in Chinese.

    >>> from govkit.institutions import indicators, ledgers
    >>> dictionary(list(ledgers().values()), list(indicators().values())).splitlines()[0]
    '# 数据字典'
    """
    titles = {ledger.code: ledger.title for ledger in ledgers}
    return "\n".join(
        [
            "# 数据字典",
            "",
            "本文由台账和指标的声明自动生成，请勿手工修改。",
            "",
            "## 台账",
            "",
            *(line for ledger in ledgers for line in _ledger(ledger, titles)),
            "## 指标",
            "",
            *_table(_INDICATOR_HEAD, map(_indicator, indicators)),
        ]
    )


def allowed(column: Column, titles: dict[str, str] | None = None) -> str:
    """Return in Chinese the values that a column allows; an empty text where everything of its kind is allowed.

    :param titles: code → title of the ledgers that columns refer to.

    >>> from govkit.ledgers.declare import number
    >>> allowed(number("score", "得分", maximum=100))
    '0至100'
    """
    words = []
    if column.kind in ("choice", "flag"):
        words.append("、".join(column.choices))
    if column.synonyms:
        words.append("也接受：" + "、".join(f"{other}（即{listed}）" for other, listed in column.synonyms.items()))
    if column.kind == "place":
        words.append("、".join(LEVEL_TITLES[level] for level in column.levels) + "的名称")
    if column.minimum is not None and column.maximum is not None:
        words.append(f"{column.minimum:g}至{column.maximum:g}")
    elif column.minimum is not None:
        words.append(f"不小于{column.minimum:g}")
    elif column.maximum is not None:
        words.append(f"不大于{column.maximum:g}")
    if column.refers_to:
        code, name = column.refers_to
        words.append(f"引用“{(titles or {}).get(code, code)}”的 {name}")
    return "；".join(words)


def _ledger(ledger: Ledger, titles: dict[str, str]) -> list[str]:
    key = "、".join(ledger[name].title for name in ledger.key)
    kept = "名册（按单位整册更新）" if ledger.standing else "流水（按单位、年度更新）"
    return [
        f"### {ledger.title}（`{ledger.code}`）",
        "",
        ledger.about,
        "",
        f"更新方式：{kept}；唯一编号：{key}；归属日期：{ledger[ledger.dated].title}。",
        "",
        *_table(_COLUMN_HEAD, (_column(column, titles) for column in ledger.columns)),
        "",
    ]


def _column(column: Column, titles: dict[str, str]) -> tuple[str, ...]:
    return (
        column.heading,
        f"`{column.name}`",
        KIND_TITLES[column.kind],
        "是" if column.required else "否",
        allowed(column, titles),
        PERSONAL_TITLES[column.personal] if column.personal else "",
        ("脱敏后公开" if column.personal else "是") if column.public else "否",
        column.note,
    )


def _indicator(indicator: Measure) -> tuple[str, ...]:
    above, below = (indicator.numerator, indicator.denominator) if isinstance(indicator, Ratio) else (None, None)
    return (
        indicator.code,
        indicator.label,
        indicator.unit,
        indicator.definition,
        above.label if above else "",
        below.label if below else "",
        "、".join(ledger.title for ledger in indicator.ledgers),
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [_row(head), _row(["---"] * len(head)), *map(_row, rows)]


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
