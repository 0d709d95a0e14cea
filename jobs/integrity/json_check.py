"""Check that the JSON files beside the tables can be read (jobs/storage/json_files.py)."""

from collections.abc import Iterator

from jobs.errors import DamagedStore
from jobs.storage import table_records
from jobs.storage.json_files import FOLDERS
from jobs.storage.lake import Lake


def faults(lake: Lake, folders: tuple[str, ...] = FOLDERS) -> Iterator[str]:
    """Yield every JSON file that cannot be read or has another form than expected."""
    for folder in folders:
        for name in lake.files_beside.names(folder):
            try:
                _read(lake, name)
            except DamagedStore as damage:
                yield str(damage)


def _read(lake: Lake, name: str) -> None:
    """Read a file like the code that needs it.

    Raises:
        DamagedStore: the file cannot be read.
    """
    folder, *between, last = name.removesuffix(".json").split("/")
    if folder == table_records.FOLDER and name != table_records.COMPLETE:
        table_records.read(lake.files_beside, last)
    elif folder == "_staged" and len(between) == 1:
        Lake(lake.root, between[0]).staged(last)
    elif not isinstance(lake.files_beside.get(name), list if folder == "_validations" else dict):
        raise lake.files_beside.fault(name, "is JSON of another form").error()
