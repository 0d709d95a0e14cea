"""The house is as docs/architecture.md says: every message is the fix."""

import pytest

from jobs.settings import REPOSITORY
from tests import house
from tests.house_rules import layers, modules_and_tests, owners, packages, printing, spark_imports
from tests.house_rules.imports import modules

MODULES = modules(REPOSITORY)


def test_a_room_imports_only_what_stands_below_it():
    assert list(layers.upward_imports(MODULES)) == []


def test_the_house_as_it_is_drawn_has_no_circle_and_no_arrow_up():
    edges = house.room_edges(MODULES)
    floors, circles = house.floors_of(sorted({room for edge in edges for room in edge}), edges)
    assert circles == [] and [edge for edge in edges if floors[edge[0]] <= floors[edge[1]]] == []


def test_the_declared_rooms_have_no_circle():
    assert layers.floors()["features.frames"] == 0


def test_the_root_of_jobs_holds_steps_and_three_modules_alone():
    assert list(layers.strangers_at_the_root(MODULES)) == []


def test_a_library_is_imported_by_its_owners_alone():
    assert list(owners.foreign_imports(MODULES)) == []


def test_settings_alone_reads_the_environment():
    assert list(owners.environment_reads(MODULES)) == []


def test_nothing_prints_past_the_console():
    assert list(printing.past_the_console(MODULES)) == []


def test_spark_is_imported_on_loading_only_where_frames_are_computed():
    assert list(spark_imports.misplaced(MODULES)) == []


@pytest.mark.parametrize("module", spark_imports.LIGHT)
def test_what_loads_for_every_dag_run_reaches_no_spark(module):
    assert spark_imports.path_to_spark(MODULES, module) is None


def test_every_package_says_in_one_to_three_sentences_what_it_is_for():
    assert list(packages.without_docstring(MODULES)) == []


def test_every_runnable_file_says_what_it_reads_and_writes():
    assert list(packages.without_contract(MODULES)) == []


def test_no_module_is_a_dumping_ground():
    assert list(packages.dumping_grounds(MODULES)) == []


def test_every_module_has_a_test_at_the_mirrored_path_or_a_reason():
    assert list(modules_and_tests.untested(REPOSITORY, MODULES)) == []
