import datetime as dt
from fractions import Fraction

import pytest

from govkit.figures.snapshot import Snapshot
from govkit.institutions.observation import INSTITUTION, ROUNDS, SCORES, ranking, trimmed_mean
from govkit.ledgers.period import Period
from tests.institutions.frames import fact, frame, measure
from tests.ledgers.books import PLACES

YEAR = Period.months("2015-01", "2015-12")
DAY = dt.datetime(2015, 9, 28)


@pytest.mark.parametrize(
    ("scores", "mean"),
    [
        ([90], 90),
        ([90, 80], 85),
        ([90, 80, 10], 80),
        ([90, 90, 10, 10], 50),
        ([90, 90, 90], 90),
        ([0.1, 0.2, 0.3, 0.2], Fraction(1, 5)),  # exact
    ],
)
def test_trimmed_mean_drops_one_highest_and_one_lowest(scores: list[float], mean: Fraction) -> None:
    assert trimmed_mean(scores) == mean


def test_equals_share_the_better_rank() -> None:
    given = {"yangmiao": [90, 80, 70], "ningguo": [99, 80, 1], "liwan": [70, 70, 70], "wenyuan": [81, 81, 81]}
    rows = [
        {"place": place, "judge_no": n, "score": score}
        for place, scores in given.items()
        for n, score in enumerate(scores, 1)
    ]
    ranked = ranking(frame(SCORES, *rows))
    assert ranked[["place", "rank", "tied"]].to_numpy().tolist() == [
        ["wenyuan", 1, False],
        ["ningguo", 2, True],
        ["yangmiao", 2, True],
        ["liwan", 4, False],
    ]


def test_a_centre_seen_twice_counts_once_at_its_own_level() -> None:
    seen = ["yangmiao", "yangmiao-02", "yangmiao-02", "yangmiao-03"]
    rows = frame(SCORES, *({"place": place, "scored_on": DAY, "judge_no": n} for n, place in enumerate(seen)))
    counted = [
        measure("observation", f"centres_observed_{level}")({"observation_scores": rows}, PLACES.district, YEAR)
        for level in ("township", "village")
    ]
    assert counted == [1, 2]


@pytest.mark.parametrize(("meeting", "expected"), [(dt.datetime(2015, 9, 29), "9月29日"), (None, None)])
def test_the_day_of_the_meeting(meeting: dt.datetime | None, expected: str | None) -> None:
    rows = frame(ROUNDS, {"place": "sfq", "held_on": DAY, "meeting_on": meeting})
    assert fact(INSTITUTION, "V4")({"observation_rounds": rows}, PLACES, YEAR) == expected


def test_the_subsidies_of_the_sample_add_up(snapshot: Snapshot) -> None:
    assert snapshot.indicator("observation_subsidy", period="2015-12", to_date=True) == 46_000
