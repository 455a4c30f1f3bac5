"""What Twilio tells of the messages it sends for us: each state of each, in any order, some of them twice."""

from __future__ import annotations

import datetime as dt
import re
import uuid

from flask import Blueprint, Response, abort, current_app, request

from extensions import csrf, db
from service import settling
from service.models import Delivery
from service.providers import twilio
from service.providers.provider import Problem
from service.settings import Settings
from webhooks.signature import MESSAGE_ID, read_once, require_signature

status = Blueprint("status", __name__)
ERROR = re.compile(r"\d{1,6}", re.ASCII)


@status.post("/webhooks/sms/status/<uuid:key>")
@csrf.exempt  # the signature says who calls
def receive(key: uuid.UUID) -> Response:
    """Nothing to answer. 403: not signed by our account. 400: not a state of a message. 404: not a message of ours."""
    settings: Settings = current_app.extensions["voix"].settings
    require_signature(settings)
    form = request.form
    delivery, message_id = twilio.STATES.get(form.get("MessageStatus", "")), read_once("MessageSid", MESSAGE_ID)
    if delivery is None:
        abort(400)
    error = form.get("ErrorCode", "") if ERROR.fullmatch(form.get("ErrorCode", "")) else ""
    told = Problem(twilio.sort_failure(error), error) if delivery is Delivery.FAILED else delivery
    account, now = settings.twilio_account_sid, dt.datetime.now(dt.UTC)
    is_ours = settling.hear(db.session(), account, str(key), message_id, told, now)
    db.session.commit()
    if not is_ours:
        abort(404)
    return Response(status=204)
