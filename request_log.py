"""One JSON line a request: which route, how it went, how long it took; never who, nor what was said."""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
import time

from flask import Flask, Response, g, request

REQUEST_ID = "X-Request-Id"
_VALUES = re.compile(r"DETAIL:.*")  # PostgreSQL's own words for which key was there already
logger = logging.getLogger("voix.request")


class JsonLines(logging.Formatter):
    """A record as one line of JSON; what a caller gives as ``extra={"fields": {...}}`` is part of it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line. A traceback shows code, not values, and the database driver is told to hide its parameters."""
        line = {"at": self.formatTime(record), "level": record.levelname, "logger": record.name}
        line |= getattr(record, "fields", None) or {"message": record.getMessage()}
        if record.exc_info:
            line["traceback"] = _VALUES.sub("DETAIL:", self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def _log_exception(exc_info: object) -> None:
    """A request that failed through our fault, under its id and route."""
    fields = {"request": g.get("request_id"), "route": request.url_rule.rule if request.url_rule else None}
    logger.error("failed", exc_info=exc_info, extra={"fields": fields})  # type: ignore[arg-type]


def log_requests(app: Flask) -> None:
    """Log every request of ``app`` to standard error, under an id that its answer carries too."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("flask-limiter").setLevel(logging.WARNING)  # that its storage is down, not who was asked to wait
    app.log_exception = _log_exception  # type: ignore[method-assign]  # Flask's names the path, which may hold a token

    @app.before_request
    def begin() -> None:
        g.request_id, g.began = secrets.token_hex(8), time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        response.headers[REQUEST_ID] = g.request_id
        fields = {
            "request": g.request_id,
            "method": request.method,
            "route": request.url_rule.rule if request.url_rule else None,  # not the path: it may hold a token
            "status": response.status_code,
            "ms": round((time.perf_counter() - g.began) * 1000, 1),
        }
        logger.info("request", extra={"fields": fields})
        return response
