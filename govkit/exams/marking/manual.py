"""The manual queue: short answers marked blind by two markers.

``manual/queue.csv`` holds token, question, points and answer, without number, name or unit, by question and token.
A token is derived from the secret in the sealed key, so that no list of candidates and tokens exists. Two markers write
``manual/marker-1.csv`` and ``marker-2.csv`` (token, points, marker, comment). Where they differ by no more than the
threshold the mark is their mean; else a third marks (``marker-3.csv``) and the mark is the mean of the two that lie
closest, the higher two if both pairs lie equally close.
"""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from hashlib import sha256
from itertools import combinations
from pathlib import Path

from govkit.core.errors import Problem, Where, refuse
from govkit.core.i18n import gettext as _
from govkit.exams.folder import at_line, read_table, write_table
from govkit.exams.marking.marking import Marks
from govkit.exams.paper.key import KeySheet

FOLDER = "manual"
QUEUE_FILE = "queue.csv"
MARKERS = (1, 2, 3)
COLUMNS = ("token", "points", "marker", "comment")

Place = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class HandMark:
    """The points one marker gave to one answer."""

    token: str
    points: Fraction
    marker: str
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The markers' files combined: marks by candidate, form and item; tokens that wait; tokens for a third marker."""

    marks: dict[Place, Fraction]
    waiting: tuple[str, ...]
    thirds: tuple[str, ...]


def token_of(sheet: KeySheet, place: Place) -> str:
    """Return the blind token of an answer."""
    return hmac.new(sheet.secret.encode(), "\x1f".join(place).encode(), sha256).hexdigest()[:16]


def write_queue(folder: Path, sheet: KeySheet, marks: Marks) -> Path:
    """Write every answer marked by hand into the queue, ordered by question and token; return its path."""
    import pandas as pd

    rows = []
    for place, text in _answers(marks):
        question = marks.items[place[2]].question
        rows.append([token_of(sheet, place), question.id, str(question.points), text])
    frame = pd.DataFrame(rows, columns=["token", "question", "points", "answer"]).sort_values(["question", "token"])
    (folder / FOLDER).mkdir(exist_ok=True)
    path = folder / FOLDER / QUEUE_FILE
    write_table(path, frame)
    return path


def write_hand_marks(folder: Path, number: int, given: Iterable[HandMark]) -> Path:
    """Write the file of marker ``number`` (1, 2 or 3) atomically and return its path."""
    import pandas as pd

    from govkit.exams.marking.marking import shown_points

    rows = [[each.token, shown_points(each.points), each.marker, each.comment] for each in given]
    (folder / FOLDER).mkdir(exist_ok=True)
    path = folder / FOLDER / f"marker-{number}.csv"
    write_table(path, pd.DataFrame(rows, columns=list(COLUMNS)))
    return path


def resolve(folder: Path, sheet: KeySheet, marks: Marks, threshold: Decimal) -> Resolved:
    """Return the markers' files combined.

    :raises InputError: points outside 0..full marks, unknown tokens, one marker at work twice on an answer.
    """
    places = {token_of(sheet, place): place for place, _text in _answers(marks)}
    full = {token: Fraction(marks.items[place[2]].question.points) for token, place in places.items()}
    problems: list[Problem] = []
    files = [_read(folder, number, full, problems) for number in MARKERS]
    problems += _same_marker(folder, files)
    refuse(problems)
    return _resolved(places, files, Fraction(threshold))


def agreed(given: list[Fraction], threshold: Fraction) -> Fraction | None:
    """Return the mark agreed by two or three markers, None while another marker is needed.

    >>> agreed([Fraction(6), Fraction(8)], Fraction(2)), agreed([Fraction(3), Fraction(8)], Fraction(2))
    (Fraction(7, 1), None)
    >>> agreed([Fraction(3), Fraction(8), Fraction(7)], Fraction(2))
    Fraction(15, 2)

    :param given: the points of two or three markers.
    :param threshold: the largest difference, in points, of which the mean is taken.
    """
    if len(given) == 2 and abs(given[0] - given[1]) <= threshold:
        return (given[0] + given[1]) / 2
    if len(given) < 3:
        return None
    one, other = min(combinations(sorted(given, reverse=True), 2), key=lambda pair: abs(pair[0] - pair[1]))
    return (one + other) / 2


def _resolved(places: Mapping[str, Place], files: list[dict[str, HandMark]], threshold: Fraction) -> Resolved:
    marks, waiting, thirds = {}, [], []
    for token, place in places.items():
        first_two = [file[token].points for file in files[:2] if token in file]
        if len(first_two) < 2:
            waiting.append(token)
            continue
        third = [files[2][token].points] if token in files[2] else []
        points = agreed(first_two, threshold)
        points = agreed(first_two + third, threshold) if points is None else points
        if points is None:
            thirds.append(token)
        else:
            marks[place] = points
    return Resolved(marks, tuple(sorted(waiting)), tuple(sorted(thirds)))


def _answers(marks: Marks) -> Iterable[tuple[Place, str]]:
    for form in marks.forms.values():
        for column, name in enumerate(form.items):
            if marks.items[name].policy.name != "manual":
                continue
            for row in (form.answers[:, column] >= 0).nonzero()[0].tolist():
                answer = marks.answers[form.answers[row, column]]
                if answer.parts:
                    yield (form.candidates[row], form.form, name), answer.text


def _read(folder: Path, number: int, full: Mapping[str, Fraction], problems: list[Problem]) -> dict[str, HandMark]:
    path = folder / FOLDER / f"marker-{number}.csv"
    if not path.is_file():
        return {}
    given: dict[str, HandMark] = {}
    for row, fields in enumerate(read_table(path, COLUMNS[:3], COLUMNS[3:]).to_pylist()):
        where = at_line(path, row + 2)
        token, points = fields["token"].strip(), _points(fields["points"])
        if token not in full or token in given:
            what = _("Token “{token}” is unknown or appears twice").format(token=token)
            problems.append(Problem(where, what, _("Take the tokens of the queue, each once")))
        elif points is None or not 0 <= points <= full[token]:
            what = _("“{value}” is not from 0 to {full} points").format(value=fields["points"], full=full[token])
            problems.append(Problem(where, what, _("Give points within the question's")))
        elif not fields["marker"].strip():
            problems.append(Problem(where, _("The marker is not named"), _("Give the marker's name")))
        else:
            given[token] = HandMark(token, points, fields["marker"].strip(), fields["comment"])
    return given


def _points(text: str) -> Fraction | None:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return Fraction(number) if number.is_finite() else None


def _same_marker(folder: Path, files: list[dict[str, HandMark]]) -> list[Problem]:
    problems = []
    for (_n, one), (number, other) in combinations(enumerate(files, start=1), 2):
        for token in sorted(one.keys() & other.keys()):
            if one[token].marker == other[token].marker:
                what = _("{marker} marked answer {token} twice").format(marker=one[token].marker, token=token)
                where = Where(str(folder / FOLDER / f"marker-{number}.csv"))
                problems.append(Problem(where, what, _("Another person must mark it")))
    return problems
