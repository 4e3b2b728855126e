"""Making a room from an exam folder: its papers and roster become rows, with a new PIN for each candidate."""

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, get_args

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

LONGEST_MINUTES = 14 * 24 * 60
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_NUMBER = re.compile(r"[\w.-]{1,32}")


@dataclass(frozen=True, slots=True)
class Wish:
    """A room as the trainer asks for it. ``form`` None takes every form of the roster but the resit's."""

    exam: Path
    form: str | None = None
    id: str = ""
    title: str = ""
    minutes: float | None = None
    window: tuple[str, str] | None = None
    extra: Mapping[str, float] = field(default_factory=dict)
    kind: RoomKind = "closed"
    require_seb: bool = False
    one_seat: bool = False
    feedback: bool = False
    seb_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """A room made: its id, its rows, and the PINs, which are told this once."""

    id: str
    rows: tuple[Row, ...]
    pins: dict[str, str]


def make_room(wish: Wish, secret: Secret, taken: Sequence[str] = ()) -> Made:
    """Return the rows of a new room.

    :param taken: the ids of rooms that are there already.
    :raises InputError: a folder without papers or roster, nobody to sit, a candidate twice, a number that cannot be
        typed, times that make no sense.
    """
    forms = {paper.form: paper for paper in map(read_paper, paper_files(wish.exam))}
    refuse([*_form_problems(wish, forms), *_setting_problems(wish)])
    chosen = _candidates(wish, tuple(forms))
    refuse(_candidate_problems(wish, chosen))
    name = _free(wish.id or _slug(next(iter(forms.values())).exam), taken, wanted=bool(wish.id), where=wish.exam)
    pins = {number: new_pin() for number in chosen["candidate"]}
    papers = [PaperRow(name, form, paper_bytes(forms[form]).decode()) for form in sorted(set(chosen["form"]))]
    sittings = [
        SittingRow(
            name,
            row.candidate,
            row.name,
            row.unit,
            row.form,
            secret.pin_hash(name, row.candidate, pins[row.candidate]),
            60.0 * wish.extra.get(row.candidate, 0),
        )
        for row in named_rows(chosen[["candidate", "name", "unit", "form"]])
    ]
    setting = _setting(wish, forms[chosen["form"].iloc[0]])
    return Made(name, (RoomRow(name, setting.text()), *papers, *sittings), pins)


def _setting(wish: Wish, paper: Paper) -> Setting:
    begins, ends = (_moment(text) for text in wish.window) if wish.window else (None, None)
    return Setting(
        exam=str(wish.exam.resolve()),
        title=wish.title or paper.title,
        minutes=paper.minutes if wish.minutes is None else wish.minutes,
        kind=wish.kind,
        window_from=begins,
        window_to=ends,
        require_seb=wish.require_seb,
        one_seat=wish.one_seat,
        feedback=wish.feedback,
        seb_keys=wish.seb_keys,
    )


def _candidates(wish: Wish, forms: tuple[str, ...]) -> "pd.DataFrame":
    resit = resit_form(wish.exam)
    roster = read_roster(wish.exam, forms, resit)
    mine = roster["form"] == wish.form if wish.form is not None else roster["form"] != resit
    return roster[mine]


def resit_form(folder: Path) -> str:
    """Return the form of the resit as the exam's blueprint names it, "" if there is none."""
    from govkit.exams.yaml_reader import read_values

    return str(read_values(folder / "blueprint.yaml").get("resit", ""))


def _form_problems(wish: Wish, forms: Mapping[str, Paper]) -> list[Problem]:
    where = Where(str(wish.exam))
    if not forms:
        return [Problem(where, _("The folder holds no paper"), _("Assemble the exam first: govkit exam assemble"))]
    if wish.form is not None and wish.form not in forms:
        what = _("There is no form “{form}”").format(form=wish.form)
        return [Problem(where, what, _("Use one of: {names}").format(names=", ".join(forms)))]
    if wish.kind == "resit" and wish.form is None:
        return [Problem(where, _("A resit needs its form named"), _("Name the form of the resit"))]
    return []


def _setting_problems(wish: Wish) -> list[Problem]:
    problems, where = [], Where(str(wish.exam))
    if wish.kind not in get_args(RoomKind):
        what = _("“{kind}” is no kind of room").format(kind=wish.kind)
        problems.append(Problem(where, what, _("Use one of: {names}").format(names=", ".join(get_args(RoomKind)))))
    if wish.id and not _ID.fullmatch(wish.id):
        what = _("“{id}” cannot be a room's id").format(id=wish.id)
        problems.append(Problem(where, what, _("Use up to 40 small letters, digits and hyphens")))
    if wish.minutes is not None and not 0 < wish.minutes <= LONGEST_MINUTES:
        what = _("{minutes} minutes are no time for an exam").format(minutes=wish.minutes)
        problems.append(Problem(where, what, _("Give minutes from 1 up to two weeks")))
    if wish.window and not _ordered(wish.window):
        what = _("The start window {window} makes no sense").format(window=" – ".join(wish.window))
        problems.append(Problem(where, what, _("Give two times like 2015-10-20T09:00, the earlier one first")))
    return problems


def _candidate_problems(wish: Wish, chosen: "pd.DataFrame") -> list[Problem]:
    where = Where(str(wish.exam / ROSTER_FILE))
    numbers = list(chosen["candidate"])
    if not numbers:
        return [Problem(where, _("Nobody on the roster sits this form"), _("Mend the roster or name another form"))]
    untypable = [number for number in numbers if not _typable(number)]
    twice = (
        sorted({number for number in numbers if numbers.count(number) > 1}) if len(set(numbers)) < len(numbers) else []
    )
    unknown = sorted(set(wish.extra) - set(numbers))
    untimely = [number for number, minutes in wish.extra.items() if not 0 <= minutes <= LONGEST_MINUTES]
    kinds = (
        (untypable, _("“{number}” cannot be typed as an admission number"), _("Use letters, digits and hyphens")),
        (twice, _("Candidate {number} would sit twice in one room"), _("Make a room for each form")),
        (unknown, _("Extra time is given to {number}, who is not on the roster"), _("Mend the number")),
        (untimely, _("The extra time of {number} makes no sense"), _("Give minutes, 0 or more")),
    )
    return [Problem(where, what.format(number=number), mend) for bad, what, mend in kinds for number in bad[:50]]


def _typable(number: str) -> bool:
    return bool(_NUMBER.fullmatch(number)) and unicodedata.normalize("NFKC", number) == number


def _ordered(window: tuple[str, str]) -> bool:
    try:
        return _moment(window[0]) < _moment(window[1])
    except (ValueError, OverflowError, OSError):
        return False


def _moment(text: str) -> float:
    return dt.datetime.fromisoformat(text).timestamp()


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:30] or "room"


def _free(name: str, taken: Sequence[str], *, wanted: bool, where: Path) -> str:
    if name not in taken:
        return name
    if wanted:
        what = _("There is a room “{id}” already").format(id=name)
        raise InputError(Problem(Where(str(where)), what, _("Choose another id")))
    return next(f"{name}-{count}" for count in range(2, len(taken) + 3) if f"{name}-{count}" not in taken)
