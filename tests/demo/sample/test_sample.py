"""The parts of a sample: found by the institution's name, each drawing for itself."""

import random
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest

import govkit.demo.sample
from govkit.demo.sample import sample_rows
from govkit.demo.sample.common import Rows
from govkit.institutions import ledgers
from govkit.ledgers.places import Places


def test_every_ledger_has_rows(rows: Rows) -> None:
    assert {code for code, many in rows.items() if many} == set(ledgers())


def test_every_row_names_only_declared_columns(rows: Rows) -> None:
    for code, many in rows.items():
        assert {column for row in many for column in row} <= set(ledgers()[code].names), code


def test_the_same_seed_gives_the_same_rows(rows: Rows, places: Places) -> None:
    assert sample_rows(places) == rows


def test_an_institution_without_a_sample_has_none(rows: Rows, places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(govkit.demo.sample, "MODULES", (*govkit.demo.sample.MODULES, "no_such_institution"))
    assert sample_rows(places) == rows


def test_a_fifth_institution_is_one_module_and_leaves_the_others_alone(
    rows: Rows, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    fifth = ModuleType("govkit.demo.sample.fifth")
    fifth.__spec__ = ModuleSpec(fifth.__name__, None)
    fifth.rows = lambda rng, places: {"letters": [{"place": places.district.code, "pages": rng.randint(1, 9)}]}  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, fifth.__name__, fifth)
    monkeypatch.setattr(govkit.demo.sample, "MODULES", ("fifth", *govkit.demo.sample.MODULES))
    more = sample_rows(places)
    assert {"letters": more.pop("letters")} == fifth.rows(random.Random("2015 fifth"), places)
    assert more == rows
