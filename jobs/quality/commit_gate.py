"""The gate before every table: what was written is audited, and only then committed."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from jobs.errors import UserError
from jobs.quality.great_expectations_runner import ExpectationResult
from jobs.runtime import console
from jobs.storage import run_manifest
from jobs.storage.data_files import StagedWrite
from jobs.storage.lake import Lake

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

Audit = Callable[["DataFrame", StagedWrite], list[ExpectationResult]]


def audit_and_commit(spark, lake: Lake, stage: str, ds, audits: Sequence[tuple[str, Audit]]) -> None:
    """Audit what this run has staged for some tables, all of it, and commit it if nothing critical broke.

    Args:
        stage: name of the gate, for the results that are kept in the lake.
        audits: the tables in the order in which they are committed, each with its audit.

    Raises:
        UserError: nothing is staged, or a critical promise is broken. Nothing is committed then.
    """
    staged = [(written, audit) for table, audit in audits if (written := lake.staged(table))]
    if not staged and (settled := _settled(lake, stage)):
        console.log(f"{stage}, {ds}: {settled}")
        return
    if not staged:
        raise UserError(f"{stage}, {ds}: run {lake.run_id} has written nothing to audit. "
                        f"Run the step before it first, or all of them: make nightly DS={ds}")
    # One after the other: Great Expectations is not made for several threads, and a night hung that had three.
    results = [result for written, audit in staged
               for result in audit(lake.written_frame(spark, written), written)]
    lake.put_json(f"_validations/ds={ds}/{lake.run_id}-{stage}.json",
                  [{"ds": str(ds), "run_id": lake.run_id, "stage": stage, **r.as_dict()} for r in results])
    _refuse_if_critical(lake, stage, ds, results)
    for written, _ in staged:
        version = lake.commit(written)
        run_manifest.add_output(lake, stage, written, version)
        lake.unstage(written.table)
        console.log(f"{written.table}: {written.rows:,} rows, {_span(written)} committed")


def record_unchanged(lake: Lake, stage: str) -> None:
    """Note that this run leaves what a stage is about as it is, audited and committed by an earlier run."""
    run_manifest.add_section(lake, "nothing_new", {stage: True})


def _settled(lake: Lake, stage: str) -> str | None:
    """Why there may be nothing to audit."""
    told = run_manifest.read(lake, lake.run_id) or {}
    if stage in told.get("nothing_new", {}):
        return "nothing new to audit"
    committed = any(output["stage"] == stage for output in told.get("outputs", {}).values())
    return f"run {lake.run_id} has committed this already" if committed else None


def _refuse_if_critical(lake: Lake, stage: str, ds, results: list[ExpectationResult]) -> None:
    broken = [r for r in results if not r.success]
    for result in broken:
        if result.severity != "critical":
            console.log(f"warning, {result.table}, {ds}: {result.sentence()}")
    console.log(f"{len(results)} promises, {len(broken)} broken")
    critical = [r for r in broken if r.severity == "critical"]
    if critical:
        told = "; ".join(f"{r.table}, {ds}: {r.sentence()}" for r in critical[:5])
        raise UserError(f"{told}. Nothing was committed; the last good version stands. All results: "
                        f"_validations/ds={ds}/{lake.run_id}-{stage}.json in {lake.root}. "
                        f"Mend the input, then: make nightly DS={ds}")


def _span(written: StagedWrite) -> str:
    return written.days[0] if len(written.days) == 1 else f"{len(written.days)} days"
