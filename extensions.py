"""The Flask extensions that the doors share. They are bound to the application in ``wsgi.create_app``."""

from flask import current_app, request
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


db = SQLAlchemy(metadata=Base.metadata)
migrate = Migrate()
csrf = CSRFProtect()
login = LoginManager()
limiter = Limiter(_hide_visitor)  # never on the SMS door: Twilio does not support 429
