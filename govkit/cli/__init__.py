"""The command line: parse, call, print, exit.

Exit codes: 0 done, 1 problems in the user's input, 2 usage, 3 a fault of ours.
"""

import atexit
import gettext
import os
import sys
import threading
import traceback
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

import click

from govkit import __version__
from govkit.cli import bank, dashboard, demo, exam, ledger, notebooks, report
from govkit.cli.output import show_problems
from govkit.core.errors import GovkitError
from govkit.core.i18n import CATALOGUES, DOMAIN, language
from govkit.core.i18n import gettext as _


@click.group(
    help=_("Reports and exams for the four basic institutions of grassroots governance."),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="govkit", message="%(prog)s %(version)s", help=_("Show the version."))
def cli() -> None:
    """Group the commands."""


for command in (
    demo.demo,
    demo.doctor,
    ledger.ledger,
    report.reconcile,
    report.report,
    notebooks.notebooks,
    dashboard.dashboard,
    bank.bank,
    exam.exam,
):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    code = run(arguments)
    if arguments is None:  # the process is ours
        _end(code)
    sys.exit(code)


def _end(code: int) -> NoReturn:
    """End the process without taking the interpreter down.

    Threads of Arrow and Delta may still be busy; one that calls Python meanwhile would abort the process, although the
    command is done. Threads of Python are waited for, what was registered for the end runs, and output is flushed.
    """
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # the reader of a pipe is gone, which is no failure of the command
            stream.flush()
    os._exit(code)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; nothing raises out of here."""
    prepare()
    try:
        code = cli.main(arguments, prog_name="govkit", standalone_mode=False)  # click returns an Exit's code
    except GovkitError as error:
        show_problems(error.problems)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        click.echo(_("Interrupted; nothing half-written was kept."), err=True)
        return 130
    except Exception:
        return _fault()
    return code if isinstance(code, int) else 0


def _fault() -> int:
    kind, error, trace = sys.exc_info()
    click.echo(
        _("govkit itself failed ({kind}); this is a fault of the program, not of your data.").format(
            kind=kind.__name__ if kind else ""
        ),
        err=True,
    )
    if os.environ.get("GOVKIT_DEBUG"):
        traceback.print_exception(kind, error, trace)
    else:
        click.echo(_("Set GOVKIT_DEBUG=1 and run it again to see the details to report."), err=True)
    return 3


def prepare() -> None:
    """Make click speak the language in force: it looks its words up in gettext's default domain."""
    gettext.bindtextdomain(DOMAIN, CATALOGUES)
    gettext.textdomain(DOMAIN)
    os.environ["LANGUAGE"] = language()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a Windows console may not be UTF-8; no character may end the program
            stream.reconfigure(errors="replace")
