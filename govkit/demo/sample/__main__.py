"""``python -m govkit.demo.sample -o DIR [--seed N]``: write the sample district's workbooks."""

import argparse
import sys
from pathlib import Path

from govkit.core.errors import GovkitError
from govkit.core.i18n import gettext as _
from govkit.demo.sample import SEED
from govkit.demo.sample.workbooks import write


def main(arguments: list[str] | None = None) -> int:
    """Write the workbooks, name them on standard output and return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        written = write(options.output, options.seed)
    except GovkitError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    sys.stdout.writelines(f"{path}\n" for path in written)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m govkit.demo.sample",
        description=_("Write the sample district's ledger workbooks: invented persons, the published figures."),
    )
    parser.add_argument("-o", "--output", metavar="DIR", type=Path, required=True, help=_("the folder to write into"))
    parser.add_argument(
        "--seed",
        metavar="N",
        type=int,
        default=SEED,
        help=_("another number gives another district with the same figures (default: {seed})").format(seed=SEED),
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
