"""Files of a folder of policies: which are read, and what is said of those that cannot be."""

import os

import pytest

from jobs.decisions.policy_documents import read_file, read_folder
from tests.support.policy_folders import SELLER, policy_folder

FROM_HERE = "expected TOML (https://toml.io)."


def faults(folder):
    return [fault.replace(f"{folder}/", "") for fault in read_folder(folder)[1]]


def test_files_of_people_and_editors_are_no_policies(tmp_path):
    policy_folder(tmp_path, dict.fromkeys(["README.md", ".seller.toml.swp", "seller.toml~", "#seller.toml#"], "?"))
    documents, found = read_folder(tmp_path)
    assert (sorted(documents), found) == (["queues", "seller", "worth"], [])


@pytest.mark.parametrize("name", ["seller.yaml", "seller.TOML", "seller", "old/"])
def test_a_file_that_might_be_meant_as_a_policy_is_no_toml_file(tmp_path, name):
    policy_folder(tmp_path)
    (tmp_path / name).mkdir() if name.endswith("/") else (tmp_path / name).write_text(SELLER)
    assert faults(tmp_path) == [f"{name.rstrip('/')}: no TOML file, expected only <policy>.toml. Rename it, or move it "
                                "elsewhere."]


@pytest.mark.parametrize("name", ["Seller", "2nd", "se-ller", "a b", "s" * 65, "sellér", "line\nbreak"])
def test_an_odd_name_of_a_file_is_said(tmp_path, name):
    policy_folder(tmp_path, {f"{name}.toml": SELLER})
    [fault] = faults(tmp_path)
    assert fault.endswith(": the name of a policy is the file's, expected small letters, digits and _, a letter first, "
                          "at most 64. Rename the file.") and "\n" not in fault


@pytest.mark.parametrize("content, expected", [
    (b'entity = "seller"\nrisks = [\n  "brushing"\nstatus = 1', "line 4: Unclosed array"),
    (b'a = 1\na = 2', "at its end: Cannot overwrite a value"),
    (b'a = 1\n\nb = "\xff"', "line 3: a byte that is no UTF-8"),
    (b"a = " + b"[" * 100_000, "values nested too deeply"),
    (b"a = " + b"9" * 5_000, "Exceeds the limit (4300 digits) for integer string conversion"),
    (b"a = 2026-02-30", "line 1: Invalid date or datetime"),
    (b"#" * 1_000_001, "1,000,001 bytes, at most 1,000,000 are read"),
])
def test_a_file_that_is_no_toml_is_said_with_its_line(tmp_path, content, expected):
    (tmp_path / "seller.toml").write_bytes(content)
    document, [fault] = read_file(tmp_path / "seller.toml")
    assert document is None
    assert fault.startswith(f"{tmp_path}/seller.toml: {expected}") and fault.endswith(FROM_HERE)


def test_a_byte_order_mark_and_carriage_returns_are_read(tmp_path):
    (tmp_path / "seller.toml").write_bytes(b"\xef\xbb\xbf" + SELLER.replace("\n", "\r\n").encode())
    (tmp_path / "other.toml").write_text(SELLER)
    assert read_file(tmp_path / "seller.toml")[0].values == read_file(tmp_path / "other.toml")[0].values


def test_a_loop_of_links_a_missing_target_a_folder_and_a_pipe_are_no_files(tmp_path):
    (tmp_path / "loop.toml").symlink_to("loop.toml")
    (tmp_path / "missing.toml").symlink_to("nowhere.toml")
    (tmp_path / "folder.toml").mkdir()
    os.mkfifo(tmp_path / "pipe.toml")
    assert faults(tmp_path) == [
        f"folder.toml: no regular file, {FROM_HERE}", f"loop.toml: too many levels of symbolic links, {FROM_HERE}",
        f"missing.toml: not found, {FROM_HERE}", f"pipe.toml: no regular file, {FROM_HERE}"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read any file")
def test_a_file_without_permission_is_said(tmp_path):
    (tmp_path / "seller.toml").touch(0o000)
    assert faults(tmp_path) == [f"seller.toml: no permission to read it, {FROM_HERE}"]


def test_an_empty_folder_names_what_belongs_there(tmp_path):
    assert read_folder(tmp_path)[1] == [
        f"{tmp_path}: no file, expected policies such as seller.toml, and queues.toml and worth.toml. Copy the folder "
        "policies/ of the repository."]


@pytest.mark.parametrize("name, reason", [("none", "not found"), ("file", "no folder"),
                                          ("loop", "too many levels of symbolic links")])
def test_a_missing_folder_names_the_command(tmp_path, name, reason):
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    assert read_folder(tmp_path / name) == ({}, [
        f"{tmp_path / name}: {reason}, expected the folder of policies. Set VIGIL_POLICIES, or run make policies "
        "POLICIES=<folder>."])
