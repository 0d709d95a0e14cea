"""Run ids as parts of file names."""

import hashlib
import os
import re
import time

LONGEST_NAME = 120


def run_name(run_id: str) -> str:
    """Return a run id as a part of file names: at most 120 letters, digits, `_`, `.` and `-`.

    A name returns itself. An id that loses letters gets a hash, so that two ids never share a name.
    """
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", run_id).lstrip("-._").rstrip("-.")
    if len(name) <= LONGEST_NAME and not re.search(r"[^\W_]", re.sub(r"[\x00-\x7f]", "", run_id)) and name:
        return name
    return f"{name[:LONGEST_NAME - 9]}-{hashlib.sha256(os.fsencode(run_id)).hexdigest()[:8]}".lstrip("-")


def dated_run_name(command: str) -> str:
    """Return the name of a run by hand: the command and the second in UTC, such as backfill-20261129T215500."""
    return f"{command}-{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}"
