r"""GIFT, Moodle's plain-text format: ``::id:: stem {=right ~wrong ####explanation}``.

Ids and metadata are comments as ``// [id:…] [tag:…]``, which Moodle reads too. A case is written as a description
followed by its parts, tagged ``case=ID``. ``~ = # { } : \`` are escaped by a backslash, line ends are ``\n``.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path

from govkit.core.errors import Problem
from govkit.core.files import atomic_write
from govkit.core.i18n import gettext as _
from govkit.exams.bank.bank import Bank
from govkit.exams.bank.flaws import BLANK
from govkit.exams.bank.formats.interchange import Draft, Dropped, Holds, finish, losses, tags_of, uneven
from govkit.exams.bank.formats.limits import read_text
from govkit.exams.bank.markup import as_html, to_html
from govkit.exams.bank.questions import (
    BlanksKey,
    ChoiceKey,
    Credit,
    Key,
    MatchKey,
    NumericKey,
    Option,
    Question,
    QuestionType,
    RubricKey,
    TruthKey,
)
from govkit.exams.yaml_reader import at

HOLDS = Holds(
    "GIFT",
    frozenset(QuestionType) - {QuestionType.ORDERING},
    frozenset({"images"}),
    several_blanks=False,
)

_NATIVE = frozenset({"type", "topic", "explanation", "credit", "wildcards"})
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SPECIAL = "\\~=#{}:"
_HIDDEN = {character: chr(0xE000 + index) for index, character in enumerate(_SPECIAL)}
_SHOWN = {hidden: character for character, hidden in _HIDDEN.items()}
_META = re.compile(r"\[(id|tag):((?:\\.|[^\]\\])*)\]")
_FORMAT = re.compile(r"\[(html|plain|markdown|moodle)\]\s*")
_TITLE = re.compile(r"::(.*?)::\s*", re.DOTALL)
_WEIGHT = re.compile(r"%(-?\d+(?:\.\d+)?)%\s*")
_MARKUP = re.compile(r"</?[a-zA-Z][^>]*>|&[a-zA-Z#][a-zA-Z0-9]*;")
_TRUTH = {"T": True, "TRUE": True, "F": False, "FALSE": False}


@dataclass(frozen=True, slots=True)
class _Answer:
    """One answer: ``=`` or ``~``, its weight in percent if written, its text, whether it had feedback of its own."""

    sign: str
    weight: Decimal | None
    text: str
    feedback: bool

    @property
    def right(self) -> bool:
        return self.sign == "=" if self.weight is None else self.weight > 0

    @property
    def share(self) -> Decimal:
        """The share of the marks, in percent."""
        return self.weight if self.weight is not None else Decimal(100 if self.sign == "=" else 0)


@dataclass(slots=True)
class _Block:
    """The lines of one question, and the ids and tags in the comments before it."""

    line: int
    topic: str
    metas: list[tuple[str, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


class _Unreadable(ValueError):
    """A block that is not GIFT; its text says why."""


def read(path: Path) -> tuple[Bank, list[Problem]]:
    """Return the questions of a GIFT file and its problems."""
    drafts: list[Draft] = []
    problems: list[Problem] = []
    refused: list[Problem] = []
    for number, block in enumerate(_blocks(read_text(path)), 1):
        where = at(str(path), block.line)
        try:
            question, dropped = _question(block, number)
        except _Unreadable as error:
            refused.append(Problem(where, str(error), _("compare it with Moodle's description of GIFT")))
            continue
        if dropped:
            what = _("feedback on single answers is left out")
            problems.append(Dropped(where, what, _("put it into the explanation, after ####")))
        tags = tuple(value for name, value in block.metas if name == "tag")
        drafts.append(Draft(question, where, tags))
    return finish(drafts, problems, refused)


def write(bank: Bank, path: Path) -> list[Problem]:
    """Write a bank as GIFT; return warnings of what GIFT cannot hold."""
    blocks: list[str] = []
    topic = ""
    for question in bank:
        if not HOLDS.holds(question):
            continue
        if question.topic != topic:
            topic = question.topic
            blocks.append(f"$CATEGORY: {topic}")
        blocks += _written(question)
    atomic_write(path, "\n\n".join(blocks).encode() + b"\n")
    return losses(bank, HOLDS, path)


def _blocks(text: str) -> Iterator[_Block]:
    block = _Block(0, "")
    for number, line in enumerate([*text.split("\n"), ""], 1):
        stripped = line.strip()
        if not stripped and block.lines:
            yield block
            block = _Block(0, block.topic)
        elif stripped.startswith("//"):
            block.metas += [(name, _unescape(value)) for name, value in _META.findall(stripped)]
        elif stripped.startswith("$CATEGORY:"):
            block.topic = stripped.removeprefix("$CATEGORY:").strip().removeprefix("$course$/").removeprefix("top/")
        elif stripped:
            block.line = block.line or number
            block.lines.append(stripped)


def _question(block: _Block, number: int) -> tuple[Question, bool]:
    text = _hide("\n".join(block.lines))
    title = _TITLE.match(text)
    name = _show(title.group(1)).strip() if title else ""
    text = text[title.end() :] if title else text
    name = next((value for kind, value in block.metas if kind == "id"), "") or name or f"q-{number}"
    before, inside, after = _parts(text)
    if inside is None:
        question = Question(name, QuestionType.CASE, "", Decimal(1), None)
        return _worded(question, before, block.topic, ""), False
    body, _mark, general = inside.partition("####")
    question, dropped = _answered(name, body.strip())
    if question.type is QuestionType.FILL_IN or after.strip():
        before = f"{before}{BLANK}{after}"
    return _worded(question, before, block.topic, general), dropped


def _parts(text: str) -> tuple[str, str | None, str]:
    """Return the text before the braces, inside them (None without braces), and after them."""
    before, brace, rest = text.partition("{")
    if not brace:
        if "}" in text:
            raise _Unreadable(_("a closing brace without an opening one"))
        return before, None, ""
    inside, brace, after = rest.partition("}")
    if not brace:
        raise _Unreadable(_("the brace of the answers is not closed"))
    if "{" in inside or "{" in after or "}" in after:
        raise _Unreadable(_("more than one pair of braces in a question"))
    return before, inside, after


def _worded(question: Question, stem: str, topic: str, explanation: str) -> Question:
    """Return a question with its texts as HTML; the stem's format applies to texts without one of their own."""
    found = _FORMAT.match(stem)
    stem = stem[found.end() :] if found else stem
    default = found.group(1) if found else ""
    return replace(
        question,
        stem=_html(stem, default),
        explanation=_html(explanation, default),
        options=tuple(Option(option.id, _html(option.text, default)) for option in question.options),
        prompts=tuple(Option(prompt.id, _html(prompt.text, default)) for prompt in question.prompts),
        topic=topic,
        markup="html",
    )


def _html(text: str, default: str) -> str:
    text = text.strip()
    found = _FORMAT.match(text)
    kind = found.group(1) if found else default
    shown = _show(text[found.end() :] if found else text).strip()
    if kind == "html" or (kind in {"", "moodle"} and _MARKUP.search(shown)):
        return shown
    return to_html(shown)


def _answered(name: str, body: str) -> tuple[Question, bool]:
    kind, key, options, prompts, dropped = _key(body)
    return Question(name, kind, "", Decimal(1), key, options=options, prompts=prompts), dropped


_Read = tuple[QuestionType, Key | None, tuple[Option, ...], tuple[Option, ...], bool]


def _key(body: str) -> _Read:
    if not body:
        return QuestionType.SHORT_ANSWER, RubricKey(()), (), (), False
    word, _hash, feedback = body.partition("#")
    if word.strip().upper() in _TRUTH:
        return QuestionType.TRUE_FALSE, TruthKey(_TRUTH[word.strip().upper()]), (), (), bool(feedback.strip())
    if body.startswith("#"):
        return QuestionType.NUMERIC, _number(body.removeprefix("#")), (), (), "#" in body[1:]
    if not re.search("[=~]", body):
        body = f"={body}"
    answers = list(_answers(body))
    dropped = any(answer.feedback for answer in answers)
    if all(answer.sign == "=" and "->" in answer.text for answer in answers):
        return *_matching(answers), dropped
    if all(answer.sign == "=" for answer in answers):
        return QuestionType.FILL_IN, _texts(answers), (), (), dropped
    return *_choice(answers), dropped


def _texts(answers: list[_Answer]) -> BlanksKey:
    """Return the key of a short answer: texts worth all the marks, and those worth a part."""
    answers = [replace(answer, text=_FORMAT.sub("", answer.text, count=1)) for answer in answers]
    wild = any("*" in answer.text.replace("\\*", "") for answer in answers if answer.share > 0)
    texts = [(answer.text if wild else answer.text.replace("\\*", "*"), answer.share / 100) for answer in answers]
    accepted = tuple(_show(text).strip() for text, share in texts if share == 1)
    partly = tuple(Credit(_show(text).strip(), share) for text, share in texts if 0 < share < 1)
    if not accepted:
        raise _Unreadable(_("no answer is worth all the marks"))
    return BlanksKey((accepted,), partly, wildcards=wild)


def _answers(body: str) -> Iterator[_Answer]:
    pieces = re.split("([=~])", body)
    if pieces[0].strip():
        raise _Unreadable(_("“{text}” precedes the first = or ~").format(text=_show(pieces[0].strip())[:40]))
    for sign, text in zip(pieces[1::2], pieces[2::2], strict=True):
        answer, _hash, feedback = text.partition("#")
        weight = _WEIGHT.match(answer.strip())
        plain = answer.strip()[weight.end() :] if weight else answer.strip()
        yield _Answer(sign, Decimal(weight.group(1)) if weight else None, plain, bool(feedback.strip()))


def _choice(answers: list[_Answer]) -> tuple[QuestionType, Key, tuple[Option, ...], tuple[Option, ...]]:
    if len(answers) > len(_LETTERS):
        raise _Unreadable(_("{count} options").format(count=len(answers)))
    options = tuple(Option(letter, answer.text) for letter, answer in zip(_LETTERS, answers, strict=False))
    right = tuple(letter for letter, answer in zip(_LETTERS, answers, strict=False) if answer.right)
    several = not any(answer.sign == "=" for answer in answers)
    shares = [answer.share for answer in answers]
    own = uneven(shares) if several else any(share not in {0, 100} for share in shares)
    if not several:
        right = tuple(letter for letter, answer in zip(_LETTERS, answers, strict=False) if answer.share == 100)
    lettered = zip(_LETTERS, shares, strict=False)
    partly = tuple(Credit(letter, share / 100) for letter, share in lettered if share) if own else ()
    kind = QuestionType.MULTIPLE_CHOICE if several else QuestionType.SINGLE_CHOICE
    return kind, ChoiceKey(right, partly), options, ()


def _matching(answers: list[_Answer]) -> tuple[QuestionType, Key, tuple[Option, ...], tuple[Option, ...]]:
    pairs = [tuple(part.strip() for part in answer.text.split("->", 1)) for answer in answers]
    texts = sorted({right for _left, right in pairs}, key=[right for _left, right in pairs].index)
    if len(texts) > len(_LETTERS):
        raise _Unreadable(_("{count} options").format(count=len(texts)))
    options = tuple(Option(letter, text) for letter, text in zip(_LETTERS, texts, strict=False))
    letter = {option.text: option.id for option in options}
    asked = [(left, right) for left, right in pairs if left]
    prompts = tuple(Option(str(number), left) for number, (left, _right) in enumerate(asked, 1))
    key = MatchKey(tuple((str(number), letter[right]) for number, (_left, right) in enumerate(asked, 1)))
    return QuestionType.MATCHING, key, options, prompts


def _number(body: str) -> NumericKey:
    """Return the key of ``1.5:0.1`` or ``1..2``, or of several such, each with its share of the marks."""
    if not re.search("[=~]", body):
        body = f"={body}"
    whole: NumericKey | None = None
    partly = []
    for answer in _answers(body):
        value, tolerance = _range(_show(answer.text).strip())
        if answer.share == 100 and whole is None:
            whole = NumericKey(value, tolerance)
        elif answer.share > 0:
            partly.append(Credit(format(value, "f"), answer.share / 100, tolerance))
    if whole is None:
        raise _Unreadable(_("no answer is worth all the marks"))
    return replace(whole, credits=tuple(partly))


def _range(text: str) -> tuple[Decimal, Decimal]:
    try:
        if ".." in text:
            low, high = (Decimal(part) for part in text.split("..", 1))
            return (low + high) / 2, (high - low) / 2
        value, _colon, tolerance = text.partition(":")
        return Decimal(value), Decimal(tolerance or 0)
    except InvalidOperation:
        raise _Unreadable(_("“{text}” is no number").format(text=text[:40])) from None


def _written(question: Question) -> Iterator[str]:
    yield _block(question, [])
    for part in question.parts:
        yield _block(part, [f"case={question.id}"])


def _block(question: Question, extra: list[str]) -> str:
    if question.images or any("->" in choice.text for choice in (*question.options, *question.prompts)):
        question = _without_pictures(as_html(question))
    metas = [f"[id:{_escape_meta(question.id)}]"]
    native = _NATIVE - ({"topic"} if extra else set())
    if question.type is QuestionType.CASE:
        native -= {"explanation"}  # a description has no feedback
    metas += [f"[tag:{_escape_meta(tag)}]" for tag in [*extra, *tags_of(question, native)]]
    kind = "[html]" if question.markup == "html" else "[plain]"
    stem, after = _stem(question)
    answers = "" if question.type is QuestionType.CASE else "{" + _body(question) + _general(question) + "}"
    head = f"::{_escape(question.id)}::{kind}"
    return "\n".join([f"// {' '.join(metas)}", f"{head}{stem}{answers}{after}"])


def _without_pictures(question: Question) -> Question:
    return replace(question, images=(), stem=re.sub("<img[^>]*>", "", question.stem))


def _stem(question: Question) -> tuple[str, str]:
    before, blank, after = question.stem.partition(BLANK)
    if question.type is not QuestionType.FILL_IN or not blank:
        return _escape(question.stem), ""
    return _escape(before), _escape(after)


def _general(question: Question) -> str:
    return f"####{_escape(question.explanation)}" if question.explanation else ""


def _body(question: Question) -> str:
    key = question.key
    return _BODIES[type(key)](question, key) if key is not None else ""


def _choice_body(question: Question, key: ChoiceKey) -> str:
    own = {credit.answer: _weight(credit) for credit in key.credits}
    if own and question.type is QuestionType.MULTIPLE_CHOICE:
        return "\n" + "".join(f"~{own.get(o.id, '%0%')}{_escape(o.text)}\n" for o in question.options)
    if own:
        weights = {o.id: "=" if o.id in key.right else f"~{own.get(o.id, '')}" for o in question.options}
        return "\n" + "".join(f"{weights[o.id]}{_escape(o.text)}\n" for o in question.options)
    right, wrong = len(key.right), len(question.options) - len(key.right)
    signs = ("=", "~")
    if question.type is QuestionType.MULTIPLE_CHOICE:
        signs = (f"~%{_percent(right)}%", f"~%-{_percent(wrong)}%")
    lines = [_choice_line(question, option, option.id in key.right, signs) for option in question.options]
    return "\n" + "".join(lines)


def _choice_line(question: Question, option: Option, right: bool, signs: tuple[str, str]) -> str:
    """Return one option; a text that would read as a weight or a format is preceded by an explicit one."""
    single = question.type is QuestionType.SINGLE_CHOICE
    weight = f"%{100 if right else 0}%" if single and option.text.startswith("%") else ""
    kind = f"[{'html' if question.markup == 'html' else 'plain'}]" if option.text.startswith("[") else ""
    return f"{signs[0] if right else signs[1]}{weight}{kind}{_escape(option.text)}\n"


def _percent(count: int) -> str:
    """Return an even share of 100 among ``count``, with the five decimals that Moodle knows (33.33333)."""
    return format((Decimal(100) / max(count, 1)).quantize(Decimal("0.00001")).normalize(), "f")


def _match_body(question: Question, key: MatchKey) -> str:
    texts = {option.id: option.text for option in question.options}
    pairs = [(prompt.text, texts[option]) for prompt, (_id, option) in zip(question.prompts, key.pairs, strict=True)]
    used = {option for _prompt, option in key.pairs}
    pairs += [("", option.text) for option in question.options if option.id not in used]
    return "\n" + "".join(f"={_escape(left)} -> {_escape(right)}\n" for left, right in pairs)


def _number_body(_question: Question, key: NumericKey) -> str:
    first = f"{format(key.value, 'f')}:{format(key.tolerance, 'f')}"
    others = [f"={_weight(each)}{each.answer}:{format(each.tolerance, 'f')}" for each in key.credits]
    return f"#={first} {' '.join(others)}" if others else f"#{first}"


def _weight(credit: Credit) -> str:
    return f"%{format((credit.share * 100).normalize(), 'f')}%"


def _blank_body(_question: Question, key: BlanksKey) -> str:
    texts = [f"={_accepted(text, key.wildcards)} " for text in key.blanks[0]]
    return "".join(texts + [f"={_weight(each)}{_starred(each.answer, key.wildcards)} " for each in key.credits])


_BODIES: dict[type, Callable[..., str]] = {
    ChoiceKey: _choice_body,
    TruthKey: lambda _question, key: "T" if key.value else "F",
    BlanksKey: _blank_body,
    NumericKey: _number_body,
    MatchKey: _match_body,
    RubricKey: lambda _question, _key: "",
}


def _escape(text: str) -> str:
    return re.sub(r"([\\~=#{}:])", r"\\\1", text).replace("\n", r"\n")


def _accepted(text: str, wildcards: bool) -> str:
    return ("%100%" if text.startswith("%") else "") + _starred(text, wildcards)


def _starred(text: str, wildcards: bool) -> str:
    """Return a text escaped; ``*`` stands for any text only where the key says so."""
    return _escape(text) if wildcards else _escape(text).replace("*", "\\*")


def _hide(text: str) -> str:
    """Return a text with escaped characters replaced by private ones, so that bare ones can be searched for."""
    return re.sub(r"\\([\\~=#{}:n])", lambda found: _HIDDEN.get(found.group(1), "\n"), text)


def _show(text: str) -> str:
    return "".join(_SHOWN.get(character, character) for character in text)


def _escape_meta(text: str) -> str:
    return re.sub(r"([\\\]])", r"\\\1", text).replace("\n", r"\n")


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found.group(1) == "n" else found.group(1), text)
