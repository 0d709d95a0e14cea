"""The commit gate: a staged table is audited, and a failed audit commits nothing."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from jobs.errors import UserError
from jobs.quality.great_expectations_runner import ExpectationResult
from jobs.runtime import console
from jobs.storage import run_manifest
from jobs.storage.data_files import StagedWrite
from jobs.storage.lake import Lake

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql import DataFrame

Audit = Callable[["DataFrame | pd.DataFrame", StagedWrite], list[ExpectationResult]]


def audit_and_commit(spark, lake: Lake, stage: str, ds, audits: Sequence[tuple[str, Audit]]) -> None:
    """Audit all staged writes of some tables, and commit them if no critical expectation fails.

    Args:
        spark: session that reads the written rows; None: few rows, which are read as a pandas frame.
        stage: name of the stage, for the results that are stored in the lake.
        audits: the tables in the order of commits, each with its audit.

    Raises:
        UserError: nothing is staged, or a critical expectation failed. Nothing is committed then.
    """
    staged = [(written, audit) for table, audit in audits if (written := lake.staged(table))]
    if not staged and (reason := _nothing_to_validate(lake, stage)):
        console.log(f"{stage}, {ds}: {reason}")
        return
    if not staged:
        raise UserError(f"{stage}, {ds}: run {lake.run_id} has written nothing to audit. "
                        f"Run the step before it first, or all of them: make nightly DS={ds}")
    # Audits run one after the other: Great Expectations does not support several threads and can hang.
    results = [result for written, audit in staged
               for result in audit(_frame(spark, lake, written), written)]
    lake.put_json(f"_validations/ds={ds}/{lake.run_id}-{stage}.json",
                  [{"ds": str(ds), "run_id": lake.run_id, "stage": stage, **r.as_dict()} for r in results])
    _require_no_critical_failure(lake, stage, ds, results)
    for written, _ in staged:
        version = lake.commit(written)
        run_manifest.add_output(lake, stage, written, version)
        lake.unstage(written.table)
        console.log(f"{written.table}: {written.rows:,} rows, {_days_in_words(written)} committed")


def _frame(spark, lake: Lake, written: StagedWrite):
    return lake.written_arrow(written).to_table().to_pandas() if spark is None else lake.written_frame(spark, written)


def record_unchanged(lake: Lake, stage: str) -> None:
    """Record that no table of a stage changed in this run. An earlier run audited and committed its tables."""
    run_manifest.add_section(lake, "nothing_new", {stage: True})


def _nothing_to_validate(lake: Lake, stage: str) -> str | None:
    """Return why a run may have nothing to audit; None where it must have staged tables."""
    manifest = run_manifest.read(lake, lake.run_id) or {}
    if stage in manifest.get("nothing_new", {}):
        return "no changes to validate"
    committed = any(output["stage"] == stage for output in manifest.get("outputs", {}).values())
    return f"run {lake.run_id} has committed this already" if committed else None


def _require_no_critical_failure(lake: Lake, stage: str, ds, results: list[ExpectationResult]) -> None:
    failed = [r for r in results if not r.success]
    for result in failed:
        if result.severity != "critical":
            console.log(f"warning, {result.table}, {ds}: {result.sentence()}")
    console.log(f"{len(results)} expectations, {len(failed)} failed")
    critical = [r for r in failed if r.severity == "critical"]
    if critical:
        sentences = "; ".join(f"{r.table}, {ds}: {r.sentence()}" for r in critical[:5])
        raise UserError(f"{sentences}. Nothing was committed; the last good version stands. All results: "
                        f"_validations/ds={ds}/{lake.run_id}-{stage}.json in {lake.root}. "
                        f"Mend the input, then: make nightly DS={ds}")


def _days_in_words(written: StagedWrite) -> str:
    return written.days[0] if len(written.days) == 1 else f"{len(written.days)} days"
