from pathlib import Path

import pytest

from govkit.core.errors import InputError
from govkit.ledgers.places import Place, read_places
from tests.ledgers.books import PLACES


def test_the_shipped_register_is_one_district_six_units_and_104_villages() -> None:
    counts = {level: len(PLACES.at(level)) for level in ("district", "township", "village")}
    assert counts == {"district": 1, "township": 6, "village": 104}


def test_codes_and_names_of_the_register_are_unambiguous() -> None:
    names = [name for place in PLACES for name in {place.name, place.name.removesuffix("村")}]
    assert len(set(names)) == len(names)
    assert len({place.code for place in PLACES}) == 111


def test_every_village_stands_below_a_township_unit_and_the_district() -> None:
    for village in PLACES.at("village"):
        assert PLACES.line(village.code) == (village.code, village.township, PLACES.district.code)


def test_what_is_synthetic_says_so() -> None:
    for place in PLACES:
        assert ("样例" in place.name) <= ("样例" in place.remark)


@pytest.mark.parametrize("text", ["北西尚村", "北西尚", "yangmiao-02"])
def test_find(text: str) -> None:
    assert PLACES.find(text).name == "北西尚村"


@pytest.mark.parametrize(
    ("text", "hint"), [("北西上村", "是否应为北西尚村"), ("阳苗镇", "阳庙镇"), ("zzz", "下拉列表"), ("", "下拉列表")]
)
def test_an_unknown_place_is_reported_with_near_names(text: str, hint: str) -> None:
    with pytest.raises(InputError) as refused:
        PLACES.find(text)
    assert hint in refused.value.problems[0].repair


def test_at_counts_only_what_is_within() -> None:
    assert {p.township for p in PLACES.at("village", "yangmiao")} == {"yangmiao"}
    assert PLACES.at("village", "yangmiao-02") == [PLACES["yangmiao-02"]]
    assert len(PLACES.at("village", PLACES.district.code)) == 104


def test_a_register_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "places.csv"
    path.write_text(
        "\ufeffcode,name,level,parent,remark\nq,某区,district,,\nz,某镇,township,q,样例\n", encoding="utf-8"
    )
    assert list(read_places(path)) == [Place("q", "某区", "district", ""), Place("z", "某镇", "township", "q", "样例")]
