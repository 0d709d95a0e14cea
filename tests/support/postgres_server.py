"""A Postgres server of its own for a test, from the programs of Debian's package, on loopback and with a password."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from jobs.engines.ports import free_port

PASSWORD = "p@ss/$HOME%41"  # signs that a URL, Airflow and Alembic could read as their own
SECRET = re.compile(f"{re.escape(PASSWORD)}|{re.escape(quote(PASSWORD, safe=''))}")
DEBIAN = Path("/usr/lib/postgresql")


def program(name: str) -> str:
    """The path of a program of Postgres. Without one, CI fails and another run skips the test."""
    found = shutil.which(name) or next(iter(sorted(map(str, DEBIAN.glob(f"*/bin/{name}")), reverse=True)), None)
    if found is None:
        message = f"{name} is missing: apt-get install postgresql"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
    return found


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of an empty database of a server that ends with the block. Postgres refuses to run as root."""
    folder = Path(_call("mktemp", "-d", "/tmp/postgres-XXXXXX").strip())
    port = free_port()
    try:
        _call("sh", "-c", f"printf '%s' '{PASSWORD}' > {folder}/password")
        _call(program("initdb"), "-D", f"{folder}/data", "-U", "vigil", "--pwfile", f"{folder}/password",
              "--auth=scram-sha-256", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
        options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} -c fsync=off"
        _call(program("pg_ctl"), "-D", f"{folder}/data", "-w", "-l", f"{folder}/log", "-o", options, "start")
        try:
            yield f"postgresql://vigil:{quote(PASSWORD, safe='')}@127.0.0.1:{port}/postgres"
        finally:
            _call(program("pg_ctl"), "-D", f"{folder}/data", "-m", "immediate", "stop")
    finally:
        _call("rm", "-rf", str(folder))


def _call(*command: str) -> str:
    """What a command prints, run by the user `postgres` where this process is root's."""
    other = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    done = subprocess.run([*other, *command], text=True, capture_output=True, check=False, cwd="/tmp", timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def files_with_password(folder: Path) -> list[Path]:
    """The files below a folder that have the password of the server, as it is or as a URL has it."""
    return [file for file in folder.rglob("*") if file.is_file() and SECRET.search(file.read_text(errors="replace"))]
