"""Errors of a run whose message is one sentence that a person can act on, instead of a traceback."""


class UserError(Exception):
    """The input or the state does not allow this step.

    The message names the table, the day, the fact found, the fact expected and the command that mends the state.
    """


class DamagedStore(UserError):
    """A file that Vigil stored is missing or broken. jobs/storage/faults.py makes the message."""


class LostRace(UserError):
    """Another writer committed the same days first. A step that starts again reads the rows of the other writer."""
