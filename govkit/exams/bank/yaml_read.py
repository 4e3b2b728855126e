"""Reading a YAML file of a bank; every problem has its line.

A file holds ``questions`` and, to spare repeating, defaults for them: ``topic``, ``source``, ``author``, ``reviewed``.
``sources`` names the texts cited; a question then writes ``source: NAME ARTICLE``. The whole format is shown in
``quizzes/FORMAT.md``.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from govkit.core.errors import Problem
from govkit.core.i18n import gettext as _
from govkit.exams.bank.flaws import BLANK, flaws
from govkit.exams.bank.markup import load_image, tidy
from govkit.exams.bank.questions import (
    TYPE_LABELS,
    BlanksKey,
    ChoiceKey,
    Credit,
    Criterion,
    Image,
    Key,
    MatchKey,
    NumericKey,
    Option,
    OrderKey,
    Question,
    QuestionType,
    RubricKey,
    Source,
    TruthKey,
)
from govkit.exams.yaml_reader import YamlList, YamlMap, YamlNode, YamlReader, YamlText, at, read_yaml

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
TYPES = {kind.value: kind for kind in QuestionType} | {label: kind for kind, label in TYPE_LABELS.items()}
TRUTHS = {"对": True, "正确": True, "true": True, "T": True, "错": False, "错误": False, "false": False, "F": False}

_FILE_FIELDS = {"topic", "source", "author", "reviewed", "points", "difficulty", "sources", "questions"}
_DEFAULTS = ("topic", "source", "author", "reviewed", "points", "difficulty")
INHERITED = ("topic", "source", "author", "reviewed", "difficulty")
"""Fields that a part inherits from its case."""

_SOURCE_FIELDS = {"law", "article", "version", "in_force_from", "in_force_to", "mark"}
_COMMON = {"id", "type", "stem", "points", "topic", "difficulty", "explanation", "source", "author", "reviewed"} | {
    "enemies",
    "images",
    "markup",
}
_PART_OF_TYPE: dict[QuestionType, set[str]] = {
    QuestionType.SINGLE_CHOICE: {"options", "key", "credits"},
    QuestionType.MULTIPLE_CHOICE: {"options", "key", "credits"},
    QuestionType.TRUE_FALSE: {"key"},
    QuestionType.FILL_IN: {"key", "credits", "case_sensitive", "wildcards"},
    QuestionType.NUMERIC: {"key", "tolerance", "unit", "credits"},
    QuestionType.ORDERING: {"options", "key"},
    QuestionType.MATCHING: {"prompts", "options", "key"},
    QuestionType.SHORT_ANSWER: {"rubric", "model"},
    QuestionType.CASE: {"parts"},
}


@dataclass(frozen=True, slots=True)
class Located:
    """A question and the line where it begins."""

    question: Question
    line: int


def read_file(path: Path, sources: Mapping[str, Source]) -> tuple[list[Located], list[Problem]]:
    """Return a file's questions and its problems; ``sources`` are those of the whole bank."""
    tree, problems = read_yaml(path)
    if problems or not isinstance(tree, YamlMap):
        missing = [Problem(at(str(path), 1), _("no questions in it"), _("begin with “questions:”"))]
        return [], problems or missing
    reader = _Reader(path)
    placed = list(reader.file(tree, sources))
    return placed, reader.problems


def read_sources(path: Path) -> tuple[dict[str, Source], list[Problem]]:
    """Return the sources named in a file (``sources.yaml`` of a bank's folder)."""
    tree, problems = read_yaml(path)
    if problems or not isinstance(tree, YamlMap):
        return {}, problems
    reader = _Reader(path)
    reader.unknown(tree, {"sources"}, _("a file of sources"))
    return reader.sources(tree), reader.problems


class _Reader(YamlReader):
    """Reader of one bank file and the pictures beside it."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.folder = path.parent
        self.known: dict[str, Source] = {}

    def file(self, tree: YamlMap, sources: Mapping[str, Source]) -> Iterator[Located]:
        self.unknown(tree, _FILE_FIELDS, _("a bank file"))
        self.known = {**sources, **self.sources(tree)}
        rows = tree.entries.get("questions", YamlText("", tree.line))
        if not isinstance(rows, YamlList):
            self.note(rows.line, _("“questions” is not a list"), _("begin each question with “- id: …”"))
            return
        defaults = {name: tree.entries[name] for name in _DEFAULTS if name in tree.entries}
        for row in rows.items:
            if isinstance(row, YamlMap):
                yield from self.question(YamlMap(defaults | row.entries, row.line, row.lines))
            else:
                self.note(row.line, _("this is not a question"), _("begin each question with “- id: …”"))

    def sources(self, tree: YamlMap) -> dict[str, Source]:
        named = tree.entries.get("sources")
        if named is None:
            return {}
        if not isinstance(named, YamlMap):
            self.note(named.line, _("“sources” is not a mapping"), _("write “name: {law: …}”"))
            return {}
        read = {name: self.source_of(entry) for name, entry in named.entries.items()}
        return {name: source for name, source in read.items() if source}

    def question(self, mapping: YamlMap, part_of: str = "") -> Iterator[Located]:
        """Yield the question of one entry; nothing where its type is unknown."""
        kind = TYPES.get(self.text(mapping, "type"))
        if kind is None:
            self.unknown_type(mapping)
            return
        self.unknown(mapping, _COMMON | _PART_OF_TYPE[kind], _("a question of type {type}").format(type=kind.label))
        before = len(self.problems)
        question = self.build(mapping, kind, part_of)
        if not part_of and len(self.problems) == before:
            self.flawed(mapping, question)
        yield Located(question, mapping.line)

    def unknown_type(self, mapping: YamlMap) -> None:
        self.note(
            mapping.line_of("type"),
            _("unknown type “{type}”").format(type=self.text(mapping, "type")),
            _("use one of {known}").format(known="、".join(TYPE_LABELS.values())),
        )

    def flawed(self, mapping: YamlMap, question: Question) -> None:
        for flaw in flaws(question):
            line = mapping.line_of(flaw.field)
            what = _("question {id}: {what}").format(id=question.id, what=flaw.what)
            self.note(line, what, flaw.repair, flaw.severity)

    def build(self, mapping: YamlMap, kind: QuestionType, question_id: str) -> Question:
        own_id = question_id or self.text(mapping, "id")
        markup = self.text(mapping, "markup") or "plain"
        if markup not in {"plain", "html"}:
            self.note(mapping.line_of("markup"), _("unknown markup “{markup}”").format(markup=markup), "plain / html")
        parts = tuple(self.parts(mapping, own_id))
        # A file's default points are for single questions; a case without points is worth the sum of its parts.
        own = kind is not QuestionType.CASE or "points" in mapping.lines
        points = self.number(mapping, "points") if own else None
        question = Question(
            id=own_id,
            type=kind,
            stem=re.sub("_{2,}", BLANK, self.text(mapping, "stem")),
            points=_total(parts) if points is None and parts else points or Decimal(0),
            key=self.key(mapping, kind),
            topic=self.text(mapping, "topic"),
            difficulty=_share(self.number(mapping, "difficulty")),
            options=self.choices(mapping, "options"),
            prompts=self.choices(mapping, "prompts"),
            explanation=self.text(mapping, "explanation"),
            source=self.cited(mapping),
            author=self.text(mapping, "author"),
            reviewed=self.day(mapping, "reviewed"),
            enemies=self.texts(mapping, "enemies"),
            images=tuple(self.images(mapping)),
            markup="html" if markup == "html" else "plain",
            parts=parts,
        )
        return tidy(question) if markup == "html" else question

    def parts(self, mapping: YamlMap, case_id: str) -> Iterator[Question]:
        rows = mapping.entries.get("parts")
        if rows is None:
            return
        if not isinstance(rows, YamlList):
            self.note(rows.line, _("“{name}” is not a list").format(name="parts"), _("write “- …” lines"))
            return
        inherited = {name: mapping.entries[name] for name in INHERITED if name in mapping.entries}
        for number, row in enumerate(rows.items, 1):
            if not isinstance(row, YamlMap):
                self.note(row.line, _("this is not a question"), _("begin each part with “- type: …”"))
                continue
            entry = YamlMap(inherited | row.entries, row.line, row.lines)
            yield from (placed.question for placed in self.question(entry, f"{case_id}.{number}"))

    def choices(self, mapping: YamlMap, name: str) -> tuple[Option, ...]:
        """Return options from a list (lettered A, B, … or numbered) or a mapping of ids to texts."""
        value = mapping.entries.get(name)
        if value is None:
            return ()
        if isinstance(value, YamlMap):
            return tuple(Option(each, self.text(value, each)) for each in value.entries)
        items = value.items if isinstance(value, YamlList) else (None,)
        texts = [item.text for item in items if isinstance(item, YamlText)]
        if len(texts) != len(items) or len(texts) > len(LETTERS):
            self.note(value.line, _("“{name}” is not a list of texts").format(name=name), _("write “- text” lines"))
            return ()
        ids = LETTERS if name == "options" else [str(number) for number in range(1, len(texts) + 1)]
        return tuple(Option(each, text) for each, text in zip(ids, texts, strict=False))

    def cited(self, mapping: YamlMap) -> Source | None:
        value = mapping.entries.get("source")
        if value is None:
            return None
        if isinstance(value, YamlMap):
            return self.source_of(value)
        name, _space, article = self.text(mapping, "source").partition(" ")
        if not name:
            return None
        if name not in self.known:
            what = _("no source is named “{name}”").format(name=name)
            self.note(
                value.line, what, _("name it under “sources”: {known}").format(known="、".join(sorted(self.known)))
            )
            return None
        source = self.known[name]
        return replace(source, article=article.strip()) if article.strip() else source

    def source_of(self, entry: YamlNode) -> Source | None:
        if not isinstance(entry, YamlMap):
            self.note(entry.line, _("a source is a mapping"), _("write “name: {law: …}”"))
            return None
        self.unknown(entry, _SOURCE_FIELDS, _("a source"))
        if not self.text(entry, "law"):
            self.note(entry.line, _("a source without a law"), _("write “law: …”"))
        return Source(
            law=self.text(entry, "law"),
            article=self.text(entry, "article"),
            version=self.text(entry, "version"),
            in_force_from=self.day(entry, "in_force_from"),
            in_force_to=self.day(entry, "in_force_to"),
            mark=self.text(entry, "mark"),
        )

    def images(self, mapping: YamlMap) -> Iterator[Image]:
        for name in self.texts(mapping, "images"):
            image, problems = load_image(self.folder, name, at(self.source, mapping.line_of("images")))
            self.problems += problems
            if image:
                yield image

    def key(self, mapping: YamlMap, kind: QuestionType) -> Key | None:
        """Return the key as its type writes it; None if it is missing or cannot be read."""
        if kind is QuestionType.SHORT_ANSWER:
            return RubricKey(tuple(self.criteria(mapping)), self.text(mapping, "model"))
        value = mapping.entries.get("key")
        if value is None or kind is QuestionType.CASE or (isinstance(value, YamlText) and not value.text):
            return None
        match kind:
            case QuestionType.FILL_IN:
                items = value.items if isinstance(value, YamlList) else (value,)
                cased, wild = self.flag(mapping, "case_sensitive"), self.flag(mapping, "wildcards")
                blanks = tuple(self.blank(item) for item in items)
                key: Key | None = BlanksKey(blanks, self.credits(mapping), cased, wild)
            case QuestionType.MATCHING:
                key = self.match(mapping, value)
            case QuestionType.NUMERIC:
                key = self.numeric(mapping)
            case QuestionType.TRUE_FALSE:
                key = self.truth(value)
            case QuestionType.ORDERING:
                key = OrderKey(self.letters(mapping))
            case _:
                key = ChoiceKey(tuple(sorted(set(self.letters(mapping)))), self.credits(mapping))
        return key

    def letters(self, mapping: YamlMap) -> tuple[str, ...]:
        return tuple("".join(self.texts(mapping, "key")).replace(",", "").replace(" ", ""))

    def numeric(self, mapping: YamlMap) -> NumericKey | None:
        number = self.number(mapping, "key")
        tolerance = self.number(mapping, "tolerance") or Decimal(0)
        unit = self.text(mapping, "unit")
        return None if number is None else NumericKey(number, tolerance, unit, self.credits(mapping))

    def flag(self, mapping: YamlMap, name: str) -> bool:
        text = self.text(mapping, name)
        if text not in {"", "true", "false"}:
            self.note(mapping.line_of(name), _("“{text}” is neither T nor F").format(text=text), "true / false")
        return text == "true"

    def credits(self, mapping: YamlMap) -> tuple[Credit, ...]:
        rows = mapping.entries.get("credits")
        found = []
        for row in rows.items if isinstance(rows, YamlList) else ():
            if not isinstance(row, YamlMap):
                self.note(row.line, _("this is no credit"), _("write “- {answer: …, share: 0.5}”"))
                continue
            self.unknown(row, {"answer", "share", "tolerance", "blank"}, _("a credit"))
            share, tolerance = self.number(row, "share", required=True), self.number(row, "tolerance")
            blank = self.whole(row, "blank", least=1)
            found.append(
                Credit(self.text(row, "answer"), share or Decimal(0), tolerance or Decimal(0), (blank or 1) - 1)
            )
        return tuple(found)

    def truth(self, value: YamlNode) -> TruthKey | None:
        text = value.text if isinstance(value, YamlText) else ""
        if text in TRUTHS:
            return TruthKey(TRUTHS[text])
        self.note(value.line, _("“{text}” is neither T nor F").format(text=text), "对 / 错")
        return None

    def blank(self, value: YamlNode) -> tuple[str, ...]:
        items = value.items if isinstance(value, YamlList) else (value,)
        return tuple(item.text for item in items if isinstance(item, YamlText))

    def match(self, mapping: YamlMap, value: YamlNode) -> MatchKey | None:
        if isinstance(value, YamlMap):
            return MatchKey(tuple((prompt, self.text(value, prompt)) for prompt in value.entries))
        letters = "".join(self.texts(mapping, "key"))
        return MatchKey(tuple((str(number), letter) for number, letter in enumerate(letters, 1)))

    def criteria(self, mapping: YamlMap) -> Iterator[Criterion]:
        rows = mapping.entries.get("rubric")
        for row in rows.items if isinstance(rows, YamlList) else ():
            if isinstance(row, YamlMap):
                self.unknown(row, {"text", "points"}, _("a criterion"))
                yield Criterion(self.text(row, "text"), self.number(row, "points") or Decimal(0))
            else:
                self.note(row.line, _("this is no criterion"), _("write “- {points: …, text: …}”"))


def _share(number: Decimal | None) -> float | None:
    return None if number is None else float(number)


def _total(parts: tuple[Question, ...]) -> Decimal:
    return sum((part.points for part in parts), Decimal(0))
