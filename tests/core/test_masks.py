"""Masks of names and telephone numbers, one rule for ledgers and exam results."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govkit.core.masks import mask_name, mask_phone

NAMES = [
    ("王小明", "王某"),
    ("王明", "王某"),
    ("王", "王某"),
    ("欧阳修样", "欧阳某"),
    ("司马光样", "司马某"),
    ("欧阳", "欧某"),
    ("张样例、李样例", "张某"),
    ("欧阳三", "欧阳某"),
    ("端木样", "端木某"),  # the exam results knew this surname, the ledgers did not
    ("𠮷小明", "某某"),  # so rare a surname tells who it is
    ("仉小明", "某某"),
    ("", ""),
]
PHONES = [
    ("13812341234", "138****1234"),
    ("138-1234-1234", "138****1234"),
    ("0391-1234567", "****67"),
    ("1234567", "****67"),
    ("110", "****"),
    ("无", "****"),
    ("1381234123413812341234", "****34"),
]


@pytest.mark.parametrize(("name", "shown"), NAMES)
def test_names(name: str, shown: str) -> None:
    assert mask_name(name) == shown


@pytest.mark.parametrize(("phone", "shown"), PHONES)
def test_phones(phone: str, shown: str) -> None:
    assert mask_phone(phone) == shown


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=2, max_size=4))
def test_a_name_shows_a_surname_at_most(name: str) -> None:
    shown = mask_name(name)
    kept = "" if shown == "某某" else shown.removesuffix("某")
    assert name.startswith(kept)
    assert len(kept) <= 2
    assert len(kept) < len(name)


@given(st.text(max_size=30) | st.from_regex(r"1[3-9]\d{9}", fullmatch=True))
def test_a_phone_shows_seven_digits_at_most(phone: str) -> None:
    digits = sum(c.isdigit() for c in phone)
    shown = sum(c.isdigit() for c in mask_phone(phone))
    assert shown <= 7
    assert shown < max(digits, 1)
