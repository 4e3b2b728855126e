"""Where the files that travel with the kit are, in a checkout and in an installed wheel alike."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def shipped(relative: str) -> Path:
    """Return the path of a shipped file or folder, e.g. ``shipped("data/places.csv")``.

    In a checkout these are the top-level folders ``data``, ``notebooks``, ``quizzes``; a wheel carries them under
    ``govkit/share``.
    """
    share = _PACKAGE / "share"
    return (share if share.is_dir() else _PACKAGE.parent) / relative
