"""Writing the YAML of :mod:`govkit.exams.bank.yaml_read`."""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from govkit.core.errors import Problem, UsageError, Where, refuse
from govkit.core.files import atomic_write
from govkit.core.i18n import gettext as _
from govkit.exams.bank.questions import (
    BlanksKey,
    ChoiceKey,
    MatchKey,
    NumericKey,
    Option,
    OrderKey,
    Question,
    RubricKey,
    Source,
    TruthKey,
)
from govkit.exams.bank.yaml_read import INHERITED

Entry = dict[str, Any]


def write_file(questions: tuple[Question, ...], path: Path) -> None:
    """Write one bank file and the questions' pictures beside it, each through a temporary name."""
    images = _images(questions, path)
    path.parent.mkdir(parents=True, exist_ok=True)
    for name, data in images.items():
        atomic_write(path.parent / name, data)
    atomic_write(path, dump(questions).encode())


def write_folder(questions: tuple[Question, ...], folder: Path) -> None:
    """Write one file a topic into a new or empty folder."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        problem = Problem(Where(str(folder)), _("is there already"), _("name a new or empty folder"))
        raise UsageError(problem)
    topics: dict[str, list[Question]] = defaultdict(list)
    for question in questions:
        topics[question.topic].append(question)
    for number, (topic, group) in enumerate(topics.items(), 1):
        name = re.sub(r"[^\w\-]", "-", topic)[:40]
        write_file(tuple(group), folder / f"{number:02d}-{name}.yaml")


def _images(questions: tuple[Question, ...], path: Path) -> dict[str, bytes]:
    """Return the pictures by name; refuse two different ones of one name."""
    found: dict[str, bytes] = {}
    problems = []
    for image in (image for q in questions for each in (q, *q.parts) for image in each.images):
        if found.setdefault(image.name, image.data) != image.data:
            what = _("two different pictures are called “{name}”").format(name=image.name)
            problems.append(Problem(Where(str(path)), what, _("rename one of them")))
    refuse(problems)
    return found


def dump(questions: tuple[Question, ...]) -> str:
    """Return the YAML of a bank file; topic and author shared by all questions stand at its head."""
    shared = {
        name: values.pop()
        for name in ("topic", "author")
        if len(values := {getattr(question, name) for question in questions}) == 1 and values != {""}
    }
    entries = [_entry(question) for question in questions]
    rows = [{name: value for name, value in entry.items() if name not in shared} for entry in entries]
    tree = {**shared, "questions": rows}
    return yaml.dump(tree, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120)


def _entry(question: Question, part: bool = False) -> Entry:
    entry: Entry = {} if part else {"id": question.id}
    entry |= {
        "type": question.type.label,
        "stem": question.stem,
        "prompts": _choices(question.prompts),
        "options": _choices(question.options),
        **_key(question),
        "parts": [_part(each, question) for each in question.parts],
        "points": _Bare(format(question.points, "f")),
        "difficulty": "" if question.difficulty is None else _Bare(repr(question.difficulty)),
        "topic": question.topic,
        "explanation": question.explanation,
        "source": _source(question.source) or "",
        "author": question.author,
        "reviewed": _Bare(question.reviewed.isoformat()) if question.reviewed else "",
        "enemies": list(question.enemies),
        "images": [image.name for image in question.images],
        "markup": "" if question.markup == "plain" else question.markup,
    }
    return entry if part else _filled(entry)


def _filled(entry: Entry) -> Entry:
    return {name: value for name, value in entry.items() if value not in ("", [], {})}


def _part(part: Question, case: Question) -> Entry:
    """Return a part's entry without inherited fields; a field that only the case has is written as empty."""
    entry, whole = _entry(part, part=True), _entry(replace(case, parts=()), part=True)
    own = {name: value for name, value in entry.items() if name in INHERITED and value != whole[name]}
    rest = {name: value for name, value in entry.items() if name not in INHERITED}
    return _filled(rest) | own


def _choices(choices: tuple[Option, ...]) -> Entry:
    return {choice.id: choice.text for choice in choices}


def _key(question: Question) -> Entry:
    key = question.key
    return _KEYS[type(key)](key) if key is not None else {}


def _source(source: Source | None) -> Entry:
    if source is None:
        return {}
    entry = {
        "law": source.law,
        "article": source.article,
        "version": source.version,
        "in_force_from": _Bare(source.in_force_from.isoformat()) if source.in_force_from else "",
        "in_force_to": _Bare(source.in_force_to.isoformat()) if source.in_force_to else "",
        "mark": source.mark,
    }
    return {name: value for name, value in entry.items() if value}


def _numeric(key: NumericKey) -> Entry:
    entry = {
        "key": _Bare(format(key.value, "f")),
        "tolerance": _Bare(format(key.tolerance, "f")) if key.tolerance else "",
        "unit": key.unit,
    }
    return {name: value for name, value in entry.items() if value} | _credits(key)


def _credits(key: ChoiceKey | BlanksKey | NumericKey) -> Entry:
    rows = [
        {
            "answer": credit.answer,
            "share": _Bare(format(credit.share, "f")),
            **({"tolerance": _Bare(format(credit.tolerance, "f"))} if credit.tolerance else {}),
            **({"blank": _Bare(credit.blank + 1)} if credit.blank else {}),
        }
        for credit in key.credits
    ]
    return {"credits": rows} if rows else {}


def _rules(key: BlanksKey) -> Entry:
    return {name: _Bare("true") for name in ("case_sensitive", "wildcards") if getattr(key, name)}


def _rubric(key: RubricKey) -> Entry:
    rows = [{"points": _Bare(format(row.points, "f")), "text": row.text} for row in key.criteria]
    return {"rubric": rows, "model": key.model}


_KEYS: dict[type, Callable[[Any], Entry]] = {
    ChoiceKey: lambda key: {"key": "".join(key.right), **_credits(key)},
    TruthKey: lambda key: {"key": "对" if key.value else "错"},
    BlanksKey: lambda key: {"key": [list(blank) for blank in key.blanks], **_credits(key), **_rules(key)},
    NumericKey: _numeric,
    OrderKey: lambda key: {"key": "".join(key.order)},
    MatchKey: lambda key: {"key": dict(key.pairs)},
    RubricKey: _rubric,
}


class _Bare(str):
    """A number or date, which needs no quotes."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Dumper that writes texts without quotes where YAML allows it, and texts of several lines as blocks."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _bare(dumper: Any, text: _Bare) -> yaml.ScalarNode:
    tag = dumper.resolve(yaml.ScalarNode, str(text), (True, False))
    node: yaml.ScalarNode = dumper.represent_scalar(tag, str(text))
    return node


_Dumper.add_representer(str, _text)
_Dumper.add_representer(_Bare, _bare)
