"""The first cell of each report notebook: what it is, for whom, and which parameters it has.

``python -m govkit.reports.introductions`` writes it from the notebook's own declaration into every report notebook.
"""

from typing import Any

import nbformat

from govkit.core.files import atomic_write
from govkit.ledgers.places import LEVEL_TITLES
from govkit.rendering.catalogue import Report, reports
from govkit.rendering.declaration import AUDIENCE_TITLES, Parameter

CELL = "about"
_KINDS = {"str": "文字", "int": "整数", "float": "数", "bool": "True 或 False"}
USE = (
    "**怎么用**：在下面一格里填参数，再在菜单“运行”里选“运行所有单元格”。"
    "参数不认识或填错，会写明哪里不对、怎么改，不出报告。"
)
UNCHECKED = (
    "**公开**：从本页直接导出的文件没有经过公开检查，开头标明“未经公开检查”；张贴的要用 `govkit report render` 生成。"
)
_READERS = {"internal": "内部工作人员", "public": "群众"}


def introduction(report: Report) -> str:
    """Return the markdown of a report's first cell.

    >>> from govkit.rendering.catalogue import find_report
    >>> introduction(find_report("village_profile")).splitlines()[0]
    '# 一村一表'
    """
    levels = "、".join(title for level, title in LEVEL_TITLES.items() if level in report.levels)
    readers = "、".join(_READERS[audience] for audience in report.audiences)
    return "\n".join(
        [
            f"# {report.title}",
            "",
            f"{report.description}。",
            "",
            f"**给谁用**：编报告的工作人员；成品给{readers}看。",
            "",
            f"**按哪级单位生成**：{levels}。",
            "",
            USE,
            "",
            *([UNCHECKED, ""] if "public" in report.audiences else []),
            "| 参数 | 类型 | 填什么 | 不改时 |",
            "|:--|:--|:--|:--|",
            *(_row(parameter, report) for parameter in report.parameters),
        ]
    )


def _row(parameter: Parameter, report: Report) -> str:
    said = parameter.help
    if parameter.name == "audience":
        said = "，".join(f"`{audience}` {AUDIENCE_TITLES[audience]}" for audience in report.audiences)
    if parameter.limits:
        said += f"（{parameter.limits['least']}—{parameter.limits['most']}）"
    default = "空" if parameter.default == "" else f"`{parameter.default}`"
    return f"| `{parameter.name}` | {_KINDS[parameter.type]} | {said} | {default} |"


def with_introduction(report: Report) -> dict[str, Any]:
    """Return a report's notebook with its first cell written anew."""
    notebook = dict(report.notebook)
    cell = {
        "cell_type": "markdown",
        "id": CELL,
        "metadata": {"tags": ["remove-cell"]},
        "source": introduction(report).splitlines(keepends=True),
    }
    notebook["cells"] = [cell, *(one for one in notebook["cells"] if one["id"] != CELL)]
    return notebook


if __name__ == "__main__":
    for found in reports():
        notebook = nbformat.from_dict(with_introduction(found))
        atomic_write(found.path, f"{nbformat.writes(notebook)}\n".encode())
