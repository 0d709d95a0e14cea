"""Files of a registered model version: an error that names version and file in the place of any parser's own."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from jobs.errors import UserError
from jobs.failures.retry import can_pass
from jobs.storage.faults import Fault

LONGEST_REASON = 120  # characters of a parser's own message; XGBoost's has a stack trace


def version_of(name: str, entry) -> str:
    """Return a version of the registry in words: its model, number and aliases."""
    aliases = f", {' and '.join(sorted(entry.aliases))}" if entry.aliases else ""
    return f"{name}, version {entry.version}{aliases}"


def day_of(tags: Mapping[str, str], option: str) -> str:
    """Return the option of a command that names the day of a version's training; empty where no tag has it."""
    return f" {option}{tags['vigil.ds']}" if "vigil.ds" in tags else ""


@dataclass(frozen=True)
class RegisteredFiles:
    """The folder of a version's files.

    Attributes:
        part_of: the version in words. train: the command that trains another version.
    """

    part_of: str
    folder: Path
    train: str

    @contextmanager
    def reading(self, name: str) -> Iterator[Path]:
        """Give the path of a file to whoever reads it, and turn any error of the reading into `DamagedStore`.

        Every parser raises its own errors for a broken file. An error that may pass by itself is no damage and is
        raised unchanged, and so is one that says what to do.

        Raises:
            DamagedStore: the file is missing or broken.
        """
        file = self.folder / name
        try:
            yield file
        except Exception as failure:
            if can_pass(failure) or isinstance(failure, UserError):
                raise
            is_there = file.exists()
            raise self.fault(name, f"cannot be read ({_reason(failure)})" if is_there else
                             f"is missing ({type(failure).__name__})").error() from failure

    def fault(self, name: str, found: str) -> Fault:
        """Return a fault of a file. `found` continues the file's name to a sentence."""
        return Fault(self.part_of, str((self.folder / name).resolve()), found,
                     f"Restore it from a backup, or train again: {self.train}")

    def require(self, name: str, what: str, found: object, expected: object) -> None:
        """Require that a file says what this code reads.

        Raises:
            UserError: it was written by other code. A backup would not help.
        """
        if found != expected:
            raise UserError(f"{self.part_of}: {(self.folder / name).resolve()} was written by other code: {what}: "
                            f"found {found}, expected {expected}. Train again: {self.train}")


def _reason(failure: Exception) -> str:
    said = next((line.strip() for line in str(failure).splitlines() if line.strip()), "")
    return f"{type(failure).__name__}: {said[:LONGEST_REASON]}" if said else type(failure).__name__
