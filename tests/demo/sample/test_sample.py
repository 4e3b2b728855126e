"""The samples of the institutions, each with a random generator of its own."""

import random

import pytest

import govkit.demo.sample
from govkit.demo.sample import SAMPLES, sample_rows
from govkit.demo.sample.common import Rows
from govkit.institutions import MODULES, ledgers
from govkit.ledgers.places import Places


def test_every_ledger_has_rows(rows: Rows) -> None:
    assert {code for code, many in rows.items() if many} == set(ledgers())


def test_every_row_names_only_declared_columns(rows: Rows) -> None:
    for code, many in rows.items():
        assert {column for row in many for column in row} <= set(ledgers()[code].names), code


def test_the_same_seed_gives_the_same_rows(rows: Rows, places: Places) -> None:
    assert sample_rows(places) == rows


def test_every_sample_is_of_an_institution() -> None:
    assert [name for name in MODULES if name in SAMPLES] == list(SAMPLES)


def test_a_fifth_institution_is_one_function_and_leaves_the_others_alone(
    rows: Rows, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fifth(rng: random.Random, places: Places) -> Rows:
        return {"letters": [{"place": places.district.code, "pages": rng.randint(1, 9)}]}

    monkeypatch.setattr(govkit.demo.sample, "SAMPLES", {"fifth": fifth, **SAMPLES})
    more = sample_rows(places)
    assert {"letters": more.pop("letters")} == fifth(random.Random("2015 fifth"), places)
    assert more == rows
