"""Errors of reading a registered version's files: they name version, file and command, or pass through unchanged."""

from types import SimpleNamespace

import pytest

from jobs.errors import DamagedStore, UserError
from jobs.training.registered_files import RegisteredFiles, day_of, version_of


@pytest.fixture
def files(tmp_path):
    (tmp_path / "one.json").write_text("[1]")
    return RegisteredFiles("case/test, version 3", tmp_path, "make train")


def reading(files: RegisteredFiles, name: str, failure: Exception | None = None) -> str:
    with files.reading(name) as file:
        if failure:
            raise failure
        return file.read_text()


def test_a_file_that_can_be_read_is_read(files):
    assert reading(files, "one.json") == "[1]"


@pytest.mark.parametrize(("name", "failure", "found"), [
    ("two.json", None, "is missing (FileNotFoundError)"),
    ("one.json", KeyError("sets"), "cannot be read (KeyError: 'sets')"),
    ("one.json", ValueError("cut off\n  stack trace"), "cannot be read (ValueError: cut off)"),
    ("one.json", ValueError(), "cannot be read (ValueError)"),
    ("one.json", ValueError("x" * 500), f"cannot be read (ValueError: {'x' * 120})")],
    ids=["missing", "without a key", "first line", "no message", "long"])
def test_an_error_of_a_parser_names_version_file_and_command(files, name, failure, found):
    with pytest.raises(DamagedStore) as told:
        reading(files, name, failure)
    assert str(told.value) == (f"case/test, version 3: {files.folder / name} {found}. Restore it from a backup, or "
                               "train again: make train")


@pytest.mark.parametrize("failure", [ConnectionError("reset"), UserError("said already")])
def test_an_error_that_may_pass_or_says_what_to_do_is_unchanged(files, failure):
    with pytest.raises(type(failure)) as told:
        reading(files, "one.json", failure)
    assert told.value is failure


def test_a_file_of_other_code_is_no_damage_that_a_backup_mends(files):
    files.require("one.json", "columns", 3, 3)
    with pytest.raises(UserError) as told:
        files.require("one.json", "columns", 2, 3)
    assert str(told.value) == (f"case/test, version 3: {files.folder / 'one.json'} was written by other code: columns: "
                               "found 2, expected 3. Train again: make train")
    assert not isinstance(told.value, DamagedStore)


def test_a_version_in_words_has_its_aliases_and_the_day_of_its_training():
    entry = SimpleNamespace(version=3, aliases=["champion", "challenger"])
    assert version_of("case/test", entry) == "case/test, version 3, challenger and champion"
    assert version_of("case/test", SimpleNamespace(version=3, aliases=[])) == "case/test, version 3"
    assert (day_of({"vigil.ds": "2026-11-20"}, "--ds "), day_of({}, "DS=")) == (" --ds 2026-11-20", "")
