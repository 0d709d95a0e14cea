"""Orders that somebody holds or reviews: a stopped one is cancelled, and its parcel is not sent."""

from dataclasses import dataclass, field

import numpy as np

from jobs.simulate import rhythm
from jobs.simulate.action_files import REVIEW
from jobs.simulate.after_sales import desk, happenings
from jobs.simulate.ids import ADDED, BLOCK, of_day
from jobs.simulate.legitimate import claims
from jobs.simulate.operations import Conduct
from jobs.simulate.rows import Rows, concat, count, take
from jobs.simulate.seeds import lots

HELD_GUILTY = 0.8  # share of fraudulent orders whose parcel is held in time
HELD_HONEST = 0.2  # share of honest orders whose buyer gives up while the parcel is held
FIRST = ADDED + BLOCK // 8  # position from which cases of cancelled orders are numbered
COLUMNS = ("number", "user", "seller", "amount", "trade", "loss", "incident", "stolen", "returned", "risk")


@dataclass
class HeldOrders:
    """Orders that actions name: known ones as rows, those with a delivered parcel, and stopped ones."""

    seed: int
    conduct: Conduct
    named: np.ndarray
    placed: list[Rows] = field(default_factory=list)
    delivered: set[int] = field(default_factory=set)
    stopped: set[int] = field(default_factory=set)

    def know(self, rows: Rows) -> None:
        """Remember today's orders that an action names."""
        mine = np.isin(rows["number"], self.named)
        if mine.any():
            self.placed.append({name: rows[name][mine] for name in COLUMNS})

    def deliver(self, order: np.ndarray) -> None:
        """Remember which orders' parcels have arrived: nobody can hold them any more."""
        self.delivered.update(order[np.isin(order, self.named)].tolist())

    def of(self, number: np.ndarray) -> tuple[Rows | None, np.ndarray]:
        """Return the known orders of these numbers, and for each number whether it is known."""
        if not self.placed:
            return None, np.zeros(len(number), bool)
        known = concat(self.placed)
        order = np.argsort(known["number"])
        at = np.searchsorted(known["number"], number, sorter=order).clip(0, len(order) - 1)
        found = known["number"][order[at]] == number
        return take(known, order[at][found]), found

    def guilty(self, number: np.ndarray, stolen_only: bool = False) -> np.ndarray:
        """Return whether each order was paid with a stolen card, or belongs to another attack."""
        orders, found = self.of(number)
        guilty = np.zeros(len(number), bool)
        if orders is not None:
            guilty[found] = orders["stolen"] | ((orders["incident"] >= 0) & (not stolen_only))
        return guilty

    def stop(self, acted: Rows) -> Rows | None:
        """Return the orders that today's holds and reviews stop; none twice, none whose parcel has arrived."""
        acted = take(acted, np.unique(acted["number"], return_index=True)[1])
        orders, found = self.of(acted["number"])
        if orders is None or not found.any():
            return None
        guilty = orders["stolen"] | (orders["incident"] >= 0)
        review = acted["action"][found] == REVIEW
        chance = np.where(review, np.where(guilty, self.conduct.caught, self.conduct.wronged),
                          np.where(guilty, HELD_GUILTY, HELD_HONEST))
        late = np.array([number in self.delivered | self.stopped for number in orders["number"].tolist()], bool)
        stopped = take(orders, (lots(self.seed, "held_orders", orders["number"], review) < chance) & ~late)
        self.stopped.update(stopped["number"].tolist())
        return stopped if count(stopped) else None


def cancellations(rng: np.random.Generator, stopped: Rows, day: int) -> tuple[Rows, Rows]:
    """Return a case for each stopped order, opened by the platform today, and its outcome: refunded tomorrow."""
    size = count(stopped)
    time = day * rhythm.DAY + rng.integers(30_000, 60_000, size)
    about = stopped | {"lot": np.zeros(size), "incident": np.full(size, -1)}
    cases = claims.case(about, time, np.full(size, claims.CANCELLATION), np.full(size, claims.UNAUTHORISED), rng,
                        evidence=np.full(size, -1), text=np.zeros(size, int), image=np.zeros(size, np.uint64))
    platform = np.full(size, happenings.PLATFORM)
    cases |= {"number": of_day(day, size, FIRST), "happening": np.full(size, happenings.STOPPED), "fault": platform,
              "responsible": platform, "second_responsible": np.full(size, -1), "is_wrong": np.zeros(size, bool),
              "is_biased": np.zeros(size, bool), "by_attacker": np.zeros(size, bool),
              "posterior": np.tile(np.eye(len(happenings.PARTIES))[happenings.PLATFORM], (size, 1))}
    outcomes = claims.settle(rng, cases, desk.appeals) | {
        "time": time + rhythm.DAY, "arrives": np.full(size, day + 1), "outcome": np.zeros(size, int),
        "paid": stopped["amount"], "appealed": np.zeros(size, bool)}
    return cases, outcomes
