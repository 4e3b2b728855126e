import csv

from govkit.core.files import shipped
from govkit.institutions import MODULES, indicators, institutions, ledgers


def test_every_institution_has_its_place_in_the_order() -> None:
    """An institution that ``MODULES`` does not name is found too, after all others."""
    assert len(institutions()) == len(MODULES)


def test_codes_are_used_once() -> None:
    assert len(ledgers()) == sum(len(i.ledgers) for i in institutions())
    assert len(indicators()) == sum(len(i.indicators) for i in institutions())
    assert len({ledger.title for ledger in ledgers().values()}) == len(ledgers())


def test_indicators_stand_on_ledgers_of_the_kit_and_have_words() -> None:
    known = ledgers()
    for indicator in indicators().values():
        assert indicator.label
        assert indicator.unit
        assert indicator.definition
        for ledger in indicator.ledgers:
            assert known[ledger.code] is ledger


def test_what_is_computed_is_published() -> None:
    with shipped("data/published.csv").open(encoding="utf-8-sig", newline="") as file:
        published = {(row["code"], row["item"]) for row in csv.DictReader(file)}
    for institution in institutions():
        assert set(institution.published) <= published, institution.code


def test_references_name_a_ledger_and_its_column() -> None:
    known = ledgers()
    for ledger in known.values():
        for column in ledger.columns:
            if column.refers_to:
                code, name = column.refers_to
                assert name in known[code].names
