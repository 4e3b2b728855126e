"""The newcomer's guide is walked as it is written: its commands, its mistakes and repairs, its pictures."""

import re

import pytest

from tests import office
from tests.docs.newcomer import GUIDE, IMAGES, REPAIRED, Walk, commands, outputs, pictures, walk

pytestmark = [
    pytest.mark.office,
    pytest.mark.slow,
    pytest.mark.skipif(office.SOFFICE is None, reason="LibreOffice is not installed (the command soffice)"),
]


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    return walk(tmp_path_factory.mktemp("newcomer"))


def test_only_the_first_import_is_refused(walked: Walk) -> None:
    assert (len(walked.codes), walked.codes) == (len(commands()), [0, 1, 0, 0])


def test_what_the_guide_shows_is_what_the_screen_says(walked: Walk) -> None:
    for line in outputs():
        assert line.strip() in "".join(walked.said), line


def test_each_repair_is_of_a_cell_that_was_named(walked: Walk) -> None:
    assert set(re.findall(r"· ([A-Z]\d+):", walked.said[1])) == set(REPAIRED)


def test_every_picture_of_the_guide_is_made_and_committed(walked: Walk) -> None:
    shown = re.findall(r"images/(newcomer-[a-z]+\.png)", GUIDE.read_text(encoding="utf-8"))
    made = dict(pictures(walked.pages))
    assert sorted(shown) == sorted(made)
    assert all((IMAGES / name).is_file() for name in shown)
    assert all(len(content) > 5_000 for content in made.values())
