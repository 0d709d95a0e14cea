"""Whether a failure can pass by itself: then the step is worth another try, else a wait only delays the message."""

import errno
import re
import sqlite3

from jobs.errors import LostRace
from jobs.failures.messages import chain

# By name, because what they come from is heavy to import: requests, urllib3, subprocess.
NAMES = frozenset({"ConnectionError", "Timeout", "TimeoutError", "TimeoutExpired", "ConnectTimeoutError",
                   "ReadTimeoutError", "NewConnectionError", "MaxRetryError", "ProtocolError", "RetryError"})
NEVER = frozenset({"SSLError", "SSLCertVerificationError"})
GRPC_CODES = frozenset({"UNAVAILABLE", "DEADLINE_EXCEEDED", "ABORTED"})
HTTP_CODES = frozenset({429, 502, 503, 504})
UNREACHABLE = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EAGAIN})
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
# How object stores put it, whose errors have no class of their own.
STORE = re.compile(r"error sending request|timed? ?out|connection (refused|reset|closed|aborted)|NETWORK_CONNECTION|"
                   r"SERVICE_UNAVAILABLE|SLOW_DOWN|REQUEST_TIMEOUT", re.IGNORECASE)
# Steps that write and commit in one go: run again, they see what the faster writer committed.
COMMIT_THEIR_OWN = frozenset({"publish", "build_labels"})


def can_pass(failure: BaseException, job: str = "") -> bool:
    """Whether the same step may succeed a little later though nobody did anything.

    Args:
        failure: what ended the step.
        job: the step's module, for which a commit race may be worth another try.
    """
    found = list(chain(failure))
    if isinstance(failure, LostRace):
        return job in COMMIT_THEIR_OWN
    if any(_is_full(each) for each in found):
        return False
    databases = [each for each in found if isinstance(each, sqlite3.Error)]
    if databases:  # MLflow calls every one of them temporarily unavailable
        return any("locked" in str(each) for each in databases)
    return any(map(_can_pass, found))


def _can_pass(failure: BaseException) -> bool:
    names = {cls.__name__ for cls in type(failure).__mro__}
    if names & NEVER:
        return False
    return bool(names & NAMES) or _code(failure) in GRPC_CODES or _http(failure) in HTTP_CODES or (
        isinstance(failure, OSError) and (failure.errno in UNREACHABLE or bool(STORE.search(str(failure)))))


def _is_full(failure: BaseException) -> bool:
    return (isinstance(failure, OSError) and failure.errno in FULL) or "No space left on device" in str(failure)


def _code(failure: BaseException) -> str | None:
    """The status of a remote procedure call, as Spark Connect's client or gRPC itself has it."""
    ask = getattr(failure, "getGrpcStatusCode", None) or getattr(failure, "code", None)
    try:
        return ask().name if callable(ask) else None
    except (AttributeError, TypeError):
        return None


def _http(failure: BaseException) -> int | None:
    ask = getattr(failure, "get_http_status_code", None)
    return ask() if callable(ask) else None
