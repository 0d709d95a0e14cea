"""Honest lookalikes: honest entities with unusual weeks, which resemble attacks and make wrong verdicts plausible.

An oddity is a range of days of one honest entity. Some oddities change the day's expectations; single parts of the
simulation read the others.
"""

import numpy as np

from jobs.simulate.rows import Rows, concat, take
from jobs.simulate.seeds import stream
from jobs.simulate.world import Today, World

# kind: (entity, share of honest entities, shortest and longest length in days, weakest and strongest, and the risk
# that it resembles)
KINDS = {
    "growth": ("seller", 0.15, 14, 45, 0.6, 3.0, "merchant_fraud"),
    "bad_batch": ("seller", 0.12, 5, 15, 0.12, 0.4, "merchant_fraud"),
    "lost_parcels": ("seller", 0.08, 6, 21, 0.15, 0.6, "merchant_fraud"),
    "backlog": ("seller", 0.08, 6, 20, 3.0, 10.0, "merchant_fraud"),
    "advertising": ("seller", 0.10, 7, 28, 3.0, 14.0, "click_farm"),
    "samples": ("seller", 0.06, 10, 35, 0.3, 1.5, "brushing"),
    "stocktaking": ("seller", 0.08, 7, 30, 4.0, 20.0, "information_leakage"),
    "scam_wave": ("seller", 0.06, 7, 25, 0.01, 0.05, "information_leakage"),
    "returning": ("user", 0.04, 14, 35, 3.0, 9.0, "refund_abuse"),
    "spree": ("user", 0.035, 2, 8, 0.4, 1.2, "account_integrity"),
    "locked_out": ("user", 0.04, 1, 4, 2.0, 5.0, "account_integrity"),
    "reselling": ("user", 0.015, 14, 45, 0.15, 0.5, "malicious_activity"),
    "anger": ("user", 0.02, 10, 35, 0.5, 1.0, "malicious_activity"),
    "inviting": ("user", 0.012, 10, 30, 0.1, 0.35, "incentive_abuse"),
    "bargains": ("user", 0.04, 14, 40, 4.0, 9.0, "incentive_abuse"),
    "viral": ("creator", 0.15, 3, 14, 4.0, 16.0, "traffic_fraud"),
    "live_show": ("creator", 0.08, 10, 30, 1.0, 4.0, "traffic_fraud"),
}


def plan(world: World) -> Rows:
    """Draw all oddities: kind (position in KINDS), number, start, end (days, both included), strength."""
    rng, spans = stream(world.seed, "oddities"), []
    for position, (entity, share, short, long, weak, strong, _) in enumerate(KINDS.values()):
        honest = world.honest[entity]
        number = rng.choice(honest, max(2, int(len(honest) * share)), replace=False)
        start = rng.integers(-10, world.days - 3, len(number))
        length = rng.integers(short, long + 1, len(number))
        spans.append({"kind": np.full(len(number), position), "number": number, "start": start,
                      "end": start + length - 1, "strength": rng.uniform(weak, strong, len(number))})
    return concat(spans)


def on(odd: Rows, kind: str, day: int) -> Rows:
    """Return the oddities of a kind on the day."""
    return take(odd, (odd["kind"] == list(KINDS).index(kind)) & (odd["start"] <= day) & (odd["end"] >= day))


def bend(today: Today, odd: Rows) -> None:
    """Change the day's expectations for entities with an oddity on the day."""
    day = today.day
    growth = on(odd, "growth", day)
    risen = ((day - growth["start"] + 1) / 12).clip(0, 1)
    today.demand[growth["number"]] *= 1 + risen * growth["strength"]
    today.price[growth["number"]] *= 1 - 0.1 * growth["strength"] / 3 * 2
    today.coupons[growth["number"]] += 0.1 * growth["strength"]
    for kind, target in (("bad_batch", today.faulty), ("lost_parcels", today.lost), ("backlog", today.slow)):
        spans = on(odd, kind, day)
        target[spans["number"]] += spans["strength"]
    spree, viral = on(odd, "spree", day), on(odd, "viral", day)
    today.activity[spree["number"]] *= 4
    today.following[viral["number"]] *= viral["strength"]
