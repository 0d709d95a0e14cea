"""Random streams, one per part and day, so that one part's or entity's draws do not change the other draws."""

import numpy as np

# The position is the seed: append, never insert.
PARTS = ("world", "oddities", "shopping", "aftermath", "lots", "browsing", "sessions", "grants", "staff",
         "outcomes", "verdicts", "effects", "returns", "mess", "registrations",
         "brushing", "click_farm", "merchant_fraud", "information_leakage", "account_takeover", "bulk_accounts",
         "incentive_abuse", "refund_abuse", "malicious_activity", "traffic_fraud", "stolen_cards", "chargebacks")

PLAN, COMEBACK = 0, 1_000_000  # offsets of the plan's stream, and of returned attackers' streams


def stream(seed: int, part: str, day: int | None = None, offset: int = 1) -> np.random.Generator:
    """Return the stream of a part on a day; without a day, the stream of the part's plan.

    Args:
        offset: COMEBACK + 1 for returned attackers, so that their draws do not change the other draws.
    """
    return np.random.default_rng([seed, PARTS.index(part), PLAN if day is None else day + offset])
