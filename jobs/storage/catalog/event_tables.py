"""Tables of ingestion: the event tables, and the logs that account for every row."""

from functools import cache

from features.inputs.contract import Column
from features.inputs.tables import TABLES
from jobs.storage.catalog.table import OutputColumn, OutputTable, Stage, ds

UNITS = {"_cents": "cents", "_ms": "milliseconds", "_grams": "grams", "_probability": "probability"}
UNIT_PHRASES = (", minor units", ", milliseconds")  # left out of the meaning, since the unit has them

TABLE = OutputColumn("table", "string", "the input table", values=tuple(TABLES))
ARRIVAL = ds("the day on which the row arrived")


@cache
def events(name: str) -> OutputTable:
    """Return the event table of an input table.

    Raises:
        KeyError: there is no such input table.
    """
    contract = TABLES[name]
    return OutputTable(
        name, name, Stage.EVENT, "ingest", contract.meaning,
        grain=f"one row per {contract.key} and arrival day", key=(contract.key, "ds"),
        columns=(*map(_kept, contract.columns), ARRIVAL),
        example=f"select ds, count(*) as kept from {name} group by ds order by ds desc limit 7",
        optional="a marketplace may not have it" if contract.optional else "")


def _kept(column: Column) -> OutputColumn:
    unit = next((unit for ending, unit in UNITS.items() if column.name.endswith(ending)), "")
    meaning = column.meaning
    for phrase in UNIT_PHRASES:
        meaning = meaning.replace(phrase, "")
    return OutputColumn(column.name, column.type, f"{meaning}, masked" if column.private else meaning, unit,
                        null="" if column.required else "not delivered", values=column.values)


QUARANTINE = OutputTable(
    "quarantine", "quarantine", Stage.LOG, "ingest",
    "Rows that broke a rule of their table, with the rules. No other step reads them.",
    grain="one row per delivered row that broke a rule; equal rows are kept", key=(),
    columns=(
        TABLE,
        OutputColumn("rules", "array<string>", "names of the rules that the row broke"),
        OutputColumn("raw", "string", "the row as JSON text; identifiers are masked, unreadable values are patterns"),
        ARRIVAL,
    ),
    example="select q.table, q.rules, q.raw from quarantine q order by q.ds desc limit 5")

REPETITIONS = OutputTable(
    "repetitions", "repetitions", Stage.LOG, "ingest",
    "Keys whose rows were dropped, because the key was kept on the same day or in the week before.",
    grain="one row per input table, key, kept day and arrival day", key=("table", "key", "kept_on", "ds"),
    columns=(
        TABLE,
        OutputColumn("key", "string", "value of the table's key column"),
        OutputColumn("kept_on", "date", "the day on which the key was kept"),
        OutputColumn("rows", "bigint", "dropped rows"),
        OutputColumn("conflicting", "bigint", "dropped rows that differ from the kept row"),
        ARRIVAL,
    ),
    example="select r.table, sum(r.rows) as dropped, sum(r.conflicting) as conflicting from repetitions r group by all")

INGEST_LOG = OutputTable(
    "ingest_log", "ingest_log", Stage.LOG, "ingest",
    "Row counts of ingestion. Rows in = kept + quarantined + dropped.",
    grain="one row per input table and arrival day that was ingested", key=("table", "ds"),
    columns=(
        TABLE,
        OutputColumn("rows_in", "bigint", "rows that were read"),
        OutputColumn("kept", "bigint", "rows in the table"),
        OutputColumn("quarantined", "bigint", "rows in quarantine"),
        OutputColumn("dropped", "bigint", "rows dropped as repetitions"),
        OutputColumn("conflicting", "bigint", "dropped rows that differ from the kept row"),
        OutputColumn("input", "string", "fingerprint of the landed files", null="the rows came from a SELECT"),
        OutputColumn("files", "array<struct<name:string,bytes:bigint>>", "the landed files",
                     null="the rows came from a SELECT"),
        ARRIVAL,
    ),
    example="select l.table, l.rows_in, l.kept, l.quarantined, l.dropped from ingest_log l "
            "where l.ds = (select max(ds) from ingest_log)")

VALIDATIONS = OutputTable(
    "validations", "validations", Stage.LOG, "validate",
    "Results of every audit. JSON files beside the tables, which `make sql` reads as a table.",
    grain="one row per run, stage, table and expectation", key=(),
    columns=(
        ds("the day of the audit"),
        OutputColumn("run_id", "string", "the run"),
        OutputColumn("stage", "string", "the stage of the audit"),
        OutputColumn("table", "string", "the audited table"),
        OutputColumn("expectation", "string", "name of the expectation in Great Expectations"),
        OutputColumn("about", "string", "the columns of the expectation"),
        OutputColumn("severity", "string", "whether a failure stops the commit", values=("critical", "warning")),
        OutputColumn("success", "boolean", "whether the expectation holds"),
        OutputColumn("expected", "string", "the expected value or range"),
        OutputColumn("observed", "string", "the observed value, or a count of rows"),
    ),
    example="select v.ds, v.table, v.about, v.severity, v.observed from validations v where not v.success "
            "order by v.ds desc limit 10")
