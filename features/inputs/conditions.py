"""SQL conditions that features of several subjects share."""

# Nobody reads a listing in a second. A click of unknown duration is no bounce.
IS_BOUNCE = "dwell_ms < 1000"


def at_night(event_time: str) -> str:
    """Return the condition that an event happened from midnight until six, UTC."""
    return f"hour({event_time}) < 6"


def at_handbook_night(event_time: str) -> str:
    """Return the condition of the Fraud Detection Handbook's night, which lasts until seven, UTC.

    Its chapter 3 asks for an hour of at most 6. The orders' `is_night` is this one, to equal its published figures.
    """
    return f"hour({event_time}) <= 6"
