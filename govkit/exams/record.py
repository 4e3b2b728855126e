"""Faces and keys as JSON records: what a paper and a sealed key are written from and read back to."""

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from govkit.exams.question import (
    BlanksKey,
    ChoiceKey,
    Criterion,
    Face,
    Image,
    Key,
    MatchKey,
    NumericKey,
    Option,
    OrderKey,
    QuestionType,
    RubricKey,
    TruthKey,
)

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
    return dict(_json(asdict(key)))


def key_of(kind: QuestionType, record: Mapping[str, Any]) -> Key:
    """Return the key of a question of this type; raise KeyError, TypeError or ValueError for a damaged record."""
    return _KEYS[kind](record)


def _choice(record: Mapping[str, Any]) -> Key:
    return ChoiceKey(tuple(record["right"]))


def _criteria(record: Mapping[str, Any]) -> tuple[Criterion, ...]:
    return tuple(Criterion(row["text"], Decimal(row["points"])) for row in record["criteria"])


_KEYS: dict[QuestionType, Callable[[Mapping[str, Any]], Key]] = {
    QuestionType.SINGLE_CHOICE: _choice,
    QuestionType.MULTIPLE_CHOICE: _choice,
    QuestionType.TRUE_FALSE: lambda record: TruthKey(bool(record["value"])),
    QuestionType.FILL_IN: lambda record: BlanksKey(tuple(tuple(blank) for blank in record["blanks"])),
    QuestionType.NUMERIC: lambda record: NumericKey(
        Decimal(record["value"]), Decimal(record["tolerance"]), record["unit"]
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
