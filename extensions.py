"""The Flask extensions that the doors share. They are bound to the application in ``wsgi.create_app``."""

from flask import Flask, current_app, request
from flask_limiter import Limiter
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect

from service.models import Base
from service.throttle import hide_network


def _hide_visitor() -> str:
    """Who is counted by the rate limits: the visitor's network, under a pseudonym. No address is given to the storage."""
    return hide_network(current_app.extensions["voix"].first_service.keyring, request.remote_addr or "")


class ViewLimiter(Limiter):
    """Limits that stand on their views, which see to them: nothing is to be looked for before every request."""

    def init_app(self, app: Flask) -> None:
        """Bind the limits to the application."""
        super().init_app(app)
        before = app.before_request_funcs.get(None, [])
        if self._check_request_limit in before:  # not where the limits are off
            before.remove(self._check_request_limit)


db = SQLAlchemy(metadata=Base.metadata)
migrate = Migrate()
csrf = CSRFProtect()
login = LoginManager()
limiter = ViewLimiter(_hide_visitor)  # never on the SMS door: Twilio does not support 429
