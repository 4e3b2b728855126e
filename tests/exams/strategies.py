"""Hypothesis strategies: random questions and banks, as wide as the model allows."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from govkit.exams.bank.bank import Bank
from govkit.exams.bank.flaws import BLANK
from govkit.exams.bank.markup import as_html, tidy
from govkit.exams.bank.questions import (
    BlanksKey,
    ChoiceKey,
    Criterion,
    Image,
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

LETTERS = "ABCDEFGHIJ"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(64))

# Chinese, Latin, digits and every character with a meaning in one of the formats.
_CHARACTERS = "村民会议决公开甲乙丙丁ABCxyz0123456789 ~=#{}:\\%<>&\"'[]|;；,，.+-@$*/()（）→!?^_`\n"
_words = st.text(_CHARACTERS, min_size=1, max_size=30)


def _settled(text: str) -> str:
    """A text as authors write it: no double spaces, no space beside line ends, no accidental blank."""
    lines = [" ".join(line.split()) for line in text.split("\n")]
    return "\n".join(line for line in lines if line).replace("_", "-").strip()


texts = _words.map(_settled).filter(bool)
lines = texts.map(lambda text: text.replace("\n", " "))
points = st.decimals("0.5", "20", places=1)
days = st.dates(date(2000, 1, 1), date(2030, 12, 31))
names = st.from_regex(r"[a-z]{1,3}-[0-9]{1,4}", fullmatch=True)


@st.composite
def sources(draw: st.DrawFn) -> Source:
    return Source(
        law=draw(lines),
        article=draw(st.just("") | lines),
        version=draw(st.just("") | lines),
        in_force_from=draw(st.none() | days),
        in_force_to=draw(st.none() | days),
        mark=draw(st.sampled_from(["", "S", "G5"])),
    )


def _options(draw: st.DrawFn, least: int = 2) -> tuple[Option, ...]:
    found = draw(st.lists(lines, min_size=least, max_size=6, unique=True))
    return tuple(Option(letter, text) for letter, text in zip(LETTERS, found, strict=False))


@st.composite
def questions(
    draw: st.DrawFn, kinds: tuple[QuestionType, ...] = tuple(QuestionType), part: bool = False, pictures: bool = True
) -> Question:
    kind = draw(st.sampled_from([each for each in kinds if not (part and each is QuestionType.CASE)]))
    question = Question(
        id="x",
        type=kind,
        stem=draw(texts),
        points=draw(points),
        key=None,
        topic=draw(st.just("") | st.sampled_from(["四议两公开", "网格 a/b", "信访"])),
        difficulty=draw(st.none() | st.sampled_from([0.0, 0.35, 0.7, 1.0])),
        explanation=draw(st.just("") | texts),
        source=draw(st.none() | sources()),
        author=draw(st.just("") | lines),
        reviewed=draw(st.none() | days),
        enemies=tuple(draw(st.lists(names, max_size=2, unique=True))),
    )
    question = _typed(draw, question, pictures)
    if kind is not QuestionType.CASE and draw(st.integers(0, 4)) == 0:
        question = _marked_up(draw, question, pictures)
    return question


def _typed(draw: st.DrawFn, question: Question, pictures: bool) -> Question:  # noqa: PLR0911
    match question.type:
        case QuestionType.SINGLE_CHOICE:
            options = _options(draw)
            return replace(question, options=options, key=ChoiceKey((draw(st.sampled_from(options)).id,)))
        case QuestionType.MULTIPLE_CHOICE:
            options = _options(draw)
            right = draw(st.sets(st.sampled_from([o.id for o in options]), min_size=1))
            return replace(question, options=options, key=ChoiceKey(tuple(sorted(right))))
        case QuestionType.TRUE_FALSE:
            return replace(question, key=TruthKey(draw(st.booleans())))
        case QuestionType.FILL_IN:
            blanks = draw(st.lists(st.lists(lines, min_size=1, max_size=3, unique=True), min_size=1, max_size=3))
            # Adjacent blanks would be read as one, so a text separates them.
            pieces = [*(draw(lines) for _blank in blanks[1:]), draw(st.just("") | lines)]
            stem = question.stem.replace("\n", " ") + "".join(f"{BLANK}{piece}" for piece in pieces)
            return replace(question, stem=stem, key=BlanksKey(tuple(map(tuple, blanks))))
        case QuestionType.NUMERIC:
            value, tolerance = draw(st.decimals(-9999, 9999, places=2)), draw(st.decimals(0, 9, places=1))
            return replace(question, key=NumericKey(value, tolerance, draw(st.sampled_from(["", "%", "人", "元"]))))
        case QuestionType.ORDERING:
            options = _options(draw)
            order = draw(st.permutations([o.id for o in options]))
            return replace(question, options=options, key=OrderKey(tuple(order)))
        case QuestionType.MATCHING:
            options = _options(draw)
            found = draw(st.lists(lines, min_size=2, max_size=5, unique=True))
            prompts = tuple(Option(str(number), text) for number, text in enumerate(found, 1))
            pairs = tuple((prompt.id, draw(st.sampled_from(options)).id) for prompt in prompts)
            return replace(question, options=options, prompts=prompts, key=MatchKey(pairs))
        case QuestionType.SHORT_ANSWER:
            rows = draw(st.lists(st.tuples(lines, st.decimals("0.5", 5, places=1)), min_size=1, max_size=3))
            criteria = tuple(Criterion(text, worth) for text, worth in rows)
            total = sum((row.points for row in criteria), Decimal(0))
            return replace(question, points=total, key=RubricKey(criteria, draw(st.just("") | texts)))
        case QuestionType.CASE:
            parts = draw(st.lists(questions(part=True, pictures=pictures), min_size=1, max_size=3))
            numbered = tuple(replace(each, id=f"x.{n}", topic=question.topic) for n, each in enumerate(parts, 1))
            total = sum((each.points for each in numbered), Decimal(0))
            return replace(question, parts=numbered, points=total, enemies=())


def _marked_up(draw: st.DrawFn, question: Question, pictures: bool) -> Question:
    marked = as_html(question)
    tag = draw(st.sampled_from(["b", "em", "sub", "u"]))
    stem = f"<{tag}>注意</{tag}> {marked.stem}"
    if pictures and draw(st.booleans()):
        image = Image("图1.png", "image/png", PNG)
        return tidy(replace(marked, stem=f'{stem}<img src="图1.png" alt="示意">', images=(image,)))
    return tidy(replace(marked, stem=stem))


@st.composite
def banks(draw: st.DrawFn, kinds: tuple[QuestionType, ...] = tuple(QuestionType), pictures: bool = True) -> Bank:
    found = draw(st.lists(questions(kinds, pictures=pictures), min_size=1, max_size=4))
    named = []
    for number, question in enumerate(found, 1):
        parts = tuple(replace(part, id=f"q-{number}.{n}") for n, part in enumerate(question.parts, 1))
        named.append(replace(question, id=f"q-{number}", parts=parts))
    return Bank(tuple(named))
