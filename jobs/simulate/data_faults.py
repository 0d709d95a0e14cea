"""Faults between an event and its landing: late rows, repeated rows, unusable rows."""

from dataclasses import dataclass, field

import numpy as np

from jobs.simulate.rows import Rows, concat, count, take
from jobs.simulate.seeds import stream

LATE = 0.005  # share of rows that arrive 1 to 5 days after their event
AGAIN = 0.003  # share of rows that arrive a second time, up to 7 days after the first
BROKEN = 0.0005  # share of unusable rows, in equal parts for the flaws of the table
SURE = 12  # days between two certain rows of a flaw, so that even the smallest marketplace has every flaw

# The flaw of a row is a position here plus one; 0 is a row without a flaw.
FLAWS = {
    "orders": ("amount is words", "amount is negative", "no seller", "from the future"),
    "cases": ("claim is words", "unknown kind", "no seller", "cut line"),
    "reviews": ("rating is nine",),
    "shipments": ("delivered before shipped",),
    "clicks": ("dwell is negative",),
    "verdicts": ("unknown entity",),
}
CUT = FLAWS["cases"].index("cut line") + 1


def numbers(table: str) -> dict[str, int]:
    """Return the number of each possible flaw of the table's rows."""
    return {name: position + 1 for position, name in enumerate(FLAWS[table])}


@dataclass
class DeliveryFaults:
    """The delivery of rows, from the day of sending to the day of arrival. `streams` offsets its random streams."""

    seed: int
    days: int
    streams: int = 0
    flaws: bool = True
    under_way: dict[tuple[str, int], list[Rows]] = field(default_factory=dict)

    def deliver(self, table: str, sent: Rows, day: int) -> Rows:
        """Return today's arrivals with `flaw`, in order of time, a cut line last; late rows and copies wait."""
        rng = stream(self.seed, "mess", day, 1 + 1_000 * list_position(table) + self.streams)
        size = count(sent)
        late = np.where(rng.random(size) < LATE, rng.integers(1, 6, size), 0)
        copied = np.flatnonzero(rng.random(size) < AGAIN)
        again = late[copied] + rng.choice([0, 0, 1, 2, 4, 7], len(copied))
        for after in range(1, 13):
            if (late == after).any() or (again == after).any():
                rows = concat([take(sent, late == after), take(sent, copied[again == after])])
                self.under_way.setdefault((table, day + after), []).append(rows)
        today = concat([take(sent, late == 0), take(sent, copied[again == 0]),
                        *self.under_way.pop((table, day), [])])
        today = today | {"flaw": self._flaws(rng, table, count(today), day)}
        # Only the last line of a file can be incomplete.
        cut = (today["flaw"] == CUT) & (table == "cases")
        return take(today, np.lexsort((today["number"], today["time"], cut)))

    def _flaws(self, rng: np.random.Generator, table: str, size: int, day: int) -> np.ndarray:
        kinds, flaws = len(FLAWS.get(table, ())), np.zeros(size, np.int64)
        if not self.flaws or not kinds or size < 2 * kinds:
            return flaws
        chosen = rng.permutation(size)[:rng.binomial(size, BROKEN)]
        flaws[chosen] = rng.integers(1, kinds + 1, len(chosen))
        sure = np.arange(kinds)[(day - np.arange(kinds) * 2) % SURE == 5] + 1
        flaws[rng.permutation(size)[:len(sure)]] = sure
        if table == "cases":  # at most one line a day
            flaws[np.flatnonzero(flaws == CUT)[1:]] = 0
        return flaws


TABLES = ("users", "sellers", "creators", "orders", "shipments", "reviews", "clicks", "logins", "incentives", "cases",
          "case_outcomes", "accesses", "verdicts", "actions_taken", "overrides", "appeals", "review_samples",
          "messages", "listings")


def list_position(table: str) -> int:
    """Return the table's position among all tables, which is part of its seed."""
    return TABLES.index(table)
