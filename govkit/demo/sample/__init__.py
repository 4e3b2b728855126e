"""A sample district: a year of ledgers with invented persons that adds up to the published figures.

One module per institution, of the institution's own name, gives its rows (``rows(rng, places)``); an institution
without such a module simply has no sample. Each module draws from a generator of its own, so that adding one leaves
the others' rows as they are. :func:`govkit.demo.sample.workbooks.write` writes them as staff would fill them.
"""

import random
from importlib import import_module
from importlib.util import find_spec

from govkit.demo.sample.common import Rows
from govkit.institutions import MODULES
from govkit.ledgers.places import Places

SEED = 2015


def sample_rows(places: Places, seed: int = SEED) -> Rows:
    """Return every institution's sample rows by ledger code; the same seed gives the same rows."""
    rows: Rows = {}
    for module in MODULES:
        name = f"{__name__}.{module}"
        if find_spec(name):
            rows |= import_module(name).rows(random.Random(f"{seed} {module}"), places)
    return rows
