"""What studies of many marketplaces share: seeds in their order, folders that do not stay, the section of a page."""

from pathlib import Path

from jobs.studies import planted_worlds


def seen(folder: Path, seed: int) -> tuple[bool, int]:
    """What a marketplace of a test shows: whether its folder is there, and its seed."""
    return folder.is_dir(), seed


def test_each_seed_has_a_result_in_its_place_and_no_folder_stays(tmp_path, monkeypatch):
    monkeypatch.setenv("VIGIL_HOME", str(tmp_path))
    args = planted_worlds.parse("A study.", ["--worlds", "3", "--jobs", "2"], 701, "cases")
    assert planted_worlds.results(seen, args, "cases", 60) == [(True, 701), (True, 702), (True, 703)]
    assert not (tmp_path / "cases").exists()


def test_the_section_is_written_where_a_page_is_named(tmp_path, capsys):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- cases -->\nold\n<!-- /cases -->\nafter\n")
    planted_worlds.show("new\n", planted_worlds.parse("A study.", ["--out", str(page)], 1, "cases"), "cases")
    assert page.read_text() == "before\n<!-- cases -->\nnew\n<!-- /cases -->\nafter\n"
    planted_worlds.show("shown\n", planted_worlds.parse("A study.", [], 1, "cases"), "cases")
    assert "shown" in capsys.readouterr().out
