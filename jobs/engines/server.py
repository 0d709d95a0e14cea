"""One Spark Connect server, Spark's or Sail's, that the steps of a run share."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jobs.engines import sail
from jobs.engines.environment import local_environment
from jobs.engines.ports import free_port, is_listening
from jobs.engines.processes import is_alive
from jobs.engines.spark import CONF, close, local_conf
from jobs.errors import UserError
from jobs.failures.disk_errors import make_home
from jobs.runtime import console
from jobs.runtime.process_exit import die_with_parent
from jobs.settings import REPOSITORY, Engine, Settings

START_SECONDS = 90
LONGEST_SECONDS = 24 * 3600


def start(config: Settings, args) -> None:
    """Start the run's server, unless the run shares a server, and wait until the server answers.

    Raises:
        UserError: the server does not start.
    """
    supervisor = None if config.server else launch(config, args.run_id, args.owner or config.owner_pid)
    file = config.server_file(args.run_id)
    deadline = time.monotonic() + START_SECONDS
    while not file.exists():
        ended = supervisor is not None and supervisor.poll() is not None
        if ended or time.monotonic() > deadline:
            how = "ended before it listened" if ended else f"did not start within {START_SECONDS} s"
            raise UserError(f"{config.engine.capitalize()} {how}. Its log says why: {log_file(file)}")
        time.sleep(0.1)
    console.log(f"{config.engine.capitalize()} listens at {json.loads(file.read_text())['remote']}")


def launch(config: Settings, run_id: str, owner: int) -> subprocess.Popen:
    """Start the supervisor of a server, without waiting for the supervisor or the server."""
    make_home(config.home)
    file = config.server_file(run_id)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "jobs.spark_server", "supervise", "--run-id", run_id, "--owner", str(owner)]
    with log_file(file).open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                cwd=REPOSITORY, start_new_session=True)


@contextmanager
def shared(config: Settings, name: str) -> Iterator[dict[str, str]]:
    """Start a server that several runs share, and stop it after the block. The block does not wait for the start.

    Returns:
        Variables to add to the environment of these runs.
    """
    if config.spark_remote or config.spark_master:
        yield {}
        return
    supervisor = launch(config, name, os.getpid())
    try:
        yield {"VIGIL_SERVER": name}
    finally:
        supervisor.terminate()
        supervisor.wait()


def stop(config: Settings, args) -> None:
    """End the run's own server, if there is one."""
    close()
    file = config.server_file(args.run_id)
    if config.server or not file.exists():
        return
    supervisor = json.loads(file.read_text())["pid"]
    try:
        os.kill(supervisor, signal.SIGTERM)
        while file.exists() and is_alive(supervisor):
            time.sleep(0.05)
    except ProcessLookupError:
        pass
    file.unlink(missing_ok=True)


def supervise(config: Settings, args) -> None:
    """Run the server until SIGTERM, until its owner is gone, or for a day."""
    file = config.server_file(args.run_id)
    signal.signal(signal.SIGTERM, _end)
    port = free_port()
    checkpoint_dir = sail.scratch_folder(config, file.stem)
    checkpoint_dir.mkdir(parents=True, exist_ok=True)
    server = subprocess.Popen(_command(config, port), env=_environment(config, checkpoint_dir),
                              preexec_fn=die_with_parent)
    try:
        _wait_for(config, port, server)
        temporary = file.with_suffix(".new")
        temporary.write_text(json.dumps({"remote": f"sc://127.0.0.1:{port}", "pid": os.getpid(),
                                         "server": server.pid}))
        temporary.rename(file)
        deadline = time.monotonic() + LONGEST_SECONDS
        while server.poll() is None and time.monotonic() < deadline and (not args.owner or is_alive(args.owner)):
            time.sleep(0.5)
    finally:
        # A killed Spark leaves files of its session, in a folder that is deleted too.
        server.kill()
        server.wait()
        shutil.rmtree(checkpoint_dir, ignore_errors=True)
        file.unlink(missing_ok=True)


def _end(*_) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second signal must not stop the cleanup
    sys.exit(0)


def log_file(server_file: Path) -> Path:
    """Return the log file of a server."""
    return server_file.with_suffix(".log")


def _command(config: Settings, port: int) -> list[str]:
    if config.engine is Engine.SAIL:
        return sail.server_command(port)
    import pyspark

    conf = {**CONF, **local_conf(config),
            "spark.connect.grpc.binding.address": "127.0.0.1",
            "spark.connect.grpc.binding.port": str(port),
            # A large marketplace's scores of one day exceed the default of 128 MB.
            "spark.connect.grpc.maxInboundMessageSize": str(1024**3)}
    memory = conf.pop("spark.driver.memory")
    submit = Path(pyspark.__file__).parent / "bin" / "spark-submit"
    return [str(submit), "--class", "org.apache.spark.sql.connect.service.SparkConnectServer",
            "--master", "local[2]", "--driver-memory", memory,
            *[part for key, value in conf.items() for part in ("--conf", f"{key}={value}")],
            "spark-internal"]


def _environment(config: Settings, checkpoint_dir: Path) -> dict[str, str]:
    if config.engine is Engine.SAIL:
        return {**os.environ, **sail.server_environment(checkpoint_dir), "PYSPARK_PYTHON": sys.executable}
    return local_environment(config)


def _wait_for(config: Settings, port: int, server: subprocess.Popen) -> None:
    while server.poll() is None:
        if is_listening(port):
            return
        time.sleep(0.1)
    raise UserError(f"{config.engine.capitalize()} ended with exit code {server.returncode} before it listened")
