"""Which tests one worker of pytest-xdist runs together: those of a file on one engine, which share what they made."""

import re

from xdist.scheduler import LoadScopeScheduling

ENGINE = re.compile(r"[\[-](spark|sail)[\]-]")


class ByFileAndEngine(LoadScopeScheduling):
    """Hands out the tests of a file and an engine at a time."""

    def _split_scope(self, nodeid: str) -> str:
        file, _, test = nodeid.partition("::")
        found = ENGINE.search(test)
        return f"{file} on {found[1]}" if found else file
