"""docs/tables.md is what its command prints, and names every table with its example."""

from jobs.commands import describe_tables
from jobs.settings import REPOSITORY
from jobs.storage import catalog


def test_the_page_in_docs_is_what_the_command_prints(capsys):
    describe_tables.main([])
    assert (REPOSITORY / "docs" / "tables.md").read_text() == capsys.readouterr().out, "run: make tables"


def test_the_page_is_written_where_it_is_asked_for(tmp_path, capsys):
    describe_tables.main(["--out", str(tmp_path / "docs" / "tables.md")])
    assert capsys.readouterr().out.endswith("tables.md\n")
    assert (tmp_path / "docs" / "tables.md").read_text() == describe_tables.page()


def test_every_table_has_a_section_with_its_example_and_all_of_its_columns():
    sections = dict(section.split("\n", 1) for section in describe_tables.page().split("\n### ")[1:])
    for table in (*catalog.tables(), catalog.VALIDATIONS):
        assert f'make sql Q="{table.example}"' in sections[table.name]
        assert [name for name in table.names if f"\n| `{name}` | " not in sections[table.name]] == []
