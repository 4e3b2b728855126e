"""Frames, problems and pictures as HTML for a panel; whatever comes from a ledger is escaped."""

import base64
from collections.abc import Iterable, Sequence
from html import escape

from govkit.core.errors import Problem
from govkit.core.i18n import gettext as _

STYLE = """<style>
.govkit table{border-collapse:collapse;line-height:1.5} .govkit td,.govkit th{padding:1px 6px;white-space:nowrap}
.govkit thead th{position:sticky;top:0;background:#1f3a5f;color:#fff;font-weight:600}
.govkit td.n{text-align:right;font-variant-numeric:tabular-nums} .govkit tbody tr:nth-child(even){background:#eef1f5}
.govkit tr.whole td{font-weight:600;border-top:1px solid #222} .govkit .scroll{max-height:460px;overflow:auto}
.govkit dl{display:grid;grid-template-columns:max-content auto;gap:0 12px;margin:0 0 6px;line-height:1.5}
.govkit dt{color:#555;float:none;width:auto;font-weight:400} .govkit dd{margin:0}
.govkit a{color:#1f5fb0;text-decoration:underline} .govkit .error{color:#b00020} .govkit .warning{color:#8a5a00}
.govkit .good{color:#1b6b3a} .govkit .note{color:#666} .govkit p{margin:2px 0;line-height:1.5}
</style>"""


def block(*parts: str) -> str:
    """Return parts of a panel in the element that the style is for."""
    return f'<div class="govkit">{"".join(parts)}</div>'


def table(rows: Sequence[Sequence[str]], heads: Iterable[str], *, whole: bool = False) -> str:
    """Return a table under ``heads``; numbers stand right. With ``whole`` the last row is a total."""
    head = "".join(f"<th>{escape(str(cell))}</th>" for cell in heads)
    body = "".join(
        f"<tr{_whole(whole and at == len(rows) - 1)}>{''.join(map(_cell, row))}</tr>" for at, row in enumerate(rows)
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def terms(pairs: Iterable[tuple[str, str]]) -> str:
    """Return terms and what is said of them."""
    return f"<dl>{''.join(f'<dt>{escape(term)}</dt><dd>{escape(said)}</dd>' for term, said in pairs)}</dl>"


def note(text: str, kind: str = "note") -> str:
    """Return a line of text: ``note``, ``good``, ``warning`` or ``error``."""
    return f'<p class="{kind}">{escape(text)}</p>'


def picture(svg: str, alt: str) -> str:
    """Return a drawing with its words for readers who do not see it."""
    data = base64.b64encode(svg.encode()).decode()
    return f'<img style="max-width:760px;width:100%" alt="{escape(alt)}" src="data:image/svg+xml;base64,{data}">'


def download(name: str, content: bytes, mime: str) -> str:
    """Return a link that saves a file, wherever the notebook is served from."""
    data = base64.b64encode(content).decode()
    words = escape(_("Download {name}").format(name=name))
    return f'<a download="{escape(name)}" href="data:{mime};base64,{data}">{words}</a>'


def problems(found: Iterable[Problem]) -> str:
    """Return problems, each with its place, what is wrong and how to mend it."""
    return "".join(note(str(problem), problem.severity) for problem in found)


def said(found: Iterable[Problem]) -> str:
    """Return problems of one field: what is wrong and how to mend it, without the place."""
    return "".join(note(f"{problem.what}；{problem.repair}", problem.severity) for problem in found)


def _cell(cell: str) -> str:
    number = cell[:1].isdigit() or cell[:1] in "-—"
    return f"<td{' class=n' if number else ''}>{escape(cell)}</td>"


def _whole(is_whole: bool) -> str:
    return ' class="whole"' if is_whole else ""
