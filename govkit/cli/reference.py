"""The references in ``docs/reference/``, generated from the declarations and the command line itself.

``python -m govkit.cli.reference`` writes them; a test fails when they are stale.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click


def command_reference() -> str:
    """Return every command's help as one Markdown document, in Chinese, equal on every machine."""
    from govkit.cli import cli, prepare

    prepare()
    parts = ["# 命令参考\n\n本文由程序自动生成，请勿手工修改。\n"]
    for path, command in _commands("govkit", cli):
        with click.Context(command, info_name=path, terminal_width=100, **cli.context_settings) as context:
            parts.append(f"## {path}\n\n```text\n{command.get_help(context)}\n```\n")
    return "\n".join(parts)


def _commands(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name in sorted(name for name, one in command.commands.items() if not one.hidden):
            yield from _commands(f"{path} {name}", command.commands[name])


def write(folder: Path) -> None:
    """Write the command reference and the data dictionary into ``folder``."""
    from govkit.institutions import indicators, ledgers
    from govkit.ledgers.dictionary import dictionary

    text = dictionary(list(ledgers().values()), list(indicators().values()))
    (folder / "数据字典.md").write_text(text, encoding="utf-8")
    (folder / "命令参考.md").write_text(command_reference(), encoding="utf-8")


if __name__ == "__main__":
    os.environ.pop("GOVKIT_LANG", None)
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/reference"))
