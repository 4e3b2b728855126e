"""Export a room into its exam folder: responses.csv, the statuses in roster.csv, incidents.csv."""

from pathlib import Path
from typing import Any, Literal

from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _
from govkit.exams.folder import read_table, write_table
from govkit.exams.marking.responses import COLUMNS, RESPONSES_FILE, Response, write_responses
from govkit.exams.paper.paper import paper_files, read_paper
from govkit.exams.paper.roster import ABSENT, DISQUALIFIED, PRESENT, read_roster, write_roster
from govkit.room.domain.room import Room, Sitting
from govkit.room.opening import resit_form

INCIDENTS_FILE = "incidents.csv"

Late = Literal["leave", "take"]


def export_room(room: Room, late: Late) -> dict[str, int]:
    """Write a closed room's answers and statuses into its exam folder; return how many of each.

    Answers of other rooms and sittings stay as they are. Answers of a void sitting are left out.

    :param late: "take" lets a late answer replace an older one, "leave" ignores it.
    :raises InputError: the exam folder is gone, or its roster no longer fits.
    """
    folder = Path(room.setting.exam)
    if not folder.is_dir():
        what = _("The exam's folder is not there")
        raise InputError(Problem(Where(str(folder)), what, _("Put it back, or connect its disk")))
    forms = tuple(read_paper(path).form for path in paper_files(folder))
    roster = read_roster(folder, forms, resit_form(folder))
    mine = {(sitting.row.candidate, sitting.row.form): sitting for sitting in room.sittings.values()}
    responses = [each for sitting in mine.values() for each in responses_of(room, sitting, late)]
    pairs = list(zip(roster["candidate"], roster["form"], strict=True))
    roster["status"] = [
        status_of(mine[pair]) if pair in mine else old for pair, old in zip(pairs, roster["status"], strict=True)
    ]
    _write_merged(folder, responses, set(mine))
    write_roster(folder, roster)
    incidents = _write_incidents(folder, room)
    statuses = [status_of(sitting) for sitting in mine.values()]
    counts = {name: statuses.count(name) for name in (PRESENT, ABSENT, DISQUALIFIED)}
    return {
        **counts,
        "responses": len(responses),
        "late": sum(len(each.late) for each in mine.values()),
        "incidents": incidents,
    }


def status_of(sitting: Sitting) -> str:
    """Return present, absent or disqualified; a candidate who never saw the paper was absent."""
    if sitting.row.void:
        return DISQUALIFIED
    return PRESENT if sitting.row.started is not None or sitting.answers or sitting.late else ABSENT


def responses_of(room: Room, sitting: Sitting, late: Late) -> list[Response]:
    """Return a candidate's answers, at most one a question, in the paper's order."""
    if sitting.row.void:
        return []
    newest = {question: (row.version, row.answer) for question, row in sitting.answers.items()}
    if late == "take":
        for (question, version), row in sitting.late.items():
            if row.reason in ("closed", "paused", "submitted") and version > newest.get(question, (0, ""))[0]:
                newest[question] = (version, row.answer)
    return [
        Response(sitting.row.candidate, sitting.row.form, question, newest[question][1], "room", 1.0)
        for question in room.paper_of(sitting).questions
        if question in newest and newest[question][1].strip()
    ]


def _write_merged(folder: Path, responses: list[Response], mine: set[tuple[str, str]]) -> None:
    import pandas as pd

    path = folder / RESPONSES_FILE
    rows: list[list[Any]] = []
    if path.exists():
        frame = read_table(path, COLUMNS[:4], COLUMNS[4:]).to_pandas().astype("str")
        kept = [pair not in mine for pair in zip(frame["candidate"], frame["form"], strict=True)]
        rows = frame[list(COLUMNS)][kept].values.tolist()
    rows += [[getattr(each, name) for name in COLUMNS] for each in responses]
    write_responses(folder, pd.DataFrame(rows, columns=list(COLUMNS)))


def _write_incidents(folder: Path, room: Room) -> int:
    """Write this room's incidents and return their number; other rooms' rows stay.

    Files of version 0.1.0 name the room in a column ``room``.
    """
    import pandas as pd

    columns = ["room_id", "candidate", "kind", "seconds", "at"]
    path = folder / INCIDENTS_FILE
    rows: list[list[Any]] = []
    if path.exists():
        frame = read_table(path, columns[1:], ("room_id", "room")).to_pandas().astype("str")
        frame["room_id"] = frame["room_id"] + frame["room"]
        rows = frame[frame["room_id"] != room.row.room_id][columns].values.tolist()
    opened = room.row.opened or 0.0
    mine = [
        [row.room_id, row.candidate, row.kind, round(row.seconds, 1), round(row.at - opened, 1)]
        for sitting in room.sittings.values()
        for row in sitting.incidents
    ]
    write_table(path, pd.DataFrame([*rows, *mine], columns=columns))
    return len(mine)
