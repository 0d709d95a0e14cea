"""How a run says no: one sentence a person can act on, instead of a traceback."""


class Refused(Exception):
    """The input or the state does not allow this step.

    The message names the table, the day, what was found, what was expected and the command
    that mends it.
    """
