"""``govkit bank check``: problems of a bank as a whole, and on the day of an exam."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from govkit.core.errors import Problem, Severity, Where
from govkit.core.i18n import gettext as _
from govkit.exams.bank.answers import normal
from govkit.exams.bank.bank import Bank, read_bank
from govkit.exams.bank.flaws import flaws
from govkit.exams.bank.questions import ChoiceKey, Question, QuestionType, TruthKey

NEAR = 88.0
"""Similarity (rapidfuzz ratio, 0 to 100, of normalised stem and sorted options) from which two questions are near
duplicates. Measured on the shipped bank: two distinct questions reach 85.7 at most; each of its questions stays above
88 when two characters are dropped, 请问 is put before it, or its options are shuffled."""

RISK = 0.01
"""Significance level: a pattern of keys is reported when chance gives it less often than this."""

LONG = 1.8
"""A right option this many times as long as the longest wrong one is reported as a give-away."""

SAME = 0.8
"""Share of the multiple choices with as many right options from which that is reported; the kit's own convention."""

DRIFT = 0.2
"""A facility observed this far from the expected one is reported; the kit's own convention."""

CATCH_ALL = ("以上都", "以上均", "以上全", "以上皆", "上述都", "上述均", "all of the above", "none of the above")


def check_bank(bank: Bank, on: date) -> list[Problem]:
    """Return the problems of a bank for an exam held ``on`` a day: errors, and warnings of what is doubtful."""
    return [*_flawed(bank), *_twice(bank), *_as_a_whole(bank, on)]


def check_path(path: Path, on: date, observed: Mapping[str, float] | None = None) -> tuple[Bank, list[Problem]]:
    """Return the bank of a folder or file and its problems, errors and warnings, with lines.

    :param on: the day of the exam.
    :param observed: the facility (0 to 1) that earlier exams found, by question id.
    """
    bank, problems = read_bank(path)
    return bank, [*problems, *_as_a_whole(bank, on), *_miscalibrated(bank, observed or {})]


def _as_a_whole(bank: Bank, on: date) -> list[Problem]:
    return [
        *_enemies(bank),
        *_sources(bank, on),
        *_near_duplicates(bank),
        *_give_aways(bank),
        *_key_letters(bank),
        *_longest_right(bank),
        *_truths(bank),
        *_key_sizes(bank),
    ]


def similarity(one: Question, other: Question) -> float:
    """Return the similarity of two questions' texts, 0 to 100."""
    from rapidfuzz import fuzz

    return fuzz.ratio(reading(one), reading(other))


def _problem(bank: Bank, question: Question, what: str, repair: str, severity: Severity = "warning") -> Problem:
    found = _("question {id}: {what}").format(id=question.id, what=what)
    return Problem(bank.place(question.id), found, repair, severity)


def _flawed(bank: Bank) -> Iterator[Problem]:
    for question in bank:
        for flaw in flaws(question):
            yield _problem(bank, question, flaw.what, flaw.repair, flaw.severity)


def _twice(bank: Bank) -> Iterator[Problem]:
    count = Counter(question.id for question in bank)
    for question in {question.id: question for question in bank if count[question.id] > 1}.values():
        yield _problem(bank, question, _("the id is used twice"), _("give each question an id of its own"), "error")


def _enemies(bank: Bank) -> Iterator[Problem]:
    known = bank.by_id()
    for question in bank:
        for enemy in question.enemies:
            if enemy not in known or enemy == question.id:
                what = _("its enemy “{enemy}” is no other question of the bank").format(enemy=enemy)
                yield _problem(bank, question, what, _("correct the id or take it out"), "error")


def _sources(bank: Bank, on: date) -> Iterator[Problem]:
    for question in bank:
        for item in (question, *question.parts):
            if found := _source(item, on):
                yield _problem(bank, question, *found)


def _source(item: Question, on: date) -> tuple[str, str] | None:
    """Return what is wrong with an item's source on a day, and how to repair it; None for a source in force."""
    source = item.source
    if source is None:
        missing = _("it cites no source"), _("name the text it rests on")
        return None if item.type is QuestionType.CASE else missing
    named = " ".join(word for word in (source.law, source.version) if word)
    if source.in_force_from and on < source.in_force_from:
        what = _("{source} was not yet in force on {on}").format(source=named, on=on)
        return what, _("leave it out of exams before {day}").format(day=source.in_force_from)
    if item.source_valid(on):
        return None
    what = _("{source} lapsed on {day} and the question was not reviewed since")
    repair = _("compare it with the text in force, correct it and set “reviewed”")
    return what.format(source=named, day=source.in_force_to), repair


def _near_duplicates(bank: Bank) -> Iterator[Problem]:
    from rapidfuzz import fuzz, process

    texts = [reading(question) for question in bank]
    for row, question in enumerate(bank):
        rest = texts[row + 1 :]
        found = process.extract(texts[row], rest, scorer=fuzz.ratio, score_cutoff=NEAR, limit=None)
        for _text, score, index in found:
            other = bank.questions[row + 1 + index]
            if other.id not in question.enemies and question.id not in other.enemies:
                what = _("reads like {other} ({score:.0f} of 100)").format(other=other.id, score=score)
                yield _problem(bank, question, what, _("reword one, delete one, or make them enemies"))


def reading(question: Question) -> str:
    """Return the text by which questions are compared: normalised stem and sorted options, with those of the parts."""
    options = sorted(option.text for option in question.options)
    parts = [reading(part) for part in question.parts]
    return normal(" ".join([question.stem, *options, *parts]))


def _give_aways(bank: Bank) -> Iterator[Problem]:
    for question in bank:
        for item in question.items():
            if any(mark in option.text for option in item.options for mark in CATCH_ALL):
                what = _("an option speaks of all the others")
                yield _problem(bank, question, what, _("name what is meant, or make it a multiple choice"))
            if _length_ratio(item) >= LONG:
                what = _("the right option is much longer than the others")
                yield _problem(bank, question, what, _("make the options about equally long"))


def _length_ratio(item: Question) -> float:
    """Return the ratio of the right option's length to the longest wrong one's; 0 for other types than single choice.

    Lengths under eight characters count as eight: among short options length reveals nothing.
    """
    if item.type is not QuestionType.SINGLE_CHOICE or not isinstance(item.key, ChoiceKey):
        return 0.0
    right = [len(option.text) for option in item.options if option.id in item.key.right]
    wrong = [len(option.text) for option in item.options if option.id not in item.key.right]
    return max(right[0], 8) / max(*wrong, 8, 8) if right and wrong else 0.0


def _single_choices(bank: Bank) -> Iterator[Question]:
    for question in bank:
        for item in question.items():
            if item.type is QuestionType.SINGLE_CHOICE and isinstance(item.key, ChoiceKey) and len(item.key.right) == 1:
                yield item


def _key_letters(bank: Bank) -> Iterator[Problem]:
    by_size: dict[int, Counter[str]] = defaultdict(Counter)
    for item in _single_choices(bank):
        assert isinstance(item.key, ChoiceKey)  # noqa: S101
        by_size[len(item.options)][item.key.right[0]] += 1
    for size, letters in sorted(by_size.items()):
        counts = [letters["ABCDEFGHIJKLMNOPQRSTUVWXYZ"[index]] for index in range(size)]
        if _uneven(counts):
            shown = " ".join(f"{chr(65 + index)}:{count}" for index, count in enumerate(counts))
            what = _("the right letters of single choices are uneven: {shown}").format(shown=shown)
            yield Problem(_whole(bank), what, _("move some right options to other letters"), "warning")


def _key_sizes(bank: Bank) -> Iterator[Problem]:
    """Warn where nearly all multiple choices have as many right options: a candidate would count on it."""
    items = [item for question in bank for item in question.items() if item.type is QuestionType.MULTIPLE_CHOICE]
    sizes = Counter(len(item.key.right) for item in items if isinstance(item.key, ChoiceKey))
    (size, count), *_rest = sizes.most_common(1) or [(0, 0)]
    if count >= SAME * sum(sizes.values()) and sum(sizes.values()) >= 10:
        what = _("{count} of {all} multiple choices have {size} right options").format(
            count=count, all=sum(sizes.values()), size=size
        )
        yield Problem(_whole(bank), what, _("vary the number of right options, from two to four"), "warning")


def _truths(bank: Bank) -> Iterator[Problem]:
    values = [item.key.value for question in bank for item in question.items() if isinstance(item.key, TruthKey)]
    counts = [values.count(True), values.count(False)]
    if _uneven(counts):
        what = _("{true} statements are true, {false} false").format(true=counts[0], false=counts[1])
        yield Problem(_whole(bank), what, _("turn some statements round"), "warning")


def _uneven(counts: list[int]) -> bool:
    """Return whether chi-square rejects equal frequencies at :data:`RISK`; needs five expected in each cell."""
    from scipy.stats import chisquare

    if len(counts) < 2 or sum(counts) / len(counts) < 5:
        return False
    return float(chisquare(counts).pvalue) < RISK


def _longest_right(bank: Bank) -> Iterator[Problem]:
    """Warn when the longest option is right more often than by chance (one-sided binomial test)."""
    from scipy.stats import binomtest

    hits, chances = 0, []
    for item in _single_choices(bank):
        lengths = sorted((len(option.text) for option in item.options), reverse=True)
        if len(lengths) > 1 and lengths[0] > lengths[1]:
            longest = max(item.options, key=lambda option: len(option.text))
            hits += isinstance(item.key, ChoiceKey) and longest.id in item.key.right
            chances.append(1 / len(lengths))
    if not chances or sum(chances) < 5:
        return
    if binomtest(hits, len(chances), sum(chances) / len(chances), alternative="greater").pvalue < RISK:
        what = _("the longest option is right in {hits} of {count} single choices").format(
            hits=hits, count=len(chances)
        )
        yield Problem(_whole(bank), what, _("lengthen wrong options or shorten right ones"), "warning")


def _miscalibrated(bank: Bank, observed: Mapping[str, float]) -> Iterator[Problem]:
    """Yield a warning for each question whose difficulty differs from the facility observed in earlier exams."""
    for question in bank:
        found = observed.get(question.id)
        if found is not None and question.difficulty is not None and abs(found - question.difficulty) > DRIFT:
            what = _("the difficulty is set to {expected}, but earlier exams found a facility of {observed:.2f}")
            shown = what.format(expected=question.difficulty, observed=found)
            yield _problem(bank, question, shown, _("set “difficulty” to {value:.2f}").format(value=found))


def _whole(bank: Bank) -> Where:
    sources = {str(Path(where.source).parent) for where in bank.places.values()}
    return Where(sources.pop() if len(sources) == 1 else _("the bank"))
