"""Files for people are known to be writable before the work begins."""

import pytest

from jobs.errors import UserError
from jobs.reporting.page_files import require_writable


def test_a_new_file_gets_its_folder_and_is_not_left_behind(tmp_path):
    require_writable(tmp_path / "new" / "page.txt")
    assert list((tmp_path / "new").iterdir()) == []


def test_a_file_keeps_its_text(tmp_path):
    (tmp_path / "page.txt").write_text("before")
    require_writable(tmp_path / "page.txt")
    assert (tmp_path / "page.txt").read_text() == "before"


@pytest.mark.parametrize("name", ["", "file/page.txt"])
def test_a_folder_and_a_path_below_a_file_are_refused(tmp_path, name):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="Expected"):
        require_writable(tmp_path / name)
