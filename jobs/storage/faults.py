"""A fault of something stored: which file, what it is part of, what was found, and the command that mends it."""

from dataclasses import dataclass

from jobs.errors import DamagedStore


@dataclass(frozen=True)
class Fault:
    """One fault. `found` says what is wrong with the file, `mend` is one or more whole sentences."""

    part_of: str
    file: str
    found: str
    mend: str

    def __str__(self) -> str:
        return f"{self.part_of}: {self.file} {self.found}. {self.mend}"

    def error(self) -> DamagedStore:
        """The fault as the exception that ends a step."""
        return DamagedStore(str(self))


def live_fault(table: str, version: int, file: str, ds: str, found: str) -> Fault:
    """A fault of a data file that a version of a table consists of."""
    return Fault(f"{table}, {ds}, version {version}", file, found, "Restore the file from a backup, or make the day "
                 f"again: make forget-table TABLE={table} FROM={ds} TO={ds}")


def replaced_fault(table: str, version: int, file: str, ds: str, found: str) -> Fault:
    """A fault of a data file that only an older version of a table consists of."""
    return Fault(f"{table}, {ds}, version {version}", file, found, "Restore it from a backup. Only replays of runs "
                 "that read this version need it; vacuum keeps replaced files for 35 days")


def rebuild_table(root: str, table: str) -> str:
    """How a table whose log is lost is restored, or begun anew."""
    return f"Restore {root}/{table} from a backup, or let it begin anew: make forget-table TABLE={table}"
