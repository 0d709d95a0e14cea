"""The TOML files of a folder of policies, as they are written: which are there, and what is in each."""

import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.runtime.terminal_text import visible
from jobs.settings import REPOSITORY

# Files beside the policies, by stem. `jobs.after_sales.policy` reads and checks the first.
AFTER_SALES, ACTIONS, GOALS, QUEUES, WORTH = BESIDE = "after_sales", "actions", "goals", "queues", "worth"
EXPERIMENTS = "experiments"  # the folder beside the policies
STATUSES = LIVE, SHADOW, RETIRED = "live", "shadow", "retired"
PARTIES = ("seller", "user", "creator", "platform")
CONTROL_POINTS = ("registration", "listing", "order", "payment", "fulfilment", "payout", "after-sales", "traffic")

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
NAME_EXPECTED = "small letters, digits and _, a letter first, at most 64"
MAX_BYTES = 1_000_000
# Pages for people, hidden files and what editors leave behind.
NO_POLICY = re.compile(r"\..*|.*~|#.*#|.*\.md")


@dataclass(frozen=True)
class Document:
    """A TOML file: its path and the values in it."""

    path: Path
    values: Mapping[str, Any]


def shown(path: Path) -> str:
    """Return a path as messages show it: from the repository on, where it lies inside."""
    return visible(str(path.relative_to(REPOSITORY) if path.is_relative_to(REPOSITORY) else path))


def read_folder(folder: Path, optional: bool = False) -> tuple[dict[str, Document | None], list[str]]:
    """Return the documents of a folder, and the mistakes in reading them.

    Args:
        optional: the folder may be missing or empty.

    Returns:
        The documents by the stem of their file, None for a file that cannot be read; a sentence for each mistake.
    """
    if optional and not folder.exists():
        return {}, []
    try:
        files = sorted(folder.iterdir())
    except OSError as failure:
        return {}, [f"{shown(folder)}: {_reason(failure)}, expected the folder of policies. Set VIGIL_POLICIES, or run "
                    "make policies POLICIES=<folder>."]
    documents, faults = {}, []
    for file in files:
        if NO_POLICY.fullmatch(file.name) or file.name == EXPERIMENTS and file.is_dir():
            continue
        if file.suffix != ".toml":
            faults.append(f"{shown(file)}: no TOML file, expected only <policy>.toml. Rename it, or move it elsewhere.")
            continue
        documents[file.stem], found = read_file(file)
        faults += found
    if not documents and not faults and not optional:
        faults.append(f"{shown(folder)}: no file, expected policies such as seller.toml, and queues.toml and "
                      "worth.toml. Copy the folder policies/ of the repository.")
    return documents, faults


def read_file(file: Path) -> tuple[Document | None, list[str]]:
    """Return the document of a file, None where it cannot be read, and the mistakes in reading it."""
    faults = [] if NAME.fullmatch(file.stem) else [
        f"{shown(file)}: the name of a policy is the file's, expected {NAME_EXPECTED}. Rename the file."]
    try:
        return Document(file, tomllib.loads(_text(file))), faults
    except OSError as failure:
        reason = _reason(failure)
    except UnicodeDecodeError as failure:
        reason = f"line {failure.object[:failure.start].count(10) + 1}: a byte that is no UTF-8"
    except RecursionError:
        reason = "values nested too deeply"
    except ValueError as failure:
        # tomllib ends its messages with `(at line 3, column 8)`.
        found = re.fullmatch(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)", str(failure), re.DOTALL)
        reason = (f"line {found[2]}: {found[1]}" if found and found[2] else
                  f"at its end: {found[1]}" if found else str(failure))
    return None, [*faults, f"{shown(file)}: {reason}, expected TOML (https://toml.io)."]


def _text(file: Path) -> str:
    """Return the text of a file. A pipe or a device is no file: reading it might never end."""
    found = file.stat()
    if not stat.S_ISREG(found.st_mode):
        raise OSError(None, "no regular file")
    if found.st_size > MAX_BYTES:
        raise OSError(None, f"{found.st_size:,} bytes, at most {MAX_BYTES:,} are read")
    # Some editors begin a file with a byte order mark, and end its lines with a carriage return.
    return file.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")


def _reason(failure: OSError) -> str:
    match failure:
        case FileNotFoundError():
            return "not found"
        case NotADirectoryError():
            return "no folder"
        case PermissionError():
            return "no permission to read it"
    return (failure.strerror or str(failure)).lower()
