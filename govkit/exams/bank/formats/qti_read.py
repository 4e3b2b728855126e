"""Reading QTI packages of any version; see :mod:`govkit.exams.bank.formats.qti_write` for how they are laid out.

Names are translated to those of QTI 2.x first, so that one reader serves all versions.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path, PurePosixPath

from markupsafe import Markup

from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _
from govkit.exams.bank.bank import Bank
from govkit.exams.bank.flaws import BLANK
from govkit.exams.bank.formats.interchange import Draft, apply_tags, finish
from govkit.exams.bank.formats.limits import Element, open_archive, parse_xml, refused
from govkit.exams.bank.formats.qti_write import MANIFEST, item_identifier
from govkit.exams.bank.markup import checked_image, image_names
from govkit.exams.bank.questions import (
    BlanksKey,
    ChoiceKey,
    Image,
    Key,
    MatchKey,
    NumericKey,
    Option,
    OrderKey,
    Question,
    QuestionType,
    RubricKey,
    TruthKey,
)

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TRUTHS = ({"T", "F"}, {"true", "false"}, {"True", "False"})
_VOID = {"br", "img"}
_KEPT = {"src", "alt", "colspan", "rowspan"}


class _Unreadable(ValueError):
    """An item that a bank cannot hold; its text says why."""


@dataclass(frozen=True, slots=True)
class _Answered:
    type: QuestionType
    key: Key | None
    options: tuple[Option, ...] = ()
    prompts: tuple[Option, ...] = ()


def read(path: Path) -> tuple[Bank, list[Problem]]:
    """Return the questions of a package, QTI 2.1, 2.2 or 3.0, and its problems."""
    members = open_archive(path)
    manifest = next((name for name in members if PurePosixPath(name).name == MANIFEST), None)
    if manifest is None:
        raise refused(path, _("no {name} in it").format(name=MANIFEST), _("export it as a QTI content package"))
    folder = PurePosixPath(manifest).parent
    root = modernised(parse_xml(members[manifest], f"{path}:{manifest}"))
    drafts: list[Draft] = []
    problems: list[Problem] = []
    refusals: list[Problem] = []
    for resource in root.iterfind("resources/resource"):
        if not (resource.get("type") or "").startswith("imsqti_item"):
            continue
        name = str(folder / (resource.get("href") or ""))
        where = Where(str(path), name)
        try:
            drafts.append(_draft(resource, name, members, where, problems))
        except InputError as error:
            refusals += error.problems
        except _Unreadable as error:
            refusals.append(Problem(where, str(error), _("take the item out or change its type")))
    return finish(drafts, problems, refusals)


def _draft(resource: Element, name: str, members: dict[str, bytes], where: Where, problems: list[Problem]) -> Draft:
    data = members.get(name)
    if data is None:
        raise _Unreadable(_("the package lacks “{name}”").format(name=name))
    question = question_of(modernised(parse_xml(data, f"{where.source}:{name}")))
    tags = [keyword.text or "" for keyword in resource.iterfind(".//keyword//")]
    own = tuple(tag for tag in tags if not tag.partition(":")[0].isdigit())
    parts = [_tagged(part, number, tags) for number, part in enumerate(question.parts, 1)]
    question = replace(question, parts=tuple(_with_images(part, name, members, where, problems) for part in parts))
    return Draft(_with_images(question, name, members, where, problems), where, own)


def _tagged(part: Question, number: int, tags: list[str]) -> Question:
    mine = [tag.partition(":")[2] for tag in tags if tag.partition(":")[0] == str(number)]
    return apply_tags(part, mine)[0]


def _with_images(
    question: Question, name: str, members: dict[str, bytes], where: Where, problems: list[Problem]
) -> Question:
    """Return a question with the pictures its HTML shows, by their path from the item's file."""
    images: dict[str, Image] = {}
    for source in image_names(question):
        target = _resolved(PurePosixPath(name).parent, source)
        bare = PurePosixPath(source).name
        if target not in members or bare in images:
            continue
        image, found = checked_image(bare, members[target], where)
        problems += found
        if image:
            images[bare] = image
    return replace(question, images=tuple(images.values()))


def _resolved(folder: PurePosixPath, source: str) -> str:
    parts: list[str] = []
    for part in (folder / source).parts:
        if part == "..":
            parts = parts[:-1]
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def question_of(root: Element) -> Question:
    """Return the question of an item whose names are 2.x names; raise :class:`_Unreadable` for what is not held."""
    if root.tag != "assessmentItem":
        raise _Unreadable(_("it is no QTI item but <{tag}>").format(tag=root.tag))
    body = root.find("itemBody")
    if body is None:
        raise _Unreadable(_("the item has no body"))
    name = root.get("title") or root.get("identifier") or ""
    name = name if root.get("title") and _same(name, root.get("identifier") or "") else root.get("identifier") or name
    parts = [element for element in body.iterfind("div") if element.get("class") == "part"]
    explanation = _explanation(root, "EXPLANATION")
    if not parts:
        return replace(_item(root, body, name), points=_points(root), explanation=explanation)
    read = tuple(_part(root, part, number) for number, part in enumerate(parts, 1))
    stem = "".join(_inner(div) for div in body.iterfind("div") if div.get("class") == "stem")
    case = Question(name, QuestionType.CASE, stem, _points(root), None, explanation=explanation, markup="html")
    return replace(case, parts=read)


def _same(title: str, identifier: str) -> bool:
    """Return whether our own writer made the identifier from the title; a foreign title is no id."""
    return item_identifier(title) == identifier


def _part(root: Element, part: Element, number: int) -> Question:
    question = _item(root, part, f"part.{number}")
    explanation = _explanation(root, f"EXPLANATION_{number}")
    return replace(question, points=Decimal(1), explanation=explanation)


def _item(root: Element, body: Element, name: str) -> Question:
    """Return the question of a body (or part of one) with its interactions."""
    found = [element for element in body.iter() if _is_interaction(element)]
    if not found:
        raise _Unreadable(_("nothing to answer in it"))
    kinds = {str(element.tag) for element in found}
    if len(found) > 1 and kinds != {"textEntryInteraction"}:
        raise _Unreadable(_("{count} interactions of different kinds in one item").format(count=len(found)))
    reader = _READERS.get(str(found[0].tag))
    if reader is None:
        raise _Unreadable(_("the interaction “{tag}” is not read").format(tag=found[0].tag))
    answered = reader(root, found)
    stem = _inner(body) + "".join(_inner(prompt) for element in found for prompt in element.iterfind("prompt"))
    return Question(
        name,
        answered.type,
        stem,
        Decimal(1),
        answered.key,
        options=answered.options,
        prompts=answered.prompts,
        markup="html",
    )


def _is_interaction(element: Element) -> bool:
    return isinstance(element.tag, str) and element.tag.endswith("Interaction")


def _inner(element: Element) -> str:
    """Return the HTML inside an element, entry fields as blanks (no other interactions, rubrics, answer lines)."""
    return str(_children(element))


def _children(element: Element) -> Markup:
    pieces = [element.text or ""]
    for child in element:
        pieces += [_outer(child), child.tail or ""]
    return Markup("").join(pieces)


def _outer(element: Element) -> str:
    """Return an element as HTML; texts are escaped when the pieces are joined."""
    tag = element.tag
    if not isinstance(tag, str) or element.get("class") == "answer" or tag in {"rubricBlock", "prompt"}:
        return ""
    if tag == "textEntryInteraction":
        return BLANK
    if _is_interaction(element):
        return ""
    if tag in {"div", "contentBody"}:
        return _children(element)
    tag = "u" if tag == "span" and element.get("class") == "underline" else tag
    attributes = Markup("").join(Markup(' %s="%s"') % item for item in element.items() if item[0] in _KEPT)
    opened = Markup("<%s%s>") % (tag, attributes)
    return opened if tag in _VOID else opened + _children(element) + Markup("</%s>") % tag


def _points(root: Element) -> Decimal:
    value = root.findtext("outcomeDeclaration[@identifier='MAXSCORE']/defaultValue/value") or "1"
    return _decimal(value)


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        raise _Unreadable(_("“{text}” is no number").format(text=text[:40])) from None
    return number if number.is_finite() and len(text) <= 40 else Decimal("NaN")


def _explanation(root: Element, identifier: str) -> str:
    found = root.find(f"modalFeedback[@identifier='{identifier}']")
    if found is None and identifier == "EXPLANATION":
        others = [
            each for each in root.iterfind("modalFeedback") if not (each.get("identifier") or "").startswith("EXPL")
        ]
        found = others[0] if len(others) == 1 else None
    return "" if found is None else _inner(found)


def _declaration(root: Element, interaction: Element) -> Element:
    name = interaction.get("responseIdentifier") or ""
    for declared in root.iterfind("responseDeclaration"):
        if declared.get("identifier") == name:
            return declared
    raise _Unreadable(_("the response “{name}” is not declared").format(name=name))


def _correct(declared: Element) -> list[str]:
    return [(value.text or "").strip() for value in declared.iterfind("correctResponse/value")]


def _lettered(choices: list[Element]) -> tuple[tuple[Option, ...], dict[str, str]]:
    """Return the options and the letter for each identifier; identifiers that are letters in order are kept."""
    if len(choices) > len(_LETTERS):
        raise _Unreadable(_("{count} options").format(count=len(choices)))
    letters = {choice.get("identifier") or "": letter for choice, letter in zip(choices, _LETTERS, strict=False)}
    if all(len(name) == 1 and name in _LETTERS for name in letters):
        letters = {name: name for name in letters}
    return tuple(Option(letters[each.get("identifier") or ""], _inner(each)) for each in choices), letters


def _read_choice(root: Element, found: list[Element]) -> _Answered:
    choices = found[0].findall("simpleChoice")
    declared = _declaration(root, found[0])
    right = _correct(declared) or _mapped(declared)
    names = {choice.get("identifier") or "" for choice in choices}
    if names in _TRUTHS:
        return _Answered(QuestionType.TRUE_FALSE, TruthKey(right[0][0] in "Tt") if right else None)
    options, letters = _lettered(choices)
    single = declared.get("cardinality") == "single"
    kind = QuestionType.SINGLE_CHOICE if single else QuestionType.MULTIPLE_CHOICE
    ids = tuple(sorted(letters.get(name, name) for name in right))
    return _Answered(kind, ChoiceKey(ids) if ids else None, options)


def _mapped(declared: Element) -> list[str]:
    entries = declared.iterfind("mapping/mapEntry")
    return [entry.get("mapKey") or "" for entry in entries if _decimal(entry.get("mappedValue") or "0") > 0]


def _read_text(root: Element, found: list[Element]) -> _Answered:
    declared = [_declaration(root, field) for field in found]
    if len(found) == 1 and declared[0].get("baseType") in {"float", "integer"}:
        return _Answered(QuestionType.NUMERIC, _numeric(root, declared[0]))
    blanks = tuple(tuple(dict.fromkeys([*_correct(each), *_mapped(each)])) for each in declared)
    return _Answered(QuestionType.FILL_IN, BlanksKey(blanks))


def _numeric(root: Element, declared: Element) -> NumericKey | None:
    right = _correct(declared)
    if not right:
        return None
    tolerance = Decimal(0)
    for equal in root.iter("equal"):
        names = {each.get("identifier") for each in equal}
        if declared.get("identifier") in names and equal.get("toleranceMode") == "absolute":
            tolerance = _decimal((equal.get("tolerance") or "0").split()[0])
    return NumericKey(_decimal(right[0]), tolerance)


def _read_order(root: Element, found: list[Element]) -> _Answered:
    options, letters = _lettered(found[0].findall("simpleChoice"))
    order = tuple(letters.get(name, name) for name in _correct(_declaration(root, found[0])))
    return _Answered(QuestionType.ORDERING, OrderKey(order) if order else None, options)


def _read_match(root: Element, found: list[Element]) -> _Answered:
    sets = found[0].findall("simpleMatchSet")
    if len(sets) != 2:
        raise _Unreadable(_("a matching without two sets"))
    left = sets[0].findall("simpleAssociableChoice")
    options, letters = _lettered(sets[1].findall("simpleAssociableChoice"))
    numbers = {choice.get("identifier") or "": str(number) for number, choice in enumerate(left, 1)}
    prompts = tuple(Option(numbers[choice.get("identifier") or ""], _inner(choice)) for choice in left)
    pairs = sorted(_pairs(_correct(_declaration(root, found[0])), numbers, letters), key=lambda pair: int(pair[0]))
    return _Answered(QuestionType.MATCHING, MatchKey(tuple(pairs)) if pairs else None, options, prompts)


def _pairs(values: list[str], numbers: dict[str, str], letters: dict[str, str]) -> Iterator[tuple[str, str]]:
    for value in values:
        prompt, _space, option = value.partition(" ")
        if prompt in numbers and option in letters:
            yield numbers[prompt], letters[option]


def _read_essay(_root: Element, _found: list[Element]) -> _Answered:
    return _Answered(QuestionType.SHORT_ANSWER, RubricKey(()))


_READERS: dict[str, Callable[[Element, list[Element]], _Answered]] = {
    "choiceInteraction": _read_choice,
    "textEntryInteraction": _read_text,
    "orderInteraction": _read_order,
    "matchInteraction": _read_match,
    "extendedTextInteraction": _read_essay,
}


def plain_name(name: str) -> str:
    """Return an element's or attribute's name as 2.x writes it, whatever version it comes from, without namespace."""
    local = name.rpartition("}")[2]
    return re.sub(r"-([a-z])", lambda found: found.group(1).upper(), local.removeprefix("qti-"))


def modernised(root: Element) -> Element:
    """Rename all elements and attributes of a tree by :func:`plain_name` and return it."""
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        element.tag = plain_name(element.tag)
        for name, value in list(element.attrib.items()):
            if plain_name(str(name)) != name:
                del element.attrib[name]
                element.set(plain_name(str(name)), str(value))
    return root
