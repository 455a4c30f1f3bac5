"""A Redis server of the tests' own, on a free port of this machine: killed and started again at will."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time

from tests.server import free_port


class RedisServer:
    """``url`` is its address, the same after a restart; nothing of it is kept on disk."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = shutil.which("redis-server")
        assert program, "Redis is missing: run tests/prepare"
        command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise AssertionError("Redis did not start")

    def read_keys(self) -> list[str]:
        """The names of everything that it holds."""
        command = ["redis-cli", "-p", str(self.port), "keys", "*"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()

    def hang(self) -> None:
        """As a machine that no longer answers: connections are taken, nothing comes back."""
        assert self.process
        os.kill(self.process.pid, signal.SIGSTOP)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
