"""Table names are spelled in the catalog alone."""

from collections import Counter
from pathlib import Path

import pytest

from jobs.settings import REPOSITORY
from tests.house_rules.table_names import table_names_spelled

# DELETE WHEN SOURCE USES THE CATALOG: names that are spelled today, by file.
SPELLED_TODAY = {
    "benchmarks/cost_duckdb.py": 3, "benchmarks/nights.py": 1,
    "jobs/build_features.py": 1, "jobs/build_labels.py": 2, "jobs/built.py": 1, "jobs/commands/forget_table.py": 1,
    "jobs/multi_task.py": 1, "jobs/publish.py": 6, "jobs/replay.py": 2, "jobs/results.py": 2, "jobs/roll_up.py": 1,
    "jobs/score.py": 2, "jobs/stability.py": 1, "jobs/summary.py": 3, "jobs/texts.py": 1, "jobs/tile_store.py": 4,
    "jobs/train.py": 2, "jobs/training/champions.py": 1, "jobs/training_set.py": 1, "jobs/transfer.py": 1,
    "jobs/trials.py": 1, "jobs/validate.py": 3,
}


def spelled(tmp_path: Path, code: str) -> list[str]:
    file = tmp_path / "module.py"
    file.write_text(code)
    return [found.removeprefix(f"{file}:") for found in table_names_spelled([tmp_path])]


def test_no_table_name_is_spelled_outside_of_the_catalog():
    found = table_names_spelled(REPOSITORY / folder for folder in ("features", "jobs", "dags", "benchmarks"))
    files = Counter(str(Path(place.split(":")[0]).relative_to(REPOSITORY)) for place in found)
    assert {file: count for file, count in files.items() if count > SPELLED_TODAY.get(file, 0)} == {}, "\n".join(found)


def test_the_list_of_names_that_are_spelled_today_names_no_file_that_is_mended():
    found = table_names_spelled(REPOSITORY / folder for folder in ("features", "jobs", "dags", "benchmarks"))
    files = Counter(str(Path(place.split(":")[0]).relative_to(REPOSITORY)) for place in found)
    assert {file: count for file, count in SPELLED_TODAY.items() if files[file] < count} == {}


@pytest.mark.parametrize("code, instead", [
    ('x = f"{entity}_features"', "catalog.features(entity).name"),
    ('x = f"{model.entity}_risk_daily, {ds}: no rows"', "catalog.risk_daily(model.entity).name"),
    ('x = f"select * from {m.entity}_month_values"', "catalog.month_values(m.entity).name"),
    ('x = entity + "_scores"', "catalog.scores(entity).name"),
    ('x = f"{self.features.entity}_{kind}"',
     "<function of the catalog>(self.features.entity).name, such as catalog.TILE_TABLES[kind]"),
])
def test_a_name_that_is_put_together_is_found_with_its_line_and_what_to_write_instead(tmp_path, code, instead):
    (found,) = spelled(tmp_path, f"\n{code}\n")
    assert found.startswith("2: ")
    assert found.endswith(f": write {instead}")


@pytest.mark.parametrize("code", [
    'x = f"{entity}_id"', 'x = f"{risk.name}_score"', 'x = f"{entity}_features_old"', 'x = f"{entity} features"',
    'x = f"{name}_{window}"', 'x = f"{entity}_{circle.of}"', 'x = "user_features"',
])
def test_another_name_is_not_found(tmp_path, code):
    assert spelled(tmp_path, code) == []


def test_the_catalog_itself_is_left_out():
    assert table_names_spelled([REPOSITORY / "jobs" / "storage" / "catalog"]) == []
