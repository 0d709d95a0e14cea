"""Constants of the calendar."""

MAX_DAYS_IN_MONTH = 31
