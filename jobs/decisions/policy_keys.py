"""The keys of the files of policies: which there are, and which values each may have."""

import datetime as dt
import difflib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from features.entities import FEATURE_SETS
from jobs.decisions.policy_documents import CONTROL_POINTS, NAME, NAME_EXPECTED, PARTIES, STATUSES
from jobs.runtime.terminal_text import visible

LARGEST = 10 ** 15  # of numbers: every such whole number is exact as a double
LONGEST = 3_650  # days
MAX_SHOWN = 60  # characters of a value in a message
MAX_NAMES = 200  # characters of alternatives in a message
MAX_SQL = 4_000  # characters
NO_ACTION = "none"  # the action of rows without one


@dataclass(frozen=True)
class Kind:
    """What a value must be: a sentence's end, and the test of it."""

    expected: str
    fits: Callable[[Any], bool]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -LARGEST <= value <= LARGEST


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def one_of(values: Collection[str]) -> Kind:
    """Return the kind of a text that is one of some words."""
    return Kind(f"one of {', '.join(values)}", lambda value: isinstance(value, str) and value in values)


def whole(largest: int, unit: str) -> Kind:
    """Return the kind of a whole number from 0 on."""
    return Kind(f"a whole number of {unit} from 0 to {largest:,}",
                lambda value: _is_whole(value) and 0 <= value <= largest)


SHARE = Kind("a share from 0 to 1", lambda value: _is_number(value) and 0 <= value <= 1)
AMOUNT = Kind(f"a number from 0 to {LARGEST:,}", lambda value: _is_number(value) and value >= 0)
ABOVE_ZERO = Kind("a number above 0", lambda value: _is_number(value) and value > 0)
NAMED = Kind(NAME_EXPECTED, lambda value: isinstance(value, str) and bool(NAME.fullmatch(value)))
CENTS = whole(LARGEST, "minor units")
DAYS = whole(LONGEST, "days")
TEXT = Kind("a text", _is_text)
SQL = Kind(f"a text with an SQL expression, at most {MAX_SQL:,} characters",
           lambda value: _is_text(value) and len(value) <= MAX_SQL)
DAY = Kind("a day without quotes, such as 2026-01-01",
           lambda value: isinstance(value, dt.date) and not isinstance(value, dt.datetime))
TABLE = Kind("a table", lambda value: isinstance(value, dict))
TEXTS = Kind("a list of different texts, one at least",
             lambda value: isinstance(value, list) and value and all(map(_is_text, value))
             and len(set(value)) == len(value))
TABLES = Kind("one table [[ladder]] at least",
              lambda value: isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value))
ACTION = Kind(f"{NAME_EXPECTED}, and not {NO_ACTION!r}", lambda value: NAMED.fits(value) and value != NO_ACTION)

OF_POLICY = {"entity": one_of(FEATURE_SETS), "risks": TEXTS, "status": one_of(STATUSES), "first_day": DAY,
             "last_day": DAY, "queue": TEXT, "cooldown_days": DAYS, "holdout": SHARE, "prior_loss_cents": TABLE,
             "unbooked_loss_cents": TABLE, "ladder": TABLES}
OPTIONAL = ("last_day", "unbooked_loss_cents")
OF_ACTION = {"action": ACTION, "when": SQL, "control_point": one_of(CONTROL_POINTS), "minutes": AMOUNT,
             "stops": SHARE, "costs": TABLE, "days": DAYS, "source": TEXT}
OF_COSTS = dict.fromkeys(PARTIES, SHARE)
OF_QUEUE = {"minutes_a_day": AMOUNT, "risks": TEXTS, "price_cents_a_minute": AMOUNT, "sample_share": SHARE,
            "sample_minutes": ABOVE_ZERO}
OF_WORTH = dict.fromkeys(PARTIES, SQL)


def key_faults(values: Mapping[str, Any], kinds: Mapping[str, Kind], optional: Collection[str] = ()) -> Iterator[tuple]:
    """Yield (key, sentence) for each key that is missing, unknown, or has a value of another kind."""
    for key, kind in kinds.items():
        if key not in values:
            if key not in optional:
                yield key, f"missing, expected {kind.expected}."
        elif not kind.fits(values[key]):
            yield key, f"found {spelled(values[key])}, expected {kind.expected}."
    for key in values:
        if key not in kinds:
            yield key, f"no such key, expected {alternatives(key, kinds)}."


def spelled(value: Any) -> str:
    """Return a value as a message shows it: as TOML writes it, and short."""
    if isinstance(value, dict | list):
        text = f"a {'table' if isinstance(value, dict) else 'list'} of {len(value)}"
    elif isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, int) and abs(value) > LARGEST:  # Python refuses to print the longest
        text = "a number of too many digits"
    else:
        text = repr(value) if isinstance(value, str | float | int) else str(value)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."


def alternatives(word: str, known: Collection[str]) -> str:
    """Return the nearest of the known words, or all of them where none is near."""
    near = difflib.get_close_matches(word, known, 1)
    text = visible(near[0] if near else f"one of {', '.join(known)}" if known else "none")
    return text if len(text) <= MAX_NAMES else f"{text[:MAX_NAMES]}..."
