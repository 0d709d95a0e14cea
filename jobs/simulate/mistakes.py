"""Verdicts on honest entities: wrong confirmations in unusual weeks, their reversals, and immediate clearances."""

import numpy as np

from jobs.simulate import honest_lookalikes, rhythm
from jobs.simulate.rows import Rows, count, take
from jobs.simulate.seeds import stream
from jobs.simulate.verdicts import RISK_NAMES, SOURCES, Desk, decision, sources
from jobs.simulate.world import ENTITIES

RIGHT = 0.6  # approximate share of confirmed attackers
WRONG = 0.055  # wrong confirmations per right one
REVERSED = 0.8  # share of wrong confirmations that is reversed
CLEARED = 0.08  # immediately cleared honest entities per right confirmation


def plan(desk: Desk, odd: Rows, planted: tuple[str, ...]) -> None:
    """Draw wrong confirmations of honest entities in unusual weeks, their reversals, and immediate clearances."""
    rng, days = stream(desk.world.seed, "verdicts"), desk.world.days
    shuffled = take(odd, rng.permutation(count(odd)))
    kinds = list(honest_lookalikes.KINDS.values())
    suspected = np.array([RISK_NAMES.index(kind[-1]) for kind in kinds])[shuffled["kind"]]
    entity = np.array([ENTITIES.index(kind[0]) for kind in kinds])[shuffled["kind"]]
    early = (shuffled["start"] > 2) & (shuffled["start"] < days * 2 // 3)
    for risk in planted:
        at = np.flatnonzero(early & (suspected == RISK_NAMES.index(risk)))
        at = at[np.unique(shuffled["number"][at], return_index=True)[1]]
        rng.shuffle(at)
        if not len(at):  # a small marketplace may have no such week
            continue
        right = RIGHT * desk.world.size.attackers(ENTITIES[entity[at[0]]])
        wrong, cleared = max(1, round(right * WRONG)), max(1, round(right * CLEARED))
        _accuse(desk, rng, take(shuffled, at[:wrong]), RISK_NAMES.index(risk), entity[at[:wrong]])
        for row in at[wrong:wrong + cleared]:
            _plan(desk, decision(entity[[row]], shuffled["number"][[row]], int(shuffled["start"][row]) + 6),
                  RISK_NAMES.index(risk), SOURCES.index("audit"), confirmed=False)


def _accuse(desk: Desk, rng: np.random.Generator, who: Rows, risk: int, entity: np.ndarray) -> None:
    for row in range(count(who)):
        day = int(who["start"][row]) + 5 + int(rng.gamma(2.2, 3.0).__floor__())
        back = day + int(rng.integers(5, 16))
        wrong = decision(entity[[row]], who["number"][[row]], day)
        wrong |= {"start": who["start"][[row]], "end": np.minimum(who["end"][[row]], day)}
        reversed_ = row < max(1, round(count(who) * REVERSED))
        _plan(desk, wrong | {"until": np.array([back if reversed_ else -1])}, risk,
              int(sources(rng, np.array([risk]))[0]), confirmed=True)
        if reversed_:
            again = decision(entity[[row]], who["number"][[row]], back)
            _plan(desk, again | {"start": wrong["start"], "end": wrong["end"]}, risk, SOURCES.index("appeal"),
                  confirmed=False)


def _plan(desk: Desk, rows: Rows, risk: int, source: int, confirmed: bool) -> None:
    rows["risk"][:], rows["source"][:], rows["confirmed"][:] = risk, source, confirmed
    desk.agenda.add(int(rows["time"][0] // rhythm.DAY), rows)
