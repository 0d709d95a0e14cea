"""What banks say of single orders: weeks later, for part of the stolen cards, and at times of honest orders.

A card's owner finds its orders together, or never. An honest buyer who disputes what he bought himself is believed
at first, and mostly found out.
"""

from dataclasses import dataclass, field

import numpy as np

from jobs.simulate import rhythm
from jobs.simulate.attacks import stolen_cards
from jobs.simulate.columns import DECIDED_ON
from jobs.simulate.rows import Rows, concat, count, take
from jobs.simulate.seeds import stream
from jobs.simulate.verdicts import RISK_NAMES, SOURCES, decision, sources
from jobs.simulate.world import World

FOUND = 0.68  # share of stolen cards that are found out
NOTICED = 0.93  # share of a found card's orders that are disputed
EARLIEST, LATEST = 3, 30  # days from the card's first order to the chargeback
DENIED = 0.06  # honest orders that are charged back, for each one that was paid with a stolen card
ORDERS_OF_A_CARD = 4  # about as many are paid with a stolen one
REVERSED = 0.75  # share of these that is taken back
AGO = 6  # days after which an honest order is denied
ORDER, RISK = DECIDED_ON.index("order"), RISK_NAMES.index(stolen_cards.RISK)


@dataclass
class Chargebacks:
    """The orders that were paid with stolen cards, and the decisions on orders that are to come, by day."""

    world: World
    cards: Rows
    placed: list[Rows] = field(default_factory=list)
    coming: dict[int, list[Rows]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rng, size = stream(self.world.seed, "chargebacks"), count(self.cards)
        wait = np.floor(EARLIEST + rng.gamma(2.4, 3.5, size)).clip(EARLIEST, LATEST).astype(int)
        self.cards = self.cards | {"found": rng.random(size) < FOUND, "decided": self.cards["start"] + wait}

    def hear(self, rng: np.random.Generator, placed: Rows) -> None:
        """Today's orders on stolen cards; of a found card they are decided on with its first, or soon after."""
        day, card = self.world.today.day, placed["card"]
        disputed = self.cards["found"][card] & (rng.random(len(card)) < NOTICED)
        when = np.maximum(self.cards["decided"][card], day + 1 + rng.integers(0, 3, len(card)))
        self._await(rng, take(placed, disputed), when[disputed], confirmed=True)
        self.placed.append({name: placed[name] for name in ("number", "card", "loss")}
                           | {"day": np.full(len(card), day), "found": disputed & (when < self.world.days)})

    def deny(self, rng: np.random.Generator) -> None:
        """Honest orders of some days ago that are charged back today; most of these are taken back later."""
        if len(self.world.ledger) < AGO:
            return
        old = self.world.ledger[-AGO]
        honest = take(old, old["incident"] < 0)
        size = min(rng.poisson(DENIED * ORDERS_OF_A_CARD * self.world.size.stolen_cards), count(honest))
        denied = take(honest, rng.choice(count(honest), size, replace=False))
        denied = denied | {"loss": denied["amount"]}
        when = np.full(size, self.world.today.day)
        self._await(rng, denied, when, confirmed=True)
        back = rng.random(size) < REVERSED
        self._await(rng, take(denied, back), when[back] + rng.integers(5, 16, back.sum()), confirmed=False)

    def _await(self, rng: np.random.Generator, about: Rows, when: np.ndarray, confirmed: bool) -> None:
        for day in np.unique(when):
            part = take(about, when == day)
            rows, placed = decision(np.full(count(part), ORDER), part["number"], int(day)), part["time"] // rhythm.DAY
            rows |= {"time": day * rhythm.DAY + rng.integers(28_000, 60_000, count(part)), "start": placed,
                     "end": placed, "loss": part["loss"], "confirmed": np.full(count(part), confirmed),
                     "risk": np.full(count(part), RISK)}
            rows["source"] = sources(rng, rows["risk"]) if confirmed else np.full(count(part), SOURCES.index("appeal"))
            self.coming.setdefault(int(day), []).append(rows)

    def decide(self) -> list[Rows]:
        """Today's decisions on orders."""
        return self.coming.pop(self.world.today.day, [])

    def truth(self) -> Rows:
        """Every order paid with a stolen card: number, day, loss, found, and its card's ring and variant."""
        placed = concat(self.placed)
        return placed | {name: self.cards[name][placed["card"]] for name in ("ring", "variant")}
