"""The origin of a document's figures, in the words of its readers."""

import re
from collections.abc import Mapping, Sequence

from govkit import __version__
from govkit.institutions import ledgers
from govkit.ledgers.commit import Commit
from govkit.ledgers.corrections import Correction
from govkit.ledgers.indicator import Frames
from govkit.ledgers.places import Places
from govkit.rendering.catalogue import Report, find_report

SAMPLE = "样例"
"""The word in the names of the sample's invented villages, and in its notes."""
_SAMPLE_PHONES = "1380000"
"""How the sample's telephone numbers begin, which belong to nobody."""
_AUDIENCES = {"internal": "内部", "public": "公开"}
_NAMED = 5
_PARAMETERS = {"period": "月份", "place": "单位", "audience": "读者"}


def provenance(
    current: Commit,
    commits: Sequence[Commit],
    report: str,
    audience: str,
    parameters: Mapping[str, object],
    *,
    corrections: Sequence[Correction] = (),
) -> list[tuple[str, str]]:
    """Return the origin of a document's figures; see :meth:`govkit.figures.snapshot.Snapshot.provenance`.

    :param current: the commit that the figures are as of.
    :param commits: all commits up to it.
    :param corrections: the corrections in force; said only where there are any.
    """
    undone = {commit.undoes for commit in commits}
    latest = {
        source.name: source.sha256
        for commit in commits
        if commit.action == "import" and commit.version not in undone
        for source in commit.sources
    }
    template = find_report(report) if report else None
    imported = f"{current.time.astimezone():%Y-%m-%d %H:%M}"
    by = "" if audience == "public" else f"，{current.person}"
    return [
        ("台账版本", f"第{current.version}版（{imported}{by}）"),
        ("来源文件", "；".join(f"{name}（{sha[:8]}）" for name, sha in sorted(latest.items()))),
        ("生成参数", _said(template, {**parameters, "audience": _AUDIENCES.get(audience, audience)})),
        ("报告模板", f"{template.title}（{template.sha256[:8]}）" if template else "无"),
        ("软件版本", f"govkit {__version__}"),
        *([("更正", _corrected(corrections, audience))] if corrections else ()),
    ]


def holds_sample(frames: Frames, places: Places) -> bool:
    """Return whether any row is of the sample: in a village it invented, or with a telephone number of its range."""
    invented = [place.code for place in places if SAMPLE in place.name]
    for code, ledger in ledgers().items():
        frame = frames[code]
        if frame["place"].isin(invented).any():
            return True
        phones = (column.name for column in ledger.columns if column.personal == "phone")
        if any(frame[name].str.startswith(_SAMPLE_PHONES).fillna(value=False).any() for name in phones):
            return True
    return False


def _corrected(corrections: Sequence[Correction], audience: str) -> str:
    """Return how many values are corrected and, for internal readers, the first ones of them, without the values."""
    count = f"{len(corrections)}处"
    if audience == "public":
        return count
    known = ledgers()
    named = [f"{known[c.ledger].title}{c.row}{known[c.ledger][c.column].title}" for c in corrections[:_NAMED]]
    more = "等" if len(corrections) > _NAMED else ""
    return f"{count}（{'、'.join(named)}{more}；明细见台账质检）"


def _said(report: Report | None, parameters: Mapping[str, object]) -> str:
    """Return parameters in words; a report's own are named by their help text up to its first comma."""
    own = {one.name: re.split("[，；（]", one.help)[0] for one in (report.parameters if report else ())}
    names = own | _PARAMETERS
    return "，".join(f"{names.get(name) or name}：{value}" for name, value in parameters.items() if value) or "默认"
