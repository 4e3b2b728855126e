"""A made-up thirteenth institution: one module (and a notebook, if it is to have a report), and nothing else."""

import sys
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from govkit import institutions as register
from govkit.book import open_book
from govkit.ledgers.check import check_files
from govkit.ledgers.dictionary import dictionary
from govkit.ledgers.places import shipped_places
from govkit.ledgers.store import Store
from govkit.ledgers.template import write_template

MODULE = '''
"""Flower contests, a made-up institution."""

from govkit.institutions.institution import Institution
from govkit.ledgers.declare import Ledger, date, integer, place, text
from govkit.ledgers.indicator import Indicator

FLOWERS = Ledger(
    code="flowers", title="花卉评比台账", about="花卉评比，一盆一行。", key=("pot_id",), dated="shown_on",
    columns=(text("pot_id", "花盆编号"), place(), date("shown_on", "展出日期"), integer("blooms", "花朵", unit="朵")),
)
POTS = Indicator(code="flower_pots", label="展出花卉", unit="盆", definition="期内展出的盆数", ledger=FLOWERS)
INSTITUTION = Institution(
    code="flowers", title="花卉评比", ledgers=(FLOWERS,), indicators=(POTS,), published={("O1", "花卉"): POTS}
)
'''


@pytest.fixture
def thirteenth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "flowers.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.setattr(register, "__path__", [*register.__path__, str(tmp_path)])
    monkeypatch.setattr(register, "MODULES", (*register.MODULES, "flowers"))
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
    (tmp_path / "花卉评比台账.csv").write_text(
        "花盆编号,所在村,展出日期,花朵（朵）\nP1,马村,2015-05-01,3\nP2,马村,2015-05-02,4\n", encoding="utf-8"
    )
    Store(tmp_path / "store").import_(
        check_files([tmp_path / "花卉评比台账.csv"], known.values(), places), places, "测试"
    )
    book = open_book(tmp_path / "store")
    assert book.indicator("flower_pots", "马村", "2015-05") == 2
    assert str(book.figures("马村", "2015-05")["flower_pots"]) == "2盆"
    assert ("O1", "花卉") in {key for known in register.institutions() for key in known.published}
