"""One random stream per part, so that a change of one part leaves what the others draw as it was."""

import numpy as np

# The position is the seed: append, never insert.
PARTS = ("world", "lookalikes", "merchant_fraud", "account_takeover", "refund_abuse", "orders", "cases",
         "verdicts", "registrations", "mess")

Streams = dict[str, np.random.Generator]


def streams(seed: int) -> Streams:
    """The random stream of each part of one run. Each goes on where its last draw ended."""
    return {part: np.random.default_rng([seed, position]) for position, part in enumerate(PARTS)}
