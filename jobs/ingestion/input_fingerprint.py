"""What a table's day was made from: its files by their content, and the contract and the key they are read with."""

import hashlib
from collections.abc import Sequence

from features.inputs import validation
from features.inputs.contract import Table
from features.inputs.masking import Key
from jobs.ingestion.data_file import DataFile
from jobs.ingestion.ingest_log import Files
from jobs.storage.fingerprint import fingerprint


def input_fingerprint(table: Table, files: Sequence[DataFile], key: Key) -> str:
    """Sixteen hex digits that change when any file, the table's contract or the key does. It reads every file."""
    return fingerprint([str(validation.FORMAT_VERSION), key.id, _contract(table),
                        *(f"{file.path.name} {_content(file)}" for file in files)])


def listing(files: Sequence[DataFile]) -> Files:
    """Name and size of each file, in order: what tells, without reading them, that files came or went."""
    return tuple(sorted((file.path.name, file.path.stat().st_size) for file in files))


def _contract(table: Table) -> str:
    """What decides how a table's rows are judged, cast, masked and told apart."""
    return repr((table.name, table.key, table.event_time, table.prefer, table.ddl, table.private, table.row_rules))


def _content(file: DataFile) -> str:
    with file.path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
