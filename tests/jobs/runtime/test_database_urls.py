"""A Postgres URL is read as libpq does, and a refusal never shows its password."""

import pytest

from jobs.errors import UserError
from jobs.runtime.database_urls import database_url, for_psycopg, in_schema, place

URL = "postgresql://vigil:secret@db.example:5433/risk"


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_every_way_to_write_the_scheme_gets_the_driver(scheme):
    assert database_url(URL.replace("postgresql", scheme, 1), "DATABASE") == \
        "postgresql+psycopg://vigil:secret@db.example:5433/risk"


def test_psycopg_itself_gets_the_url_of_libpq():
    assert for_psycopg(database_url(URL, "DATABASE")) == URL


def test_a_dollar_is_written_so_that_airflow_replaces_nothing():
    assert "sec%24HOME@" in database_url(URL.replace("secret", "sec$HOME"), "DATABASE")


@pytest.mark.parametrize(("query", "expected"), [
    ("", "?options=-csearch_path%3Dmlflow"),
    ("?sslmode=require", "?sslmode=require&options=-csearch_path%3Dmlflow")])
def test_a_schema_is_added_to_the_options(query, expected):
    assert in_schema(f"{URL}{query}", "mlflow") == f"{URL}{expected}"


def test_a_message_has_the_place_and_neither_user_nor_password():
    assert place(database_url(URL, "DATABASE")) == "db.example:5433/risk"


@pytest.mark.parametrize(("value", "why"), [
    ("mysql://vigil:secret@db.example/risk", "of the kind mysql"),
    ("vigil:secret@db.example/risk", "of the kind"),
    ("postgresql://vigil:secret@db.example", "names no database on db.example"),
    ("postgresql://vigil:secret/x@db.example/risk", "host or port cannot be read")])
def test_what_is_no_postgres_url_is_refused_without_its_password(value, why):
    with pytest.raises(UserError, match=why) as refusal:
        database_url(value, "DATABASE")
    assert "secret" not in str(refusal.value) and "postgresql://user:password@host" in str(refusal.value)
