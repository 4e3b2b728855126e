"""The three versions of QTI as one vocabulary: names are written as in 2.x and translated for 3.0."""

import re
from dataclasses import dataclass

from govkit.exams.bank.formats.limits import Element
from govkit.exams.bank.markup import TAGS

LOM = "http://ltsc.ieee.org/xsd/LOM"
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


V21 = Dialect(
    "QTI 2.1",
    "http://www.imsglobal.org/xsd/imsqti_v2p1",
    "http://www.imsglobal.org/xsd/imscp_v1p1",
    "imsqti_item_xmlv2p1",
    "QTIv2.1 Package",
    "1.0.0",
)
V22 = Dialect(
    "QTI 2.2",
    "http://www.imsglobal.org/xsd/imsqti_v2p2",
    "http://www.imsglobal.org/xsd/imscp_v1p1",
    "imsqti_item_xmlv2p2",
    "QTIv2.2 Package",
    "1.0.0",
)
V30 = Dialect(
    "QTI 3.0",
    "http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
    "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1",
    "imsqti_item_xmlv3p0",
    "QTI Package",
    "3.0.0",
    kebab=True,
)


def plain_name(name: str) -> str:
    """Return an element's or attribute's name as 2.x writes it, whatever version it comes from, without namespace."""
    local = name.rpartition("}")[2]
    return re.sub(r"-([a-z])", lambda found: found.group(1).upper(), local.removeprefix("qti-"))


def modernised(root: Element) -> Element:
    """Return the tree itself with all names as :func:`plain_name` gives them: one reader serves all versions."""
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        element.tag = plain_name(element.tag)
        for name, value in list(element.attrib.items()):
            if plain_name(str(name)) != name:
                del element.attrib[name]
                element.set(plain_name(str(name)), str(value))
    return root


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z])", lambda found: f"-{found.group(1).lower()}", name)
