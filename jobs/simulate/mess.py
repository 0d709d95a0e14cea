"""What goes wrong between an event and its landing: late rows, rows sent twice, rows nobody can read."""

import numpy as np
import pandas as pd

from jobs.simulate.rhythm import DAY

LATE = 0.005  # arrive 1 to 5 days after they happened
AGAIN = 0.003  # arrive a second time, up to 7 days after the first
BROKEN = 0.0005  # cannot be used, shared evenly by the flaws of the table

# The flaw of a row is its position here plus one; 0 is a sound row.
FLAWS = {
    "orders": ("amount is words", "amount is negative", "no seller", "from the future"),
    "cases": ("claim is words", "unknown kind", "no seller", "cut line"),
    "verdicts": ("unknown entity",),
}
CUT = FLAWS["cases"].index("cut line") + 1


def numbers(table: str) -> dict[str, int]:
    """The number of each flaw that rows of the table can have."""
    return {name: position + 1 for position, name in enumerate(FLAWS[table])}


def deliver(rng: np.random.Generator, table: str, events: pd.DataFrame, days: int) -> pd.DataFrame:
    """Events as they arrive: `arrival` (day) and `flaw` added, in order of arrival, cut at the last day."""
    arrival = events["arrives"] if "arrives" in events else events["time"] // DAY
    late = rng.random(len(events)) < LATE
    arriving = events.assign(arrival=arrival + np.where(late, rng.integers(1, 6, len(events)), 0))
    twice = arriving[rng.random(len(events)) < AGAIN]
    twice = twice.assign(arrival=twice["arrival"] + rng.choice([0, 0, 1, 2, 4, 7], len(twice)))
    landed = pd.concat([arriving, twice], ignore_index=True)
    landed = landed[landed["arrival"].between(0, days - 1)]
    landed = landed.assign(flaw=_flaws(rng, table, len(landed)))
    # Only the last line of a file can be cut short.
    cut = (landed["flaw"] == CUT) & (table == "cases")
    order = np.lexsort((landed["number"], landed["time"], cut, landed["arrival"]))
    return landed.iloc[order].reset_index(drop=True)


def _flaws(rng: np.random.Generator, table: str, count: int) -> np.ndarray:
    # At least one row of each flaw, however small the marketplace.
    kinds = len(FLAWS.get(table, ()))
    each = max(1, round(count * BROKEN / kinds)) if kinds else 0
    flaws = np.zeros(count, np.int64)
    if count >= each * kinds:
        flaws[rng.choice(count, each * kinds, replace=False)] = np.repeat(np.arange(1, kinds + 1), each)
    return flaws
