"""Whether the files of writes that wait for their audit are as they were written."""

from collections.abc import Iterator

from jobs.errors import DamagedStore
from jobs.storage.data_files import StagedWrite
from jobs.storage.faults import Fault
from jobs.storage.lake import Lake
from jobs.storage.presence import difference


def faults(lake: Lake) -> Iterator[str]:
    """Every file of a staged write that is missing or cut. A write whose folder is gone was vacuumed."""
    sizes: dict[str, dict[str, int]] = {}
    for name in lake.files_beside.names("_staged"):
        try:
            _, run_id, file = name.split("/")
            written = Lake(lake.root, run_id).staged(file.removesuffix(".json"))
        except (DamagedStore, ValueError):
            continue  # told with the JSON files
        there = sizes.setdefault(written.table, lake.logs.data_files(written.table))
        if any(path.startswith(f"{written.write_id}/") for path in there):
            yield from map(str, _faults(lake, written, there))


def _faults(lake: Lake, written: StagedWrite, sizes: dict[str, int]) -> Iterator[Fault]:
    for file in written.files:
        found = difference(file.bytes, sizes.get(file.path))
        if found:
            yield Fault(f"{written.table}, {file.ds}, staged by run {written.run_id}",
                        f"{lake.root}/{written.table}/{file.path}", found,
                        f"Nothing of it was committed. Run the day again: make nightly DS={file.ds}")
