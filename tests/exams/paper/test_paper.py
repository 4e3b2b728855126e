"""Papers: no trace of a key, one order for each candidate, no effect of order on marks, seals that show changes."""

import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govkit.core.errors import InputError
from govkit.exams.bank.answers import right_parts
from govkit.exams.bank.questions import BlanksKey, ChoiceKey, NumericKey, Option, Question, TruthKey
from govkit.exams.exam import papers_and_key
from govkit.exams.paper.assembly import select
from govkit.exams.paper.blueprint import read_blueprint
from govkit.exams.paper.paper import Paper, arrange, fixed, paper_bytes, paper_files, read_paper, unordered
from govkit.exams.paper.policies import Policy, credit, wholly_right
from tests.exams.builders import (
    BLUEPRINT,
    TOPICS,
    assembled,
    bank,
    blueprint_file,
    case,
    matching,
    multiple,
    ordering,
    single,
)


@pytest.fixture(scope="module")
def exam(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return assembled(tmp_path_factory.mktemp("papers"))


def test_a_paper_reads_back_as_it_was_written(exam: Path) -> None:
    paths = paper_files(exam)
    assert [path.name for path in paths] == ["paper-A.json", "paper-B.json", "paper-M.json"]
    for path in paths:
        assert paper_bytes(read_paper(path)) == path.read_bytes()


KEY_WORDS = [
    "秘密",
    "7777",
    "key",
    "right",
    "accepted",
    "explanation",
    "difficulty",
    "tolerance",
    "weight",
    "source",
    "topic",
]


@pytest.mark.parametrize("word", [*KEY_WORDS, *TOPICS, "T0", "种子"])
def test_no_byte_of_the_key_is_in_a_paper(exam: Path, word: str) -> None:
    for path in paper_files(exam):
        assert word.encode() not in path.read_bytes()


def test_no_byte_of_the_key_is_in_any_published_file(exam: Path) -> None:
    """All files of an assembled exam except the ciphertext of the sealed key are searched."""
    published = [path for path in exam.iterdir() if path.is_file() and path.name != "blueprint.yaml"]
    assert {path.name for path in published} >= {"key.sealed", "paper-A.json", "audit.jsonl"}
    for path in published:
        for secret in ("秘密", "7777", "种子"):
            assert secret.encode() not in path.read_bytes(), path.name


def other_key(question: Question) -> Question:
    """The same question with another key and explanation."""
    match question.key:
        case ChoiceKey(right):
            letters = [option.id for option in question.options]
            moved = tuple(sorted(letters[(letters.index(letter) + 1) % len(letters)] for letter in right))
            return replace(question, key=ChoiceKey(moved), explanation="别的")
        case TruthKey(value):
            return replace(question, key=TruthKey(not value), explanation="别的")
        case BlanksKey(blanks):
            return replace(question, key=BlanksKey(tuple(("别的",) for _blank in blanks)))
        case NumericKey(value, tolerance, unit):
            return replace(question, key=NumericKey(value + 5, tolerance + 1, unit))
        case _:
            return question


def test_papers_do_not_depend_on_the_key(tmp_path: Path) -> None:
    """Questions with other keys give the same paper, byte for byte."""
    blueprint = read_blueprint(blueprint_file(tmp_path))
    questions = {question.id: question for question in bank(300)}
    others = {name: other_key(question) for name, question in questions.items()}
    selection = select(blueprint, questions.values(), "s")
    papers, _sheet = papers_and_key(blueprint, selection, questions, "s")
    changed, _other_sheet = papers_and_key(blueprint, selection, others, "s")
    assert {form: paper_bytes(paper) for form, paper in papers.items()} == {
        form: paper_bytes(paper) for form, paper in changed.items()
    }


@pytest.mark.parametrize("question", [ordering(count=6), matching(count=4)])
def test_the_author_s_order_tells_nothing(question: Question) -> None:
    """Over many questions right answers are spread evenly over the letters of the paper."""
    seen: Counter[str] = Counter()
    for number in range(600):
        shown = unordered(replace(question, id=f"o{number}"), "种子")
        assert [option.id for option in shown.options] == list("ABCDEF"[: len(shown.options)])
        assert {option.text for option in shown.options} == {option.text for option in question.options}
        texts = {option.id: option.text for option in shown.options}
        right = right_parts(shown)
        assert [texts[letter] for letter in right] == [option.text for option in question.options]
        seen[right[0]] += 1
    expected = 600 / len(question.options)
    assert all(abs(count - expected) < 0.4 * expected for count in seen.values())


def test_letters_are_the_same_on_every_form_so_that_forms_can_be_pooled() -> None:
    assert unordered(ordering("o7"), "种子") == unordered(ordering("o7"), "种子")
    assert unordered(case("c1"), "种子").parts == case("c1").parts


def test_every_candidate_has_an_order_of_his_own_that_can_be_worked_out_again(exam: Path) -> None:
    paper = read_paper(exam / "paper-A.json")
    orders = {candidate: arrange(paper, candidate) for candidate in ("0100001", "0100002", "0100003")}
    assert orders["0100001"] == arrange(read_paper(exam / "paper-A.json"), "0100001")
    assert len(set(orders.values())) == 3
    for order in orders.values():
        assert sorted(placed.question for placed in order) == sorted(face.id for face in paper.questions)
        faces = {face.id: face for face in paper.questions}
        assert all(sorted(placed.options) == sorted(o.id for o in faces[placed.question].options) for placed in order)


def test_sections_keep_their_places(exam: Path) -> None:
    paper = read_paper(exam / "paper-A.json")
    types = {face.id: face.type for face in paper.questions}
    wanted = [section.type for section in paper.sections for _face in section.questions]
    assert [types[placed.question] for placed in arrange(paper, "0100001")] == wanted


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        ("以上都对", True),
        ("上述均不正确", True),
        ("A和C", True),
        ("A、B", True),
        ("村党支部", False),
        ("ABC 三类", False),
    ],
)
def test_options_that_speak_of_others_stay_where_they_are(text: str, stays: bool) -> None:
    question = single()
    face = replace(question.face(), options=(*question.options[:3], Option("D", text)))
    assert fixed(face) is stays


@given(
    chosen=st.sets(st.sampled_from("ABCDEF")),
    candidate=st.text(max_size=12),
    policy=st.sampled_from(["all_or_nothing", "partial_half_each", "per_option", "rexams_false2", "moodle"]),
)
def test_the_order_of_options_never_changes_a_mark(chosen: set[str], candidate: str, policy: str) -> None:
    """The same options ticked earn the same marks in every order, because letters move with their options."""
    question = multiple(right="ACE", count=6)
    texts = {option.id: option.text for option in question.options}
    paper = one_question_paper(question)
    (placed,) = arrange(paper, candidate)
    shown = [texts[letter] for letter in placed.options]
    ticked = tuple(placed.options[shown.index(texts[letter])] for letter in sorted(chosen))
    plain = credit(question, tuple(sorted(chosen)), Policy(policy))
    assert credit(question, ticked, Policy(policy)) == plain
    assert credit(replace(question, options=question.options[::-1]), ticked, Policy(policy)) == plain


@given(seed=st.text(min_size=1, max_size=8))
def test_lettering_anew_never_changes_a_mark(seed: str) -> None:
    for question, policy in ((ordering(), "by_position"), (matching(), "per_pair")):
        shown = unordered(question, seed)
        old, new = ({option.id: option.text for option in each.options} for each in (question, shown))
        letter = {text: name for name, text in new.items()}
        given_old = tuple(old)[::-1] if policy == "by_position" else tuple(list(old)[1::-1] + list(old)[2:])
        given_new = tuple(letter[old[name]] for name in given_old)
        assert credit(shown, given_new, Policy(policy)) == credit(question, given_old, Policy(policy))
        assert wholly_right(shown, right_parts(shown))


def one_question_paper(question: Question) -> Paper:
    from datetime import date
    from decimal import Decimal

    from govkit.exams.paper.paper import PaperSection

    section = PaperSection("多选", question.type, question.points, "", (question.face(),))
    return Paper("x", "题", "A", date(2015, 1, 1), 10, Decimal(2), Decimal(1), "种子", (section,))


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[1]", b"\xff\xfe", b'{"format": "govkit-paper/9"}', b"[" * 100_000, None],
    ids=["empty", "no fields", "a list", "bytes", "other format", "deep", "missing"],
)
def test_what_is_no_paper_is_a_problem(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "paper-A.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError):
        read_paper(path)


@pytest.mark.parametrize("field", ["seed", "sections", "date", "total"])
def test_a_paper_without_a_field_is_a_problem(exam: Path, tmp_path: Path, field: str) -> None:
    record = json.loads((exam / "paper-A.json").read_bytes())
    del record[field]
    (tmp_path / "paper-A.json").write_text(json.dumps(record), "utf-8")
    with pytest.raises(InputError):
        read_paper(tmp_path / "paper-A.json")


def test_the_blueprint_does_not_hold_the_seed() -> None:
    assert "seed" not in BLUEPRINT


def test_what_a_room_reads_cannot_reach_the_key() -> None:
    """Reading papers, rosters and responses loads no module that opens keys or marks."""
    script = """
import sys
import govkit.exams.paper.paper, govkit.exams.marking.responses, govkit.exams.paper.roster, govkit.exams.bank.answers
print(sorted(name for name in sys.modules if name in {
    "govkit.exams.paper.key", "govkit.exams.marking.marking", "govkit.exams.exam", "pandas", "scipy"}))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
