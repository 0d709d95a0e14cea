"""Input fingerprints: hashes of a table day's files by content, of the table's contract and of the masking key."""

import hashlib
from collections.abc import Sequence

from features.inputs import validation
from features.inputs.contract import Table
from features.inputs.masking import Key
from jobs.ingestion.data_file import DataFile
from jobs.ingestion.ingest_log import Files
from jobs.storage.fingerprint import fingerprint


def input_fingerprint(table: Table, files: Sequence[DataFile], key: Key) -> str:
    """Return 16 hex digits that change when a file, the table's contract or the key changes. Reads every file."""
    return fingerprint([str(validation.FORMAT_VERSION), key.id, _contract(table),
                        *(f"{file.path.name} {_content(file)}" for file in files)])


def listing(files: Sequence[DataFile]) -> Files:
    """Return name and size of each file, in order. A change reveals new or removed files without reading any."""
    return tuple(sorted((file.path.name, file.path.stat().st_size) for file in files))


def _contract(table: Table) -> str:
    """Return the parts of a contract by which rows are cast, validated, masked and deduplicated."""
    return repr((table.name, table.key, table.event_time, table.prefer, table.is_state, table.ddl, table.private,
                 table.row_rules))


def _content(file: DataFile) -> str:
    with file.path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
