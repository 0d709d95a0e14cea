"""Run Airflow with its scheduler, and MLflow, on this machine only, for `make ui`.

The parts of Airflow start one by one. `airflow standalone` was rejected: its log servers listen on every interface.
Ctrl-C ends this process and every process that it started.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from dags.runner.airflow_client import airflow, environment
from dags.runner.run import prepare
from jobs import step
from jobs.engines.ports import LOOPBACK, is_listening
from jobs.errors import UserError
from jobs.failures.disk_errors import make_home
from jobs.runtime import console
from jobs.runtime.plain_paths import plain_path
from jobs.runtime.process_exit import at_once, die_with_parent, end_groups, kill_group
from jobs.settings import REPOSITORY, Settings, load_settings
from jobs.training import moved_artifacts

ADMIN = "admin"
PATIENCE_SECONDS = 120
# MLflow's UI opens with pages for language models, unless the address says otherwise.
MODEL_TRAINING = "/#/experiments?workflowType=machine_learning"


def main(argv=None) -> None:
    config = load_settings()
    make_home(config.home)
    ports = {"Airflow": config.airflow_port, "MLflow": config.mlflow_port}
    for name, port in ports.items():
        require_free_port(port, name)
    with airflow(config) as process:
        prepare(config, process)
    moved_artifacts.mend(config)
    parts: dict[str, subprocess.Popen] = {}
    at_once(lambda: [kill_group(part) for part in parts.values()])
    try:
        for command in commands(config):
            parts[" ".join(command[2:4])] = start(config, command)
        for name, port in ports.items():
            wait_for(port, name, config, parts)
        log_addresses(config)
        while True:
            require_running(config, parts)
            time.sleep(1)
    finally:
        end_groups(list(parts.values()))


def commands(config: Settings) -> list[list[str]]:
    """Return the commands to start, each bound to the loopback interface."""
    python = str(plain_path(Path(sys.prefix)) / "bin" / "python")
    return [
        [python, "-m", "airflow", "api-server", "--host", LOOPBACK, "--port", str(config.airflow_port),
         "--workers", "1"],
        [python, "-m", "airflow", "scheduler", "--skip-serve-logs"],
        [python, "-m", "airflow", "dag-processor"],
        [python, "-m", "mlflow", "ui", "--host", LOOPBACK, "--port", str(config.mlflow_port), "--workers", "1"],
    ]


def start(config: Settings, command: list[str]) -> subprocess.Popen:
    """Start one part with its own log, in its own process group, so that its children end with it."""
    log = log_of(config, " ".join(command[2:4]))
    log.parent.mkdir(parents=True, exist_ok=True)
    env = {**environment(config), "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_HOST": LOOPBACK,
           # Tasks of a scheduler that was killed start again half a minute after the next scheduler, not five minutes.
           "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "30",
           "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",  # at WARNING, a task's log on its page lacks the step's lines
           "AIRFLOW__API__BASE_URL": f"http://{LOOPBACK}:{config.airflow_port}",  # of the links in alerts
           "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://{LOOPBACK}:{config.airflow_port}/execution/",
           "AIRFLOW__CORE__PARALLELISM": str(parallel_tasks(config)),
           "MLFLOW_BACKEND_STORE_URI": config.tracking_uri,  # a command line shows its password to everybody
           "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
           "VIGIL_OWNER": str(os.getpid())}
    with log.open("wb") as out:
        return subprocess.Popen(command, env=env, cwd=REPOSITORY, stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                                start_new_session=True, preexec_fn=die_with_parent)


def parallel_tasks(config: Settings) -> int:
    """Return how many tasks run at the same time: two over files, which lock whole; one a core over Postgres."""
    return 2 if config.database is None else max(2, os.cpu_count() or 2)


def log_of(config: Settings, part: str) -> Path:
    """Return the log file of a part, such as `airflow scheduler`."""
    return config.home / "logs" / f"{part.replace(' ', '-')}.log"


def require_running(config: Settings, parts: Mapping[str, subprocess.Popen]) -> None:
    """Require that every part is running.

    Raises:
        UserError: a part has ended by itself.
    """
    for name, part in parts.items():
        if part.poll() is not None:
            raise UserError(f"{name} ended by itself with exit code {part.returncode}. Its log says why: "
                            f"{log_of(config, name)}")


def require_free_port(port: int, name: str) -> None:
    """Require a free port.

    Raises:
        UserError: another process listens on the port.
    """
    if is_listening(port):
        raise UserError(f"{name} needs port {port}, and something listens there already. "
                        f"Stop it (ss -ltnp shows what it is), then: make ui. Or choose another port: "
                        f"VIGIL_{name.upper()}_PORT={port + 1} make ui")


def wait_for(port: int, name: str, config: Settings, parts: Mapping[str, subprocess.Popen]) -> None:
    """Wait until a part listens on its port.

    Raises:
        UserError: the part does not listen within `PATIENCE_SECONDS`, or a part has ended.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_listening(port):
        require_running(config, parts)
        if time.monotonic() > deadline:
            raise UserError(f"{name} did not start within {PATIENCE_SECONDS} s. Its log says why: "
                            f"{config.home / 'logs'}")
        time.sleep(0.5)


def log_addresses(config: Settings) -> None:
    """Log the addresses of both pages, and Airflow's user and password.

    Raises:
        UserError: Airflow has created no password.
    """
    file = config.home / "airflow" / "simple_auth_manager_passwords.json.generated"
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not file.exists():
        if time.monotonic() > deadline:
            raise UserError(f"{file}: Airflow has made no password. Its log says why: "
                            f"{log_of(config, 'airflow api-server')}")
        time.sleep(0.1)
    file.chmod(0o600)
    password = json.loads(file.read_text())[ADMIN]
    console.log(f"Airflow: http://{LOOPBACK}:{config.airflow_port}   user {ADMIN}, password {password}")
    console.log(f"MLflow:  http://{LOOPBACK}:{config.mlflow_port}{MODEL_TRAINING}   no login")
    console.log("DAGs start paused: unpause risk_nightly to let it run every morning. Ctrl-C ends everything.")


if __name__ == "__main__":
    sys.exit(step.run(main))
