"""What a trainer can do to a room and to one candidate; each returns what is told back. The caller holds the lock."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from shutil import copyfile
from typing import Any, TypeGuard, cast

from govkit.core.i18n import gettext as _
from govkit.room.domain.records import FeedbackRow
from govkit.room.domain.room import Room, Sitting, left, state
from govkit.room.domain.sessions import new_pin
from govkit.room.exam_folder import Late, export_room
from govkit.room.http.request import Refused
from govkit.room.http.service import SECRET_FILE, Desk
from govkit.room.opening import LONGEST_MINUTES, Wish

Body = Mapping[str, Any]
Told = dict[str, Any]


def wish_of(body: Body) -> Wish:
    """Return the room that a call asks for; refuse fields of a wrong kind. Values are judged later."""
    folder = _text(body, "exam")
    if not folder or not _is_folder(Path(folder)):
        raise Refused(422, _("The exam's folder is not there"))
    minutes = body.get("minutes")
    if minutes is not None and not _is_number(minutes):
        raise Refused(422, _("Minutes are a number"))
    return Wish(
        exam=Path(folder),
        form=_text(body, "form") or None,
        id=_text(body, "id"),
        title=_text(body, "title")[:200],
        minutes=minutes,
        window=_window(body),
        extra=_extra(body),
        kind=cast("Any", _text(body, "kind") or "closed"),
        require_seb=body.get("require_seb") is True,
        one_seat=body.get("one_seat") is True,
        feedback=body.get("feedback") is True,
        seb_keys=tuple(_texts(body, "seb_keys")),
    )


async def _open(desk: Desk, room: Room, _body: Body) -> Told:
    """Open the room; one that was closed goes on, the time since then counted for nobody."""
    now, row = desk.clock.now(), room.row
    if row.opened is None:
        await desk.keep([row._replace(opened=now)])
    elif row.closed is not None:
        await desk.keep([row._replace(closed=None, paused=None, stopped=now - room.running(now))])
    return _state(desk, room)


async def _pause(desk: Desk, room: Room, _body: Body) -> Told:
    if room.state == "open":
        await desk.keep([room.row._replace(paused=desk.clock.now())])
    elif room.state != "paused":
        raise Refused(409, _("Only an open room can be paused"))
    return _state(desk, room)


async def _resume(desk: Desk, room: Room, _body: Body) -> Told:
    now = desk.clock.now()
    if room.state == "paused":
        await desk.keep([room.row._replace(paused=None, stopped=now - room.running(now))])
    elif room.state != "open":
        raise Refused(409, _("Only a paused room can go on"))
    return _state(desk, room)


async def _close(desk: Desk, room: Room, _body: Body) -> Told:
    if room.row.opened is None:
        raise Refused(409, _("The room was never opened"))
    if room.row.closed is None:
        await desk.keep([room.row._replace(closed=desk.clock.now())])
    return _state(desk, room)


async def _extend(desk: Desk, room: Room, body: Body) -> Told:
    """Give all, or one, more minutes; minutes given by mistake are taken back by a negative number."""
    minutes, number = body.get("minutes"), body.get("number")
    if not _is_number(minutes) or abs(minutes) > LONGEST_MINUTES:
        raise Refused(422, _("Minutes are a number"))
    if number is None:
        await desk.keep([room.row._replace(extra=room.row.extra + 60.0 * minutes)])
        return _state(desk, room)
    sitting = room.sittings.get(number) if isinstance(number, str) else None
    if sitting is None:
        raise Refused(404, _("There is no such candidate"))
    async with sitting.lock:
        await desk.keep([sitting.row._replace(extra=sitting.row.extra + 60.0 * minutes)])
    return _state(desk, room)


async def _export(desk: Desk, room: Room, body: Body) -> Told:
    late = body.get("late", "leave")
    if late not in ("leave", "take"):
        raise Refused(422, _("Late answers are left or taken: “leave” or “take”"))
    if room.state != "closed":
        raise Refused(409, _("Close the room first"))
    await desk.catch_up()
    return cast("Told", await asyncio.to_thread(export_room, room, cast("Late", late)))


async def _backup(desk: Desk, _room: Room, body: Body) -> Told:
    """Write the database and its secret to another place: with both, a spare computer can go on."""
    path = Path(_text(body, "path"))
    if not path.name or not _is_folder(path.parent):
        raise Refused(422, _("The folder of the copy is not there"))
    await desk.store.backup(path)
    secret = path.with_name(path.name + ".secret")
    await asyncio.to_thread(copyfile, desk.folder / SECRET_FILE, secret)
    secret.chmod(0o600)
    return {"path": str(path)}


async def _feedback(desk: Desk, room: Room, body: Body) -> Told:
    """Keep what a practice room tells after closing; before it the server must not know it."""
    given = body.get("items")
    if not room.setting.feedback or room.state != "closed":
        raise Refused(409, _("Feedback is taken by a room made for it, after it is closed"))
    if not isinstance(given, dict) or not all(isinstance(each, str) for each in given.values()):
        raise Refused(422, _("Feedback names a text for each question"))
    await desk.keep([FeedbackRow(room.row.room, json.dumps(given))])
    return {"items": len(given)}


async def _reset_pin(desk: Desk, _room: Room, sitting: Sitting, _body: Body) -> Told:
    pin, row = new_pin(), sitting.row
    await desk.keep([row._replace(pin=desk.secret.pin_hash(row.room, row.number, pin))])
    return {"number": row.number, "pin": pin}


async def _void(desk: Desk, _room: Room, sitting: Sitting, _body: Body) -> Told:
    await desk.keep([sitting.row._replace(void=1)])
    return {"number": sitting.row.number}


async def _restore(desk: Desk, _room: Room, sitting: Sitting, _body: Body) -> Told:
    await desk.keep([sitting.row._replace(void=0)])
    return {"number": sitting.row.number}


async def _reopen(desk: Desk, _room: Room, sitting: Sitting, _body: Body) -> Told:
    await desk.keep([sitting.row._replace(submitted=None, receipt="")])
    return {"number": sitting.row.number}


async def _approve(desk: Desk, _room: Room, sitting: Sitting, _body: Body) -> Told:
    """Let the device that asks take the place of the present one."""
    asking = sitting.session("takeover")
    if asking is None:
        raise Refused(409, _("No other device asks to take over"))
    present = [each.row._replace(state="moved") for each in sitting.sessions.values() if each.row.state == "active"]
    await desk.keep([*present, asking.row._replace(state="active")])
    return {"number": sitting.row.number}


async def _refuse(desk: Desk, _room: Room, sitting: Sitting, _body: Body) -> Told:
    asking = sitting.session("takeover")
    if asking is None:
        raise Refused(409, _("No other device asks to take over"))
    await desk.keep([asking.row._replace(state="out")])
    return {"number": sitting.row.number}


async def _sign_out(desk: Desk, _room: Room, sitting: Sitting, _body: Body) -> Told:
    await desk.keep([each.row._replace(state="out") for each in sitting.sessions.values()])
    return {"number": sitting.row.number}


ACTIONS: dict[str, Callable[[Desk, Room, Body], Awaitable[Told]]] = {
    "open": _open,
    "pause": _pause,
    "resume": _resume,
    "close": _close,
    "extend": _extend,
    "export": _export,
    "backup": _backup,
    "feedback": _feedback,
}
ACTIONS_ON_ONE: dict[str, Callable[[Desk, Room, Sitting, Body], Awaitable[Told]]] = {
    "reset-pin": _reset_pin,
    "void": _void,
    "restore": _restore,
    "reopen": _reopen,
    "approve": _approve,
    "refuse": _refuse,
    "sign-out": _sign_out,
}


def _state(desk: Desk, room: Room) -> Told:
    return {"state": room.state, "left": seconds_left(room, desk.clock.now())}


def _text(body: Body, name: str) -> str:
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or not _storable(value):
        raise Refused(422, _("“{name}” is a text").format(name=name))
    return value


def _storable(text: str) -> bool:
    return "\x00" not in text and text.encode("utf-8", "replace").decode() == text


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name too long, a place one may not look at
        return False


def _texts(body: Body, name: str) -> list[str]:
    value = body.get(name) or []
    if not isinstance(value, list) or not all(isinstance(each, str) and _storable(each) for each in value):
        raise Refused(422, _("“{name}” is a list of texts").format(name=name))
    return value


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9


def _window(body: Body) -> tuple[str, str] | None:
    value = _texts(body, "start_window")
    if value and len(value) != 2:
        raise Refused(422, _("A start window is two times"))
    return (value[0], value[1]) if value else None


def _extra(body: Body) -> dict[str, float]:
    value = body.get("extra") or {}
    if not isinstance(value, dict) or not all(map(_is_number, value.values())):
        raise Refused(422, _("Extra time names minutes for each number"))
    return {number: float(minutes) for number, minutes in value.items()}


def seconds_left(room: Room, now: float) -> float | None:
    """Return the seconds that those without extra time of their own have left; None before the start."""
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
    row, remaining = sitting.row, left(room, sitting, now)
    return {
        "number": row.number,
        "name": row.name,
        "unit": row.unit,
        "form": row.form,
        "state": state(room, sitting, now, wall),
        "signed_in": sitting.session("active") is not None,
        "started": row.started is not None,
        "answered": sum(1 for answer in sitting.answers.values() if answer.answer.strip()),
        "items": len(room.sheets[row.form].items),
        "last_save": None if sitting.last_save is None else round(now - sitting.last_save, 1),
        "left": None if remaining is None else round(remaining, 1),
        "extra": row.extra / 60,
        "late": len(sitting.late),
        "incidents": len(sitting.incidents),
        "takeover": sitting.session("takeover") is not None,
    }


def counts(listed: list[dict[str, Any]]) -> dict[str, int]:
    """Return how many candidates there are, signed in, started, submitted, void, asking to take over."""
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
    """Return what the pages noticed, oldest first; ``at`` is seconds since the room opened."""
    opened = room.row.opened or 0.0
    rows = sorted((row for sitting in room.sittings.values() for row in sitting.incidents), key=lambda row: row.at)
    return [
        {"number": row.number, "name": room.sittings[row.number].row.name, "kind": row.kind,
         "seconds": row.seconds, "at": round(row.at - opened, 1)}
        for row in rows
    ]  # fmt: skip
