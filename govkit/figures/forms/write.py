"""A copy of a form with its answers and their citations; runs in the capped child."""

import io
from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from govkit.figures.forms.answers import Answer

AUTHOR = "govkit"
_LONGEST = 2_000


def written(form: Path, answers: Mapping[str, Sequence[Answer]]) -> bytes:
    """Return the form's bytes with the answers filled in; formats, merged cells and formulas stay.

    :param answers: the sheet's name, or the number of the table → its answers.
    """
    return _workbook(form, answers) if form.suffix.lower() == ".xlsx" else _document(form, answers)


def _workbook(form: Path, answers: Mapping[str, Sequence[Answer]]) -> bytes:
    from openpyxl import load_workbook

    book = load_workbook(form)
    for name, own in answers.items():
        for answer in own:
            cell = book[name].cell(answer.cell.row, answer.cell.column)
            cell.value = int(answer.value) if answer.decimals == 0 else answer.value
            cell.comment = _comment(cell.comment, answer.cited)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _shown(answer: Answer) -> str:
    """Return a number as words: 95.0, and 0.57 rather than 0.5700 in ten thousands."""
    words = f"{answer.value:.{answer.decimals}f}"
    return words.rstrip("0").rstrip(".") if answer.decimals > 1 else words


def _comment(before: Any, words: str) -> Any:
    from openpyxl.comments import Comment

    own = f"{before.text}\n" if before else ""
    comment = Comment((own + words)[:_LONGEST], AUTHOR)
    comment.width, comment.height = 320, min(300, 40 + 18 * (1 + len(words) // 24))
    return comment


def _document(form: Path, answers: Mapping[str, Sequence[Answer]]) -> bytes:
    from docx import Document

    document = Document(str(form))
    for name, own in answers.items():
        table = document.tables[int(name) - 1]
        rows = list(table.rows)
        for answer in own:
            row = rows[answer.cell.row - 1]
            cell = row.cells[answer.cell.column - 1 - row.grid_cols_before]
            paragraph = cell.paragraphs[0]
            run = paragraph.add_run(_shown(answer))
            marks = paragraph._p.xpath("./w:pPr/w:rPr")  # how the office formatted the blank
            if marks:
                run._r.insert(0, deepcopy(marks[0]))
            document.add_comment(run, answer.cited[:_LONGEST], author=AUTHOR, initials="gk")
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()
