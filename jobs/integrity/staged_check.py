"""Check that the files of staged writes are as they were written."""

from collections.abc import Iterator

from jobs.errors import DamagedStore
from jobs.storage.data_files import StagedWrite
from jobs.storage.faults import Fault
from jobs.storage.lake import Lake
from jobs.storage.presence import difference


def faults(lake: Lake) -> Iterator[str]:
    """Yield every file of a staged write that is missing or has another size.

    A staged write without its folder was vacuumed.
    """
    sizes: dict[str, dict[str, int]] = {}
    for name in lake.files_beside.names("_staged"):
        try:
            _, run_id, file = name.split("/")
            written = Lake(lake.root, run_id).staged(file.removesuffix(".json"))
        except (DamagedStore, ValueError):
            continue  # `json_check` reports the file
        table_sizes = sizes.setdefault(written.table, lake.logs.data_files(written.table))
        if any(path.startswith(f"{written.write_id}/") for path in table_sizes):
            yield from map(str, _faults(lake, written, table_sizes))


def _faults(lake: Lake, written: StagedWrite, sizes: dict[str, int]) -> Iterator[Fault]:
    for file in written.files:
        size_difference = difference(file.bytes, sizes.get(file.path))
        if size_difference:
            yield Fault(f"{written.table}, {file.ds}, staged by run {written.run_id}",
                        f"{lake.root}/{written.table}/{file.path}", size_difference,
                        f"Nothing of it was committed. Run the day again: make nightly DS={file.ds}")
