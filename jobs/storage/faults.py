"""Faults of stored files: the file, the table or run it belongs to, the fault, and the command that mends it."""

from dataclasses import dataclass

from jobs.errors import DamagedStore


@dataclass(frozen=True)
class Fault:
    """One fault. `found` continues the file's name to a sentence, `mend` is one or more sentences."""

    part_of: str
    file: str
    found: str
    mend: str

    def __str__(self) -> str:
        return f"{self.part_of}: {self.file} {self.found}. {self.mend}"

    def error(self) -> DamagedStore:
        """Return the fault as an exception that ends a step."""
        return DamagedStore(str(self))


def live_fault(table: str, version: int, file: str, ds: str, found: str) -> Fault:
    """Return a fault of a data file in the latest version of a table."""
    return Fault(f"{table}, {ds}, version {version}", file, found, "Restore the file from a backup, or make the day "
                 f"again: make forget-table TABLE={table} FROM={ds} TO={ds}")


def replaced_fault(table: str, version: int, file: str, ds: str, found: str) -> Fault:
    """Return a fault of a data file that only older versions of a table have."""
    return Fault(f"{table}, {ds}, version {version}", file, found, "Restore it from a backup. Only replays of runs "
                 "that read this version need it; vacuum keeps replaced files for 35 days")


def rebuild_table(root: str, table: str) -> str:
    """Return how a table whose log is lost is restored, or begun again without rows."""
    return f"Restore {root}/{table} from a backup, or let it begin again: make forget-table TABLE={table}"
