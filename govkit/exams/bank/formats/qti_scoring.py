"""How a QTI item gives points: its response processing, and the mappings of its responses.

Known are the standard templates, the same written out, and what our own writer writes; any other is refused by name.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from govkit.core.i18n import gettext as _
from govkit.exams.bank.formats.limits import Element
from govkit.exams.bank.questions import Credit

_MATCH = {"match_correct", "CC2_match", "CC2_match_basic"}
_MAP = {"map_response", "CC2_map_response"}
_TESTS = {"match", "equal", "stringMatch"}


class UnreadableItem(ValueError):
    """An item that a bank cannot hold; its text says why."""


@dataclass(frozen=True, slots=True)
class Scoring:
    """Whether an item is our own writer's, whether mappings give its points, and the points that it names."""

    own: bool = False
    mapped: bool = False
    points: Decimal | None = None


def scoring(root: Element) -> Scoring:
    """Return how an item gives points.

    :raises UnreadableItem: its response processing is its own, or the item changes by templates or while answered.
    """
    if root.find("templateDeclaration") is not None or root.find("templateProcessing") is not None:
        raise UnreadableItem(_("it is a template whose values change"))
    if root.get("adaptive") == "true":
        raise UnreadableItem(_("it changes while it is answered (adaptive)"))
    named = _named_points(root)
    processing = root.find("responseProcessing")
    says_most = root.find("outcomeDeclaration[@identifier='MAXSCORE']") is not None
    if processing is None or not (len(processing) or processing.get("template")):
        return Scoring(own=processing is not None and says_most, points=named)
    template = (processing.get("template") or "").rpartition("/")[2].removesuffix(".xml")
    if template in _MATCH or (template in _MAP):
        return Scoring(mapped=template in _MAP, points=named)
    if says_most and _is_own(processing):
        return Scoring(own=True, points=named)
    return _written_out(processing, named)


def _named_points(root: Element) -> Decimal | None:
    score = root.find("outcomeDeclaration[@identifier='SCORE']")
    text = root.findtext("outcomeDeclaration[@identifier='MAXSCORE']/defaultValue/value")
    text = text or (score.get("normalMaximum") if score is not None else None)
    return decimal_of(text) if text else None


def _scores(processing: Element) -> list[Element]:
    return [each for each in processing.iter("setOutcomeValue") if each.get("identifier") == "SCORE"]


def _is_own(processing: Element) -> bool:
    """Return whether every score adds points to the score so far, as our own writer has it."""
    scores = _scores(processing)
    return all([str(child.tag) for child in each] == ["sum"] for each in scores)


def _written_out(processing: Element, named: Decimal | None) -> Scoring:
    """Return the scoring of a standard template that an item writes out."""
    points: list[Decimal] = []
    for score in _scores(processing):
        value = score[0] if len(score) == 1 else None
        tag = str(value.tag) if value is not None else ""
        if tag == "mapResponse" and len(_scores(processing)) <= 2:
            return Scoring(mapped=True, points=named)
        parent = score.getparent()
        branch = str(parent.tag) if parent is not None else ""
        tests = (
            [str(each.tag) for each in parent if each is not score and each.tag in _TESTS] if parent is not None else []
        )
        if tag != "baseValue" or value is None or (branch == "responseIf" and len(tests) != 1):
            raise UnreadableItem(_("its response processing is its own"))
        amount = decimal_of(value.text or "0")
        if amount and (branch != "responseIf" or points):
            raise UnreadableItem(_("its response processing is its own"))
        points += [amount] if amount else []
    if not points:
        raise UnreadableItem(_("its response processing is its own"))
    return Scoring(points=points[0])


def decimal_of(text: str) -> Decimal:
    """Return a number; not a number where it is not finite or absurdly long.

    :raises UnreadableItem: the text is no number.
    """
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        raise UnreadableItem(_("“{text}” is no number").format(text=text[:40])) from None
    return number if number.is_finite() and len(text) <= 40 else Decimal("NaN")


@dataclass(frozen=True, slots=True)
class Mapped:
    """A response's mapping: what each key is worth, what any other is, the most that a response earns, and capitals."""

    worth: Mapping[str, Decimal]
    default: Decimal
    most: Decimal
    cased: bool

    def share(self, key: str) -> Decimal:
        """Return the share of the marks of a key.

        :raises UnreadableItem: it costs more than the whole.
        """
        share = self.worth.get(key, self.default) / self.most
        if share < -1:
            raise UnreadableItem(_("a wrong answer costs more than the whole"))
        return min(share, Decimal(1))

    def credits(self, keys: Iterator[tuple[str, str]], blank: int = 0) -> tuple[Credit, ...]:
        """Return the credits of keys by the names that answers have."""
        return tuple(Credit(name, share, blank=blank) for key, name in keys if (share := self.share(key)))


def mapping_of(declared: Element, several: bool) -> Mapped | None:
    """Return the mapping of a response, None where it has none that is worth anything.

    :param several: whether a response may hold several keys.
    :raises UnreadableItem: even the worst answer earns points.
    """
    mapping = declared.find("mapping")
    if mapping is None:
        return None
    entries = list(mapping.iterfind("mapEntry"))
    worth = {each.get("mapKey") or "": decimal_of(each.get("mappedValue") or "0") for each in entries}
    good = [value for value in worth.values() if value > 0]
    most = (sum(good, Decimal(0)) if several else max(good, default=Decimal(0))) if good else Decimal(0)
    if upper := mapping.get("upperBound"):
        most = min(most, decimal_of(upper))
    lower, default = decimal_of(mapping.get("lowerBound") or "0"), decimal_of(mapping.get("defaultValue") or "0")
    if lower > 0 or default > 0:
        raise UnreadableItem(_("even a wrong answer earns points"))
    cased = any((each.get("caseSensitive") or "true") == "true" for each in entries)
    return Mapped(worth, default, most, cased) if most > 0 else None
