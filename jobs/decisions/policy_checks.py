"""The mistakes in a folder of policies, all at once, a sentence each: file, key, found, expected."""

from collections.abc import Mapping
from pathlib import Path

from jobs.decisions.policy_documents import Document


def faults_of_folder(documents: Mapping[str, Document], folder: Path) -> list[str]:
    """Return the mistakes in a folder's documents."""
    return []


def faults_of_policy(document: Document) -> list[str]:
    """Return the mistakes in a policy that can be seen without the other files."""
    return []
