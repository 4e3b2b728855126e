"""A sample district: a year of ledgers with invented persons that adds up to the published figures.

Each institution draws its rows from a random generator of its own, so that a new one leaves the others as they are.
:func:`govkit.demo.sample.workbooks.write` writes them as staff would fill them in.
"""

import random
from collections.abc import Callable

from govkit.demo.sample.cadre_rows import (
    appraisal_rows,
    branches_rows,
    exam_results_rows,
    reserve_rows,
    training_rows,
)
from govkit.demo.sample.common import Rows
from govkit.demo.sample.conduct_rows import conduct_rows, petitions_rows
from govkit.demo.sample.decision_rows import decisions_rows
from govkit.demo.sample.dispute_rows import disputes_rows
from govkit.demo.sample.help_rows import assistance_rows, pairing_rows
from govkit.demo.sample.opinion_rows import feedback_rows, observation_rows
from govkit.demo.sample.service_rows import services_rows
from govkit.ledgers.places import Places

SEED = 2015

SAMPLES: dict[str, Callable[[random.Random, Places], Rows]] = {
    "decisions": decisions_rows,
    "services": services_rows,
    "disputes": disputes_rows,
    "conduct": conduct_rows,
    "training": training_rows,
    "exam_results": exam_results_rows,
    "appraisal": appraisal_rows,
    "observation": observation_rows,
    "branches": branches_rows,
    "feedback": feedback_rows,
    "pairing": pairing_rows,
    "assistance": assistance_rows,
    "reserve": reserve_rows,
    "petitions": petitions_rows,
}
"""The function of each institution with a sample, in the order of the sheets; the name is a part of its seed."""


def sample_rows(places: Places, seed: int = SEED) -> Rows:
    """Return the sample rows of every institution by ledger code; the same seed gives the same rows."""
    rows: Rows = {}
    for name, make in SAMPLES.items():
        rows |= make(random.Random(f"{seed} {name}"), places)
    return rows
