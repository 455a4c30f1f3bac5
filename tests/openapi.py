"""Our routes as an OpenAPI 3.1 description: from the application's own map, and a table of what its forms hold.

``python -m tests.openapi`` writes docs/openapi.json; a test fails when it is not what the application answers to.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from bot.flows.follow_up import ALPHABET, LENGTH
from service.models import Phase, Role, Source, Status, Verdict
from service.talk import SENDER
from tests.visitor import app_with
from webhooks.signature import MESSAGE_ID

FILE = Path(__file__).parents[1] / "docs" / "openapi.json"
WITH_ALL_DOORS = {"VOIX_DEMO": "1", "VOIX_EMBED_ORIGINS": "https://www.example.fr"}
Schema = dict[str, Any]

# What each form sends, beside the csrf_token of those that are a page's.
FORMS = {
    "chat.receive": "text option message_id",
    "embedded_chat.receive": "text option message_id conversation",
    "simulator.send": "text new",
    "sms.receive": "AccountSid MessageSid From To Body NumMedia Latitude Longitude",
    "status.receive": "AccountSid MessageSid MessageStatus ErrorCode",
    "inbox.do_sign_in": "email password",
    "inbox.do_code": "code",
    "inbox.sign_out": "",
    "inbox.accept_invitation": "name password password_again",
    "inbox.rename": "name",
    "inbox.change_password": "current_password password password_again",
    "inbox.set_up_second_factor": "secret code current_password",
    "inbox.remove_second_factor": "removal_password",
    "inbox.renew_codes": "codes_password",
    "inbox.end_session": "",
    "inbox.end_other_sessions": "",
    "inbox.invite": "email name role departement college",
    "inbox.revoke_invitation": "",
    "inbox.assign": "role departement college",
    "inbox.close_account": "",
    "inbox.reopen_account": "",
    "inbox.instruct": "solution reason told_by version then",
    "inbox.claim": "instead_of",
    "inbox.renew_claim": "",
    "inbox.release_claim": "",
    "inbox.add_note": "note",
    "inbox.ask_author": "question_words question_sure",
    "inbox.open_original": "opening_reason",
    "inbox.open_answer": "opening_reason",
    "inbox.report_abuse": "act abuse_reason version",
    "inbox.lift_ban": "",
    "inbox.uphold_ban": "abuse_reason appealed_at",
    "inbox.act_on_several": "act chosen reason solution meeting",
    "inbox.save_view": "view_name",
    "inbox.delete_view": "",
    "inbox.merge": "idee principale version",
    "inbox.separate": "version",
    "inbox.tell_apart": "idee",
    "inbox.enter_idea": "act words place insee source phone agreed key solution",
    "inbox.give_opinion": "opinion_verdict opinion_comment opinion_innovative opinion_sustainable",
    "inbox.give_and_go_on": "code before opinion_verdict opinion_comment",
    "inbox.hold_meeting": "meeting_title meeting_held_on meeting_territory",
    "inbox.move_phase": "phase version",
    "inbox.change_agenda": "act code version",
    "inbox.publish_meeting": "draft version",
    "inbox.draft_decision": (
        "act decision_status decision_reason decision_answer decision_answer_sms decision_forwarded_to decision_project "
        "template version"
    ),
    "inbox.publish_one": "version",
    "inbox.add_template": "template_name template_status template_answer template_answer_sms",
    "inbox.write_template": "act template_name template_status template_answer template_answer_sms version",
    "inbox.add_default_templates": "",
    "inbox.decide_phrase": "decision",
    "inbox.check_import": "file packed file_name territory column_texte column_lieu",
    "inbox.take_in_import": "packed file_name territory column_texte column_lieu checked done number",
    "inbox.undo_import": "",
}
# What may stand in an address, beside ``vue``: the queue that a page of a case was opened from.
QUERIES = {
    "inbox.queue": "etat q axe solution commune canal etape du au remise seance reprise territoire montrer tri apres",
    "inbox.case": "vue",
    "inbox.dashboard": "periode territoire",
    "inbox.list_alike": "territoire apres",
    "inbox.compare": "idee",
    "inbox.read_for_meeting": "apres",
    "inbox.sign_in": "next",
    "inbox.show_exports": "vue",
    "inbox.export_csv": "vue",
    "inbox.export_xlsx": "vue",
}


def one_of(*values: str) -> Schema:
    return {"type": "string", "enum": list(values)}


CODE = {"type": "string", "pattern": f"^[{ALPHABET}]{{{LENGTH}}}$"}
NUMBER = {"type": "integer", "minimum": 0, "maximum": 2**40}
SEVERAL = {"type": "array", "items": {"type": "string"}}
FIELDS: dict[str, Schema] = {  # those that are not any text
    **dict.fromkeys(("told_by", "chosen", "draft"), SEVERAL),
    "idee": {"type": "array", "items": CODE},
    **dict.fromkeys(("version", "done", "number"), NUMBER),
    **dict.fromkeys(("code", "principale"), CODE),
    "solution": one_of("", "A1", "A1.1", "A2.2", "A4.2", "A9.9"),
    "act": one_of(
        "", "add", "remove", "fill", "delete", "discard", "publish", "flag", "unflag", "ban", "look", "put_on_agenda"
    ),
    "then": one_of("next", "stay"),
    "phase": one_of(*Phase),
    "role": one_of(*Role),
    "college": one_of("", "users", "professionals", "nobody"),
    "source": one_of(*Source),
    **dict.fromkeys(("decision_status", "template_status"), one_of(*Status)),
    "opinion_verdict": one_of(*Verdict),
    "decision": one_of("accept", "refuse"),
    **dict.fromkeys(
        ("departement", "territoire", "territory", "meeting_territory"), one_of("", "51", "67", "68", "75")
    ),
    "meeting_held_on": {"type": "string", "format": "date"},
    "file": {"type": "string", "contentMediaType": "text/csv"},
    "AccountSid": {"type": "string", "pattern": "^AC[0-9a-f]{32}$"},
    "MessageSid": {"type": "string", "pattern": f"^{MESSAGE_ID.pattern}$"},
    "From": {"type": "string", "pattern": f"^{SENDER.pattern}$"},
    "MessageStatus": one_of("queued", "sent", "delivered", "undelivered", "failed", "read", "canceled"),
}
CONVERTERS: dict[str, Schema] = {
    "IntegerConverter": {"type": "integer", "minimum": 0},
    "UUIDConverter": {"type": "string", "format": "uuid"},
}
DOORS = {
    "sms": "Twilio",
    "status": "Twilio",
    "chat": "Web chat",
    "embedded_chat": "Web chat",
    "inbox": "Reviewers",
    "metrics": "Operation",
    "simulator": "Demonstration",
}
ANSWERS = {  # by who asks
    "Twilio": {"200": "TwiML", "204": "heard", "400": "signed, but not a message", "403": "not signed by our account"},
    "Reviewers": {
        "200": "the page",
        "302": "done, or sign in first",
        "403": "the role lacks the right",
        "404": "not there, or another territory's",
        "409": "somebody else was quicker",
        "422": "what was typed cannot be taken in",
    },
}


def describe(app: Flask) -> Schema:
    """The description of everything that ``app`` answers to. Raises KeyError for a form that ``FORMS`` does not know."""
    paths: Schema = {}
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            paths.setdefault(re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), {})[method.lower()] = _describe(
                app, rule, method
            )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Voix Santé", "version": "1", "license": {"name": "MIT", "identifier": "MIT"}},
        "paths": paths,
        "components": {
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "session"},
                "signature": {"type": "apiKey", "in": "header", "name": "X-Twilio-Signature"},
            }
        },
    }


def _describe(app: Flask, rule: Rule, method: str) -> Schema:
    door = DOORS.get(rule.endpoint.split(".")[0], "Everybody")
    said = (app.view_functions[rule.endpoint].__doc__ or "").strip().split("\n")[0]
    named = [_name(name, "path", _convert(rule, name)) for name in sorted(rule.arguments)]
    asked = QUERIES.get(rule.endpoint, "").split() if method == "GET" else []
    operation: Schema = {
        "operationId": f"{rule.endpoint}.{method.lower()}",
        "tags": [door],
        "summary": said,
        "parameters": [*named, *(_name(name, "query", FIELDS.get(name, {"type": "string"})) for name in asked)],
        "responses": {
            **{status: {"description": text} for status, text in ANSWERS.get(door, {}).items()},
            "default": {"description": "a page that says what went wrong"},
        },
        "security": [{"signature": []}] if door == "Twilio" else [{"session": []}] if door == "Reviewers" else [],
    }
    if method == "POST":
        own = [] if door == "Twilio" or rule.endpoint.startswith("embedded") else ["csrf_token"]
        fields = {name: FIELDS.get(name, {"type": "string"}) for name in [*own, *FORMS[rule.endpoint].split()]}
        kind = "multipart/form-data" if "file" in fields else "application/x-www-form-urlencoded"
        operation["requestBody"] = {"content": {kind: {"schema": {"type": "object", "properties": fields}}}}
    return operation


def _name(name: str, where: str, schema: Schema) -> Schema:
    return {"name": name, "in": where, "required": where == "path", "schema": schema}


def _convert(rule: Rule, name: str) -> Schema:
    return CODE if name == "code" else CONVERTERS.get(type(rule._converters[name]).__name__, {"type": "string"})


def write(description: Schema) -> str:
    return json.dumps(description, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    with TemporaryDirectory() as folder, app_with(DATABASE_URL=f"sqlite:///{folder}/voix.db", **WITH_ALL_DOORS) as made:
        FILE.write_text(write(describe(made)), encoding="utf-8")
