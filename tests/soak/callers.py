"""Who makes requests of all kinds: anybody, a reviewer of each role with a CSRF token, Twilio with its signature.

What they send is drawn by Schemathesis from the description of our routes; here it is made into what could really come:
half of the time with the numbers and codes of things that are there.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from io import BytesIO
from typing import Any
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

from flask import Flask
from schemathesis import Case
from sqlalchemy import delete, select
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from bot.channel import Channel
from extensions import db
from service import invitations, my_data, reviewers
from service.models import Contribution, Phase, Purpose, Role, SignInFailure, Status
from service.outbox import LONGEST_TEXT, owe
from tests.council import citizen, idea, meeting
from tests.telephone import BASE_URL, Telephone, sign
from tests.visitor import PASSWORD, Visitor, sign_in

DEPARTEMENT = "68"
CODES = ("K7Q2MX", "K7Q2MA", "K7Q2MC", "K7Q2MD", "K7Q2ME", "K7Q2MF")
CALLERS = (*Role, "nobody")


class Callers:
    """Everybody who may call an application, and what there is in it to be called about."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.telephone = Telephone(app)
        self.statuses: Counter[int] = Counter()
        self._emails = (f"relecteur{number}@cts.example" for number in itertools.count(1))
        self._visitors: dict[str, tuple[Visitor, str]] = {}
        self._furnish()

    def call(self, caller: str, case: Case, *, known: int | None) -> TestResponse:
        """The answer to a request. ``known``: which of the things that are there it is about; None for what was drawn."""
        address, form = self._address(case, known), self._read_form(case, known)
        if address.startswith("/webhooks/"):
            response = self._call_as_twilio(address, form, is_ours=known is not None)
        else:
            response = self._call_as(caller, case.method, address, form)
        self.check(address, response)
        return response

    def check(self, address: str, response: TestResponse) -> None:
        """No answer is a fault of ours; what goes to a telephone is XML, and short enough."""
        self.statuses[response.status_code] += 1
        assert response.status_code < 500, (address, response.status)
        if address == "/webhooks/sms" and response.status_code == 200:
            message = ElementTree.fromstring(response.data).find("Message")
            assert message is None or len(message.text or "") <= LONGEST_TEXT

    def text(self, body: str, more: dict[str, str]) -> None:
        """A message to the SMS door, with parameters that Twilio might add one day."""
        form = {**more, **self.telephone.form(_write(body))}
        response = self._sign({_write(name): [_write(value)] for name, value in form.items()}, "/webhooks/sms")
        self.check("/webhooks/sms", response)

    def _call_as_twilio(self, address: str, drawn: dict[str, list[str]], *, is_ours: bool) -> TestResponse:
        usual = self.telephone.form("bonjour", MessageStatus="delivered") if is_ours else {}
        form = {name: [value] for name, value in usual.items()} | drawn
        if is_ours:
            form |= {"AccountSid": [usual["AccountSid"]], "MessageSid": [usual["MessageSid"]]}
        return self._sign(form, address)

    def _sign(self, form: dict[str, list[str]], address: str) -> TestResponse:
        """A call with Twilio's signature, over whatever it holds."""
        signature = sign(MultiDict(form), f"{BASE_URL}{address}")
        db.session.rollback()
        client, headers = self.app.test_client(), {"X-Twilio-Signature": signature}
        return client.post(address, data=form, headers=headers, base_url=BASE_URL)

    def _call_as(self, caller: str, method: str, address: str, form: dict[str, list[str]]) -> TestResponse:
        """A call by somebody's browser, signed in anew when the last call ended that."""
        visitor, token = self._visitors.get(caller) or self._enter(caller)
        if method == "GET":
            response = visitor.get(address)
        else:
            data: dict[str, Any] = {**form, "csrf_token": token}
            if "file" in data:
                data["file"] = (BytesIO("\n".join(data["file"]).encode()), "idées.csv")
            response = visitor.post(address, data)
        if response.location and response.location.startswith("/inbox/connexion"):
            self._visitors.pop(caller, None)
        return response

    def _enter(self, caller: str) -> tuple[Visitor, str]:
        """A new browser, and of a reviewer a new account: theirs may have been closed."""
        if caller == "nobody":
            visitor = Visitor(self.app)
            token = visitor.read("/inbox/connexion").form("").fields["csrf_token"]
        else:
            session, role = db.session(), Role(caller)
            session.execute(delete(SignInFailure))
            departement = None if role is Role.REGION else DEPARTEMENT
            college = "users" if role is Role.MEMBER else None
            now = dt.datetime.now(dt.UTC)
            made = reviewers.add_reviewer(session, next(self._emails), "", PASSWORD, departement, now, role, college)
            session.commit()
            visitor = sign_in(self.app, made)
            token = visitor.read("/inbox/compte").form("/inbox/compte/nom").fields["csrf_token"]
        self._visitors[caller] = visitor, token
        return visitor, token

    def _furnish(self) -> None:
        """Ideas, a meeting, a message owed, an invitation, a person's link to their data."""
        session, now = db.session(), dt.datetime.now(dt.UTC)
        secretary = reviewers.add_reviewer(session, "secretariat@cts.example", "", PASSWORD, DEPARTEMENT, now)
        made = [idea(session, code, status=status) for code, status in zip(CODES, Status, strict=False)]
        meeting(session, secretary, made[2], phase=Phase.OPINIONS)
        author = citizen(session, "an author", Channel.SMS)
        self.key = owe(session, author, "Bonjour", Purpose.NEWS, now, contribution=made[0]).key
        _, self.link = invitations.invite(
            session, secretary, "m@cts.example", "", Role.MEMBER, DEPARTEMENT, "users", now
        )
        my_data.open_link(session, author, "jeton", now)
        session.commit()

    def _address(self, case: Case, known: int | None) -> str:
        parts = dict(case.path_parameters or {})
        if known is not None:
            there = {"code": CODES[known % len(CODES)], "number": known % 4 + 1, "key": self.key}
            there |= {"token": self.link if known % 2 else "jeton", "project_id": "geminstal", "filename": "voix.css"}
            parts |= {name: value for name, value in there.items() if name in parts}
        address = case.path
        for name, value in parts.items():
            address = address.replace(f"{{{name}}}", quote(_write(value), safe=""))
        asked = [(name, _write(value)) for name, value in case.query.items()] if isinstance(case.query, dict) else []
        return f"{address}?{urlencode(asked)}" if asked else address

    def _read_form(self, case: Case, known: int | None) -> dict[str, list[str]]:
        """The form that was drawn; of what is no form, the whole as one field."""
        body = case.body if isinstance(case.body, dict) else {"Body": repr(case.body)}
        form = {
            _write(name): [_write(one) for one in (value if isinstance(value, list) else [value])]
            for name, value in body.items()
        }
        if known is not None:
            code = CODES[known % len(CODES)]
            form |= {name: [code] for name in ("code", "principale") if name in form}
            if "idee" in form:
                form |= {"idee": list(CODES), **{f"version-{one}": [str(self._version(one))] for one in CODES}}
            if "version" in form:
                form["version"] = [str(self._version(code))]
            if "chosen" in form:
                form["chosen"] = [f"{code}.{self._version(code)}"]
        return form

    def _version(self, code: str) -> int:
        db.session.rollback()
        return db.session.scalar(select(Contribution.version).where(Contribution.code == code)) or 0


def _write(value: object) -> str:
    """A value as a form sends it: UTF-8, whatever was drawn."""
    return ("" if value is None else str(value)).encode("utf-8", "replace").decode()
