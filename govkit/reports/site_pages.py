"""The pages of a site of reports: the reports with their links, the indexes of a month, the search index.

Everything works from a folder: no request to a server, no other host. A report's page carries no script; the indexes
carry one, and the search index is a script that the index loads, since a page from a folder may load nothing else.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from lxml import html as lxml_html

from govkit.core.html import render
from govkit.ledgers.period import Period
from govkit.ledgers.places import LEVEL_TITLES, Places
from govkit.rendering.declaration import AUDIENCE_TITLES, INTERNAL

SEARCH = "search.js"
INDEX = "index.html"
_NAV = re.compile(rb"<!--site-->.*?<!--/site-->\n", re.DOTALL)
_BODY = b"<body>\n"
_NUMBER = re.compile(r"[\s\d.,，%％+\-—*▲▼至/（）()]*")
_BLOCKS = ".//main//*[self::h1 or self::h2 or self::h3 or self::h4 or self::p or self::li or self::td or self::th]"


@dataclass(frozen=True, slots=True, order=True)
class Page:
    """A report's page on the site: its month, its report's name, the code of its unit."""

    month: str
    report: str
    place: str

    @property
    def path(self) -> str:
        """The page's path on the site."""
        return f"{self.month}/{self.report}/{self.place}.html"


class Contents:
    """The pages that a site has, and what they are about.

    :param places: the units of all pages, and the units above them.
    :param reports: the title and the description of each report, by name.
    """

    def __init__(
        self, pages: Iterable[Page], places: Places, reports: Mapping[str, tuple[str, str]], audience: str
    ) -> None:
        self.pages = sorted(pages)
        self.places, self.reports, self.audience = places, reports, audience
        self._there = frozenset(self.pages)

    @property
    def months(self) -> list[str]:
        """The months that have pages, oldest first."""
        return sorted({page.month for page in self.pages})

    def report_page(self, page: Page, report: bytes) -> bytes:
        """Return a report's page with its links: to the index, and to the same report of the months beside."""
        before, after = (other and f"../../{other.path}" for other in (self._beside(page, -1), self._beside(page, 1)))
        nav = render("reports/site_nav.html", index=f"../{INDEX}#{page.place}", before=before, after=after)
        head, body, rest = _NAV.sub(b"", report).partition(_BODY)
        return head + body + f"<!--site-->{nav}<!--/site-->\n".encode() + rest

    def month_index(self, month: str) -> bytes:
        """Return the index of a month: by unit, by report, with the search."""
        pages = [page for page in self.pages if page.month == month]
        months = self.months
        at = months.index(month)
        return self._filled(
            "site_month.html",
            month=Period.month(month).label,
            units=self._units(pages),
            reports=self._by_report(pages),
            count=len(pages),
            search=SEARCH,
            before=f"../{months[at - 1]}/{INDEX}" if at else "",
            after=f"../{months[at + 1]}/{INDEX}" if at + 1 < len(months) else "",
        )

    def site_index(self) -> bytes:
        """Return the index of all months, newest first."""
        counts = {month: sum(1 for _page in found) for month, found in groupby(self.pages, lambda page: page.month)}
        months = [(f"{month}/{INDEX}", Period.month(month).label, counts[month]) for month in reversed(self.months)]
        return self._filled("site_index.html", months=months)

    def search_index(self, month: str, contents: Mapping[str, bytes]) -> bytes:
        """Return the search index of a month, a script.

        Each text that the pages show stands in it once, with no plain numbers; a page is a list of the texts' numbers.

        :param contents: the pages' HTML by path.
        """
        texts: dict[str, int] = {}
        entries = []
        for page in self.pages:
            if page.month == month:
                found = dict.fromkeys(_texts(contents[page.path]))
                numbers = [texts.setdefault(text, len(texts)) for text in found]
                entries.append([self.reports[page.report][0], *self._unit(page.place), _local(page), numbers])
        content = json.dumps({"texts": list(texts), "pages": entries}, ensure_ascii=False, separators=(",", ":"))
        return f"govkitSearch({content});\n".encode()

    def _filled(self, template: str, **values: object) -> bytes:
        district = self.places.district.name
        shared = {
            "site": f"{district}报告",
            "audience": AUDIENCE_TITLES[self.audience],
            "is_internal": self.audience == INTERNAL,
        }
        return f"{render(f'reports/{template}', **shared, **values)}\n".encode()

    def _beside(self, page: Page, step: int) -> Page | None:
        """Return the page of the same report and unit in the month before (-1) or after (1), if the site has it."""
        months = self.months
        at = months.index(page.month) + step
        other = Page(months[at], page.report, page.place) if 0 <= at < len(months) else None
        return other if other in self._there else None

    def _unit(self, code: str) -> tuple[str, str]:
        """Return the name of a unit, and of the township unit that a village belongs to."""
        place = self.places[code]
        return place.name, self.places[place.parent].name if place.level == "village" else ""

    def _units(self, pages: Sequence[Page]) -> list[dict[str, object]]:
        """Return the district and the township units, each with its reports and its villages with theirs."""
        links: dict[str, list[tuple[str, str]]] = {}
        for page in pages:
            links.setdefault(page.place, []).append((_local(page), self.reports[page.report][0]))
        heads = [*self.places.at("district"), *self.places.at("township")]
        found: list[dict[str, object]] = []
        for head in heads:
            below = self.places.at("village", head.code) if head.level == "township" else []
            villages = [(village.code, village.name, links[village.code]) for village in below if village.code in links]
            if head.code in links or villages:
                found.append(
                    {"code": head.code, "name": head.name, "links": links.get(head.code, []), "villages": villages}
                )
        return found

    def _by_report(self, pages: Sequence[Page]) -> list[dict[str, object]]:
        """Return the reports, each with its units by level."""
        found: list[dict[str, object]] = []
        for name, (title, about) in self.reports.items():
            codes = {page.place: _local(page) for page in pages if page.report == name}
            levels = [
                (word, [(codes[place.code], place.name) for place in self.places.at(level) if place.code in codes])
                for level, word in LEVEL_TITLES.items()
            ]
            if codes:
                shown = [(word, units) for word, units in levels if units]
                found.append({"title": title, "about": about, "levels": shown, "count": len(codes)})
        return found


def _local(page: Page) -> str:
    """Return a page's address from the index of its month."""
    return page.path.partition("/")[2]


def _texts(content: bytes) -> Iterator[str]:
    """Yield the texts that a report shows, without its provenance and plain numbers."""
    tree = lxml_html.document_fromstring(content, parser=lxml_html.HTMLParser(encoding="utf-8"))
    for part in tree.xpath(".//*[contains(concat(' ', @class, ' '), ' provenance ')]"):
        part.getparent().remove(part)
    for block in tree.xpath(_BLOCKS):
        text = " ".join(block.text_content().split())
        if text and not _NUMBER.fullmatch(text):
            yield text
