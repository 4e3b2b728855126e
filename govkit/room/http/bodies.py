"""The JSON bodies that both ports receive, declared once; msgspec checks them."""

import json
from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from govkit.core.i18n import gettext as _
from govkit.room.http.request import Refused, Request
from govkit.room.opening import Text

MAX_ANSWERS = 1000
MAX_VERSION = 2**31 - 1

Body = TypeVar("Body")


class GivenAnswer(Struct, gc=False):
    """An answer as received; whether it can be read, the paper decides."""

    question: str
    answer: str
    version: Annotated[int, Meta(ge=1, le=MAX_VERSION)]


class AnswersBody(Struct):
    """A packet of answers of a candidate's page."""

    answers: Annotated[list[GivenAnswer], Meta(max_length=MAX_ANSWERS)]


class GivenIncident(Struct, gc=False):
    """Something that a candidate's page noticed."""

    kind: Literal["hidden", "blur", "fullscreen", "offline", "tabs", "paste"]
    seconds: float = 0.0


class IncidentsBody(Struct):
    """What a candidate's page noticed since its last call."""

    incidents: Annotated[list[GivenIncident], Meta(max_length=100)]


class ExtendBody(Struct):
    """More minutes for everyone, or for one candidate; a negative number takes minutes back."""

    minutes: float
    candidate: str | None = None


class ExportBody(Struct):
    """Whether late answers count."""

    late: Literal["leave", "take"] = "leave"


class BackupBody(Struct):
    """Where the copy of the database is written."""

    path: Text


class FeedbackBody(Struct):
    """The feedback to each question."""

    questions: dict[str, str]


async def read_body(request: Request, kind: type[Body], limit: int) -> Body:
    """Return the JSON body of a request as a ``kind``; refuse any other body."""
    return checked(json_object(await request.json_body(limit)), kind)


def json_object(content: bytes, *, constants: bool = False) -> dict[str, Any]:
    """Return the JSON object in a body. Lone surrogates, which msgspec refuses and a browser may send, pass.

    :param constants: whether NaN and Infinity pass, too.
    :raises Refused: with status 400, the body is no JSON object.
    """
    try:
        value = _decoded(content, None if constants else _refuse_constant)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Refused(400, _("The call is no JSON that can be read"))
    return value


def checked(value: dict[str, Any], kind: type[Body]) -> Body:
    """Return a JSON object as a ``kind``.

    :raises Refused: with status 422, a field is missing or of a wrong type.
    """
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        reason = ascii(str(error))[1:-1]
        raise Refused(422, _("The call does not have the expected form ({reason})").format(reason=reason)) from None


def _decoded(content: bytes, constant: Callable[[str], None] | None) -> Any:
    try:
        return msgspec.json.decode(content)
    except msgspec.DecodeError:
        return json.loads(content.decode(), parse_constant=constant)


def _refuse_constant(name: str) -> None:
    raise ValueError(name)
