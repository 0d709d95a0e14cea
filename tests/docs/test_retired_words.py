"""Words that docs/glossary.md retired do not come back into code or pages."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from jobs.settings import REPOSITORY

# Word -> the glossary's term for it.
RETIRED = {
    r"made_from": "fingerprint",
    r"marks(?= =|\[| for)|by a mark": "fingerprint",
    r"tak(?:e|es|en|ing) in\b": "ingest",
    r"told\b": "a verb of the field: logged, named, explained",
    r"sightings?\b": "identifier observation",
    r"promises?\b": "expectation",
    r"settled\b": "label maturity",
    r"known_risk\b": "confirmed_risk",
}
LEFT_OUT = ("docs/glossary.md", "docs/decisions", "jobs/simulate")


@cache
def lines() -> tuple[tuple[str, str], ...]:
    """Return (file and number, text) of every line of code and pages."""
    return tuple(_lines())


def _lines() -> Iterator[tuple[str, str]]:
    for folder in ("features", "jobs", "dags", "docs"):
        for path in sorted((REPOSITORY / folder).rglob("*")):
            name = str(path.relative_to(REPOSITORY))
            if path.suffix in (".py", ".md") and not name.startswith(LEFT_OUT):
                for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                    yield f"{name}:{number}", line


@pytest.mark.parametrize("word", RETIRED)
def test_a_retired_word_is_not_used(word):
    found = [f"{where}: {line.strip()}" for where, line in lines() if re.search(rf"\b{word}", line, re.I)]
    assert found == [], f"the glossary says {RETIRED[word]}"


def test_every_page_of_the_glossary_that_is_named_is_there():
    text = (REPOSITORY / "docs" / "glossary.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:features|jobs|dags|benchmarks)/[\w/]+\.py)`", text))
    assert named and [name for name in sorted(named) if not Path(REPOSITORY, name).is_file()] == []
