"""The real service in processes of its own: gunicorn on a free port, killed and started again at will."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from contextlib import nullcontext
from pathlib import Path

from tests.telephone import ACCOUNT, NOTICE, SETTINGS, new_message_id, read_twiml, sign

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent


class Server:
    """One service on one database; ``base`` is its address."""

    def __init__(self, database_url: str, **settings: str) -> None:
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        own = {**SETTINGS, "DATABASE_URL": database_url, "PUBLIC_BASE_URL": self.base, **settings}
        self.environment = {**os.environ, **own}
        self.process: subprocess.Popen[bytes] | None = None
        self.command("db", "upgrade")

    def command(self, *words: str) -> None:
        """Run ``flask --app wsgi`` with these words."""
        command = [BIN / "flask", "--app", "wsgi", *words]
        subprocess.run(command, cwd=ROOT, env=self.environment, check=True, capture_output=True)

    def start(self, workers: int = 1, log: Path | None = None) -> None:
        self.launch("--workers", str(workers), log=log)
        self.wait()

    def launch(self, *options: str, application: str = "wsgi:create_app()", log: Path | None = None) -> None:
        """Start gunicorn, and wait for nothing."""
        command = [BIN / "gunicorn", "--bind", f"127.0.0.1:{self.port}", *options]
        command += ["--no-control-socket", "--log-level", "error", application]
        with log.open("ab") if log else nullcontext() as errors:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, start_new_session=True, stderr=errors
            )

    def wait(self) -> None:
        """Until a message can be taken in."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{self.base}/readyz", timeout=5)
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("the service did not start")

    def kill(self) -> None:
        """As a power cut would: every process at once, with no time to say goodbye."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def text(self, body: str, number: str = "+33639980001", message_id: str | None = None) -> str:
        """The reply to an SMS, through the network, less the notice of a first contact."""
        form = {
            "AccountSid": ACCOUNT,
            "MessageSid": message_id or new_message_id(),
            "From": number,
            "To": "38063",
            "Body": body,
        }
        url = f"{self.base}/webhooks/sms"
        headers = {"X-Twilio-Signature": sign(form, url)}
        request = urllib.request.Request(url, urllib.parse.urlencode(form).encode(), headers)
        return NOTICE.sub("", read_twiml(urllib.request.urlopen(request, timeout=30).read()))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
