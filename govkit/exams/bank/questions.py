"""Questions, each split into what a candidate may see (the face) and what marks it (the key).

A question's ``id`` is given by its author and survives every edit; :attr:`Question.content_hash` changes with any edit
of the words or the key. Answers as plain text are described in :mod:`govkit.exams.bank.answers`.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Any, Literal

TextFormat = Literal["plain", "html"]


class QuestionType(StrEnum):
    """The types of question, named as in QTI and Moodle."""

    SINGLE_CHOICE = "single_choice"
    MULTIPLE_CHOICE = "multiple_choice"
    TRUE_FALSE = "true_false"
    FILL_IN = "fill_in"
    NUMERIC = "numeric"
    ORDERING = "ordering"
    MATCHING = "matching"
    SHORT_ANSWER = "short_answer"
    CASE = "case"

    @property
    def label(self) -> str:
        """The Chinese name, as printed on a paper."""
        return TYPE_LABELS[self]


TYPE_LABELS: dict[QuestionType, str] = {
    QuestionType.SINGLE_CHOICE: "单选",
    QuestionType.MULTIPLE_CHOICE: "多选",
    QuestionType.TRUE_FALSE: "判断",
    QuestionType.FILL_IN: "填空",
    QuestionType.NUMERIC: "数值",
    QuestionType.ORDERING: "排序",
    QuestionType.MATCHING: "匹配",
    QuestionType.SHORT_ANSWER: "简答",
    QuestionType.CASE: "案例",
}


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a question; ``id`` is a capital letter (of a matching question's prompt, a number)."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Image:
    """A picture of a question; an HTML text shows it by ``<img src="name">``."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Source:
    """The legal source of a question and its period in force (both ends included; None is open).

    ``mark`` is S (a source was read), W (weak), G (general knowledge) or the code of a published figure ("G5").
    """

    law: str
    article: str = ""
    version: str = ""
    in_force_from: date | None = None
    in_force_to: date | None = None
    mark: str = ""

    def in_force(self, on: date) -> bool:
        """Return whether this version of the text is in force on a day.

        >>> Source("甲法", in_force_to=date(2025, 12, 31)).in_force(date(2026, 1, 1))
        False
        """
        began = self.in_force_from is None or self.in_force_from <= on
        return began and (self.in_force_to is None or on <= self.in_force_to)


@dataclass(frozen=True, slots=True)
class Credit:
    """What one answer is worth: a ``share`` of the marks (0.5 is half), of a choice also below 0.

    ``answer`` is an option's id, a text (of blank number ``blank``, from 0) or a number within ``tolerance``.
    """

    answer: str
    share: Decimal
    tolerance: Decimal = Decimal(0)
    blank: int = 0


@dataclass(frozen=True, slots=True)
class ChoiceKey:
    """The ids of the right options, in option order; one for a single choice.

    With ``credits`` an option is worth its share, whatever policy a paper has; an option without one is worth nothing.
    """

    right: tuple[str, ...]
    credits: tuple[Credit, ...] = ()


@dataclass(frozen=True, slots=True)
class TruthKey:
    """Whether the statement is true."""

    value: bool


@dataclass(frozen=True, slots=True)
class BlanksKey:
    """The accepted answers of each blank, in the stem's order; the first is the one shown.

    ``credits`` are answers worth a part of their blank. ``*`` stands for any text where ``wildcards`` is set; a
    backslash before it makes it the sign itself.
    """

    blanks: tuple[tuple[str, ...], ...]
    credits: tuple[Credit, ...] = ()
    case_sensitive: bool = False
    wildcards: bool = False


@dataclass(frozen=True, slots=True)
class NumericKey:
    """A number right within ``value ± tolerance``, both ends included, in ``unit``; ``credits`` are other numbers."""

    value: Decimal
    tolerance: Decimal = Decimal(0)
    unit: str = ""
    credits: tuple[Credit, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderKey:
    """All option ids in the right order."""

    order: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MatchKey:
    """Pairs (prompt id, option id), one for each prompt, in prompt order."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One point of a rubric and the marks it is worth."""

    text: str
    points: Decimal


@dataclass(frozen=True, slots=True)
class RubricKey:
    """The rubric of a short answer: criteria, whose points add up to the question's, and a model answer."""

    criteria: tuple[Criterion, ...]
    model: str = ""


Key = ChoiceKey | TruthKey | BlanksKey | NumericKey | OrderKey | MatchKey | RubricKey

KEY_TYPES: dict[QuestionType, type[Key] | None] = {
    QuestionType.SINGLE_CHOICE: ChoiceKey,
    QuestionType.MULTIPLE_CHOICE: ChoiceKey,
    QuestionType.TRUE_FALSE: TruthKey,
    QuestionType.FILL_IN: BlanksKey,
    QuestionType.NUMERIC: NumericKey,
    QuestionType.ORDERING: OrderKey,
    QuestionType.MATCHING: MatchKey,
    QuestionType.SHORT_ANSWER: RubricKey,
    QuestionType.CASE: None,
}


@dataclass(frozen=True, slots=True)
class Face:
    """What a candidate sees of a question: no key, explanation, difficulty, topic or source.

    ``blanks`` counts the blanks of a fill-in (0 otherwise); ``unit`` is a numeric answer's; ``parts`` are a case's.
    Options are in the author's order; those of an ordering or a matching are shuffled before they are shown.
    """

    id: str
    type: QuestionType
    stem: str
    points: Decimal
    options: tuple[Option, ...] = ()
    prompts: tuple[Option, ...] = ()
    blanks: int = 0
    unit: str = ""
    images: tuple[Image, ...] = ()
    markup: TextFormat = "plain"
    parts: tuple["Face", ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A question as its author keeps it.

    ``options`` are picked from (single and multiple choice, ordering, the right side of a matching); ``prompts`` are
    the left side of a matching. ``key`` is None for a case, whose ``parts`` carry the keys; a part's id is "caseid.1",
    "caseid.2" …. ``difficulty`` is the facility expected, the mean share of the marks gained (0 to 1; high is easy).
    ``enemies`` are ids that exclude each other from a paper. ``markup`` is how stem, options and explanation are to
    be read: "plain" text (escape it), or "html" of the small safe set of :mod:`govkit.exams.bank.markup`.
    """

    id: str
    type: QuestionType
    stem: str
    points: Decimal
    key: Key | None
    topic: str = ""
    difficulty: float | None = None
    options: tuple[Option, ...] = ()
    prompts: tuple[Option, ...] = ()
    explanation: str = ""
    source: Source | None = None
    author: str = ""
    reviewed: date | None = None
    enemies: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    markup: TextFormat = "plain"
    parts: tuple["Question", ...] = ()

    def face(self) -> Face:
        """Return what a candidate may see."""
        return Face(
            id=self.id,
            type=self.type,
            stem=self.stem,
            points=self.points,
            options=self.options,
            prompts=self.prompts,
            blanks=len(self.key.blanks) if isinstance(self.key, BlanksKey) else 0,
            unit=self.key.unit if isinstance(self.key, NumericKey) else "",
            images=self.images,
            markup=self.markup,
            parts=tuple(part.face() for part in self.parts),
        )

    def items(self) -> Iterator["Question"]:
        """Yield the items that are marked: the question itself, or the parts of a case."""
        if self.type is QuestionType.CASE:
            yield from self.parts
        else:
            yield self

    def usable(self, on: date) -> bool:
        """Return whether the question may be set in an exam held ``on`` a day.

        Its source must be in force then; one whose version has lapsed is usable again when it was reviewed after the
        lapse. A case needs all its parts usable.
        """
        return self.source_valid(on) and all(part.usable(on) for part in self.parts)

    def source_valid(self, on: date) -> bool:
        """Return the same for the question's own source, whatever its parts cite."""
        if self.source is None or self.source.in_force(on):
            return True
        lapsed = self.source.in_force_to
        return lapsed is not None and self.reviewed is not None and lapsed < self.reviewed <= on

    @property
    def content_hash(self) -> str:
        """A sha256 of the words and the key; it does not depend on points, topic, difficulty, source or dates."""
        text = json.dumps(_content(self), ensure_ascii=False, sort_keys=True, default=_plain)
        return sha256(text.encode()).hexdigest()


def _content(question: Question) -> dict[str, Any]:
    return {
        "type": question.type.value,
        "markup": question.markup,
        "stem": question.stem,
        "options": [asdict(option) for option in question.options],
        "prompts": [asdict(prompt) for prompt in question.prompts],
        "key": _key_values(question.key) if question.key else None,
        "images": [asdict(image) for image in question.images],
        "parts": [_content(part) for part in question.parts],
    }


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, bytes):
        return sha256(value).hexdigest()
    raise TypeError(type(value).__name__)


Record = dict[str, Any]


def face_record(face: Face) -> Record:
    """Return a face as JSON values: decimals as text, image bytes as base64, empty fields left out."""
    record = {name: value for name, value in _json(asdict(face)).items() if value not in ("", [], 0)}
    record["parts"] = [face_record(part) for part in face.parts]
    return record if face.parts else {name: value for name, value in record.items() if name != "parts"}


def face_of(record: Mapping[str, Any]) -> Face:
    """Return the face a record was written from; raise KeyError, TypeError or ValueError for a damaged one."""
    return Face(
        id=record["id"],
        type=QuestionType(record["type"]),
        stem=record["stem"],
        points=Decimal(record["points"]),
        options=tuple(Option(**option) for option in record.get("options", ())),
        prompts=tuple(Option(**prompt) for prompt in record.get("prompts", ())),
        blanks=record.get("blanks", 0),
        unit=record.get("unit", ""),
        images=tuple(_image(image) for image in record.get("images", ())),
        markup=record.get("markup", "plain"),
        parts=tuple(face_of(part) for part in record.get("parts", ())),
    )


def key_record(key: Key) -> Record:
    """Return a key as JSON values; the question's type says which kind of key it is."""
    return dict(_json(_key_values(key)))


def _key_values(key: Key) -> dict[str, Any]:
    """Return a key's values, those that most keys lack only where they are set: an older record reads the same."""
    return {name: value for name, value in asdict(key).items() if value or name not in _SELDOM}


def key_of(kind: QuestionType, record: Mapping[str, Any]) -> Key:
    """Return the key of a question of this type; raise KeyError, TypeError or ValueError for a damaged record."""
    return _KEYS[kind](record)


_SELDOM = {"credits", "case_sensitive", "wildcards"}


def _choice(record: Mapping[str, Any]) -> Key:
    return ChoiceKey(tuple(record["right"]), _credits(record))


def _credits(record: Mapping[str, Any]) -> tuple[Credit, ...]:
    rows = record.get("credits", ())
    return tuple(Credit(r["answer"], Decimal(r["share"]), Decimal(r["tolerance"]), int(r["blank"])) for r in rows)


def _blanks(record: Mapping[str, Any]) -> Key:
    blanks = tuple(tuple(blank) for blank in record["blanks"])
    cased, wild = bool(record.get("case_sensitive")), bool(record.get("wildcards"))
    return BlanksKey(blanks, _credits(record), cased, wild)


def _criteria(record: Mapping[str, Any]) -> tuple[Criterion, ...]:
    return tuple(Criterion(row["text"], Decimal(row["points"])) for row in record["criteria"])


_KEYS: dict[QuestionType, Callable[[Mapping[str, Any]], Key]] = {
    QuestionType.SINGLE_CHOICE: _choice,
    QuestionType.MULTIPLE_CHOICE: _choice,
    QuestionType.TRUE_FALSE: lambda record: TruthKey(bool(record["value"])),
    QuestionType.FILL_IN: _blanks,
    QuestionType.NUMERIC: lambda record: NumericKey(
        Decimal(record["value"]), Decimal(record["tolerance"]), record["unit"], _credits(record)
    ),
    QuestionType.ORDERING: lambda record: OrderKey(tuple(record["order"])),
    QuestionType.MATCHING: lambda record: MatchKey(tuple((prompt, option) for prompt, option in record["pairs"])),
    QuestionType.SHORT_ANSWER: lambda record: RubricKey(_criteria(record), record["model"]),
}


def _image(record: Mapping[str, Any]) -> Image:
    return Image(record["name"], record["media_type"], b64decode(record["data"], validate=True))


def _json(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _json(each) for name, each in value.items()}
    if isinstance(value, (tuple, list)):
        return [_json(each) for each in value]
    if isinstance(value, Decimal):
        return format(value, "f")
    return b64encode(value).decode() if isinstance(value, bytes) else value
