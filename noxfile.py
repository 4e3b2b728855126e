"""The checks of this project, each in an environment of its own: ``nox -s tests lint types docs``."""

import nox

nox.options.sessions = ["tests", "lint", "types", "docs"]
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
QUICK = "not (slow or browser or postgres or office)"


def install(session: nox.Session) -> None:
    """Install the package and what its checks need, at the pinned versions."""
    session.install("-q", "-c", "constraints.txt", "-e", ".[test]")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the quick suite, or what the arguments say: ``nox -s tests-3.11 -- tests/room``."""
    install(session)
    session.run("python", "-m", "pytest", *(session.posargs or ["-n", "2", "--dist", "loadfile", "-m", QUICK]))


@nox.session(python="3.11")
def lint(session: nox.Session) -> None:
    """Check style, layout and the layers of imports."""
    install(session)
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports")


@nox.session(python="3.11")
def types(session: nox.Session) -> None:
    """Check types."""
    install(session)
    session.run("mypy")


@nox.session(python="3.11")
def docs(session: nox.Session) -> None:
    """Build the docs site; a warning is an error."""
    install(session)
    session.run("python", "-m", "sphinx", "-W", "--keep-going", "-b", "html", "docs", "build/site")
