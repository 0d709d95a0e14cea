"""Start and stop one Spark Connect server, Spark's or Sail's, that all steps of a run share.

Reads the settings. Writes the server's address to a file of the run. `start` starts a supervisor process. The
supervisor ends the server at a signal, when the process that owns the run is gone, or after a day. The kernel ends the
server with its supervisor: no kill leaves a server process. Where SPARK_REMOTE or SPARK_MASTER is set, a Spark is
running already: `start` does nothing, and `stop` closes this process's session. Run again, `start` starts another
server in place of the server before.
"""

import argparse
import sys
from collections.abc import Sequence

from jobs import step
from jobs.engines.server import start, stop, supervise
from jobs.engines.spark import close
from jobs.runtime import console, run_names
from jobs.settings import load_settings


def parse(argv: Sequence[str] | None = None):
    """Return the arguments of the step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=("start", "stop", "supervise"), help="`supervise` is for `start` alone")
    parser.add_argument("--run-id", type=run_names.run_name, required=True, help="the run the server belongs to")
    parser.add_argument("--ds", help="accepted, because every step of a run has one")
    parser.add_argument("--owner", type=int, default=0, help="stop when this process is gone")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    config = load_settings()
    if config.spark_remote or config.spark_master:
        console.log(f"using Spark at {config.spark_remote or config.spark_master}")
        if args.command == "stop":
            close()  # frees the cluster's cores, also where this process lives on
        return
    {"start": start, "stop": stop, "supervise": supervise}[args.command](config, args)


if __name__ == "__main__":
    sys.exit(step.run(main))
