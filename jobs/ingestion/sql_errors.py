"""Errors of SELECTs about a value, reported without the value."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from jobs.errors import UserError
from jobs.settings import Settings

DATA_ERROR = "22"  # class of the SQL states of errors that are about a value


@contextmanager
def hide_values_in_errors(config: Settings, ds: dt.date) -> Iterator[None]:
    """Replace Spark's error about a value, which quotes the value, by its name: the value must not reach a log.

    Raises:
        UserError: the name of Spark's error. Ingest itself reads with try_cast, so a SELECT raised the error.
    """
    from pyspark.errors import PySparkException

    try:
        yield
    except PySparkException as failure:
        if not (failure.getSqlState() or "").startswith(DATA_ERROR):
            raise
        raise UserError(f"{config.sources or config.landing}, {ds}: {failure.getCondition()} (SQLSTATE "
                        f"{failure.getSqlState()}): a value that cannot be worked with. Expected an expression that "
                        "gives null for it, such as try_cast. Mend the SELECT, then run the day again.") from None
