"""Create a room from an exam folder: its papers and roster become rows, with a new PIN for each candidate."""

import datetime as dt
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast, get_args

from msgspec import Meta, Struct

from govkit.core.errors import InputError, Problem, Where, refuse
from govkit.core.frames import named_rows
from govkit.core.i18n import gettext as _
from govkit.exams.paper.paper import Paper, paper_bytes, paper_files, read_paper
from govkit.exams.paper.roster import ROSTER_FILE, read_roster
from govkit.room.domain.page_records import RoomKind
from govkit.room.domain.records import PaperRow, RoomRow, Row, SittingRow
from govkit.room.domain.room import Setting
from govkit.room.domain.sessions import Secret, new_pin

if TYPE_CHECKING:
    import pandas as pd

MAX_MINUTES = 14 * 24 * 60
MAX_LISTED = 50
"""How many candidates with the same problem are listed."""

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_CANDIDATE = re.compile(r"[\w.-]{1,32}")

Text = Annotated[str, Meta(pattern="^[^\x00\ud800-\udfff]*$")]
"""A text that both databases can store: without NUL and lone surrogates."""


class NewRoom(Struct, frozen=True):
    """A room to create, as the trainer's port receives it. ``form`` None takes every form but the resit's.

    ``minutes`` None takes those of the paper; ``extra`` is minutes by candidate; ``start_window`` is two local times.
    """

    exam: Text
    form: Text | None = None
    room_id: Text = ""
    title: Text = ""
    minutes: float | None = None
    start_window: tuple[Text, Text] | None = None
    extra: dict[str, float] = {}
    kind: Text = "closed"
    require_seb: bool = False
    one_seat: bool = False
    feedback: bool = False
    seb_keys: tuple[Text, ...] = ()

    @property
    def folder(self) -> Path:
        """The exam's folder."""
        return Path(self.exam)


@dataclass(frozen=True, slots=True)
class CreatedRoom:
    """A created room: its id, its rows, and the PINs by candidate, which are shown only now."""

    room_id: str
    rows: tuple[Row, ...]
    pins: dict[str, str]


def create_room(new: NewRoom, secret: Secret, taken: Sequence[str] = ()) -> CreatedRoom:
    """Return the rows of a new room, with a new PIN for each candidate.

    :param taken: the ids of existing rooms.
    :raises InputError: a folder without papers or roster, no candidates, a candidate twice, a number that cannot be
        typed, impossible times.
    """
    refuse(_folder_problems(new))
    forms = {paper.form: paper for paper in map(read_paper, paper_files(new.folder))}
    refuse([*_form_problems(new, forms), *_setting_problems(new)])
    chosen = _candidates(new, tuple(forms))
    refuse(_candidate_problems(new, chosen))
    room_id = _free_id(new, _slug(next(iter(forms.values())).exam), taken)
    pins = {candidate: new_pin() for candidate in chosen["candidate"]}
    papers = [PaperRow(room_id, form, paper_bytes(forms[form]).decode()) for form in sorted(set(chosen["form"]))]
    sittings = [
        SittingRow(
            room_id,
            row.candidate,
            row.name,
            row.unit,
            row.form,
            secret.pin_hash(room_id, row.candidate, pins[row.candidate]),
            60.0 * new.extra.get(row.candidate, 0),
        )
        for row in named_rows(chosen[["candidate", "name", "unit", "form"]])
    ]
    setting = _setting(new, forms[chosen["form"].iloc[0]])
    return CreatedRoom(room_id, (RoomRow(room_id, setting.text()), *papers, *sittings), pins)


def _setting(new: NewRoom, paper: Paper) -> Setting:
    begins, ends = (_timestamp(text) for text in new.start_window) if new.start_window else (None, None)
    return Setting(
        exam=str(new.folder.resolve()),
        title=new.title[:200] or paper.title,
        minutes=paper.minutes if new.minutes is None else new.minutes,
        kind=cast("RoomKind", new.kind),
        window_from=begins,
        window_to=ends,
        require_seb=new.require_seb,
        one_seat=new.one_seat,
        feedback=new.feedback,
        seb_keys=new.seb_keys,
    )


def _candidates(new: NewRoom, forms: tuple[str, ...]) -> "pd.DataFrame":
    resit = resit_form(new.folder)
    roster = read_roster(new.folder, forms, resit)
    chosen = roster["form"] == new.form if new.form else roster["form"] != resit
    return roster[chosen]


def resit_form(folder: Path) -> str:
    """Return the form of the resit as the exam's blueprint names it, "" if there is none."""
    from govkit.exams.yaml_reader import read_values

    return str(read_values(folder / "blueprint.yaml").get("resit", ""))


def is_folder(path: Path) -> bool:
    """Return whether a path is a folder that can be seen; a name too long or a place without permission is none."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _folder_problems(new: NewRoom) -> list[Problem]:
    what = _("The exam's folder is not there")
    found = bool(new.exam) and is_folder(new.folder)
    return [] if found else [Problem(Where(new.exam), what, _("Put it back, or connect its disk"))]


def _form_problems(new: NewRoom, forms: Mapping[str, Paper]) -> list[Problem]:
    where = Where(new.exam)
    if not forms:
        return [Problem(where, _("The folder holds no paper"), _("Assemble the exam first: govkit exam assemble"))]
    if new.form and new.form not in forms:
        what = _("There is no form “{form}”").format(form=new.form)
        return [Problem(where, what, _("Use one of: {names}").format(names=", ".join(forms)))]
    if new.kind == "resit" and not new.form:
        return [Problem(where, _("A resit needs its form named"), _("Name the form of the resit"))]
    return []


def _setting_problems(new: NewRoom) -> list[Problem]:
    problems, where = [], Where(new.exam)
    if new.kind not in get_args(RoomKind):
        what = _("“{kind}” is no kind of room").format(kind=new.kind)
        problems.append(Problem(where, what, _("Use one of: {names}").format(names=", ".join(get_args(RoomKind)))))
    if new.room_id and not _ID.fullmatch(new.room_id):
        what = _("“{id}” cannot be a room's id").format(id=new.room_id)
        problems.append(Problem(where, what, _("Use up to 40 small letters, digits and hyphens")))
    if new.minutes is not None and not 0 < new.minutes <= MAX_MINUTES:
        what = _("{minutes} minutes are no time for an exam").format(minutes=f"{new.minutes:g}")
        problems.append(Problem(where, what, _("Give minutes from 1 up to two weeks")))
    if new.start_window and not _ordered(new.start_window):
        what = _("The start window {window} makes no sense").format(window=" – ".join(new.start_window))
        problems.append(Problem(where, what, _("Give two times like 2015-10-20T09:00, the earlier one first")))
    return problems


def _candidate_problems(new: NewRoom, chosen: "pd.DataFrame") -> list[Problem]:
    where = Where(str(new.folder / ROSTER_FILE))
    listed = Counter(chosen["candidate"])
    if not listed:
        what = _("Nobody on the roster sits this form")
        return [Problem(where, what, _("Correct the roster or name another form"))]
    kinds = (
        (
            [each for each in listed if not _typable(each)],
            _("“{number}” cannot be typed as an admission number"),
            _("Use letters, digits and hyphens"),
        ),
        (
            sorted(each for each, count in listed.items() if count > 1),
            _("Candidate {number} would sit twice in one room"),
            _("Make a room for each form"),
        ),
        (
            sorted(set(new.extra) - set(listed)),
            _("Extra time is given to {number}, who is not on the roster"),
            _("Correct the number"),
        ),
        (
            [each for each, minutes in new.extra.items() if not 0 <= minutes <= MAX_MINUTES],
            _("The extra time of {number} makes no sense"),
            _("Give minutes, 0 or more"),
        ),
    )
    return [
        Problem(where, what.format(number=each), repair) for bad, what, repair in kinds for each in bad[:MAX_LISTED]
    ]


def _typable(candidate: str) -> bool:
    return bool(_CANDIDATE.fullmatch(candidate)) and unicodedata.normalize("NFKC", candidate) == candidate


def _ordered(window: tuple[str, str]) -> bool:
    try:
        return _timestamp(window[0]) < _timestamp(window[1])
    except (ValueError, OverflowError, OSError):
        return False


def _timestamp(text: str) -> float:
    return dt.datetime.fromisoformat(text).timestamp()


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:30] or "room"


def _free_id(new: NewRoom, name: str, taken: Sequence[str]) -> str:
    if not new.room_id:
        choices = (name, *(f"{name}-{count}" for count in range(2, len(taken) + 3)))
        return next(each for each in choices if each not in taken)
    if new.room_id in taken:
        what = _("There is a room “{id}” already").format(id=new.room_id)
        raise InputError(Problem(Where(new.exam), what, _("Choose another id")))
    return new.room_id
