"""Whether a failed step may succeed at a retry. At any other failure a retry only delays the message."""

import errno
import re
import sqlite3

from jobs.errors import LostRace
from jobs.failures.messages import chain

# Classes by name, because their packages take long to import: requests, urllib3, subprocess.
NAMES = frozenset({"ConnectionError", "Timeout", "TimeoutError", "TimeoutExpired", "ConnectTimeoutError",
                   "ReadTimeoutError", "NewConnectionError", "MaxRetryError", "ProtocolError", "RetryError"})
NEVER = frozenset({"SSLError", "SSLCertVerificationError"})
GRPC_CODES = frozenset({"UNAVAILABLE", "DEADLINE_EXCEEDED", "ABORTED"})
HTTP_CODES = frozenset({429, 502, 503, 504})
UNREACHABLE = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EAGAIN})
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
# Messages of object stores, whose errors have no class of their own.
STORE = re.compile(r"error sending request|timed? ?out|connection (refused|reset|closed|aborted)|NETWORK_CONNECTION|"
                   r"SERVICE_UNAVAILABLE|SLOW_DOWN|REQUEST_TIMEOUT", re.IGNORECASE)
# Steps that write and commit in one call: at a retry they read the commit of the faster writer.
COMMIT_THEIR_OWN = frozenset({"publish", "build_labels"})


def can_pass(failure: BaseException, job: str = "") -> bool:
    """Return whether a retry of the step may succeed.

    Args:
        failure: the exception that ended the step.
        job: the step's module. After a lost commit race, only some steps are retried.
    """
    causes = list(chain(failure))
    if isinstance(failure, LostRace):
        return job in COMMIT_THEIR_OWN
    if any(_is_full(cause) for cause in causes):
        return False
    database_errors = [cause for cause in causes if isinstance(cause, sqlite3.Error)]
    if database_errors:  # MLflow calls every database error temporarily unavailable
        return any("locked" in str(error) for error in database_errors)
    return any(map(_can_pass, causes))


def _can_pass(failure: BaseException) -> bool:
    names = {cls.__name__ for cls in type(failure).__mro__}
    if names & NEVER:
        return False
    return bool(names & NAMES) or _code(failure) in GRPC_CODES or _http(failure) in HTTP_CODES or (
        isinstance(failure, OSError) and (failure.errno in UNREACHABLE or bool(STORE.search(str(failure)))))


def _is_full(failure: BaseException) -> bool:
    return (isinstance(failure, OSError) and failure.errno in FULL) or "No space left on device" in str(failure)


def _code(failure: BaseException) -> str | None:
    """Return the gRPC status of an error of Spark Connect's client or of gRPC; None where it has none."""
    get_status = getattr(failure, "getGrpcStatusCode", None) or getattr(failure, "code", None)
    try:
        return get_status().name if callable(get_status) else None
    except (AttributeError, TypeError):
        return None


def _http(failure: BaseException) -> int | None:
    get_status = getattr(failure, "get_http_status_code", None)
    return get_status() if callable(get_status) else None
