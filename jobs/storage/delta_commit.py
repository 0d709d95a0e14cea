"""The atomic transaction that makes a staged write readable in place of its days, and its checks.

Optimistic lock: each day of a table has a commit counter. A writer reads the counter before its write, and the
transaction sets the counter to one more. Of two writers of one day, the second finds another count and fails. Delta
itself detects two writers only where both replace the same file; a day without rows has no file.
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
    """Return the number of commits of each day."""
    if table is None:
        return dict.fromkeys(days, 0)
    return {day: table.transaction_version(_commit_counter(name, day)) or 0 for day in days}


def table_metadata(table: DeltaTable) -> Iterator[dict[str, Any]]:
    """Yield the commit metadata of Vigil's commits, the latest first."""
    return (json.loads(commit["vigil"]) for commit in table.history() if "vigil" in commit)


def replace_days(location: str, table: DeltaTable | None, written: StagedWrite) -> None:
    """Make a write readable in place of its days.

    Args:
        location: path or URL of the table.
        table: the table at its latest version; None where it does not exist yet.

    Raises:
        LostRace: another writer replaced one of the days since the write began.
        UserError: a column has changed its type.
    """
    require_unchanged_days(table, written)
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


def require_unchanged_days(table: DeltaTable | None, written: StagedWrite) -> None:
    """Check that no day was committed since the write began.

    Raises:
        LostRace: another writer committed one of the days.
    """
    counts = commit_counts(table, written.table, written.days)
    changed = [day for day in written.days if counts[day] != written.expected_commit_counts[day]]
    if changed:
        raise LostRace(_changed(written, f"since it was written ({', '.join(changed[:3])})"))


def require_whole(fs: pafs.FileSystem, folder: str, written: StagedWrite) -> None:
    """Check that each file has the size with which it was written. No audit reads the files of an unaudited table.

    Args:
        folder: path of the table.

    Raises:
        DamagedStore: a file is missing or has another size.
    """
    require_present(fs, folder, written.files, lambda file, found: Fault(
        f"{written.table}, {file.ds}, run {written.run_id}", f"{folder}/{file.path}", found,
        f"Nothing was committed. Run the day again: make nightly DS={file.ds}"))


def _create(location: str, written: StagedWrite, actions: list[AddAction], properties: CommitProperties) -> None:
    try:
        create_table_with_add_actions(location, Schema.from_arrow(written.arrow_schema), actions, mode="error",
                                      partition_by=["ds"], commit_properties=properties)
    except DeltaError as conflict:
        if not DeltaTable.is_deltatable(location):
            raise
        raise LostRace(_changed(written, "while it was being created")) from conflict


def _properties(table: DeltaTable | None, written: StagedWrite) -> CommitProperties:
    metadata = {"run_id": written.run_id, "write_id": written.write_id, "inputs": written.inputs, **written.metadata}
    return CommitProperties(
        custom_metadata={"vigil": json.dumps(metadata, default=str)},
        app_transactions=[Transaction(_commit_counter(written.table, day),
                                      written.expected_commit_counts[day] + 1) for day in written.days],
        # With retries, the second of two creators would commit as the next version and add its rows.
        max_commit_retries=0 if table is None else None)


def _commit_counter(name: str, day: str) -> str:
    return f"{name}/ds={day}"


def _add_action(file: DataFile) -> AddAction:
    # Only the count: readers take an empty or partial list of minimum values for "no row is that large".
    stats = json.dumps({"numRecords": file.rows})
    return AddAction(file.path, file.bytes, {"ds": file.ds}, int(time.time() * 1000), True, stats)


def _widened(stored_schema: pa.Schema, written: StagedWrite) -> Schema:
    """Return the table's schema with the columns that a write adds.

    Raises:
        UserError: a column has changed its type: older files could not be read with the new type.
    """
    new_schema = written.arrow_schema
    try:
        return Schema.from_arrow(pa.unify_schemas([stored_schema, new_schema]))
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        changed = [f"{name} is {new_schema.field(name).type}, expected {stored_schema.field(name).type}"
                   for name in new_schema.names if name in stored_schema.names
                   and new_schema.field(name).type != stored_schema.field(name).type]
        raise UserError(f"{written.table}, {written.days[-1]}: {'; '.join(changed)}. Nothing was committed. A column "
                        "keeps its type: give the new one another name, or begin a new lake (VIGIL_LAKE).") from None


def _changed(written: StagedWrite, when: str) -> str:
    return (f"{written.table}, {written.days[0]} to {written.days[-1]}: another writer replaced this day "
            f"{when}. Nothing of this run was committed; run the step again to read the new rows.")
