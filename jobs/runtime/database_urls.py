"""The URL of a Postgres database, as SQLAlchemy and psycopg read it. A message never has its password."""

from urllib.parse import quote, urlsplit, urlunsplit

from jobs.errors import UserError

SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")
EXPECTED = "Expected postgresql://user:password@host:5432/name"


def database_url(value: str, name: str) -> str:
    """Return the URL of a Postgres database for SQLAlchemy, with the driver psycopg.

    Args:
        value: a URL as libpq reads it.
        name: the setting that has the value, for messages.

    Raises:
        UserError: the value is no URL of a Postgres database.
    """
    try:
        parts = urlsplit(value.strip())
        parts.port  # noqa: B018, raises for a port that is no number
    except ValueError:
        raise UserError(f"{name} is no URL: its host or port cannot be read. {EXPECTED}. Write %40 for an @ in a "
                        "password, %2F for a /, %23 for a #.") from None
    if parts.scheme not in SCHEMES:
        raise UserError(f"{name} names a database of the kind {parts.scheme or 'unknown'}. {EXPECTED}")
    if not parts.path.strip("/"):
        raise UserError(f"{name} names no database on {parts.hostname or 'the server'}. {EXPECTED}")
    # Airflow replaces `$name` in a setting by a variable.
    return urlunsplit(parts._replace(scheme="postgresql+psycopg")).replace("$", "%24")


def in_schema(url: str, schema: str) -> str:
    """Return the URL of a database whose connections find and create tables in a schema."""
    parts = urlsplit(url)
    option = f"options={quote(f'-csearch_path={schema}')}"
    return urlunsplit(parts._replace(query=f"{parts.query}&{option}" if parts.query else option))


def for_psycopg(url: str) -> str:
    """Return the URL as psycopg itself reads it."""
    return url.replace("postgresql+psycopg:", "postgresql:", 1)


def place(url: str) -> str:
    """Return the host, port and name of a database, for messages."""
    parts = urlsplit(url)
    return f"{parts.hostname or 'this machine'}{f':{parts.port}' if parts.port else ''}{parts.path}"
