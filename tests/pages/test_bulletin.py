"""The monthly bulletin's comparison with the year before: only when there was one."""

import pandas as pd
import pytest

from govkit.book import Book
from govkit.pages.bulletin import year_before
from tests.pages.conftest import Bent


def test_without_a_year_before_nothing_is_said(sample_book: Book) -> None:
    assert year_before(sample_book.figures("", "2015-09"), ["G4"]) == ""


@pytest.mark.parametrize(
    ("then", "now", "said"),
    [
        (2, 3, "排查矛盾纠纷比去年同月增加1件，增长50.0%。"),
        (3, 3, "排查矛盾纠纷与去年同月持平。"),
        (0, 3, "排查矛盾纠纷比去年同月增加3件。"),
        (4, 3, "排查矛盾纠纷比去年同月减少1件，下降25.0%。"),
    ],
)
def test_the_month_is_compared_with_that_of_the_year_before(
    sample_book: Book, bent: Bent, then: int, now: int, said: str
) -> None:
    rows = sample_book.ledger("disputes").head(then + now + 1).reset_index(drop=True)
    days = ["2014-09-30"] * then + ["2015-09-01"] * now + ["2013-01-01"]
    f = bent("", "2015-09", disputes=rows.assign(found_on=pd.to_datetime(days)))
    assert year_before(f, ["G4"]) == said


def test_each_figure_has_its_part(sample_book: Book, bent: Bent) -> None:
    rows = sample_book.ledger("disputes").head(1).assign(found_on=pd.Timestamp("2014-01-31"))
    f = bent("阳庙镇", "2015-03", disputes=rows)
    said = year_before(f, ["D4", "G4", "G6"])
    assert said.count("；") == 2
    assert "比去年同月" in said
