"""Faults in the log of a Delta table, file by file.

The log is a folder of numbered commits (JSON lines) and checkpoints (Parquet). A checkpoint stands for all commits
before it. deltalake reads an empty commit file as a commit without changes, so this module checks each file.
Source: the Delta transaction log protocol, https://github.com/delta-io/delta/blob/master/PROTOCOL.md
"""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq

from jobs.storage.faults import Fault, rebuild_table
from jobs.storage.presence import difference

FOLDER = "_delta_log"
HINT = "_last_checkpoint"
COMMIT = re.compile(r"(\d{20})\.json")
CHECKPOINT = re.compile(r"(\d{20})\.checkpoint.*\.parquet")


@dataclass(frozen=True)
class DeltaLog:
    """The files of a table's log.

    Args:
        fs: the file system.
        folder: path of the table in it.
        root: folder or URL of the lake, for messages.
        table: the table's name.
    """

    fs: pafs.FileSystem
    folder: str
    root: str
    table: str

    @cached_property
    def files(self) -> dict[str, int]:
        """Size of each file by its name; empty where there is no log."""
        entries = self.fs.get_file_info(pafs.FileSelector(f"{self.folder}/{FOLDER}", allow_not_found=True))
        return {entry.base_name: entry.size for entry in entries if entry.type == pafs.FileType.File}

    @property
    def commits(self) -> list[int]:
        """Versions with a commit file, in order."""
        return sorted(int(match[1]) for match in map(COMMIT.fullmatch, self.files) if match)

    @property
    def commit_bytes(self) -> dict[str, int]:
        """Size of each commit by its file's name."""
        return {name: size for name, size in sorted(self.files.items()) if COMMIT.fullmatch(name)}

    @property
    def checkpoints(self) -> dict[str, int]:
        """Version of each checkpoint by the file's name, in order."""
        return {match[0]: int(match[1]) for match in map(CHECKPOINT.fullmatch, sorted(self.files)) if match}

    @property
    def is_whole_without_checkpoints(self) -> bool:
        """Whether the commits alone describe the table from its first version."""
        return bool(self.commits) and self.commits == list(range(self.commits[-1] + 1))

    def actions(self, version: int) -> list[dict[str, Any]]:
        """Return the actions of a commit.

        Raises:
            ValueError: the commit is empty or not JSON lines.
        """
        lines = self._read(f"{version:020}.json").decode().splitlines()
        actions = [json.loads(line) for line in lines]
        if not actions or not all(isinstance(action, dict) for action in actions):
            raise ValueError("no actions")
        return actions

    def faults(self, commit_bytes: Mapping[str, int] = MappingProxyType({})) -> Iterator[Fault]:
        """Yield every fault of the log, the gravest first.

        Args:
            commit_bytes: the recorded size of each commit, by its file's name; unrecorded commits are left out.
        """
        if not self.commits and not self.checkpoints:
            yield self._fault(f"{FOLDER}", "is gone or empty", rebuild_table(self.root, self.table))
            return
        yield from self._gaps()
        yield from self._broken_commits(commit_bytes)
        yield from self._broken_checkpoints()

    def _gaps(self) -> Iterator[Fault]:
        first = max(self.checkpoints.values(), default=-1) + 1
        versions = set(self.commits)
        for version in range(first, max(versions, default=first - 1) + 1):
            if version not in versions:
                yield self._fault(f"{FOLDER}/{version:020}.json", "is missing, and later commits are there",
                                  rebuild_table(self.root, self.table))

    def _broken_commits(self, commit_bytes: Mapping[str, int]) -> Iterator[Fault]:
        for version in self.commits:
            name = f"{version:020}.json"
            try:
                self.actions(version)
                fault_text = difference(commit_bytes.get(name, self.files[name]), self.files[name])
            except (ValueError, OSError) as failure:
                fault_text = f"is not a commit ({_reason(failure)})"
            if fault_text:
                yield self._fault(f"{FOLDER}/{name}", fault_text, rebuild_table(self.root, self.table))

    def _broken_checkpoints(self) -> Iterator[Fault]:
        for name in self.checkpoints:
            try:
                pq.read_metadata(pa.BufferReader(self._read(f"{name}")))
            except (pa.ArrowException, OSError) as failure:
                yield self._fault(f"{FOLDER}/{name}", f"is not a checkpoint ({_reason(failure)})", self._mend(name))
        if HINT in self.files and not self._hint_holds():
            yield self._fault(f"{FOLDER}/{HINT}", "names no checkpoint that is there", self._mend(HINT))

    def _hint_holds(self) -> bool:
        try:
            return json.loads(self._read(HINT))["version"] in self.checkpoints.values()
        except (ValueError, KeyError, TypeError, OSError):
            return False

    def _mend(self, name: str) -> str:
        """Return how a broken checkpoint is mended. A log with all its commits needs no checkpoint."""
        if not self.is_whole_without_checkpoints and name != HINT:
            return rebuild_table(self.root, self.table)
        files = [f"{self.root}/{self.table}/{FOLDER}/{file}" for file in dict.fromkeys([name, HINT])
                 if file in self.files]
        return f"The log is whole without it. Delete it: rm {' '.join(map(shlex.quote, files))}"

    def _fault(self, file: str, found: str, mend: str) -> Fault:
        last = max([*self.commits, *self.checkpoints.values()], default=None)
        part = f"{self.table}, its log" + ("" if last is None else f" up to version {last}")
        return Fault(part, f"{self.root}/{self.table}/{file}", found, mend)

    def _read(self, name: str) -> bytes:
        with self.fs.open_input_file(f"{self.folder}/{FOLDER}/{name}") as source:
            return source.read()


def _reason(failure: Exception) -> str:
    return str(failure).splitlines()[0][:80] if str(failure) else type(failure).__name__
