"""Tests of the rule that only the catalog spells table names."""

from pathlib import Path

import pytest

from jobs.settings import REPOSITORY
from tests.house_rules.table_names import table_names_spelled


def spelled(tmp_path: Path, code: str) -> list[str]:
    file = tmp_path / "module.py"
    file.write_text(code)
    return [fault.removeprefix(f"{file}:") for fault in table_names_spelled([tmp_path])]


def test_no_table_name_is_spelled_outside_of_the_catalog():
    faults = table_names_spelled(REPOSITORY / folder for folder in ("features", "jobs", "dags", "benchmarks"))
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("code, instead", [
    ('x = f"{entity}_features"', "catalog.features(entity).name"),
    ('x = f"{model.entity}_risk_daily, {ds}: no rows"', "catalog.risk_daily(model.entity).name"),
    ('x = f"select * from {m.entity}_month_values"', "catalog.month_values(m.entity).name"),
    ('x = entity + "_scores"', "catalog.scores(entity).name"),
    ('x = f"{self.features.entity}_{kind}"',
     "<function of the catalog>(self.features.entity).name, such as catalog.TILE_TABLES[kind]"),
])
def test_a_name_that_is_put_together_is_found_with_its_line_and_what_to_write_instead(tmp_path, code, instead):
    (fault,) = spelled(tmp_path, f"\n{code}\n")
    assert fault.startswith("2: ")
    assert fault.endswith(f": write {instead}")


@pytest.mark.parametrize("code", [
    'x = f"{entity}_id"', 'x = f"{risk.name}_score"', 'x = f"{entity}_features_old"', 'x = f"{entity} features"',
    'x = f"{name}_{window}"', 'x = f"{entity}_{audience.of}"', 'x = "user_features"',
])
def test_another_name_is_not_found(tmp_path, code):
    assert spelled(tmp_path, code) == []


def test_the_catalog_itself_is_left_out():
    assert table_names_spelled([REPOSITORY / "jobs" / "storage" / "catalog"]) == []
