"""The least that a service which answers Twilio can do: check the signature, keep the message, say thank you.

Plain Flask, Twilio's own validator, the driver without an ORM, one connection for the life of the worker; as durable as
the service itself. ``gunicorn "bench.floor:create_app()"``, set up by the same environment.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable

import psycopg
from flask import Flask, Response, abort, request
from twilio.request_validator import RequestValidator

TABLE = "CREATE TABLE IF NOT EXISTS floor (message_id TEXT PRIMARY KEY, sender TEXT NOT NULL, body TEXT NOT NULL)"
THANKS = b"<?xml version='1.0' encoding='utf-8'?>\n<Response><Message>Merci.</Message></Response>"


def create_app() -> Flask:
    """The floor, on the database of DATABASE_URL."""
    app = Flask(__name__)
    validator = RequestValidator(os.environ["TWILIO_AUTH_TOKEN"])
    url = f"{os.environ['PUBLIC_BASE_URL']}/webhooks/sms"
    keep = _open(os.environ["DATABASE_URL"])

    @app.get("/readyz")
    def ready() -> str:
        return "ok"

    @app.post("/webhooks/sms")
    def receive() -> Response:
        form = request.form
        if not validator.validate(url, form, request.headers.get("X-Twilio-Signature", "")):
            abort(403)
        keep((form["MessageSid"], form["From"], form["Body"]))
        return Response(THANKS, mimetype="text/xml")

    return app


def _open(database_url: str) -> Callable[[tuple[str, str, str]], object]:
    """What keeps a row, committed and on the disk when it returns."""
    if database_url.startswith("sqlite:///"):
        lite = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)
        lite.execute("PRAGMA journal_mode = WAL")
        lite.execute("PRAGMA synchronous = FULL")
        lite.execute("PRAGMA busy_timeout = 5000")
        lite.execute(TABLE)
        return lambda row: lite.execute("INSERT INTO floor VALUES (?, ?, ?)", row)
    post = psycopg.connect(database_url.replace("+psycopg", ""), autocommit=True)
    post.execute(TABLE)
    return lambda row: post.execute("INSERT INTO floor VALUES (%s, %s, %s)", row)
