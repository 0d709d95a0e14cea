"""The catalog declares every table once, from the definitions of features and risks."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from features.entities import AS_OF_DAY, FEATURE_SETS
from features.inputs.tables import TABLES
from features.risks import RISKS
from jobs.settings import REPOSITORY
from jobs.storage import catalog
from jobs.storage.catalog import OutputColumn, OutputTable, Stage
from jobs.storage.catalog.arrow_types import arrow_schema, arrow_type

DECLARED = [*catalog.tables(), catalog.VALIDATIONS]
PACKAGE = Path(catalog.__file__).parent


def table(**changes) -> OutputTable:
    """A small table."""
    declared = {"name": "t", "pattern": "t", "stage": Stage.LOG, "step": "ingest", "meaning": "Rows.",
                "grain": "one row per day", "key": ("ds",), "columns": (OutputColumn("ds", "date", "the day"),),
                "example": "select * from t"}
    return OutputTable(**{**declared, **changes})


def test_every_name_is_declared_once():
    assert len({table.name for table in DECLARED}) == len(DECLARED)


def test_a_table_formats_as_its_name_and_is_found_by_it():
    assert f"{catalog.risk_daily('seller')}" == catalog.risk_daily("seller").name == "seller_risk_daily"
    assert catalog.find("seller_risk_daily") == catalog.risk_daily("seller")
    assert catalog.find("seller_risk") is None


def test_a_table_that_an_entity_does_not_have_has_a_name_and_is_not_among_the_tables():
    assert catalog.texts("creator").name == "creator_texts"
    assert catalog.find("creator_texts") is None
    assert catalog.find("creator_month_values") is None
    assert [table(entity).name for table in catalog.TILE_TABLES.values() for entity in AS_OF_DAY] == [
        f"{entity}_{kind}" for kind in catalog.TILE_TABLES for entity in AS_OF_DAY]


@pytest.mark.parametrize("name", TABLES)
def test_a_kept_input_table_has_the_columns_of_its_contract(name):
    contract, kept = TABLES[name], catalog.events(name)
    assert [(c.name, c.type, c.null == "") for c in kept.columns] == [
        *((c.name, c.type, c.required) for c in contract.columns), ("ds", "date", True)]


@pytest.mark.parametrize("entity", FEATURE_SETS)
def test_features_have_every_column_of_the_feature_set_with_its_type(entity):
    known, declared = FEATURE_SETS[entity], catalog.features(entity)
    assert declared.names == (known.id, *known.passthrough_columns, *known.slice_columns, *known.columns, "ds")
    assert {declared.column(name).type for name in known.columns} == {"bigint", "double"}


@pytest.mark.parametrize("entity", FEATURE_SETS)
def test_scores_and_risk_tables_have_a_score_of_every_risk_of_the_entity(entity):
    columns = {f"{risk.name}_score" for risk in RISKS if risk.entity == entity}
    for declared in (catalog.scores(entity), catalog.risk_daily(entity)):
        assert {name for name in declared.names if name.endswith("_score")} - {"risk_score"} == columns


def test_the_risk_tables_differ_in_identifiers_risks_and_after_sales_reasons_alone():
    own = {"after_sales_reasons",
           *(name for entity in FEATURE_SETS for name in (f"{entity}_id", *(f"{r.name}_score" for r in RISKS)))}
    assert len({tuple(name for name in catalog.risk_daily(entity).names if name not in own)
                for entity in FEATURE_SETS}) == 1


def test_an_after_sales_risk_is_no_top_risk():
    assert catalog.risk_daily("order").column("top_risk").values == ("payment_fraud",)


def test_money_flags_and_days_have_their_units():
    features = catalog.features("seller")
    units = {name: features.column(name).unit for name in ("order_amount_7d", "account_age_days", "has_payout",
                                                           "order_count_7d", "order_amount_mean_vs_peers_7d")}
    assert units == {"order_amount_7d": "cents", "account_age_days": "days", "has_payout": "flag",
                     "order_count_7d": "", "order_amount_mean_vs_peers_7d": ""}
    assert catalog.labels("user").column("loss_cents").unit == "cents"


def test_every_column_that_ends_in_cents_has_cents():
    columns = [(table.name, column) for table in DECLARED for column in table.columns]
    assert [(name, c.name) for name, c in columns if c.name.endswith("_cents") and c.unit != "cents"] == []


def test_every_meaning_is_there_without_a_unit_in_words():
    columns = [(table.name, column) for table in DECLARED for column in table.columns]
    assert [(name, c.name) for name, c in columns
            if not c.meaning or "minor units" in c.meaning or "or not (0)" in c.meaning] == []


@pytest.mark.parametrize("declared", DECLARED, ids=str)
def test_an_example_is_typed_in_a_shell_as_it_stands_and_asks_the_table(declared):
    assert not set(declared.example) & set('"$`\\\n!')
    assert f"from {declared.name}" in declared.example
    with duckdb.connect() as db:
        db.register(declared.name, arrow_schema(declared).empty_table())
        assert db.sql(declared.example).fetchall() == []


def test_a_key_or_a_partition_that_is_no_column_is_refused():
    with pytest.raises(ValueError, match="t: no column hour, user_id is declared"):
        table(key=("user_id", "ds"), partition="hour")


def test_a_column_that_is_declared_twice_is_refused():
    with pytest.raises(ValueError, match="t: a column is declared twice"):
        table(columns=(OutputColumn("ds", "date", "the day"),) * 2)


def test_nested_types_are_read_as_arrow_types():
    found = arrow_type("array<struct<a:string,b:array<struct<c:int,d:double>>,e:bigint>>")
    inner = pa.list_(pa.field("element", pa.struct([("c", pa.int32()), ("d", pa.float64())])))
    assert found.value_type == pa.struct([("a", pa.string()), ("b", inner), ("e", pa.int64())])


def test_a_type_that_no_file_has_is_refused():
    with pytest.raises(ValueError, match="decimal: expected array"):
        arrow_type("array<decimal>")


def test_the_catalog_imports_nothing_of_jobs_but_itself():
    imported = [node.module for file in PACKAGE.glob("*.py") for node in ast.walk(ast.parse(file.read_text()))
                if isinstance(node, ast.ImportFrom)]
    assert [name for name in imported if name.startswith("jobs") and not name.startswith(catalog.__name__)] == []


def test_the_catalog_starts_no_engine():
    code = ("import sys; from jobs.storage import catalog; catalog.tables(); "
            "print({'pyspark', 'deltalake'} & set(sys.modules))")
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, text=True, capture_output=True, check=True,
                          env={**os.environ, "PYTHONPATH": str(REPOSITORY)})
    assert done.stdout.strip() == "set()"
