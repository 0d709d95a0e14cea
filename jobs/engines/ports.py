"""Ports on the loopback interface."""

import socket

LOOPBACK = "127.0.0.1"


def is_listening(port: int) -> bool:
    """Return whether a server answers on the port."""
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0


def free_port() -> int:
    """Return a port on which no server listens now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]
