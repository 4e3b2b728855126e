"""What the trainer sees of a room: everyone's state and progress. No answer is among it."""

from typing import Any

from govkit.room.room import Room, Sitting, left, state


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
