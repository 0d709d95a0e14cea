"""Chargebacks: decisions of banks about single orders, weeks later, of some stolen cards and of some honest orders.

A card's owner detects all its orders at once, or none. An honest buyer's false dispute succeeds at first, and most of
these chargebacks are reversed.
"""

from dataclasses import dataclass, field

import numpy as np

from jobs.simulate import rhythm
from jobs.simulate.agenda import Agenda
from jobs.simulate.attacks import stolen_cards
from jobs.simulate.columns import DECIDED_ON
from jobs.simulate.rows import Rows, concat, count, take
from jobs.simulate.seeds import stream
from jobs.simulate.verdicts import RISK_NAMES, SOURCES, decision, sources
from jobs.simulate.world import World

FOUND = 0.68  # share of stolen cards with chargebacks
NOTICED = 0.93  # share of such a card's orders with a chargeback
EARLIEST, LATEST = 3, 30  # days from the card's first order to the chargeback
DENIED = 0.06  # charged-back honest orders per order with a stolen card
ORDERS_OF_A_CARD = 4  # approximate orders per stolen card
REVERSED = 0.75  # share of honest orders' chargebacks that is reversed
AGO = 6  # days from an honest order to its chargeback
ORDER, RISK = DECIDED_ON.index("order"), RISK_NAMES.index(stolen_cards.RISK)


@dataclass
class Chargebacks:
    """Orders with stolen cards, and future decisions on orders, by day."""

    world: World
    cards: Rows
    placed: list[Rows] = field(default_factory=list)
    agenda: Agenda = field(default_factory=Agenda)

    def __post_init__(self) -> None:
        rng, size = stream(self.world.seed, "chargebacks"), count(self.cards)
        wait = np.floor(EARLIEST + rng.gamma(2.4, 3.5, size)).clip(EARLIEST, LATEST).astype(int)
        self.cards = self.cards | {"found": rng.random(size) < FOUND, "decided": self.cards["start"] + wait}

    def hear(self, rng: np.random.Generator, placed: Rows) -> None:
        """Record today's orders with stolen cards, decided with the card's first order or soon after."""
        day, card = self.world.today.day, placed["card"]
        disputed = self.cards["found"][card] & (rng.random(len(card)) < NOTICED)
        when = np.maximum(self.cards["decided"][card], day + 1 + rng.integers(0, 3, len(card)))
        self._await(rng, take(placed, disputed), when[disputed], confirmed=True)
        self.placed.append({name: placed[name] for name in ("number", "card", "loss")}
                           | {"day": np.full(len(card), day), "found": disputed & (when < self.world.days)})

    def deny(self, rng: np.random.Generator) -> None:
        """Add today's chargebacks of honest orders of some days ago; most of them are reversed later."""
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
            self.agenda.add(int(day), rows)

    def decide(self) -> list[Rows]:
        """Return today's decisions on orders."""
        return self.agenda.due(self.world.today.day)

    def truth(self) -> Rows:
        """Return every order with a stolen card: number, day, loss, found, and its card's ring and variant."""
        placed = concat(self.placed)
        return placed | {name: self.cards[name][placed["card"]] for name in ("ring", "variant")}
