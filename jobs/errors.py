"""How a run says no: one sentence a person can act on, instead of a traceback."""


class UserError(Exception):
    """The input or the state does not allow this step.

    The message names the table, the day, what was found, what was expected and the command
    that mends it.
    """


class DamagedStore(UserError):
    """Something that Vigil has stored is missing or broken (jobs/storage/faults.py has its parts)."""


class LostRace(UserError):
    """Another writer committed the same days first. A step that starts again sees its rows."""
