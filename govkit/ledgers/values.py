"""The values of indicators, for every place at once: each worked out the first time it is asked for, and then known."""

from collections.abc import Iterable, Mapping, Sequence

from govkit.ledgers.indicator import Frames, Measure, Value
from govkit.ledgers.period import Period
from govkit.ledgers.places import Places


class Values:
    """What the measures of one set of frames come to. ``values.of(measure, periods)`` gives a mapping for each period.

    A place's value comes from the same grouping as every other's, so a table of a hundred units costs what one unit does.
    """

    def __init__(self, frames: Frames, places: Places) -> None:
        self._frames, self._places = frames, places
        self._known: dict[tuple[str, Period], dict[str, Value]] = {}

    def of(self, measure: Measure, periods: Sequence[Period]) -> list[Mapping[str, Value]]:
        """Return the value of each place, by its code, for each period in turn."""
        missing = [period for period in dict.fromkeys(periods) if (measure.code, period) not in self._known]
        if missing:
            values = measure.over(self._frames, self._places, missing)
            for at, period in enumerate(missing):
                self._known[measure.code, period] = {place: over[at] for place, over in values.items()}
        return [self._known[measure.code, period] for period in periods]

    def know(self, asked: Iterable[tuple[Measure, Sequence[Period]]]) -> None:
        """Work out now what will be asked for later."""
        for measure, periods in asked:
            self.of(measure, periods)
