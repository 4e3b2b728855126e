"""The calls of the candidate's page: its state, answers, the hand-in, incidents."""

from dataclasses import dataclass
from typing import Any

from govkit.core.i18n import gettext as _
from govkit.room.domain.records import IncidentRow, Row
from govkit.room.domain.room import MOST_INCIDENTS, Given, Outcome, Room, Session, State, left, receipt, refusal, save
from govkit.room.domain.room import state as state_of
from govkit.room.domain.room_paper import Sheet, plain
from govkit.room.http.request import LARGEST_VERSION, MOST_BODY, MOST_FORM, Refused, Reply, Request, json_reply, nothing
from govkit.room.http.service import Desk

MOST_ANSWERS = 1000
INCIDENTS = ("hidden", "blur", "fullscreen", "offline", "tabs", "paste")


@dataclass(slots=True)
class Call:
    """A request of someone who is signed in to a room."""

    request: Request
    room: Room
    session: Session
    token: str


def told_state(desk: Desk, call: Call) -> State:
    """Return the state of a sitting as this browser is told: another one may have taken its place."""
    if call.session.row.state != "active":
        return "takeover" if call.session.row.state == "takeover" else "moved"
    return state_of(call.room, call.session.sitting, *desk.now())


def _told(desk: Desk, call: Call, known: State | None = None) -> dict[str, Any]:
    remaining = left(call.room, call.session.sitting, desk.clock.now())
    return {"state": known or told_state(desk, call), "left": None if remaining is None else round(remaining, 1)}


async def state(desk: Desk, call: Call) -> Reply:
    """Tell the state of the sitting and the time left; with ``?answers=1`` the answers that are on the disk too."""
    wanted = b"answers=1" in call.request.scope["query_string"]
    if wanted:  # a page that begins must know what was saved through another server
        await desk.catch_up()
    return json_reply(standing(desk, call, answers=wanted))


def standing(desk: Desk, call: Call, *, answers: bool, known: State | None = None) -> dict[str, Any]:
    """Return how the sitting stands: its state, the time left, and the answers that are on the disk where asked for.

    :param known: the state where the caller has just asked for it.
    """
    told = _told(desk, call, known) | {"now": round(desk.clock.now(), 3)}
    if answers and told["state"] not in ("takeover", "moved", "waiting", "void"):
        kept = call.session.sitting.answers
        told["answers"] = {item: {"answer": row.answer, "version": row.version} for item, row in kept.items()}
    return told


async def answers(desk: Desk, call: Call) -> Reply:
    """Save a packet of answers, and say which are saved, when they are on the disk."""
    given = read_given(await call.request.json(MOST_BODY), _sheet(call))
    outcome = _judged(desk, call, given)
    if outcome.rows or outcome.waits:
        await desk.keep(outcome.rows)
    return _outcome_reply(desk, call, outcome)


async def submit(desk: Desk, call: Call) -> Reply:
    """Hand in: save the last answers and take no more. A second hand-in changes nothing."""
    sitting = call.session.sitting
    given = read_given(await call.request.json(MOST_BODY), _sheet(call))
    async with sitting.lock:
        now, wall = desk.now()
        taken = not refusal(call.room, sitting, call.session, now, wall)
        outcome = _judged(desk, call, given)
        rows: list[Row] = list(outcome.rows)
        if taken:
            rows.append(sitting.row._replace(submitted=now, receipt=receipt(sitting, rows)))
        sitting.submitting = taken
        try:
            await desk.keep(rows)
        finally:
            sitting.submitting = False
    return _outcome_reply(desk, call, outcome, receipt=sitting.row.receipt)


async def incidents(desk: Desk, call: Call) -> Reply:
    """Note what the page noticed."""
    body = await call.request.json(MOST_FORM)
    sitting, now = call.session.sitting, desk.clock.now()
    listed = body.get("incidents")
    if not isinstance(listed, list) or len(listed) > 100:
        raise Refused(422, _("Incidents are a list of at most 100"))
    read = [_incident(each) for each in listed]
    async with sitting.lock:
        serial, row = len(sitting.incidents), sitting.row
        rows = [IncidentRow(row.room, row.number, serial + at, *each, now) for at, each in enumerate(read)]
        if rows and serial + len(rows) <= MOST_INCIDENTS:
            await desk.keep(rows)
    return nothing()


def _incident(given: Any) -> tuple[str, float]:
    kind = given.get("kind") if isinstance(given, dict) else None
    seconds = given.get("seconds", 0) if isinstance(given, dict) else None
    if kind not in INCIDENTS or isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise Refused(422, _("This is no incident that is known"))
    return kind, min(max(float(min(seconds, 10**6)), 0.0), 10.0**6)


def read_given(body: dict[str, Any], sheet: Sheet) -> list[Given]:
    """Return the answers of a packet, each found readable; refuse the whole packet otherwise."""
    listed = body.get("answers")
    if not isinstance(listed, list) or len(listed) > MOST_ANSWERS:
        raise Refused(422, _("Answers are a list of at most {count}").format(count=MOST_ANSWERS))
    return [_given(each, sheet) for each in listed]


def _given(each: Any, sheet: Sheet) -> Given:
    if not isinstance(each, dict):
        raise Refused(422, _("An answer names item, answer and version"))
    item, answer, version = each.get("item"), each.get("answer"), each.get("version")
    if not isinstance(item, str) or not isinstance(answer, str) or type(version) is not int:
        raise Refused(422, _("An answer names item, answer and version"))
    if not 0 < version <= LARGEST_VERSION:
        raise Refused(422, _("A version is a whole number from 1"), item=item)
    answer = plain(answer)
    problem = sheet.problem(item, answer)
    if problem:
        raise Refused(422, problem, item=item)
    return Given(item, version, answer)


def _sheet(call: Call) -> Sheet:
    if call.session.row.state == "takeover":
        raise Refused(403, _("This device is not approved yet"))
    if call.room.row.opened is None or (call.room.setting.own_time and call.session.sitting.row.started is None):
        raise Refused(409, _("The exam has not begun"))
    return call.room.sheets[call.session.sitting.row.form]


def _judged(desk: Desk, call: Call, given: list[Given]) -> Outcome:
    now, wall = desk.now()
    sitting = call.session.sitting
    return save(sitting, given, now, refusal(call.room, sitting, call.session, now, wall))


def _outcome_reply(desk: Desk, call: Call, outcome: Outcome, **more: str) -> Reply:
    told = {"saved": outcome.saved, "stale": outcome.stale, "late": outcome.late, **_told(desk, call)}
    return json_reply(told | {name: value for name, value in more.items() if value})
