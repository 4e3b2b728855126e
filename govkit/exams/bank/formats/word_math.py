"""Word's formulas (OMML) as MathML and as one line of text.

Only the presentation that Word itself shows is kept: fractions, roots, raised and lowered parts, sums with limits,
brackets, tables of a formula, accents and bars.
"""

from collections.abc import Callable
from html import escape

from govkit.exams.bank.formats.limits import Element

M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"


def mathml(formula: Element) -> str:
    """Return a formula as MathML."""
    return f"<math>{_row(formula)}</math>"


def linear(formula: Element) -> str:
    """Return a formula as one line of text.

    >>> from lxml import etree
    >>> space = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    >>> one, two = ("<m:r><m:t>1</m:t></m:r>", "<m:r><m:t>2</m:t></m:r>")
    >>> half = f"<m:oMath {space}><m:f><m:num>{one}</m:num><m:den>{two}</m:den></m:f></m:oMath>"
    >>> linear(etree.fromstring(half)), mathml(etree.fromstring(half))
    ('(1)/(2)', '<math><mfrac><mrow><mn>1</mn></mrow><mrow><mn>2</mn></mrow></mfrac></math>')
    """
    pieces = []
    for child in formula:
        name = _name(child)
        if name == "r":
            pieces.append(_text(child))
        elif name == "f":
            pieces.append(f"({_line(child, 'num')})/({_line(child, 'den')})")
        elif name == "rad":
            pieces.append(f"√({_line(child, 'e')})")
        elif name in {"sSup", "sSub", "sSubSup"}:
            low = f"_({_line(child, 'sub')})" if name != "sSup" else ""
            high = f"^({_line(child, 'sup')})" if name != "sSub" else ""
            pieces.append(f"{_line(child, 'e')}{low}{high}")
        elif not name.endswith("Pr"):
            pieces.append(linear(child))
    return "".join(pieces)


def _line(element: Element, name: str) -> str:
    child = element.find(f"{M}{name}")
    return linear(child) if child is not None else ""


def _name(element: Element) -> str:
    return element.tag.removeprefix(M) if isinstance(element.tag, str) and element.tag.startswith(M) else ""


def _text(run: Element) -> str:
    return "".join(each.text or "" for each in run.iter() if isinstance(each.tag, str) and each.tag.endswith("}t"))


def _row(element: Element) -> str:
    return "".join(_one(child) for child in element)


def _one(element: Element) -> str:
    name = _name(element)
    if name == "r":
        return _tokens(_text(element))
    if name in _FORMS:
        return _FORMS[name](element)
    return "" if name.endswith("Pr") or not name else _row(element)


def _tokens(text: str) -> str:
    pieces, number = [], ""
    for sign in [*text, ""]:
        if sign and (sign.isdigit() or (sign == "." and number)):
            number += sign
            continue
        if number:
            pieces.append(f"<mn>{number}</mn>")
            number = ""
        if sign.strip():
            tag = "mi" if sign.isalpha() else "mo"
            pieces.append(f"<{tag}>{escape(sign)}</{tag}>")
    return "".join(pieces)


def _group(element: Element, name: str) -> str:
    child = element.find(f"{M}{name}")
    return f"<mrow>{_row(child) if child is not None else ''}</mrow>"


def _property(element: Element, group: str, name: str, default: str) -> str:
    found = element.find(f"{M}{group}/{M}{name}")
    return default if found is None else found.get(f"{M}val", "")


def _root(element: Element) -> str:
    degree = element.find(f"{M}deg")
    if degree is None or not "".join(degree.itertext()).strip():
        return f"<msqrt>{_group(element, 'e')}</msqrt>"
    return f"<mroot>{_group(element, 'e')}{_group(element, 'deg')}</mroot>"


def _sum(element: Element) -> str:
    sign = f"<mo>{escape(_property(element, 'naryPr', 'chr', '∫'))}</mo>"
    return f"<munderover>{sign}{_group(element, 'sub')}{_group(element, 'sup')}</munderover>{_group(element, 'e')}"


def _brackets(element: Element) -> str:
    begin, end = _property(element, "dPr", "begChr", "("), _property(element, "dPr", "endChr", ")")
    parts = [f"<mrow>{_row(child)}</mrow>" for child in element.iterfind(f"{M}e")]
    return f"<mrow><mo>{escape(begin)}</mo>{'<mo>,</mo>'.join(parts)}<mo>{escape(end)}</mo></mrow>"


def _matrix(element: Element, row: str) -> str:
    rows = [
        "<mtr>"
        + "".join(f"<mtd>{_row(cell)}</mtd>" for cell in (each.iterfind(f"{M}e") if row == "mr" else [each]))
        + "</mtr>"
        for each in element.iterfind(f"{M}{row}")
    ]
    return f"<mtable>{''.join(rows)}</mtable>"


def _pair(tag: str, *names: str) -> Callable[[Element], str]:
    return lambda element: f"<{tag}>{''.join(_group(element, name) for name in names)}</{tag}>"


_FORMS: dict[str, Callable[[Element], str]] = {
    "f": _pair("mfrac", "num", "den"),
    "sSup": _pair("msup", "e", "sup"),
    "sSub": _pair("msub", "e", "sub"),
    "sSubSup": _pair("msubsup", "e", "sub", "sup"),
    "limLow": _pair("munder", "e", "lim"),
    "limUpp": _pair("mover", "e", "lim"),
    "rad": _root,
    "nary": _sum,
    "d": _brackets,
    "m": lambda element: _matrix(element, "mr"),
    "eqArr": lambda element: _matrix(element, "e"),
    "acc": lambda element: (
        f"<mover>{_group(element, 'e')}<mo>{escape(_property(element, 'accPr', 'chr', '^'))}</mo></mover>"
    ),
    "bar": lambda element: f"<mover>{_group(element, 'e')}<mo>¯</mo></mover>",
}
