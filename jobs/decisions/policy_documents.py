"""The TOML files of a folder of policies, as they are written: which are there, and what is in each."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

QUEUES, WORTH = "queues", "worth"  # files beside the policies
STATUSES = LIVE, SHADOW, RETIRED = "live", "shadow", "retired"
PARTIES = ("seller", "user", "creator", "platform")
CONTROL_POINTS = ("registration", "listing", "order", "payment", "fulfilment", "payout", "after-sales", "traffic")


@dataclass(frozen=True)
class Document:
    """A TOML file: its path, its text and the values in it."""

    path: Path
    text: str
    values: Mapping[str, Any]


def read_folder(folder: Path) -> tuple[dict[str, Document], list[str]]:
    """Return the documents of a folder by the stem of their file, and the mistakes in reading them."""
    documents, faults = {}, []
    for file in sorted(folder.glob("*.toml")):
        document, found = read_file(file)
        faults += found
        if document:
            documents[file.stem] = document
    return documents, faults


def read_file(file: Path) -> tuple[Document | None, list[str]]:
    """Return the document of a file, None where it cannot be read, and the mistakes in reading it."""
    text = file.read_text(encoding="utf-8")
    return Document(file, text, tomllib.loads(text)), []
