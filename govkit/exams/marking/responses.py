"""The responses of an exam (作答): one row for each candidate, form and question, from room, scan or import alike.

``responses.csv``: candidate, form, question, answer, source, confidence. Answers are written as described in
:mod:`govkit.exams.bank.answers`; options are named by their letters on the paper, whatever order they were shown in.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govkit.core.errors import Problem, refuse
from govkit.core.i18n import gettext as _
from govkit.exams.bank.answers import UnreadableAnswer, decode
from govkit.exams.bank.questions import Face, Question, QuestionType
from govkit.exams.folder import read_table, row_problems, write_table
from govkit.exams.paper.paper import Paper
from govkit.exams.paper.roster import PRESENT, REGISTERED

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

RESPONSES_FILE = "responses.csv"
COLUMNS = ("candidate", "form", "question", "answer", "source", "confidence")


@dataclass(frozen=True, slots=True)
class Response:
    """One answer; ``source`` is room, scan, import or simulation, ``confidence`` is below 1 only for scans."""

    candidate: str
    form: str
    question: str
    answer: str
    source: str = "import"
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Responses:
    """Checked responses as columns of codes, one entry for each row, into lists of distinct texts."""

    candidates: list[str]
    forms: list[str]
    questions: list[str]
    answers: list[str]
    candidate: "NDArray[np.int64]"
    form: "NDArray[np.int64]"
    question: "NDArray[np.int64]"
    answer: "NDArray[np.int64]"

    def __len__(self) -> int:
        return len(self.candidate)


def parts_of(question: Question | Face, text: str) -> tuple[str, ...]:
    """Return an answer decoded for marking.

    Several options ticked in a single choice are an answer, a wrong one, and no error of the file.
    """
    if "\n" in text and question.type is not QuestionType.SHORT_ANSWER:
        raise UnreadableAnswer(_("The answer runs over several lines"))
    if question.type is QuestionType.SINGLE_CHOICE:
        question = replace(question, type=QuestionType.MULTIPLE_CHOICE)
    return decode(question, text)


def read_responses(folder: Path, roster: "pd.DataFrame", papers: Sequence[Paper]) -> Responses:
    """Return the responses of an exam folder, checked against its roster and papers.

    :raises InputError: unknown candidates, forms or questions, two rows for one candidate and question, answers of
        someone absent, answers that cannot be read, confidences outside 0..1. Nothing is taken then.
    """
    path = folder / RESPONSES_FILE
    table = read_table(path, COLUMNS[:4], COLUMNS[4:])
    responses = _coded(table)
    refuse([*_problems(path, responses, roster, papers), *_confidence_problems(path, table)])
    return responses


def write_responses(folder: Path, responses: "Sequence[Response] | pd.DataFrame") -> None:
    """Write the responses of an exam folder atomically; a frame has the columns of the file."""
    import pandas as pd

    if not isinstance(responses, pd.DataFrame):
        responses = pd.DataFrame([[getattr(each, name) for name in COLUMNS] for each in responses], columns=COLUMNS)
    write_table(folder / RESPONSES_FILE, responses[list(COLUMNS)])


def _coded(table: Any) -> Responses:
    import numpy as np
    import pandas as pd

    lists, codes = {}, {}
    for name in COLUMNS[:4]:
        column = table.column(name).combine_chunks()
        texts = np.array([text.strip() for text in column.dictionary.to_pylist()], dtype=object)
        number, distinct = pd.factorize(texts)
        lists[name] = [str(text) for text in distinct]
        codes[name] = number[column.indices.to_numpy(zero_copy_only=False)].astype(np.int64)
    return Responses(
        candidates=lists["candidate"],
        forms=lists["form"],
        questions=lists["question"],
        answers=lists["answer"],
        **codes,
    )


def _problems(path: Path, responses: Responses, roster: "pd.DataFrame", papers: Sequence[Paper]) -> Iterator[Problem]:
    yield from _sitting_problems(path, responses, roster)
    yield from _question_problems(path, responses, papers)
    yield from _doubles(path, responses)


def _sitting_problems(path: Path, responses: Responses, roster: "pd.DataFrame") -> Iterator[Problem]:
    """Yield problems of candidates and forms that are not on the roster as present."""
    statuses = dict(zip(zip(roster["candidate"], roster["form"], strict=True), roster["status"], strict=True))
    known = set(roster["candidate"])
    bad = {}
    pairs, inverse = distinct_pairs(responses.candidate, responses.form, len(responses.forms))
    for number, (candidate, form) in enumerate(pairs):
        name, sat = responses.candidates[candidate], responses.forms[form]
        if name not in known:
            bad[number] = _("Candidate “{name}” is not on the roster").format(name=name)
        elif (name, sat) not in statuses:
            bad[number] = _("Candidate {name} is not registered for form “{form}”").format(name=name, form=sat)
        elif statuses[name, sat] not in (PRESENT, REGISTERED):
            bad[number] = _("Candidate {name} has answers but was not present").format(name=name)
    yield from _at_rows(path, inverse, bad, _("Correct the number, the form or the roster"))


def _question_problems(path: Path, responses: Responses, papers: Sequence[Paper]) -> Iterator[Problem]:
    """Yield problems of questions that are not on the form's paper, and of answers that cannot be decoded."""
    items = {paper.form: paper.items for paper in papers}
    pairs, inverse = distinct_pairs(responses.form, responses.question, len(responses.questions))
    bad = {
        number: _("Question “{question}” is not on form {form}").format(
            question=responses.questions[question], form=responses.forms[form]
        )
        for number, (form, question) in enumerate(pairs)
        if responses.forms[form] in items and responses.questions[question] not in items[responses.forms[form]]
    }
    yield from _at_rows(path, inverse, bad, _("Correct the question or the form"))
    faces = {name: face for paper in papers for name, face in paper.items.items()}
    pairs, inverse = distinct_pairs(responses.question, responses.answer, len(responses.answers))
    unreadable = {}
    for number, (question, answer) in enumerate(pairs):
        face = faces.get(responses.questions[question])
        try:
            if face is not None:
                parts_of(face, responses.answers[answer])
        except UnreadableAnswer as error:
            unreadable[number] = str(error)
    yield from _at_rows(path, inverse, unreadable, _("Correct the answer"))


def _doubles(path: Path, responses: Responses) -> list[Problem]:
    import pandas as pd

    together = (responses.candidate * len(responses.forms) + responses.form) * len(responses.questions)
    rows = pd.Series(together + responses.question).duplicated().to_numpy().nonzero()[0].tolist()
    texts = [
        _("Candidate {name} answers question {question} twice").format(
            name=responses.candidates[responses.candidate[row]], question=responses.questions[responses.question[row]]
        )
        for row in rows
    ]
    return row_problems(path, rows, texts, _("Keep one of the rows"))


def _confidence_problems(path: Path, table: Any) -> list[Problem]:
    column = table.column("confidence").combine_chunks()
    bad = {code: text for code, text in enumerate(column.dictionary.to_pylist()) if not _confident(text)}
    texts = {
        code: _("Confidence “{value}” is not a number from 0 to 1").format(value=text) for code, text in bad.items()
    }
    return _at_rows(path, column.indices.to_numpy(zero_copy_only=False), texts, _("Give a number from 0 to 1"))


def _confident(text: str) -> bool:
    if not text.strip():
        return True
    try:
        return 0 <= float(text) <= 1
    except ValueError:
        return False


def distinct_pairs(
    one: "NDArray[np.int64]", other: "NDArray[np.int64]", width: int
) -> tuple[list[tuple[int, int]], "NDArray[np.int64]"]:
    """Return the distinct pairs of codes, and the index of each row's pair."""
    import pandas as pd

    inverse, distinct = pd.factorize(one * max(width, 1) + other)
    return [divmod(int(pair), max(width, 1)) for pair in distinct], inverse


def _at_rows(path: Path, numbers: "NDArray[np.int64]", bad: dict[int, str], repair: str) -> list[Problem]:
    import numpy as np

    if not bad:
        return []
    rows = np.isin(numbers, list(bad)).nonzero()[0].tolist()
    return row_problems(path, rows, [bad[int(numbers[row])] for row in rows], repair)
