"""What one answers with: for every type of question its widgets, and their state as an answer's text."""

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as w

from govkit.exams.answer import BLANK_SEPARATOR
from govkit.exams.facehtml import plain_text
from govkit.exams.question import Option, Question, QuestionType

CHOOSE = "（请选择）"
WIDE = w.Layout(width="calc(100% - 12px)")
ROOM = w.Layout(width="auto", max_width="100%")


class Answering:
    """The widgets to answer one question with; :meth:`text` is the answer they hold now."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.box, self._fields, self._text = _BUILDERS[question.type](question)

    def text(self) -> str:
        """Return the answer, written as :mod:`govkit.exams.answer` tells; empty if nothing was chosen."""
        return self._text()

    def lock(self) -> None:
        """Let nothing be changed any more."""
        for field in self._fields:
            field.disabled = True

    def focus(self) -> None:
        """Put the cursor where the answer goes."""
        self._fields[0].focus()


Built = tuple[w.Widget, Sequence[Any], Callable[[], str]]


def _single(question: Question) -> Built:
    return _radio([(_label(option, question), option.id) for option in question.options])


def _truth(_question: Question) -> Built:
    return _radio([("对", "T"), ("错", "F")])


def _radio(options: list[tuple[str, str]]) -> Built:
    radio = w.RadioButtons(options=options, index=None, layout=ROOM)
    return radio, [radio], lambda: radio.value or ""


def _multiple(question: Question) -> Built:
    ticks = [w.Checkbox(description=_label(option, question), indent=False, layout=ROOM) for option in question.options]
    names = [option.id for option in question.options]
    return (
        w.VBox(ticks),
        ticks,
        lambda: ",".join(name for name, tick in zip(names, ticks, strict=True) if tick.value),
    )


def _blanks(question: Question) -> Built:
    fields = [w.Text(description=f"第{number}空", layout=WIDE) for number in range(1, question.face().blanks + 1)]

    def text() -> str:
        given = [field.value.strip() for field in fields]
        return BLANK_SEPARATOR.join(given) if any(given) else ""

    return w.VBox(fields), fields, text


def _number(question: Question) -> Built:
    field = w.Text(description="数值", layout=w.Layout(width="16em"))
    return w.HBox([field, w.Label(question.face().unit)]), [field], _typed(field)


def _order(question: Question) -> Built:
    options = [(CHOOSE, ""), *((_label(option, question), option.id) for option in question.options)]
    fields = [
        w.Dropdown(options=options, description=f"第{number}位", layout=WIDE)
        for number in range(1, len(question.options) + 1)
    ]
    return w.VBox(fields), fields, lambda: ",".join(field.value for field in fields if field.value)


def _match(question: Question) -> Built:
    options = [(CHOOSE, ""), *((_label(option, question), option.id) for option in question.options)]
    fields = [w.Dropdown(options=options, layout=WIDE) for _prompt in question.prompts]
    rows = [
        w.VBox([w.Label(f"{prompt.id}. {plain_text(prompt.text, question.markup)}"), field])
        for prompt, field in zip(question.prompts, fields, strict=True)
    ]

    def text() -> str:
        pairs = zip(question.prompts, fields, strict=True)
        return ";".join(f"{prompt.id}={field.value}" for prompt, field in pairs if field.value)

    return w.VBox(rows), fields, text


def _short(_question: Question) -> Built:
    field = w.Textarea(rows=5, layout=WIDE)
    return field, [field], _typed(field)


def _typed(field: Any) -> Callable[[], str]:
    def text() -> str:
        return str(field.value).strip()

    return text


def _label(option: Option, question: Question) -> str:
    return f"{option.id}. {plain_text(option.text, question.markup)}"


_BUILDERS: dict[QuestionType, Callable[[Question], Built]] = {
    QuestionType.SINGLE_CHOICE: _single,
    QuestionType.MULTIPLE_CHOICE: _multiple,
    QuestionType.TRUE_FALSE: _truth,
    QuestionType.FILL_IN: _blanks,
    QuestionType.NUMERIC: _number,
    QuestionType.ORDERING: _order,
    QuestionType.MATCHING: _match,
    QuestionType.SHORT_ANSWER: _short,
}
