"""A digest of rows that does not depend on their order, to tell whether two runs gave the same."""

from collections.abc import Iterable, Sequence
from datetime import date

from jobs.storage.lake import Lake
from jobs.storage.query import connect

# Says who made a row, not what it says.
IGNORED_COLUMNS = ("run_id",)


def row_checksum(lake: Lake, table: str, days: Iterable[date] | None = None,
                 ignore: Sequence[str] = IGNORED_COLUMNS) -> str:
    """Rows, and the sum of their hashes: `1500-8f3c...`. Equal rows in any order have equal digests.

    The hash of a row is half of the MD5 of its JSON, columns in order of their names; hashes are added
    up as whole numbers, so that a row that comes twice counts twice.
    """
    dataset = lake.arrow(table, days)
    columns = ", ".join(f'"{name}" := "{name}"' for name in sorted(dataset.schema.names) if name not in ignore)
    with connect() as db:
        db.register("rows", dataset)
        count, total = db.execute(
            "SELECT count(*), coalesce(sum(md5_number_lower(to_json(struct_pack("
            f"{columns}))::VARCHAR)::HUGEINT), 0) FROM rows").fetchall()[0]
    return f"{count}-{int(total):x}"
