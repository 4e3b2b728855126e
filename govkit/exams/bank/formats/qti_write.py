"""Writing QTI packages (2.1, 2.2, 3.0): a zip of a manifest, one file an item, and pictures.

An item's body holds the stem in ``<div class="stem">`` and then the interaction; a case has one ``<div class="part">``
for each part. Responses are RESPONSE (RESPONSE_2, … for further blanks), of a case's part 2: PART_2 (PART_2_2, …). A
right answer adds the item's or part's points to SCORE. Metadata without a QTI element is kept in the manifest as
LOM keywords, ``name=value``; those of a case's second part begin with ``2:``. Names are written as in 2.x and
translated for 3.0.
"""

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import lxml.html
from lxml import etree

from govkit.core.errors import Problem
from govkit.core.files import atomic_write
from govkit.exams.bank.bank import Bank
from govkit.exams.bank.flaws import BLANK
from govkit.exams.bank.formats.interchange import Holds, losses, tags_of
from govkit.exams.bank.formats.limits import Element
from govkit.exams.bank.markup import FORMULA, TAGS, as_html
from govkit.exams.bank.questions import (
    BlanksKey,
    ChoiceKey,
    MatchKey,
    NumericKey,
    Option,
    OrderKey,
    Question,
    QuestionType,
    RubricKey,
    TruthKey,
)

MANIFEST = "imsmanifest.xml"

_NATIVE = frozenset({"points", "explanation", "letters"})
_NATIVE_PART = frozenset({"explanation", "letters"})
_EPOCH = (1980, 1, 1, 0, 0, 0)
LOM = "http://ltsc.ieee.org/xsd/LOM"
MATHML = "http://www.w3.org/1998/Math/MathML"
_HTML = TAGS | {"div", "span"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """A version: its namespaces, its resource type and whether its names are ``qti-kebab-case``."""

    name: str
    items: str
    package: str
    resource: str
    schema: str
    schema_version: str
    kebab: bool = False

    def tag(self, name: str) -> str:
        """Return the qualified name of an element: ``choiceInteraction`` is ``qti-choice-interaction`` in 3.0."""
        local = f"qti-{_kebab(name)}" if self.kebab and name not in _HTML else name
        return f"{{{self.items}}}{local}"

    def attribute(self, name: str) -> str:
        """Return the name of an attribute: ``maxChoices`` is ``max-choices`` in 3.0."""
        return _kebab(name) if self.kebab else name


_XSD = "http://www.imsglobal.org/xsd"
_CP = f"{_XSD}/imscp_v1p1"
V21 = Dialect("QTI 2.1", f"{_XSD}/imsqti_v2p1", _CP, "imsqti_item_xmlv2p1", "QTIv2.1 Package", "1.0.0")
V22 = Dialect("QTI 2.2", f"{_XSD}/imsqti_v2p2", _CP, "imsqti_item_xmlv2p2", "QTIv2.2 Package", "1.0.0")
V30 = Dialect(
    "QTI 3.0",
    f"{_XSD}/imsqtiasi_v3p0",
    f"{_XSD}/qti/qtiv3p0/imscp_v1p1",
    "imsqti_item_xmlv3p0",
    "QTI Package",
    "3.0.0",
    kebab=True,
)


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z])", lambda found: f"-{found.group(1).lower()}", name)


@dataclass(frozen=True, slots=True)
class Writer:
    """Builds the elements of one item in one dialect; pictures are in ``images/<identifier>`` of the package."""

    dialect: Dialect
    identifier: str

    def add(self, parent: Element, tag: str, text: str = "", **attributes: str) -> Element:
        """Append an element; attribute names are 2.x names (``class_`` for class)."""
        named = {self.dialect.attribute(name.rstrip("_")): value for name, value in attributes.items()}
        element = etree.SubElement(parent, self.dialect.tag(tag), named)
        element.text = text or None
        return element

    def html(self, parent: Element, html: str) -> None:
        """Append a piece of clean HTML."""
        for node in lxml.html.fragments_fromstring(html) if html else ():
            self._node(parent, node)

    def _node(self, parent: Element, node: Any) -> None:
        if isinstance(node, str):
            _append_text(parent, node)
            return
        # QTI's HTML has no <u>; the reader turns a span of this class back into one.
        underlined = node.tag == "u"
        if node.tag in FORMULA:
            element = etree.SubElement(parent, f"{{{MATHML}}}{node.tag}", nsmap={None: MATHML})
        else:
            element = self.add(parent, "span" if underlined else node.tag)
        element.attrib.update({name: str(value) for name, value in node.attrib.items()})
        if underlined:
            element.set("class", "underline")
        if node.tag == "img":
            element.set("src", f"../images/{self.identifier}/{node.get('src') or ''}")
            element.set("alt", node.get("alt") or "")
        if node.text:
            _append_text(element, node.text)
        for child in node:
            self._node(element, child)
        if node.tail:
            _append_text(parent, node.tail)


def write(bank: Bank, path: Path, dialect: Dialect) -> list[Problem]:
    """Write a bank as a package, reproducibly; return warnings of what QTI cannot hold."""
    holds = Holds(dialect.name, frozenset(QuestionType), credits=False)
    told = losses(bank, holds, path)
    bank = Bank(tuple(question for question in bank if holds.holds(question)), bank.places)
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        _put(archive, MANIFEST, etree.tostring(_manifest(bank, dialect), encoding="utf-8", xml_declaration=True))
        for question in bank:
            identifier = item_identifier(question.id)
            root = item(question, dialect, identifier)
            _put(archive, f"items/{identifier}.xml", etree.tostring(root, encoding="utf-8", xml_declaration=True))
        for name, data in _pictures(bank).items():
            _put(archive, name, data)
    atomic_write(path, buffer.getvalue())
    return told


def _manifest(bank: Bank, dialect: Dialect) -> Element:
    package = f"{{{dialect.package}}}"
    root = etree.Element(f"{package}manifest", nsmap={None: dialect.package, "lom": LOM})
    root.set("identifier", "bank")
    metadata = etree.SubElement(root, f"{package}metadata")
    etree.SubElement(metadata, f"{package}schema").text = dialect.schema
    etree.SubElement(metadata, f"{package}schemaversion").text = dialect.schema_version
    etree.SubElement(root, f"{package}organizations")
    resources = etree.SubElement(root, f"{package}resources")
    for question in bank:
        _resource(resources, question, dialect)
    return root


def _resource(resources: Element, question: Question, dialect: Dialect) -> None:
    package = f"{{{dialect.package}}}"
    identifier = item_identifier(question.id)
    href = f"items/{identifier}.xml"
    resource = etree.SubElement(
        resources, f"{package}resource", identifier=identifier, type=dialect.resource, href=href
    )
    lom = etree.SubElement(etree.SubElement(resource, f"{package}metadata"), f"{{{LOM}}}lom")
    general = etree.SubElement(lom, f"{{{LOM}}}general")
    for tag in _keywords(question):
        keyword = etree.SubElement(general, f"{{{LOM}}}keyword")
        etree.SubElement(keyword, f"{{{LOM}}}string", language="zh-CN").text = tag
    for name in [href, *_pictures(Bank((question,)))]:
        etree.SubElement(resource, f"{package}file", href=name)


def _keywords(question: Question) -> Iterator[str]:
    yield from tags_of(question, _NATIVE)
    for number, part in enumerate(question.parts, 1):
        yield from (f"{number}:{tag}" for tag in tags_of(part, _NATIVE_PART))


def _pictures(bank: Bank) -> dict[str, bytes]:
    """Return the pictures of a bank by their path in the package."""
    return {
        f"images/{item_identifier(question.id)}/{image.name}": image.data
        for question in bank
        for each in (question, *question.parts)
        for image in each.images
    }


def _put(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, data)


def item(question: Question, dialect: Dialect, identifier: str) -> Element:
    """Return a question as the root element of an item."""
    writer = Writer(dialect, identifier)
    shown = as_html(question)
    root = etree.Element(dialect.tag("assessmentItem"), nsmap={None: dialect.items})
    for name, value in (("identifier", identifier), ("title", question.id), ("adaptive", "false")):
        root.set(name, value)
    root.set(dialect.attribute("timeDependent"), "false")
    root.set("{http://www.w3.org/XML/1998/namespace}lang", "zh-CN")
    parts = list(_named(shown))
    for name, part in parts:
        _declare(writer, root, name, part)
    _outcomes(writer, root, shown)
    body = writer.add(root, "itemBody")
    if shown.parts:
        writer.html(writer.add(body, "div", class_="stem"), shown.stem)
    for name, part in parts:
        _present(writer, writer.add(body, "div", class_="part") if shown.parts else body, name, part)
    _process(writer, root, parts, _explanations(shown))
    _explain(writer, root, shown)
    return root


def responses(question: Question, name: str) -> list[str]:
    """Return the response identifiers of an item or part: one, or one a blank."""
    count = len(question.key.blanks) if isinstance(question.key, BlanksKey) else 1
    return [name, *(f"{name}_{number}" for number in range(2, count + 1))]


def _named(question: Question) -> Iterator[tuple[str, Question]]:
    if not question.parts:
        yield "RESPONSE", question
    for number, part in enumerate(question.parts, 1):
        yield f"PART_{number}", part


def _append_text(parent: Element, text: str) -> None:
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text


def _declare(writer: Writer, root: Element, name: str, question: Question) -> None:
    """Append the response declarations with the right answers; further accepted answers go into the mapping."""
    cardinality, base = _CARDINALITY[question.type]
    for response, values in zip(responses(question, name), _right(question), strict=False):
        declared = writer.add(root, "responseDeclaration", identifier=response, cardinality=cardinality, baseType=base)
        if values:
            correct = writer.add(declared, "correctResponse")
            shown = values[:1] if question.type is QuestionType.FILL_IN else values
            for value in shown:
                writer.add(correct, "value", value)
        if question.type is QuestionType.FILL_IN:
            mapping = writer.add(declared, "mapping", defaultValue="0")
            for value in values:
                writer.add(mapping, "mapEntry", mapKey=value, mappedValue="1", caseSensitive="false")


def _right(question: Question) -> list[list[str]]:
    """Return the right values, one list a response."""
    key = question.key
    if key is None or isinstance(key, RubricKey):
        return [[]]
    if isinstance(key, BlanksKey):
        return [list(blank) for blank in key.blanks]
    return [_VALUES[type(key)](key)]


_VALUES: dict[type, Callable[[Any], list[str]]] = {
    ChoiceKey: lambda key: list(key.right),
    TruthKey: lambda key: ["T" if key.value else "F"],
    NumericKey: lambda key: [format(key.value, "f")],
    OrderKey: lambda key: list(key.order),
    MatchKey: lambda key: [f"P{prompt} {option}" for prompt, option in key.pairs],
}


def _outcomes(writer: Writer, root: Element, question: Question) -> None:
    for name, value in (("SCORE", "0"), ("MAXSCORE", format(question.points, "f"))):
        declared = writer.add(root, "outcomeDeclaration", identifier=name, cardinality="single", baseType="float")
        writer.add(writer.add(declared, "defaultValue"), "value", value)
    if _explanations(question):
        writer.add(root, "outcomeDeclaration", identifier="FEEDBACK", cardinality="multiple", baseType="identifier")


def _present(writer: Writer, body: Element, name: str, question: Question) -> None:
    """Append the stem and the interaction."""
    stem = writer.add(body, "div", class_="stem")
    writer.html(stem, question.stem)
    if question.type is QuestionType.FILL_IN:
        _put_fields(writer, stem, responses(question, name))
    else:
        _INTERACTIONS[question.type](writer, body, name, question)


def _put_fields(writer: Writer, stem: Element, names: list[str]) -> None:
    """Replace each blank of the stem's texts by an entry field."""
    left = iter(names)
    for element in list(stem.iter()):
        pieces = (element.text or "").split(BLANK)
        if len(pieces) > 1:
            element.text = pieces[0]
            for index, piece in enumerate(pieces[1:]):
                _field(writer, element, index, next(left, "RESPONSE"), piece)
        pieces = (element.tail or "").split(BLANK)
        parent = element.getparent()
        if len(pieces) > 1 and element is not stem and parent is not None:
            place = parent.index(element) + 1
            element.tail = pieces[0]
            for index, piece in enumerate(pieces[1:]):
                _field(writer, parent, place + index, next(left, "RESPONSE"), piece)


def _field(writer: Writer, parent: Element, index: int, name: str, tail: str) -> None:
    field = writer.add(parent, "textEntryInteraction", responseIdentifier=name, expectedLength="10")
    parent.insert(index, field)
    field.tail = tail


def _choices(writer: Writer, parent: Element, tag: str, options: tuple[Option, ...], **more: str) -> None:
    for option in options:
        prefix = "P" if option.id.isdigit() else ""
        writer.html(writer.add(parent, tag, identifier=prefix + option.id, **more), option.text)


def _put_choice(writer: Writer, body: Element, name: str, question: Question) -> None:
    most = "1" if question.type is QuestionType.SINGLE_CHOICE else "0"
    element = writer.add(body, "choiceInteraction", responseIdentifier=name, shuffle="true", maxChoices=most)
    _choices(writer, element, "simpleChoice", question.options)


def _put_truth(writer: Writer, body: Element, name: str, _question: Question) -> None:
    element = writer.add(body, "choiceInteraction", responseIdentifier=name, shuffle="false", maxChoices="1")
    for identifier, word in (("T", "对"), ("F", "错")):
        writer.add(element, "simpleChoice", word, identifier=identifier)


def _put_numeric(writer: Writer, body: Element, name: str, question: Question) -> None:
    line = writer.add(body, "p", class_="answer")
    field = writer.add(line, "textEntryInteraction", responseIdentifier=name, expectedLength="10")
    field.tail = question.key.unit if isinstance(question.key, NumericKey) else ""


def _put_order(writer: Writer, body: Element, name: str, question: Question) -> None:
    element = writer.add(body, "orderInteraction", responseIdentifier=name, shuffle="true")
    _choices(writer, element, "simpleChoice", question.options)


def _put_match(writer: Writer, body: Element, name: str, question: Question) -> None:
    most = str(len(question.prompts))
    element = writer.add(body, "matchInteraction", responseIdentifier=name, shuffle="true", maxAssociations=most)
    left = writer.add(element, "simpleMatchSet")
    _choices(writer, left, "simpleAssociableChoice", question.prompts, matchMax="1")
    right = writer.add(element, "simpleMatchSet")
    _choices(writer, right, "simpleAssociableChoice", question.options, matchMax=most)


def _put_essay(writer: Writer, body: Element, name: str, question: Question) -> None:
    writer.add(body, "extendedTextInteraction", responseIdentifier=name, expectedLines="8")
    rubric = writer.add(body, "rubricBlock", view="scorer", use="scoring")
    place = writer.add(rubric, "contentBody") if writer.dialect.kebab else rubric
    if isinstance(question.key, RubricKey):
        for row in question.key.criteria:
            writer.add(place, "p", f"{format(row.points, 'f')}：{row.text}")
        writer.add(place, "p", question.key.model)


_INTERACTIONS: dict[QuestionType, Callable[[Writer, Element, str, Question], None]] = {
    QuestionType.SINGLE_CHOICE: _put_choice,
    QuestionType.MULTIPLE_CHOICE: _put_choice,
    QuestionType.TRUE_FALSE: _put_truth,
    QuestionType.NUMERIC: _put_numeric,
    QuestionType.ORDERING: _put_order,
    QuestionType.MATCHING: _put_match,
    QuestionType.SHORT_ANSWER: _put_essay,
}
_CARDINALITY = {
    QuestionType.SINGLE_CHOICE: ("single", "identifier"),
    QuestionType.MULTIPLE_CHOICE: ("multiple", "identifier"),
    QuestionType.TRUE_FALSE: ("single", "identifier"),
    QuestionType.FILL_IN: ("single", "string"),
    QuestionType.NUMERIC: ("single", "float"),
    QuestionType.ORDERING: ("ordered", "identifier"),
    QuestionType.MATCHING: ("multiple", "directedPair"),
    QuestionType.SHORT_ANSWER: ("single", "string"),
}


def _process(writer: Writer, root: Element, parts: list[tuple[str, Question]], shown: dict[str, str]) -> None:
    """Append the rules: a wholly right part adds its points, explanations are shown, short answers are not scored."""
    processing = writer.add(root, "responseProcessing")
    for name, part in parts:
        if part.type is QuestionType.SHORT_ANSWER:
            continue
        rule = writer.add(writer.add(processing, "responseCondition"), "responseIf")
        _condition(writer, rule, name, part)
        total = writer.add(writer.add(rule, "setOutcomeValue", identifier="SCORE"), "sum")
        writer.add(total, "variable", identifier="SCORE")
        writer.add(total, "baseValue", format(part.points, "f"), baseType="float")
    if shown:
        several = writer.add(writer.add(processing, "setOutcomeValue", identifier="FEEDBACK"), "multiple")
        for identifier in shown:
            writer.add(several, "baseValue", identifier, baseType="identifier")


def _condition(writer: Writer, rule: Element, name: str, part: Question) -> None:
    if part.type is QuestionType.FILL_IN:
        every = writer.add(rule, "and")
        for response in responses(part, name):
            mapped = writer.add(every, "gt")
            writer.add(mapped, "mapResponse", identifier=response)
            writer.add(mapped, "baseValue", "0", baseType="float")
        return
    if isinstance(part.key, NumericKey):
        within = format(part.key.tolerance, "f")
        test = writer.add(rule, "equal", toleranceMode="absolute", tolerance=f"{within} {within}")
    else:
        test = writer.add(rule, "match")
    writer.add(test, "variable", identifier=name)
    writer.add(test, "correct", identifier=name)


def _explanations(question: Question) -> dict[str, str]:
    """Return the explanations of the item and its parts by the identifier of their feedback."""
    texts = {"EXPLANATION": question.explanation}
    texts |= {f"EXPLANATION_{number}": part.explanation for number, part in enumerate(question.parts, 1)}
    return {identifier: text for identifier, text in texts.items() if text}


def _explain(writer: Writer, root: Element, question: Question) -> None:
    for identifier, text in _explanations(question).items():
        feedback = writer.add(
            root, "modalFeedback", outcomeIdentifier="FEEDBACK", identifier=identifier, showHide="show"
        )
        writer.html(writer.add(feedback, "contentBody") if writer.dialect.kebab else feedback, text)


def item_identifier(question_id: str) -> str:
    """Return an id as an XML identifier of plain letters: others are written as ``_hex_``."""
    safe = re.sub(r"[^A-Za-z0-9\-]", lambda found: f"_{ord(found.group()):x}_", question_id)
    return safe if safe[0].isalpha() else f"i{safe}"
