"""Guesses that the author has settled: a small YAML file beside the bank, ``题库.settled.yaml`` beside ``题库.docx``.

::

    题型: {技能题: 简答}
    难度: {三星: 0.6}
    判断: {A: 对, B: 错}
    标题: {题面描述: 题干}
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

from govkit.core.errors import Problem, refuse
from govkit.core.i18n import gettext as _
from govkit.exams.bank.questions import TYPE_LABELS, QuestionType
from govkit.exams.yaml_reader import YamlMap, YamlText, at, decimal_of, read_yaml

ENDING = ".settled.yaml"


@dataclass(frozen=True, slots=True)
class Settled:
    """What words of a bank mean: types, difficulties (expected facility, 0 to 1), truths, titles of columns."""

    types: Mapping[str, QuestionType] = field(default_factory=dict)
    difficulties: Mapping[str, float] = field(default_factory=dict)
    truths: Mapping[str, bool] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)

    def difficulty(self, word: str) -> float | None:
        """Return what a word for a difficulty means, None where that is not settled."""
        return self.difficulties.get(word.strip())


_NOTHING = Settled()
_current: ContextVar[Settled] = ContextVar("settled", default=_NOTHING)


def settled() -> Settled:
    """Return what is settled for the file that is being read."""
    return _current.get()


@contextmanager
def settling(given: Settled) -> Iterator[None]:
    """Read with these meanings until the end of the block."""
    token = _current.set(given)
    try:
        yield
    finally:
        _current.reset(token)


def beside(path: Path) -> Path:
    """Return the path of the file of meanings beside a bank."""
    return path.with_name(f"{path.stem}{ENDING}")


def read_settled(path: Path) -> Settled:
    """Return the meanings of a file; nothing where there is none.

    :raises InputError: a meaning is none that its word can have.
    """
    if not path.is_file():
        return _NOTHING
    tree, problems = read_yaml(path)
    found: dict[str, dict[str, object]] = {name: {} for name in _MEANINGS}
    entries = tree.entries if isinstance(tree, YamlMap) else {}
    for name, words in entries.items():
        meaning = _MEANINGS.get(name)
        for word, node in words.entries.items() if isinstance(words, YamlMap) and meaning else ():
            value = meaning(node.text) if meaning and isinstance(node, YamlText) else None
            if value is None:
                what = _("“{word}” cannot mean this").format(word=word)
                problems.append(Problem(at(str(path), node.line), what, _("see the guide for what it may mean")))
            else:
                found[name][word] = value
        if meaning is None or not isinstance(words, YamlMap):
            what = _("unknown field “{name}” in {of}").format(name=name, of=path.name)
            repair = _("use one of {known}").format(known=", ".join(_MEANINGS))
            problems.append(Problem(at(str(path), getattr(words, "line", 1)), what, repair))
    refuse(problems)
    return Settled(found["题型"], found["难度"], found["判断"], found["标题"])  # type: ignore[arg-type]


def _difficulty(text: str) -> float | None:
    number = decimal_of(text)
    return float(number) if number is not None and 0 <= number <= 1 else None


_MEANINGS: dict[str, Callable[[str], object]] = {
    "题型": {label: kind for kind, label in TYPE_LABELS.items()}.get,
    "难度": _difficulty,
    "判断": {"对": True, "错": False}.get,
    "标题": lambda text: text or None,
}
