"""One random stream for each part and day, so that what one part or one entity does leaves the others' draws alone."""

import numpy as np

# The position is the seed: append, never insert.
PARTS = ("world", "oddities", "shopping", "aftermath", "lots", "browsing", "sessions", "grants", "staff",
         "outcomes", "verdicts", "effects", "returns", "mess", "registrations",
         "brushing", "click_farm", "merchant_fraud", "information_leakage", "account_takeover", "bulk_accounts",
         "incentive_abuse", "refund_abuse", "malicious_activity", "traffic_fraud", "stolen_cards", "chargebacks")

PLAN, COMEBACK = 0, 1_000_000  # what is drawn once, and what returned attackers draw


def stream(seed: int, part: str, day: int | None = None, offset: int = 1) -> np.random.Generator:
    """The stream of a part on a day; without a day, the one that plans the part.

    Args:
        offset: COMEBACK + 1 for the stream of those who came back, so that they shift nobody else's draws.
    """
    return np.random.default_rng([seed, PARTS.index(part), PLAN if day is None else day + offset])
