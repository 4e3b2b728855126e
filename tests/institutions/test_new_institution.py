"""An invented institution: one module and, for its report, one notebook, and no other change."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import openpyxl
import pytest

from govkit import institutions as register
from govkit.figures.snapshot import open_snapshot
from govkit.ledgers.check import check_files
from govkit.ledgers.dictionary import dictionary
from govkit.ledgers.places import shipped_places
from govkit.ledgers.store import Store
from govkit.ledgers.template import write_template
from tests.docs.recipes import files

MODULE = files("Add an institution")["govkit/institutions/flowers.py"].replace(
    "    indicators=(POTS,),\n", '    indicators=(POTS,),\n    published={("O1", "花卉"): POTS},\n'
)
"""The module of the recipe in CONTRIBUTING.md, with a published fact."""

NOTEBOOK = {
    "parameters": """
period: str = ""  # 月份
place: str = ""  # 单位
audience: str = "internal"  # 读者
store: str = ""  # 台账库
version: int = 0  # 台账版本
""",
    "report": """
import govkit
from govkit.rendering import content as r

snapshot = govkit.open(store, version or None)
f = snapshot.figures(place, period)
r.title(f.title("花卉评比"), f"（{f.period.label}）")
r.say("本月{f.whole}展出花卉{f[flower_pots]}。", f=f)
r.table(f.listing("flowers", ["pot_id", "shown_on", "blooms"]), "本月展出花卉", empty="本月没有展出花卉。")
r.provenance(snapshot.provenance("flower_contests", period=f.period.code, place=f.place.name))
""",
}
ROWS = "花盆编号,所在村,展出日期,花朵（朵）\nP1,马村,2015-05-01,3\nP2,马村,2015-05-02,4\n"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def thirteenth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "flowers.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.setattr(register, "__path__", [*register.__path__, str(tmp_path)])
    register.institutions.cache_clear()
    yield
    sys.modules.pop("govkit.institutions.flowers", None)
    monkeypatch.undo()
    register.institutions.cache_clear()


@pytest.mark.usefixtures("thirteenth")
def test_one_module_is_all_it_takes(tmp_path: Path) -> None:
    places, known = shipped_places(), register.ledgers()
    assert "flowers" in known
    template = write_template([known["flowers"]], places, tmp_path / "模板.xlsx")
    assert "花卉评比台账" in openpyxl.load_workbook(template).sheetnames
    words = dictionary(list(known.values()), list(register.indicators().values()))
    assert "花卉评比台账" in words
    assert "展出花卉" in words
    (tmp_path / "花卉评比台账.csv").write_text(ROWS, encoding="utf-8")
    Store(tmp_path / "store").import_(
        check_files([tmp_path / "花卉评比台账.csv"], known.values(), places), places, "测试"
    )
    snapshot = open_snapshot(tmp_path / "store")
    assert snapshot.indicator("flower_pots", "马村", "2015-05") == 2
    assert str(snapshot.figures("马村", "2015-05")["flower_pots"]) == "2盆"
    assert ("O1", "花卉") in {key for known in register.institutions() for key in known.published}
    assert register.institutions()[-1].code == "flowers"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a copy of the project with the two new files."""
    root = tmp_path / "kit"
    for name in ("govkit", "notebooks", "data"):
        shutil.copytree(ROOT / name, root / name)
    (root / "govkit/institutions/flowers.py").write_text(MODULE, encoding="utf-8")
    notebook = nbformat.v4.new_notebook(
        metadata={"govkit": {"title": "花卉评比", "description": "展出的花卉", "levels": ["village"]}},
        cells=[
            nbformat.v4.new_code_cell(source.strip(), id=name, metadata={"tags": [name]})
            for name, source in NOTEBOOK.items()
        ],
    )
    nbformat.write(notebook, root / "notebooks/reports/flower_contests.ipynb")
    return root


def govkit(root: Path, *words: str) -> str:
    """Run a govkit command of ``root``, from the folder above it, and return what it printed."""
    command = "from govkit.cli import main; main()"
    ended = subprocess.run(
        [sys.executable, "-c", command, *words],
        cwd=root.parent,
        env=_environment(root),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.mark.slow
def test_with_a_notebook_it_has_a_report(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "花卉评比台账.csv").write_text(ROWS, encoding="utf-8")
    govkit(tree, "ledger", "template", "花卉评比", "-o", "模板.xlsx")
    assert "花卉评比台账" in openpyxl.load_workbook(tmp_path / "模板.xlsx").sheetnames
    govkit(tree, "ledger", "import", "花卉评比台账.csv", "--by", "测试")
    assert "展出花卉" in govkit(tree, "ledger", "dictionary")
    assert "flower_contests  花卉评比" in govkit(tree, "report", "list")
    govkit(tree, "report", "render", "flower_contests", "--period", "2015-05", "--place", "马村")
    written = {ending: list((tmp_path / "reports").glob(f"*.{ending}")) for ending in ("html", "docx", "pdf")}
    assert {ending: len(paths) for ending, paths in written.items()} == {"html": 1, "docx": 1, "pdf": 1}
    page = written["html"][0].read_text("utf-8")
    for words in ("马村花卉评比", "本月全村展出花卉2盆。", "花朵", "P1", "花卉评比台账.csv"):
        assert words in page


def _environment(root: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GOVKIT_")}
    return kept | {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
