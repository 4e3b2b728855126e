"""One word for one thing in what users see: the store of ledgers is 台账库, nothing else."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from govkit.core.i18n import catalogue

ROOT = Path(__file__).parents[2]
OTHER_WORDS = re.compile(r"数据仓|仓库|存储库|账册库|(?<!台账)(?<!题)(?<!数据)(?<!字)(?<!入)库")
"""Other names of the store; 题库 (banks), 数据库 (PostgreSQL), 字库 (fonts) and 入库 (to import) are other things."""


def texts() -> Iterator[tuple[str, str]]:
    """Yield every place with text that users see: messages, notebooks, docs, templates, Chinese literals."""
    with catalogue().open("rb") as file:
        yield from (("govkit.po", str(one.string)) for one in read_po(file, locale="zh_CN") if one.id)
    for pattern in ("notebooks/**/*.ipynb", "docs/**/*.md", "README.zh-CN.md", "govkit/**/templates/**/*.html"):
        yield from ((path.name, path.read_text("utf-8")) for path in ROOT.glob(pattern))
    for path in (ROOT / "govkit").rglob("*.py"):
        nodes = ast.walk(ast.parse(path.read_text("utf-8")))
        strings = (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
        yield from ((path.name, text) for text in strings)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("台账库没有第3版", False),
        ("题库、数据库、字库", False),
        ("导入入库", False),
        ("该数据仓", True),
        ("从库里移除", True),
    ],
)
def test_the_other_words_are_recognised(text: str, wrong: bool) -> None:
    assert bool(OTHER_WORDS.search(text)) is wrong


def test_the_store_has_one_name() -> None:
    found = [
        (place, text[max(0, one.start() - 12) : one.end() + 6])
        for place, text in texts()
        for one in OTHER_WORDS.finditer(text)
    ]
    assert found == []
    assert sum("台账库" in text for _place, text in texts()) > 20
