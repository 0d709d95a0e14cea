"""The figures of expected.toml, and what a run left behind held to them."""

import datetime as dt
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).parent / "expected.toml"


@dataclass(frozen=True)
class Expected:
    """One whole run: the command as a user types it, and what it must give (see expected.toml)."""

    name: str
    command: str
    day: dt.date
    raw: str
    champions: Sequence[str]
    levels: Sequence[str]
    empty: Sequence[str]
    events: Mapping[str, Mapping[str, int]]
    published: Mapping[str, int]
    says: str = ""

    def raw_folder(self, repository: Path, home: Path) -> Path:
        """Where the raw files are: beside the repository, or below the home of a run that makes them."""
        return repository / self.raw if self.raw.startswith("..") else home / self.raw


@dataclass(frozen=True)
class Check:
    """One figure: what it is of, what was expected, what was found."""

    what: str
    expected: object
    found: object
    holds: bool


def read(file: Path = FILE) -> list[Expected]:
    """The expected runs, in the order of the file."""
    return [Expected(name, **figures) for name, figures in tomllib.loads(file.read_text()).items()]


def equal(what: str, expected: object, found: object) -> Check:
    """A figure that must be exactly what is expected."""
    return Check(what, expected, found, expected == found)
