"""QTI packages of any version: a zip of a manifest, one file an item, and pictures.

Metadata that QTI has no element for stands in the manifest as LOM keywords, ``name=value``; those of a case's second
part begin with ``2:``.
"""

import zipfile
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path, PurePosixPath

from lxml import etree

from govkit.core.errors import InputError, Problem, Where
from govkit.core.files import atomic_write
from govkit.core.i18n import gettext as _
from govkit.exams.bank.bank import Bank
from govkit.exams.bank.formats.draft import Draft, finish
from govkit.exams.bank.formats.limits import Element, open_archive, parse_xml, refused
from govkit.exams.bank.formats.loss import Holds, losses
from govkit.exams.bank.formats.qti_dialect import LOM, Dialect, modernised
from govkit.exams.bank.formats.qti_read import Unreadable, question_of
from govkit.exams.bank.formats.qti_write import item, item_identifier
from govkit.exams.bank.formats.tags import apply_tags, tags_of
from govkit.exams.bank.markup import checked_image, image_names
from govkit.exams.bank.questions import Image, Question, QuestionType

MANIFEST = "imsmanifest.xml"

_NATIVE = frozenset({"points", "explanation", "letters"})
_NATIVE_PART = frozenset({"explanation", "letters"})
_EPOCH = (1980, 1, 1, 0, 0, 0)


def read(path: Path) -> tuple[Bank, list[Problem]]:
    """Return the questions of a package, QTI 2.1, 2.2 or 3.0, and all that is wrong with it."""
    members = open_archive(path)
    manifest = next((name for name in members if PurePosixPath(name).name == MANIFEST), None)
    if manifest is None:
        raise refused(path, _("no {name} in it").format(name=MANIFEST), _("export it as a QTI content package"))
    folder = PurePosixPath(manifest).parent
    root = modernised(parse_xml(members[manifest], f"{path}:{manifest}"))
    drafts: list[Draft] = []
    problems: list[Problem] = []
    for resource in root.iterfind("resources/resource"):
        if not (resource.get("type") or "").startswith("imsqti_item"):
            continue
        name = str(folder / (resource.get("href") or ""))
        where = Where(str(path), name)
        try:
            drafts.append(_draft(resource, name, members, where, problems))
        except InputError as error:
            problems += error.problems
        except Unreadable as error:
            problems.append(Problem(where, str(error), _("take the item out or change its type")))
    return finish(drafts, problems)


def write(bank: Bank, path: Path, dialect: Dialect) -> list[Problem]:
    """Write a bank as a package; the same bank gives the same bytes. Return what QTI cannot hold."""
    holds = Holds(dialect.name, frozenset(QuestionType))
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
    return losses(bank, holds, path)


def _draft(resource: Element, name: str, members: dict[str, bytes], where: Where, problems: list[Problem]) -> Draft:
    data = members.get(name)
    if data is None:
        raise Unreadable(_("the package lacks “{name}”").format(name=name))
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
