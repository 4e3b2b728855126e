"""A check of a site in a folder: every address in it leads to a file and a place of that site, and to no other host."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from lxml import html


def links(site: Path) -> tuple[int, list[str]]:
    """Return how many addresses the pages of a site name, and the ones that lead nowhere or out of it."""
    site = site.resolve()
    trees = {path: html.document_fromstring(path.read_bytes()) for path in site.rglob("*.html")}
    ids = {path: set(tree.xpath("//@id")) for path, tree in trees.items()}
    checked, broken = 0, []
    for path, tree in trees.items():
        for address in tree.xpath("//@href | //@src | //@action | //@srcset | //object/@data"):
            parts = urlsplit(address)
            checked += 1
            if parts.scheme == "data":
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            leads = target.is_file() and target.is_relative_to(site) and not (parts.scheme or parts.netloc)
            if not leads or (parts.fragment and unquote(parts.fragment) not in ids[target]):
                broken.append(f"{path.relative_to(site)}: {address}")
    return checked, broken
