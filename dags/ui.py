"""Airflow with its scheduler, and MLflow, on this machine alone: what `make ui` calls.

The parts of Airflow are started one by one instead of by `airflow standalone`, whose log servers
listen on every interface. Ends with everything it started on Ctrl-C.
"""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

from dags.airflow_process import airflow, environment
from dags.run import prepare
from jobs import step
from jobs.errors import Refused
from jobs.ports import listens
from jobs.settings import REPOSITORY, Settings, settings
from jobs.step import say

AIRFLOW_PORT, MLFLOW_PORT = 8080, 5000
ADMIN = "admin"
PATIENCE_SECONDS = 120


def main(argv=None) -> None:
    places = settings()
    places.home.mkdir(parents=True, exist_ok=True)
    for port, name in ((AIRFLOW_PORT, "Airflow"), (MLFLOW_PORT, "MLflow")):
        refuse_if_taken(port, name)
    with airflow(places) as process:
        prepare(places, process)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    parts = [start(places, command) for command in commands(places)]
    try:
        for port, name in ((AIRFLOW_PORT, "Airflow"), (MLFLOW_PORT, "MLflow")):
            wait_for(port, name, places)
        tell(places)
        while all(part.poll() is None for part in parts):
            time.sleep(1)
    except KeyboardInterrupt:
        say("stopping")
    finally:
        for part in parts:
            part.terminate()
        for part in parts:
            part.wait()


def commands(places: Settings) -> list[list[str]]:
    """What is started, each bound to the loopback interface."""
    airflow, mlflow = (str(Path(sys.executable).parent / name) for name in ("airflow", "mlflow"))
    return [
        [airflow, "api-server", "--host", "127.0.0.1", "--port", str(AIRFLOW_PORT), "--workers", "1"],
        [airflow, "scheduler", "--skip-serve-logs"],
        [airflow, "dag-processor"],
        [mlflow, "ui", "--host", "127.0.0.1", "--port", str(MLFLOW_PORT), "--workers", "1",
         "--backend-store-uri", places.tracking_uri],
    ]


def start(places: Settings, command: list[str]) -> subprocess.Popen:
    """Start one part, with a log of its own."""
    log = places.home / "logs" / f"{Path(command[0]).name}-{command[1]}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    env = {**environment(places), "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_HOST": "127.0.0.1",
           "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{AIRFLOW_PORT}/execution/",
           "AIRFLOW__CORE__PARALLELISM": "2", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with log.open("wb") as out:
        return subprocess.Popen(command, env=env, cwd=REPOSITORY, stdout=out, stderr=out, stdin=subprocess.DEVNULL)


def refuse_if_taken(port: int, name: str) -> None:
    """Say so when somebody listens on the port already.

    Raises:
        Refused: the port is taken.
    """
    if listens(port):
        raise Refused(f"{name} needs port {port}, and something listens there already. "
                      "Stop it (ss -ltnp shows what it is), then: make ui")


def wait_for(port: int, name: str, places: Settings) -> None:
    """Wait until a part answers.

    Raises:
        Refused: it does not come up.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if listens(port):
            return
        time.sleep(0.5)
    raise Refused(f"{name} did not come up within {PATIENCE_SECONDS} s. Its log says why: {places.home / 'logs'}")


def tell(places: Settings) -> None:
    """Where to look, and how to log in."""
    file = places.home / "airflow" / "simple_auth_manager_passwords.json.generated"
    for _ in range(100):
        if file.exists():
            break
        time.sleep(0.1)
    file.chmod(0o600)
    password = json.loads(file.read_text())[ADMIN]
    say(f"Airflow: http://127.0.0.1:{AIRFLOW_PORT}   user {ADMIN}, password {password}")
    say(f"MLflow:  http://127.0.0.1:{MLFLOW_PORT}   no login; choose Model training at its top left")
    say("DAGs start paused: unpause risk_nightly to let it run every morning. Ctrl-C ends everything.")


if __name__ == "__main__":
    sys.exit(step.run(main))
