"""Conversations about cases: openings, answers, admissions, and stories that change."""

import numpy as np

from jobs.simulate import rhythm, texts
from jobs.simulate.rows import Rows, concat, count, take
from jobs.simulate.seeds import lots

ROLES = ("buyer", "seller", "agent")
BUYER, SELLER, AGENT = range(3)
# Turns of a conversation: role, pool of usual texts, share of conversations with a usual text, and the signs that
# replace it. All are over three days after the opening, before any case is closed.
TURNS = (
    (BUYER, "talk_opening", 1.0, ()),
    (SELLER, "talk_seller", 0.7, ("seller_admits",)),
    (AGENT, "talk_agent", 0.5, ("carrier_confirms", "platform_admits", "wear_noted")),
    (BUYER, "talk_buyer", 0.5, ("receipt_admitted", "story_changes")),
    (AGENT, "talk_agent", 0.2, ()),
)
SPACING = rhythm.DAY // 2
HAPPENS, TEXT, PAUSE = 200, 220, 240  # first keys of the lots; each turn and sign has one after them


def of_cases(seed: int, cases: Rows) -> Rows:
    """Return the messages of new cases; they arrive on the day on which they are sent."""
    talking = take(cases, cases["talks"])
    parts = [_part(seed, talking, turn, nth) for turn in range(len(TURNS))
             for nth in range(len(TURNS[turn][3]) + 1)]
    rows = concat(parts)
    return rows | {"arrives": rows["time"] // rhythm.DAY}


def _part(seed: int, cases: Rows, turn: int, nth: int) -> Rows:
    """Return the messages of a turn: the usual ones where `nth` is 0, else those of its n-th sign."""
    role, usual, share, signs = TURNS[turn]
    keys, key = (cases["order"], cases["kind"]), 10 * turn + nth
    shown = [cases[name] for name in signs]
    if nth:
        pool, said = signs[nth - 1], shown[nth - 1]
    else:
        pool = usual
        said = ~np.any(shown, axis=0) if shown else np.ones(count(cases), bool)
        said &= lots(seed, "messages", HAPPENS + key, *keys)[:count(cases)] < share
    about = take(cases, said)
    keys = about["order"], about["kind"]
    pause, lot = (lots(seed, "messages", first + key, *keys)[:count(about)] for first in (PAUSE, TEXT))
    time = about["time"] + turn * SPACING + (nth * 0.1 + pause * 0.6) * SPACING // 1
    rows = {"case": about["number"], "role": np.full(count(about), role), "text": texts.chosen(pool, lot),
            "time": time.astype(np.int64) + 600, "lot": about["lot"], "incident": about["incident"],
            "user": about["user"]}
    return rows | ({"acted": about["acted"]} if "acted" in about else {})


