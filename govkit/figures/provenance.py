"""The origin of a document's figures, in the words of its readers."""

import re
from collections.abc import Mapping
from importlib.metadata import version as package_version
from typing import TYPE_CHECKING

from govkit.rendering.catalogue import Report, find_report

if TYPE_CHECKING:
    from govkit.figures.snapshot import Snapshot

_AUDIENCES = {"internal": "内部", "public": "公开"}
_PARAMETERS = {"period": "月份", "place": "单位", "audience": "读者"}


def provenance(
    snapshot: "Snapshot", report: str, audience: str, parameters: Mapping[str, object]
) -> list[tuple[str, str]]:
    """Return the origin of a document's figures; see :meth:`govkit.figures.snapshot.Snapshot.provenance`."""
    undone = {commit.undoes for commit in snapshot.commits}
    latest = {
        source.name: source.sha256
        for commit in snapshot.commits
        if commit.action == "import" and commit.version not in undone
        for source in commit.sources
    }
    template = find_report(report) if report else None
    imported = f"{snapshot.commit.time.astimezone():%Y-%m-%d %H:%M}"
    by = "" if audience == "public" else f"，{snapshot.commit.person}"
    return [
        ("台账版本", f"第{snapshot.commit.version}版（{imported}{by}）"),
        ("来源文件", "；".join(f"{name}（{sha[:8]}）" for name, sha in sorted(latest.items()))),
        ("生成参数", _said(template, {**parameters, "audience": _AUDIENCES.get(audience, audience)})),
        ("报告模板", f"{template.title}（{template.sha256[:8]}）" if template else "无"),
        ("软件版本", f"govkit {package_version('govkit')}"),
    ]


def _said(report: Report | None, parameters: Mapping[str, object]) -> str:
    """Return parameters in words; a report's own are named by their help text up to its first comma."""
    own = {one.name: re.split("[，；（]", one.help)[0] for one in (report.parameters if report else ())}
    names = own | _PARAMETERS
    return "，".join(f"{names.get(name) or name}：{value}" for name, value in parameters.items() if value) or "默认"
