"""The words of menus in guides and notebooks are those of JupyterLab's Chinese language pack."""

import json
import re
from importlib.resources import files
from pathlib import Path

import pytest

from govkit.core.files import shipped
from govkit.core.i18n import catalogue

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"菜单“([^”]+)”(?:里选|里的|里|的)?“([^”]+)”")
RUN, RUN_ALL = "menu\x04Run", "Run All Cells"


def pack() -> dict[str, list[str]]:
    text = (
        files("jupyterlab_language_pack_zh_CN").joinpath("locale/zh_CN/LC_MESSAGES/jupyterlab.json").read_text("utf-8")
    )
    words: dict[str, list[str]] = json.loads(text)
    return {name: value for name, value in words.items() if name}


def told() -> dict[tuple[str, str], list[str]]:
    """Return every menu and entry that a text names, with the files that do."""
    found: dict[tuple[str, str], list[str]] = {}
    texts = [*ROOT.glob("docs/**/*.md"), ROOT / "README.zh-CN.md", catalogue(), *shipped("notebooks").rglob("*.ipynb")]
    for path in texts:
        text = path.read_text(encoding="utf-8").replace('\\"', '"')
        for pair in NAMED.findall(text):
            found.setdefault(pair, []).append(path.name)
    return found


def test_menus_and_entries_bear_their_names_in_the_pack() -> None:
    known = {word.rstrip("….") for translations in pack().values() for word in translations}
    named = told()
    assert sum(len(where) for where in named.values()) >= 20
    assert {pair: where for pair, where in named.items() if not {word.rstrip("….") for word in pair} <= known} == {}


@pytest.mark.parametrize(("name", "word"), [(RUN, "运行"), (RUN_ALL, "运行所有单元格")])
def test_running_all_cells_is_called_so(name: str, word: str) -> None:
    assert pack()[name] == [word]
    assert any(word in pair for pair in told())
