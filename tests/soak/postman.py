"""The outbox's worker, begun again at once each time that it is killed: ``python -m tests.soak.postman``.

What takes long to start is done once, before the fork: a worker killed every few moments would else never begin.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import twilio.rest

from cli_worker import make_worker
from tests.server import ROOT, Server
from tests.soak.doors import warm_up
from wsgi import create_app


@contextmanager
def running(server: Server) -> Iterator[int]:
    """The worker of a server, killed afterwards; the number of its process."""
    command = [sys.executable, "-m", "tests.soak.postman"]
    postman = subprocess.Popen(
        command, cwd=ROOT, env=server.environment, start_new_session=True, stderr=subprocess.DEVNULL
    )
    try:
        yield postman.pid
    finally:
        os.killpg(postman.pid, signal.SIGKILL)
        postman.wait()


def main() -> None:
    app = create_app()
    warm_up(app)
    assert twilio.rest.Client
    while True:
        child = os.fork()
        if child == 0:
            with app.app_context():
                make_worker(app).run(threading.Event())
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
