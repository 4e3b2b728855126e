"""The JSON API of the candidate's page: state, answers, hand-in, incidents."""

from dataclasses import dataclass
from typing import Any

from govkit.core.i18n import gettext as _
from govkit.room.domain.records import IncidentRow, Row
from govkit.room.domain.room import (
    MAX_INCIDENTS,
    NewAnswer,
    Outcome,
    Room,
    RoomPaper,
    Session,
    State,
    plain,
    receipt,
    refusal,
    remaining_seconds,
    save,
    sitting_state,
)
from govkit.room.http.bodies import AnswersBody, GivenAnswer, IncidentsBody, read_body
from govkit.room.http.request import MAX_BODY, MAX_FORM, Refused, Reply, Request, json_reply, no_content
from govkit.room.http.service import RoomService

MAX_INCIDENT_SECONDS = 10.0**6


@dataclass(slots=True)
class Call:
    """A request of someone who is signed in to a room."""

    request: Request
    room: Room
    session: Session
    token: str


def session_state(service: RoomService, call: Call) -> State:
    """Return the state of a sitting for this browser; another browser may have taken its place."""
    if call.session.row.state != "active":
        return "takeover" if call.session.row.state == "takeover" else "moved"
    return sitting_state(call.room, call.session.sitting, *service.now())


def state_and_time(service: RoomService, call: Call, known: State | None = None) -> dict[str, Any]:
    """Return the state of a sitting and the seconds left; ``known`` is the state if the caller has it."""
    left = remaining_seconds(call.room, call.session.sitting, service.clock.now())
    return {"state": known or session_state(service, call), "left": None if left is None else round(left, 1)}


def with_answers(service: RoomService, call: Call, known: State | None = None) -> dict[str, Any]:
    """Return the state of a sitting, the seconds left, and the stored answers where the browser may see them."""
    found = state_and_time(service, call, known) | {"now": round(service.clock.now(), 3)}
    if found["state"] not in ("takeover", "moved", "waiting", "void"):
        stored = call.session.sitting.answers
        found["answers"] = {id_: {"answer": row.answer, "version": row.version} for id_, row in stored.items()}
    return found


async def state(service: RoomService, call: Call) -> Reply:
    """Return the state of the sitting and the time left; with ``?answers=1`` also the stored answers."""
    if b"answers=1" not in call.request.scope["query_string"]:
        return json_reply(state_and_time(service, call) | {"now": round(service.clock.now(), 3)})
    await service.catch_up()  # a page that starts must see what was saved through another server
    return json_reply(with_answers(service, call))


async def answers(service: RoomService, call: Call) -> Reply:
    """Save a packet of answers; reply which are saved once they are on the disk."""
    body = await read_body(call.request, AnswersBody, MAX_BODY)
    outcome = _decided(service, call, new_answers(body, _paper(call)))
    if outcome.rows or outcome.waits:
        await service.save(outcome.rows)
    return _outcome_reply(service, call, outcome)


async def submit(service: RoomService, call: Call) -> Reply:
    """Hand in: save the last answers and accept no more. A second hand-in changes nothing."""
    sitting = call.session.sitting
    given = new_answers(await read_body(call.request, AnswersBody, MAX_BODY), _paper(call))
    async with sitting.lock:
        now, wall = service.now()
        accepted = not refusal(call.room, sitting, call.session, now, wall)
        outcome = _decided(service, call, given)
        rows: list[Row] = list(outcome.rows)
        if accepted:
            rows.append(sitting.row._replace(submitted=now, receipt=receipt(sitting, rows)))
        sitting.submitting = accepted
        try:
            await service.save(rows)
        finally:
            sitting.submitting = False
    return _outcome_reply(service, call, outcome, receipt=sitting.row.receipt)


async def incidents(service: RoomService, call: Call) -> Reply:
    """Store what the page noticed, up to a number per sitting."""
    body = await read_body(call.request, IncidentsBody, MAX_FORM)
    sitting, now = call.session.sitting, service.clock.now()
    async with sitting.lock:
        serial, row = len(sitting.incidents), sitting.row
        rows = [
            IncidentRow(row.room_id, row.candidate, serial + at, each.kind, _bounded(each.seconds), now)
            for at, each in enumerate(body.incidents)
        ]
        if rows and serial + len(rows) <= MAX_INCIDENTS:
            await service.save(rows)
    return no_content()


def _bounded(seconds: float) -> float:
    return min(max(seconds, 0.0), MAX_INCIDENT_SECONDS)


def new_answers(body: AnswersBody, paper: RoomPaper) -> list[NewAnswer]:
    """Return the answers of a packet.

    :raises Refused: one of them cannot be read; the whole packet is refused then.
    """
    return [_new_answer(each, paper) for each in body.answers]


def _new_answer(given: GivenAnswer, paper: RoomPaper) -> NewAnswer:
    answer = plain(given.answer)
    problem = paper.problem(given.question, answer)
    if problem:
        raise Refused(422, problem, question=given.question)
    return NewAnswer(given.question, given.version, answer)


def _paper(call: Call) -> RoomPaper:
    if call.session.row.state == "takeover":
        raise Refused(403, _("This device is not approved yet"))
    if call.room.row.opened is None or (call.room.setting.own_time and call.session.sitting.row.started is None):
        raise Refused(409, _("The exam has not begun"))
    return call.room.paper_of(call.session.sitting)


def _decided(service: RoomService, call: Call, given: list[NewAnswer]) -> Outcome:
    now, wall = service.now()
    sitting = call.session.sitting
    return save(sitting, given, now, refusal(call.room, sitting, call.session, now, wall))


def _outcome_reply(service: RoomService, call: Call, outcome: Outcome, **more: str) -> Reply:
    found = {"saved": outcome.saved, "stale": outcome.stale, "late": outcome.late, **state_and_time(service, call)}
    return json_reply(found | {name: value for name, value in more.items() if value})
