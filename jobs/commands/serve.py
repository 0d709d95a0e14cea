"""Serve a champion's calibrated probabilities over HTTP, by MLflow's model server.

Reads the champion in MLflow. Answers at /invocations, on this machine alone, until Ctrl-C. Writes nothing. Run again,
it serves the champion of then.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from jobs import step
from jobs.engines.ports import LOOPBACK
from jobs.errors import UserError
from jobs.runtime import console
from jobs.settings import REPOSITORY, Settings, load_settings
from jobs.training import registry
from jobs.training.models import MODELS, Model, find_model

PORT = 5001


def parse(argv: Sequence[str] | None = None):
    """Arguments of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, choices=[model.name for model in MODELS])
    parser.add_argument("--port", type=int, default=PORT)
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    args = parse(argv)
    config, model = load_settings(), find_model(args.model)
    if registry.resolve(config, model, registry.CHAMPION) is None:
        raise UserError(f"{model.name}: no champion to serve. Expected one in {registry.location(config)}; "
                        "run make train")
    console.log(f"{model.name}: serving at http://{LOOPBACK}:{args.port}/invocations; Ctrl-C ends it")
    os.execve(sys.executable, command(model, args.port), environment(config))


def command(model: Model, port: int) -> list[str]:
    """Return the command of MLflow's model server."""
    return [sys.executable, "-m", "mlflow", "models", "serve", "-m",
            f"models:/{model.registered_name}@{registry.CHAMPION}", "--env-manager", "local", "--host", LOOPBACK,
            "--port", str(port), "--workers", "1"]


def environment(config: Settings) -> dict[str, str]:
    """Return the environment of the server, which looks for its web server on the PATH and for Vigil's modules."""
    return {**os.environ, "MLFLOW_TRACKING_URI": config.tracking_uri, "PYTHONPATH": str(REPOSITORY),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}


if __name__ == "__main__":
    sys.exit(step.run(main))
