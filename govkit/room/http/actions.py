"""The trainer's actions on a room and on one candidate; each returns its JSON reply. The caller holds the lock."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from shutil import copyfile
from typing import Any, cast

from govkit.core.i18n import gettext as _
from govkit.room.domain.records import FeedbackRow
from govkit.room.domain.room import Room, Sitting, remaining_seconds, sitting_state
from govkit.room.domain.sessions import new_pin
from govkit.room.exam_folder import export_room
from govkit.room.http.bodies import BackupBody, ExportBody, ExtendBody, FeedbackBody, checked
from govkit.room.http.request import Refused
from govkit.room.http.service import SECRET_FILE, RoomService
from govkit.room.opening import MAX_MINUTES, is_folder

Body = dict[str, Any]
Result = dict[str, Any]


async def _open(service: RoomService, room: Room, _body: Body) -> Result:
    """Open the room, or reopen a closed one; the time it was closed counts for nobody."""
    now, row = service.clock.now(), room.row
    if row.opened is None:
        await service.save([row._replace(opened=now)])
    elif row.closed is not None:
        await service.save([row._replace(closed=None, paused=None, stopped=now - room.running(now))])
    return _state(service, room)


async def _pause(service: RoomService, room: Room, _body: Body) -> Result:
    if room.state == "open":
        await service.save([room.row._replace(paused=service.clock.now())])
    elif room.state != "paused":
        raise Refused(409, _("Only an open room can be paused"))
    return _state(service, room)


async def _resume(service: RoomService, room: Room, _body: Body) -> Result:
    now = service.clock.now()
    if room.state == "paused":
        await service.save([room.row._replace(paused=None, stopped=now - room.running(now))])
    elif room.state != "open":
        raise Refused(409, _("Only a paused room can go on"))
    return _state(service, room)


async def _close(service: RoomService, room: Room, _body: Body) -> Result:
    if room.row.opened is None:
        raise Refused(409, _("The room was never opened"))
    if room.row.closed is None:
        await service.save([room.row._replace(closed=service.clock.now())])
    return _state(service, room)


async def _extend(service: RoomService, room: Room, body: Body) -> Result:
    """Give everyone, or one candidate, more minutes; a negative number takes minutes back."""
    given = checked(body, ExtendBody)
    if not abs(given.minutes) <= MAX_MINUTES:
        raise Refused(422, _("Minutes are a number"))
    seconds = 60.0 * given.minutes
    if given.candidate is None:
        await service.save([room.row._replace(extra=room.row.extra + seconds)])
        return _state(service, room)
    sitting = room.sittings.get(given.candidate)
    if sitting is None:
        raise Refused(404, _("There is no such candidate"))
    async with sitting.lock:
        await service.save([sitting.row._replace(extra=sitting.row.extra + seconds)])
    return _state(service, room)


async def _export(service: RoomService, room: Room, body: Body) -> Result:
    given = checked(body, ExportBody)
    if room.state != "closed":
        raise Refused(409, _("Close the room first"))
    await service.catch_up()
    return cast("Result", await asyncio.to_thread(export_room, room, given.late))


async def _backup(service: RoomService, _room: Room, body: Body) -> Result:
    """Copy the database and its secret to another place: with both, a spare computer can continue."""
    path = Path(checked(body, BackupBody).path)
    if not path.name or not is_folder(path.parent):
        raise Refused(422, _("The folder of the copy is not there"))
    await service.store.backup(path)
    secret = path.with_name(path.name + ".secret")
    await asyncio.to_thread(copyfile, service.folder / SECRET_FILE, secret)
    secret.chmod(0o600)
    return {"path": str(path)}


async def _feedback(service: RoomService, room: Room, body: Body) -> Result:
    """Store the feedback of a practice room after closing; before it the server must not know it."""
    if not room.setting.feedback or room.state != "closed":
        raise Refused(409, _("Feedback is taken by a room made for it, after it is closed"))
    given = checked(body, FeedbackBody)
    await service.save([FeedbackRow(room.row.room_id, json.dumps(given.questions))])
    return {"questions": len(given.questions)}


async def _reset_pin(service: RoomService, _room: Room, sitting: Sitting, _body: Body) -> Result:
    pin, row = new_pin(), sitting.row
    await service.save([row._replace(pin=service.secret.pin_hash(row.room_id, row.candidate, pin))])
    return {"candidate": row.candidate, "pin": pin}


async def _void(service: RoomService, _room: Room, sitting: Sitting, _body: Body) -> Result:
    await service.save([sitting.row._replace(void=1)])
    return {"candidate": sitting.row.candidate}


async def _restore(service: RoomService, _room: Room, sitting: Sitting, _body: Body) -> Result:
    await service.save([sitting.row._replace(void=0)])
    return {"candidate": sitting.row.candidate}


async def _reopen(service: RoomService, _room: Room, sitting: Sitting, _body: Body) -> Result:
    await service.save([sitting.row._replace(submitted=None, receipt="")])
    return {"candidate": sitting.row.candidate}


async def _approve(service: RoomService, _room: Room, sitting: Sitting, _body: Body) -> Result:
    """Let the requesting device replace the current one."""
    requesting = sitting.session("takeover")
    if requesting is None:
        raise Refused(409, _("No other device asks to take over"))
    current = [each.row._replace(state="moved") for each in sitting.sessions.values() if each.row.state == "active"]
    await service.save([*current, requesting.row._replace(state="active")])
    return {"candidate": sitting.row.candidate}


async def _refuse(service: RoomService, _room: Room, sitting: Sitting, _body: Body) -> Result:
    requesting = sitting.session("takeover")
    if requesting is None:
        raise Refused(409, _("No other device asks to take over"))
    await service.save([requesting.row._replace(state="out")])
    return {"candidate": sitting.row.candidate}


async def _sign_out(service: RoomService, _room: Room, sitting: Sitting, _body: Body) -> Result:
    await service.save([each.row._replace(state="out") for each in sitting.sessions.values()])
    return {"candidate": sitting.row.candidate}


ACTIONS: dict[str, Callable[[RoomService, Room, Body], Awaitable[Result]]] = {
    "open": _open,
    "pause": _pause,
    "resume": _resume,
    "close": _close,
    "extend": _extend,
    "export": _export,
    "backup": _backup,
    "feedback": _feedback,
}
ACTIONS_ON_ONE: dict[str, Callable[[RoomService, Room, Sitting, Body], Awaitable[Result]]] = {
    "reset-pin": _reset_pin,
    "void": _void,
    "restore": _restore,
    "reopen": _reopen,
    "approve": _approve,
    "refuse": _refuse,
    "sign-out": _sign_out,
}


def _state(service: RoomService, room: Room) -> Result:
    return {"state": room.state, "left": seconds_left(room, service.clock.now())}


def seconds_left(room: Room, now: float) -> float | None:
    """Return the seconds left without extra time of one's own; None before the start, and with times of one's own."""
    if room.row.opened is None or room.setting.own_time:
        return None
    whole = room.setting.minutes * 60 + room.row.extra
    return round(max(0.0, room.row.opened + whole - room.running(now)), 1)


def candidates(room: Room, now: float, wall: float) -> list[dict[str, Any]]:
    """Return a record for each candidate, in the order of the roster.

    ``left`` and ``last_save`` (how long ago) are seconds, ``extra`` minutes, ``incidents`` a count.
    """
    return [_candidate(room, sitting, now, wall) for sitting in room.sittings.values()]


def _candidate(room: Room, sitting: Sitting, now: float, wall: float) -> dict[str, Any]:
    row, left = sitting.row, remaining_seconds(room, sitting, now)
    return {
        "candidate": row.candidate,
        "name": row.name,
        "unit": row.unit,
        "form": row.form,
        "state": sitting_state(room, sitting, now, wall),
        "signed_in": sitting.session("active") is not None,
        "started": row.started is not None,
        "answered": sum(1 for answer in sitting.answers.values() if answer.answer.strip()),
        "questions": len(room.paper_of(sitting).questions),
        "last_save": None if sitting.last_save is None else round(now - sitting.last_save, 1),
        "left": None if left is None else round(left, 1),
        "extra": row.extra / 60,
        "late": len(sitting.late),
        "incidents": len(sitting.incidents),
        "takeover": sitting.session("takeover") is not None,
    }


def counts(listed: list[dict[str, Any]]) -> dict[str, int]:
    """Return numbers of candidates: all, signed in, started, submitted, void, awaiting approval, with late answers."""
    return {
        "candidates": len(listed),
        "signed_in": sum(each["signed_in"] for each in listed),
        "started": sum(each["started"] for each in listed),
        "submitted": sum(each["state"] == "submitted" for each in listed),
        "void": sum(each["state"] == "void" for each in listed),
        "takeover": sum(each["takeover"] for each in listed),
        "late": sum(each["late"] > 0 for each in listed),
    }


def incidents(room: Room) -> list[dict[str, Any]]:
    """Return the incidents, oldest first; ``at`` is seconds since the room opened."""
    opened = room.row.opened or 0.0
    rows = sorted((row for sitting in room.sittings.values() for row in sitting.incidents), key=lambda row: row.at)
    return [
        {"candidate": row.candidate, "name": room.sittings[row.candidate].row.name, "kind": row.kind,
         "seconds": row.seconds, "at": round(row.at - opened, 1)}
        for row in rows
    ]  # fmt: skip
