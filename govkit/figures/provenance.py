"""The origin of a document's figures, in the words of its readers."""

import re
from collections.abc import Mapping, Sequence

from govkit import __version__
from govkit.ledgers.commit import Commit
from govkit.rendering.catalogue import Report, find_report

_AUDIENCES = {"internal": "内部", "public": "公开"}
_PARAMETERS = {"period": "月份", "place": "单位", "audience": "读者"}


def provenance(
    current: Commit, commits: Sequence[Commit], report: str, audience: str, parameters: Mapping[str, object]
) -> list[tuple[str, str]]:
    """Return the origin of a document's figures; see :meth:`govkit.figures.snapshot.Snapshot.provenance`.

    :param current: the commit that the figures are as of.
    :param commits: all commits up to it.
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
    ]


def _said(report: Report | None, parameters: Mapping[str, object]) -> str:
    """Return parameters in words; a report's own are named by their help text up to its first comma."""
    own = {one.name: re.split("[，；（]", one.help)[0] for one in (report.parameters if report else ())}
    names = own | _PARAMETERS
    return "，".join(f"{names.get(name) or name}：{value}" for name, value in parameters.items() if value) or "默认"
