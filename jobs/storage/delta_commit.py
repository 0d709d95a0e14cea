"""One atomic transaction that makes a write readable in place of its days, and what it refuses.

Two writers of one day race on how often the day was committed: each notes the count before it writes, and the
transaction sets it to one more. Delta itself notices writers who replace the same file; a day without a file
is where it does not.
"""

import json
import time
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.fs as pafs
from deltalake import CommitProperties, DeltaTable, Schema, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError
from deltalake.transaction import AddAction, create_table_with_add_actions

from jobs.errors import LostRace, UserError
from jobs.storage.data_files import DataFile, StagedWrite
from jobs.storage.faults import Fault
from jobs.storage.presence import require_present


def commit_counts(table: DeltaTable | None, name: str, days: Iterable[str]) -> dict[str, int]:
    """How often each day has been committed."""
    if table is None:
        return dict.fromkeys(days, 0)
    return {day: table.transaction_version(_commit_counter(name, day)) or 0 for day in days}


def table_metadata(table: DeltaTable) -> Iterator[dict[str, Any]]:
    """What our commits told about themselves, the latest first."""
    return (json.loads(commit["vigil"]) for commit in table.history() if "vigil" in commit)


def replace_days(location: str, table: DeltaTable | None, written: StagedWrite) -> None:
    """Make a write readable; of a table that is not there yet, `table` is None.

    Raises:
        LostRace: another writer replaced one of the days since the write began.
        UserError: a column has changed its type.
    """
    require_same_schema(table, written)
    actions, properties = [_add_action(file) for file in written.files], _properties(table, written)
    if table is None:
        _create(location, written, actions, properties)
        return
    schema = _widened(pa.schema(table.schema().to_arrow()), written)
    try:
        table.create_write_transaction(actions, mode="overwrite", schema=schema, partition_by=["ds"],
                                       partition_filters=[("ds", "in", list(written.days))],
                                       commit_properties=properties)
    except CommitFailedError as conflict:
        raise LostRace(_changed(written, "while it was being committed")) from conflict


def require_same_schema(table: DeltaTable | None, written: StagedWrite) -> None:
    """Raise LostRace where one of the days was committed since the write began."""
    now = commit_counts(table, written.table, written.days)
    changed = [day for day in written.days if now[day] != written.expected_commit_counts[day]]
    if changed:
        raise LostRace(_changed(written, f"since it was written ({', '.join(changed[:3])})"))


def require_whole(fs: pafs.FileSystem, folder: str, written: StagedWrite) -> None:
    """Raise DamagedStore where a file is not as long as it was written: of an unaudited table nothing else would notice.

    Args:
        folder: path of the table.
    """
    require_present(fs, folder, written.files, lambda file, found: Fault(
        f"{written.table}, {file.ds}, run {written.run_id}", f"{folder}/{file.path}", found,
        f"Nothing was committed. Run the day again: make nightly DS={file.ds}"))


def _create(location: str, written: StagedWrite, actions: list[AddAction], properties: CommitProperties) -> None:
    try:
        create_table_with_add_actions(location, Schema.from_arrow(written.arrow_schema_bytes), actions, mode="error",
                                      partition_by=["ds"], commit_properties=properties)
    except DeltaError as conflict:
        if not DeltaTable.is_deltatable(location):
            raise
        raise LostRace(_changed(written, "while it was being created")) from conflict


def _properties(table: DeltaTable | None, written: StagedWrite) -> CommitProperties:
    told = {"run_id": written.run_id, "write_id": written.write_id, "inputs": written.inputs, **written.metadata}
    return CommitProperties(
        custom_metadata={"vigil": json.dumps(told, default=str)},
        app_transactions=[Transaction(_commit_counter(written.table, day),
                                      written.expected_commit_counts[day] + 1) for day in written.days],
        # A creator that comes second would otherwise try again as the next version, and add its rows.
        max_commit_retries=0 if table is None else None)


def _commit_counter(name: str, day: str) -> str:
    return f"{name}/ds={day}"


def _add_action(file: DataFile) -> AddAction:
    # The count alone. Readers take an empty or partial list of smallest values for "no row is that large".
    stats = json.dumps({"numRecords": file.rows})
    return AddAction(file.path, file.bytes, {"ds": file.ds}, int(time.time() * 1000), True, stats)


def _widened(before: pa.Schema, written: StagedWrite) -> Schema:
    """The table's columns and those that a write adds.

    Raises:
        UserError: a column has changed its type: older files could not be read with it.
    """
    now = written.arrow_schema_bytes
    try:
        return Schema.from_arrow(pa.unify_schemas([before, now]))
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        changed = [f"{name} is {now.field(name).type}, expected {before.field(name).type}" for name in now.names
                   if name in before.names and now.field(name).type != before.field(name).type]
        raise UserError(f"{written.table}, {written.days[-1]}: {'; '.join(changed)}. Nothing was committed. A column "
                        "keeps its type: give the new one another name, or begin a new lake (VIGIL_LAKE).") from None


def _changed(written: StagedWrite, when: str) -> str:
    return (f"{written.table}, {written.days[0]} to {written.days[-1]}: another writer replaced this day "
            f"{when}. Nothing of this run was committed; run the step again to take the new rows in.")
