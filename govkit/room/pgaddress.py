"""The address of a PostgreSQL database: read, and told to people without what is secret in it."""

from typing import Any

from govkit.errors import Problem, UsageError, Where
from govkit.i18n import gettext as _

_PATIENCE = {
    "connect_timeout": "3",
    "keepalives_idle": "3",
    "keepalives_interval": "2",
    "keepalives_count": "2",
    "tcp_user_timeout": "5000",
    "application_name": "govkit",
}


def parsed(url: str) -> dict[str, Any]:
    """Return what to connect with.

    :raises UsageError: psycopg is missing, or the address cannot be read.
    """
    try:
        from psycopg import ProgrammingError
        from psycopg.conninfo import conninfo_to_dict
    except ImportError as error:
        what = _("A PostgreSQL database needs the package {name}").format(name=error.name or "psycopg")
        raise UsageError(Problem(Where("govkit"), what, _("Install it: pip install 'govkit[postgres]'"))) from None
    try:
        given = conninfo_to_dict(url) if url.startswith(("postgresql://", "postgres://")) else {}
    except ProgrammingError:
        given = {}
    if not given or _torn(given):  # the address is not quoted: there may be a password in it
        what = _("The address of the database cannot be read")
        mend = _("Write it as postgresql://user@computer:5432/database; in a password, @ is %40, / is %2F and % is %25")
        raise UsageError(Problem(Where("--database"), what, mend))
    return {**_PATIENCE, **given}


def _torn(given: dict[str, Any]) -> bool:
    """Tell whether a password with an @ or a / in it was taken apart, so that a piece of it stands elsewhere."""
    return any("@" in str(given.get(key) or "") for key in ("host", "hostaddr", "port", "dbname"))


def address_of(given: dict[str, Any]) -> str:
    """Return where a database is, without user and password."""
    host, port, name = (str(given.get(key) or "") for key in ("host", "port", "dbname"))
    return f"postgresql://{host}{':' + port if port else ''}/{name}"


def without_secrets(text: str, given: dict[str, Any]) -> str:
    """Return a text in one line, every secret in it masked."""
    for key in ("password", "sslpassword", "passfile"):
        if given.get(key):
            text = text.replace(str(given[key]), "***")
    return " ".join(text.split())
