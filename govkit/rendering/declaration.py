"""The declaration of a report's parameters, and the one check of values given for them.

The cell tagged ``parameters`` declares name, type, default and explanation, one a line; the notebook's metadata
declares the audiences, and under ``parameters`` the limits of numbers (``{"grace_days": {"least": 0, "most": 366}}``)
and the only values of a text with their titles (``{"sitting": {"choices": {"first": "首次考试"}}}``). A number or a
truth value may come as text, as schedulers and command lines pass it. What a value of a name like ``period`` or
``issued`` looks like is the same in every report and stands in :data:`FORMS`.
"""

import ast
import json
import math
import re
import tokenize
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from io import StringIO
from typing import Any

from govkit.core.errors import Problem, Where
from govkit.core.i18n import gettext as _

INTERNAL, PUBLIC = "internal", "public"
AUDIENCE_TITLES = {INTERNAL: "内部", PUBLIC: "公开"}
SYNONYMS = {title: audience for audience, title in AUDIENCE_TITLES.items()}
LONGEST, LONGEST_LOCATION, LONGEST_NAME = 100, 1000, 255
"""The most characters of a text, and of a folder or URL; the most bytes that systems allow the name of a folder."""
MOST = 10**9

_TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (float, int),
    "bool": (bool,),
    "list": (list,),
    "dict": (dict,),
}
_TYPE_TITLES = {
    "str": _("text"),
    "int": _("a whole number"),
    "float": _("a number"),
    "bool": _("true or false"),
}
_BOOLS = {"true": True, "false": False, "是": True, "否": False}
_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LIKE_MONTH = re.compile(r"([0-9]{4})\W?年?([0-9]{1,2})月?")
_LIKE_DAY = re.compile(r"([0-9]{4})\W?年?([0-9]{1,2})\W?月?([0-9]{1,2})日?")
_FILE = re.compile(r"[\w-]+")
_CODE = re.compile(r"[\"'`\\{}<>;=$]|__|[A-Za-z0-9_]\(")
"""What no name of an office or a place holds, and code does."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A declared parameter: its name, its type's name, its default, its explanation.

    :ivar limits: the limits of a number, ``least`` and ``most``.
    :ivar choices: the only values of a text, each with its Chinese title, which names it too.
    """

    name: str
    type: str
    default: Any
    help: str
    limits: Mapping[str, float] = field(default_factory=dict)
    choices: Mapping[str, str] = field(default_factory=dict)


class NotLike(Exception):
    """A value that is not of the form of its parameter: what is wrong with it, and how to repair it."""

    def __init__(self, what: str, repair: str) -> None:
        super().__init__(what)
        self.what, self.repair = what, repair


def declared_parameters(notebook: Mapping[str, Any]) -> tuple[Parameter, ...]:
    """Return the parameters that a notebook's first cell tagged ``parameters`` declares.

    :raises ValueError: a default is no literal value.
    """
    cells = [cell for cell in notebook["cells"] if "parameters" in cell["metadata"].get("tags", [])]
    about = notebook.get("metadata", {}).get("govkit", {}).get("parameters", {})
    return tuple(found for cell in cells[:1] for found in _declared("".join(cell["source"]), about))


def _declared(source: str, about: Mapping[str, Mapping[str, Any]]) -> Iterator[Parameter]:
    """Yield the parameters of a cell's source, ``name: type = default  # help``.

    They are those that papermill finds, whose import takes longer than a batch in which nothing has changed.
    """
    comments = {
        token.start[0]: token.string.lstrip("# ").rstrip()
        for token in tokenize.generate_tokens(StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    for line in ast.parse(source).body:
        match line:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=kind, value=ast.expr() as default):
                type_ = ast.unparse(kind)
            case ast.Assign(targets=[ast.Name(id=name)], value=default):
                type_ = "None"
            case _:
                continue
        more = dict(about.get(name, {}))
        choices = more.pop("choices", {})
        yield Parameter(name, type_, ast.literal_eval(default), comments.get(line.lineno, ""), more, choices)


def audience_of(value: object) -> str | None:
    """Return the audience that a value names, or None.

    >>> audience_of("Public"), audience_of("公开"), audience_of(" 内部 "), audience_of("everyone"), audience_of(1)
    ('public', 'public', 'internal', None, None)
    """
    word = unicodedata.normalize("NFKC", value).strip().casefold() if isinstance(value, str) else ""
    word = SYNONYMS.get(word, word)
    return word if word in AUDIENCE_TITLES else None


def is_public(notebook: Mapping[str, Any], parameters: Mapping[str, Any]) -> bool:
    """Return whether a notebook run with these parameters makes a document for the public.

    The value given for ``audience`` decides, else the default that the parameters cell declares. Only ``internal`` and
    its synonyms are internal: an unknown audience, or one that cannot be read, counts as public and is checked.

    >>> notebook = {"cells": [{"metadata": {"tags": ["parameters"]}, "source": "audience: str = 'internal'"}]}
    >>> is_public(notebook, {}), is_public(notebook, {"audience": "公开"}), is_public({"cells": []}, {})
    (False, True, True)
    """
    if "audience" in parameters:
        return audience_of(parameters["audience"]) != INTERNAL
    try:
        declared = {parameter.name: parameter.default for parameter in declared_parameters(notebook)}
    except (ValueError, SyntaxError, KeyError, TypeError):
        return True
    return audience_of(declared.get("audience")) != INTERNAL


def read_values(
    source: str, declared: Sequence[Parameter], given: Mapping[str, Any], audiences: Sequence[str]
) -> tuple[dict[str, Any], list[Problem]]:
    """Return the values that can be used, synonyms resolved, and the problems of the others.

    Only JSON values pass, because papermill writes parameters into the notebook as code.

    :param source: the report's name, for the problems.
    :param audiences: the audiences that the report is made for.
    """
    known = {parameter.name: parameter for parameter in declared}
    values: dict[str, Any] = {}
    problems = []
    for name, value in given.items():
        try:
            if name not in known:
                raise _unknown(name, known)
            values[name] = _read(known[name], value, audiences)
        except NotLike as fault:
            problems.append(Problem(Where(source, item=shortened(name)), fault.what, fault.repair))
    return values, problems


def from_text(declared: Sequence[Parameter], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return values whose texts are read as the declared types; a text that is none of its type stays text.

    >>> from_text([Parameter("n", "int", 1, ""), Parameter("all", "bool", False, "")], {"n": "2", "all": "true"})
    {'n': 2, 'all': True}
    """
    types = {parameter.name: parameter.type for parameter in declared}
    return {
        name: _from_text(types.get(name, "str"), value) if isinstance(value, str) else value
        for name, value in given.items()
    }


def _from_text(type_: str, text: str) -> Any:
    if type_ == "bool":
        return _BOOLS.get(text.casefold(), text)
    if type_ in {"int", "float"} and re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,9})?", text):
        return float(text) if "." in text else int(text)
    if type_ in {"list", "dict", "None"}:
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    return text


def _unknown(name: object, known: Mapping[str, Parameter]) -> NotLike:
    what = _("The report has no parameter “{name}”").format(name=shortened(name))
    return NotLike(what, _("Its parameters are: {names}").format(names="、".join(known)))


def _read(declared: Parameter, value: Any, audiences: Sequence[str]) -> Any:
    """Return a value of a declared parameter as the report uses it.

    :raises NotLike: it is of another type or form.
    """
    if declared.name == "audience":
        return _audience(value, audiences)
    form = FORMS.get(declared.name)
    if form is not None and declared.type == "str":
        return form(value)
    if isinstance(value, str) and declared.type in {"int", "float", "bool"}:
        value = _from_text(declared.type, value)
    _refuse_other_types(declared, value)
    if declared.type in {"int", "float"}:
        return _number(declared, value)
    if declared.choices:
        return _choice(declared, value)
    return _line(value) if declared.type == "str" else value


def _choice(declared: Parameter, value: Any) -> Any:
    """Return the choice that a value names by itself or by its title."""
    by_title = {title: choice for choice, title in declared.choices.items()}
    choice = by_title.get(value, value)
    if choice in declared.choices:
        return choice
    what = _("“{value}” does not fit {name}").format(value=shortened(value), name=declared.name)
    choices = "、".join(f"{choice}（{title}）" for choice, title in declared.choices.items())
    raise NotLike(what, _("Choose one of: {choices}").format(choices=choices))


def _refuse_other_types(declared: Parameter, value: Any) -> None:
    allowed = _TYPES.get(declared.type, (object,))
    if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed and object not in allowed):
        what = _("{value} is not of the type {type}").format(
            value=shortened(value), type=_TYPE_TITLES.get(declared.type, declared.type)
        )
        raise NotLike(what, _("Give a value like {default}").format(default=shortened(declared.default)))
    if not _is_plain(value):
        what = _("{value} is not a plain value").format(value=shortened(value))
        raise NotLike(what, _("Give text, numbers, true or false, or lists and mappings of these"))


def _number(declared: Parameter, value: float) -> float:
    least, most = declared.limits.get("least", -MOST), declared.limits.get("most", MOST)
    if declared.name == "version":
        least = 0
    if not least <= value <= most:
        what = _("{value} is not between {least} and {most}").format(value=shortened(value), least=least, most=most)
        raise NotLike(what, _("Give a value like {default}").format(default=shortened(declared.default)))
    return value


def _audience(value: object, audiences: Sequence[str]) -> str:
    audience = audience_of(value)
    choices = "、".join(f"{name}（{AUDIENCE_TITLES.get(name, name)}）" for name in audiences)
    if audience is None:
        what = _("There is no audience “{value}”").format(value=shortened(value))
        raise NotLike(what, _("Choose one of: {choices}").format(choices=choices))
    if audience not in audiences:
        what = _("The report is not made for “{value}”").format(value=AUDIENCE_TITLES[audience])
        raise NotLike(what, _("Choose one of: {choices}").format(choices=choices))
    return audience


def _month(value: object) -> str:
    if isinstance(value, str) and (not value or (_MONTH.fullmatch(value) and "01" <= value[5:] <= "12")):
        return value
    what = _("“{value}” is not a month").format(value=shortened(value))
    like = _LIKE_MONTH.fullmatch(_narrow(value))
    meant = f"{like[1]}-{int(like[2]):02}" if like and 1 <= int(like[2]) <= 12 else ""
    raise NotLike(what, _meant(meant) or _("Write the year and the month like 2015-09"))


def _day(value: object) -> str:
    if value == "" or (isinstance(value, str) and _DAY.fullmatch(value) and _is_day(value)):
        return str(value)
    what = _("“{value}” is not a day").format(value=shortened(value))
    like = _LIKE_DAY.fullmatch(_narrow(value))
    meant = f"{like[1]}-{int(like[2]):02}-{int(like[3]):02}" if like else ""
    raise NotLike(what, _meant(meant if _is_day(meant) else "") or _("Write the day like 2015-10-08"))


def _meant(text: str) -> str:
    return _("Write {text}").format(text=text) if text else ""


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).year >= 1949
    except ValueError:
        return False


def _narrow(value: object) -> str:
    return unicodedata.normalize("NFKC", str(value)).strip() if type(value) in {str, int} else ""


def _line(value: object, longest: int = LONGEST) -> str:
    """Return one line of plain text."""
    text = _text(value, longest).strip()
    if found := _CODE.search(text):
        what = _("{value} holds “{found}”, which belongs to code").format(value=shortened(value), found=found[0])
        raise NotLike(what, _("Write words and figures only"))
    return text


def _location(value: object) -> str:
    text = _text(value, LONGEST_LOCATION)
    if any(len(part.encode()) > LONGEST_NAME for part in re.split(r"[/\\]", text)):
        raise NotLike(_("the name of a folder is too long"), _("Check the path and the file name"))
    return text


def _text(value: object, longest: int) -> str:
    if not isinstance(value, str):
        what = _("{value} is not of the type {type}").format(value=shortened(value), type=_TYPE_TITLES["str"])
        raise NotLike(what, _("Write it as text, in quotation marks"))
    if len(value) > longest:
        what = _("the text has {count} characters").format(count=len(value))
        raise NotLike(what, _("Write at most {most} characters").format(most=longest))
    if any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for character in value):
        what = _("{value} holds a line break or an invisible character").format(value=shortened(value))
        raise NotLike(what, _("Write one line of words and figures"))
    return value


def _file(value: object) -> str:
    text = _text(value, LONGEST)
    if text and not _FILE.fullmatch(text):
        what = _("{value} is not the name of a file").format(value=shortened(value))
        raise NotLike(what, _("Write the name without folder and without ending"))
    return text


FORMS: Mapping[str, Callable[[object], str]] = {
    "period": _month,
    "place": _line,
    "store": _location,
    "exam": _location,
    "bank": _location,
    "folder": _location,
    "data": _location,
    "state": _location,
    "issuer": _line,
    "issued": _day,
    "table": _file,
}
"""How a text of a parameter's name is read, the same in every report; any other text is one plain line."""


def _is_plain(value: Any) -> bool:
    """Return whether a value is JSON and nothing else: exact types, finite numbers, text keys."""
    if value is None or type(value) in {str, int, bool}:
        return True
    if type(value) is float:
        return math.isfinite(value)
    if type(value) is list:
        return all(map(_is_plain, value))
    return type(value) is dict and all(type(key) is str and _is_plain(item) for key, item in value.items())


def shortened(value: object) -> str:
    """Return a value in words of at most 60 characters, for a problem; text stands without quotation marks."""
    words = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    words = "".join(c if c.isprintable() else "␣" for c in words[:61])
    return words if len(words) <= 60 else words[:60] + "…"
