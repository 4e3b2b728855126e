"""Reading QTI packages of any version; see :mod:`govkit.exams.bank.formats.qti_write` for how they are laid out.

Names are translated to those of QTI 2.x first, so that one reader serves all versions.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path, PurePosixPath

from markupsafe import Markup

from govkit.core.errors import InputError, Problem, Where
from govkit.core.i18n import gettext as _
from govkit.exams.bank.bank import Bank
from govkit.exams.bank.flaws import BLANK
from govkit.exams.bank.formats.interchange import Draft, apply_tags, finish
from govkit.exams.bank.formats.limits import Element, open_archive, parse_xml, read_bytes, refused
from govkit.exams.bank.formats.qti_scoring import Scoring, UnreadableItem, decimal_of, mapping_of, scoring
from govkit.exams.bank.formats.qti_write import MANIFEST, item_identifier
from govkit.exams.bank.formats.written import same_options
from govkit.exams.bank.markup import checked_image, good_image_name, image_names, text_of
from govkit.exams.bank.questions import (
    BlanksKey,
    ChoiceKey,
    Credit,
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
_UNSEEN = {"rubricBlock", "prompt", "feedbackInline", "feedbackBlock", "modalFeedback", "stylesheet", "infoControl"}
"""What is not part of a question's text: hints, feedback and rules for markers would give the key away."""
_MEDIA = {"object", "audio", "video", "svg", "mediaInteraction", "printedVariable"}
_VOID = {"br", "img"}
_KEPT = {"src", "alt", "colspan", "rowspan"}


@dataclass(frozen=True, slots=True)
class _Answered:
    type: QuestionType
    key: Key | None
    options: tuple[Option, ...] = ()
    prompts: tuple[Option, ...] = ()
    points: Decimal | None = None


def read(path: Path) -> tuple[Bank, list[Problem]]:
    """Return the questions of a package, QTI 2.1, 2.2 or 3.0, or of one bare item, and the problems."""
    if path.suffix.lower() == ".xml":
        return _read_bare(path)
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
        except UnreadableItem as error:
            refusals.append(Problem(where, str(error), _("take the item out or change its type")))
    return finish(drafts, problems, refusals)


def _read_bare(path: Path) -> tuple[Bank, list[Problem]]:
    """Return the question of a file that is one item; its pictures lie beside it."""
    where = Where(str(path))
    root = modernised(parse_xml(read_bytes(path), path))
    try:
        question = question_of(root)
    except UnreadableItem as error:
        return finish([], [], [Problem(where, str(error), _("take the item out or change its type"))])
    problems: list[Problem] = []
    items = [question, *question.parts]
    names = {PurePosixPath(source).name for item in items for source in image_names(item)}
    members = {name: read_bytes(path.parent / name) for name in names if (path.parent / name).is_file()}
    flat = {f"{PurePosixPath(name).name}": data for name, data in members.items()}
    shown = replace(question, images=tuple(_beside(question, flat, where, problems)))
    return finish([Draft(shown, where)], problems)


def _beside(question: Question, members: dict[str, bytes], where: Where, problems: list[Problem]) -> Iterator[Image]:
    for name in dict.fromkeys(PurePosixPath(source).name for source in image_names(question)):
        image, found = checked_image(name, members[name], where) if name in members else (None, [])
        problems += found
        if image:
            yield image


def _draft(resource: Element, name: str, members: dict[str, bytes], where: Where, problems: list[Problem]) -> Draft:
    data = members.get(name)
    if data is None:
        raise UnreadableItem(_("the package lacks “{name}”").format(name=name))
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
    """Return the question of an item whose names are 2.x names; raise :class:`UnreadableItem` for what is not held."""
    if root.tag != "assessmentItem":
        raise UnreadableItem(_("it is no QTI item but <{tag}>").format(tag=root.tag))
    body = root.find("itemBody")
    if body is None:
        raise UnreadableItem(_("the item has no body"))
    name = root.get("title") or root.get("identifier") or ""
    name = name if root.get("title") and _same(name, root.get("identifier") or "") else root.get("identifier") or name
    parts = [element for element in body.iterfind("div") if element.get("class") == "part"]
    explanation = _explanation(root, "EXPLANATION")
    rules = scoring(root)
    if not parts:
        return replace(_item(root, body, name, rules), explanation=explanation)
    if not rules.own:
        raise UnreadableItem(_("its response processing is its own"))
    read = tuple(_part(root, part, number, rules) for number, part in enumerate(parts, 1))
    stem = "".join(_inner(div) for div in body.iterfind("div") if div.get("class") == "stem")
    case = Question(
        name, QuestionType.CASE, stem, rules.points or Decimal(1), None, explanation=explanation, markup="html"
    )
    return replace(case, parts=read)


def _same(title: str, identifier: str) -> bool:
    """Return whether our own writer made the identifier from the title; a foreign title is no id."""
    return item_identifier(title) == identifier


def _part(root: Element, part: Element, number: int, rules: Scoring) -> Question:
    question = _item(root, part, f"part.{number}", rules)
    explanation = _explanation(root, f"EXPLANATION_{number}")
    return replace(question, points=Decimal(1), explanation=explanation)


def _item(root: Element, body: Element, name: str, rules: Scoring) -> Question:
    """Return the question of a body (or part of one) with its interactions."""
    found = [element for element in body.iter() if _is_interaction(element)]
    if not found:
        raise UnreadableItem(_("nothing to answer in it"))
    kinds = {str(element.tag) for element in found}
    if len(found) > 1 and kinds != {"textEntryInteraction"}:
        raise UnreadableItem(_("{count} interactions of different kinds in one item").format(count=len(found)))
    reader = _READERS.get(str(found[0].tag))
    if reader is None:
        raise UnreadableItem(_("the interaction “{tag}” is not read").format(tag=found[0].tag))
    answered = reader(root, found, rules)
    stem = _inner(body) + "".join(_inner(prompt) for element in found for prompt in element.iterfind("prompt"))
    return Question(
        name,
        answered.type,
        stem,
        rules.points or answered.points or Decimal(1),
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
    if not isinstance(tag, str) or element.get("class") == "answer" or tag in _UNSEEN:
        return ""
    if tag == "textEntryInteraction":
        return BLANK
    if _is_interaction(element):
        return ""
    if tag in _MEDIA:
        return _medium(element)
    if tag in {"div", "contentBody"}:
        return _children(element)
    tag = "u" if tag == "span" and element.get("class") == "underline" else tag
    attributes = Markup("").join(Markup(' %s="%s"') % item for item in element.items() if item[0] in _KEPT)
    opened = Markup("<%s%s>") % (tag, attributes)
    return opened if tag in _VOID else opened + _children(element) + Markup("</%s>") % tag


def _medium(element: Element) -> str:
    """Return a picture that stands as an object.

    :raises UnreadableItem: it is no picture that a bank holds.
    """
    data = element.get("data") or ""
    if element.tag == "object" and good_image_name(PurePosixPath(data).name):
        return Markup('<img src="%s" alt="">') % data
    what = _("it shows “{name}”, which is no picture that a bank holds")
    raise UnreadableItem(what.format(name=PurePosixPath(data).name or element.tag))


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
    raise UnreadableItem(_("the response “{name}” is not declared").format(name=name))


def _correct(declared: Element) -> list[str]:
    return [(value.text or "").strip() for value in declared.iterfind("correctResponse/value")]


def _lettered(choices: list[Element]) -> tuple[tuple[Option, ...], dict[str, str]]:
    """Return the options and the letter for each identifier; identifiers that are the first letters are kept."""
    if len(choices) > len(_LETTERS):
        raise UnreadableItem(_("{count} options").format(count=len(choices)))
    letters = {choice.get("identifier") or "": letter for choice, letter in zip(choices, _LETTERS, strict=False)}
    if sorted(letters) == list(_LETTERS[: len(letters)]):
        letters = {name: name for name in letters}
    return tuple(Option(letters[each.get("identifier") or ""], _inner(each)) for each in choices), letters


def _read_choice(root: Element, found: list[Element], rules: Scoring) -> _Answered:
    choices = found[0].findall("simpleChoice")
    declared = _declaration(root, found[0])
    right = _correct(declared) or _mapped(declared)
    names = {choice.get("identifier") or "" for choice in choices}
    said = same_options([text_of(_inner(choice)).strip() for choice in choices])
    if len(choices) == 2 and said and names in _TRUTHS and not rules.mapped:
        return _Answered(QuestionType.TRUE_FALSE, TruthKey(right[0][0] in "Tt") if right else None)
    options, letters = _lettered(choices)
    single = declared.get("cardinality") == "single"
    kind = QuestionType.SINGLE_CHOICE if single else QuestionType.MULTIPLE_CHOICE
    mapped = mapping_of(declared, not single) if rules.mapped else None
    partly: tuple[Credit, ...] = ()
    if mapped:
        best = [name for name in names if mapped.share(name) == 1] if single else []
        right = [name for name in right if mapped.worth.get(name, 0) > 0] if not single else (best or right)[:1]
        partly = mapped.credits(iter(letters.items()))
        if single and all(each.share == 1 for each in partly):
            partly = ()
    elif rules.mapped:
        raise UnreadableItem(_("its mapping gives no points"))
    ids = tuple(sorted(letters.get(name, name) for name in right))
    return _Answered(kind, ChoiceKey(ids, partly) if ids else None, options, points=mapped.most if mapped else None)


def _mapped(declared: Element) -> list[str]:
    entries = declared.iterfind("mapping/mapEntry")
    return [entry.get("mapKey") or "" for entry in entries if decimal_of(entry.get("mappedValue") or "0") > 0]


def _read_text(root: Element, found: list[Element], rules: Scoring) -> _Answered:
    declared = [_declaration(root, field) for field in found]
    if len(found) == 1 and declared[0].get("baseType") in {"float", "integer"} and not rules.mapped:
        return _Answered(QuestionType.NUMERIC, _numeric(root, declared[0]))
    if not rules.mapped:
        blanks = tuple(tuple(dict.fromkeys([*_correct(each), *_mapped(each)])) for each in declared)
        return _Answered(QuestionType.FILL_IN, BlanksKey(blanks, case_sensitive=not rules.own))
    maps = [mapping_of(each, several=False) for each in declared]
    known = [each for each in maps if each]
    if len(known) != len(maps) or len({(each.most, each.cased) for each in known}) > 1:
        raise UnreadableItem(_("its blanks are worth different points"))
    accepted = tuple(tuple(key for key in each.worth if each.share(key) == 1) for each in known)
    partly = [
        Credit(key, each.share(key), blank=number)
        for number, each in enumerate(known)
        for key in each.worth
        if 0 < each.share(key) < 1
    ]
    if len(known) > 1 and not partly:  # each blank counts, whatever policy a paper has
        partly = [Credit(accepted[0][0], Decimal(1))]
    total = sum((each.most for each in known), Decimal(0))
    return _Answered(QuestionType.FILL_IN, BlanksKey(accepted, tuple(partly), known[0].cased), points=total)


def _numeric(root: Element, declared: Element) -> NumericKey | None:
    right = _correct(declared)
    if not right:
        return None
    value, tolerance = decimal_of(right[0]), Decimal(0)
    for equal in root.iter("equal"):
        mode = equal.get("toleranceMode")
        if declared.get("identifier") not in {each.get("identifier") for each in equal} or mode in {None, "exact"}:
            continue
        sides = [decimal_of(text) for text in (equal.get("tolerance") or "0").split()]
        if len(set(sides)) > 1:
            raise UnreadableItem(_("its tolerance differs above and below"))
        tolerance = abs(value) * sides[0] / 100 if mode == "relative" else sides[0]
    return NumericKey(value, tolerance)


def _read_order(root: Element, found: list[Element], rules: Scoring) -> _Answered:
    if rules.mapped:
        raise UnreadableItem(_("its response processing is its own"))
    options, letters = _lettered(found[0].findall("simpleChoice"))
    order = tuple(letters.get(name, name) for name in _correct(_declaration(root, found[0])))
    return _Answered(QuestionType.ORDERING, OrderKey(order) if order else None, options)


def _read_match(root: Element, found: list[Element], rules: Scoring) -> _Answered:
    sets = found[0].findall("simpleMatchSet")
    if len(sets) != 2:
        raise UnreadableItem(_("a matching without two sets"))
    declared = _declaration(root, found[0])
    mapped = mapping_of(declared, several=True) if rules.mapped else None
    if mapped and (len({value for value in mapped.worth.values() if value > 0}) > 1 or mapped.default < 0):
        raise UnreadableItem(_("its pairs are worth different points"))
    left = sets[0].findall("simpleAssociableChoice")
    options, letters = _lettered(sets[1].findall("simpleAssociableChoice"))
    numbers = {choice.get("identifier") or "": str(number) for number, choice in enumerate(left, 1)}
    prompts = tuple(Option(numbers[choice.get("identifier") or ""], _inner(choice)) for choice in left)
    values = _correct(declared)
    pairs = sorted(_pairs(values, numbers, letters), key=lambda pair: int(pair[0]))
    if len(pairs) != len(values) or len({prompt for prompt, _option in pairs}) != len(left):
        raise UnreadableItem(_("a matching that does not pair each prompt once"))
    key = MatchKey(tuple(pairs)) if pairs else None
    return _Answered(QuestionType.MATCHING, key, options, prompts, mapped.most if mapped else None)


def _pairs(values: list[str], numbers: dict[str, str], letters: dict[str, str]) -> Iterator[tuple[str, str]]:
    for value in values:
        prompt, _space, option = value.partition(" ")
        if prompt in numbers and option in letters:
            yield numbers[prompt], letters[option]


def _read_essay(_root: Element, _found: list[Element], _rules: Scoring) -> _Answered:
    return _Answered(QuestionType.SHORT_ANSWER, RubricKey(()))


_READERS: dict[str, Callable[[Element, list[Element], Scoring], _Answered]] = {
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
