"""Search in Chinese text without a dictionary: pairs of neighbouring characters are the words.

The index and the query are split by the same rule, so any phrase of two or more characters is found wherever it stands.
"""

import re

from sphinx.search import SearchLanguage

_WORD = re.compile(r"[\u4e00-\u9fff]+|[^\W\u4e00-\u9fff]+")
_SPLIT_QUERY = r"""
function splitQuery(query) {
  return (query.match(/[\u4e00-\u9fff]+|[\p{Letter}\p{Number}_]+/gu) || []).flatMap((word) => {
    if (!/[\u4e00-\u9fff]/.test(word) || word.length < 2) return [word];
    return Array.from({ length: word.length - 1 }, (_, i) => word.slice(i, i + 2));
  });
}
"""


class ChineseSearch(SearchLanguage):
    """Split Chinese text into pairs of characters, and everything else into words."""

    lang = "zh"
    language_name = "Chinese"
    js_splitter_code = _SPLIT_QUERY

    def split(self, input: str) -> list[str]:  # noqa: A002 - Sphinx calls it so
        """Return the words of a text as they go into the index."""
        return [part for word in _WORD.findall(input) for part in _parts(word)]


def _parts(word: str) -> list[str]:
    if not "\u4e00" <= word[0] <= "\u9fff" or len(word) == 1:
        return [word]
    return [word[at : at + 2] for at in range(len(word) - 1)]
