"""Planted leaks of invented people are all found, clean pages pass.

The full run is ``python -m tests.rendering.planted_leaks``.
"""

import random

import pytest

from govkit.rendering.privacy.check import PrivacyCheck
from tests.rendering.planted_leaks import people, run


def test_every_planted_leak_is_found_and_clean_pages_pass() -> None:
    outcome = run(400, 150, 60, seed=7, formats=("txt", "csv", "html", "docx", "json", "svg"))
    assert outcome.examples == []
    assert outcome.alarm_examples == []
    assert {"known name", "new name", "known mobile", "new mobile"} <= set(outcome.planted)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [11, 12])
def test_leaks_in_every_format_are_found(seed: int) -> None:
    outcome = run(2_000, 300, 200, seed=seed)
    assert outcome.examples == []
    assert outcome.alarm_examples == []


def test_names_of_two_characters_are_found_in_a_sentence() -> None:
    folk = [one.name for one in people(300, random.Random(3)) if len(one.name) == 2]
    check = PrivacyCheck({"name": folk})
    missed = [name for name in folk if not check.check("a.txt", f"请{name}到村委会领取补助".encode())]
    assert len(folk) > 50
    assert missed == []
