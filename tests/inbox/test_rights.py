"""The rights matrix: every page of the inbox × every role × one's own object and a foreign territory's.

A new route is added to ``PAGES`` or ``OPEN``, with how its object is made; until then
``test_every_route_is_in_the_matrix`` fails.
"""

from __future__ import annotations

import base64
import datetime as dt
import itertools
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from flask import Flask, url_for
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from bot.flows.follow_up import ALPHABET
from service import invitations, reviewers, sign_ins, totp
from service.models import (
    AnswerTemplate,
    Ban,
    Contribution,
    Import,
    Meeting,
    Phase,
    PhraseProposal,
    ProposalState,
    Question,
    Reviewer,
    Role,
    SavedView,
    SignIn,
    Status,
)
from service.rights import RIGHTS, Right
from tests.council import idea
from tests.visitor import PASSWORD, Visitor, sign_in

HERE, FOREIGN = "68", "51"
OWN, FOREIGNERS = "own", "foreign"
CODES = ("".join(letters) for letters in itertools.product(sorted(ALPHABET), repeat=6))
NewReviewer = Callable[..., Reviewer]


@dataclass(frozen=True)
class Target:
    """What a request is about: the arguments of its address, the fields of its form."""

    address: dict[str, object] = field(default_factory=dict)
    form: dict[str, str | list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """Where an object is made: in this territory, for this reviewer of it."""

    session: Session
    departement: str
    reviewer: Reviewer


@dataclass(frozen=True)
class Page:
    """What one must have to open it. ``personal``: its object is one reviewer's, and not even the region's."""

    right: Right
    make: Callable[[Place], Target] | None = None
    form: dict[str, str | list[str]] = field(default_factory=dict)
    personal: bool = False


# Objects


def make_idea(place: Place, status: Status = Status.INSTRUCTED) -> Contribution:
    return idea(place.session, next(CODES), place.departement, status)


def an_idea(place: Place) -> Target:
    made = make_idea(place)
    return Target({"code": made.code}, {"version": str(made.version)})


def a_sealed_idea(place: Place) -> Target:
    made = make_idea(place)
    made.sealed_words = b"by another key"
    place.session.commit()
    return Target({"code": made.code})


def a_sealed_answer(place: Place) -> Target:
    made, now = make_idea(place), dt.datetime.now(dt.UTC)
    asked = Question(contribution_id=made.id, reviewer_id=place.reviewer.id, words="Où ?", asked_at=now, closed_at=now)
    asked.answer, asked.sealed_answer = "Chez [nom]", b"by another key"
    place.session.add(asked)
    place.session.commit()
    return Target({"code": made.code, "number": asked.id}, {f"answer_reason_{asked.id}": "Pour relire."})


def two_ideas(place: Place) -> Target:
    both = [make_idea(place) for _ in range(2)]
    versions: dict[str, str | list[str]] = {f"version-{one.code}": str(one.version) for one in both}
    return Target({}, {"idee": [one.code for one in both], "principale": both[0].code, **versions})


def make_meeting(place: Place) -> Meeting:
    made = Meeting(departement=place.departement, title="Plénière", held_on=dt.date(2026, 12, 4), phase=Phase.OPINIONS)
    place.session.add(made)
    place.session.commit()
    return made


def a_meeting(place: Place) -> Target:
    made = make_meeting(place)
    return Target({"number": made.id}, {"version": str(made.version)})


def a_meeting_to_read(place: Place) -> Target:
    made, debated = make_meeting(place), make_idea(place)
    debated.meeting_id = made.id
    place.session.commit()
    return Target({"number": made.id}, {"code": debated.code})


def a_meeting_for_several(place: Place) -> Target:
    return Target(
        {}, {"act": "put_on_agenda", "chosen": f"{make_idea(place).code}.1", "meeting": str(make_meeting(place).id)}
    )


def a_template(place: Place) -> Target:
    made = AnswerTemplate(
        departement=place.departement, status=Status.RETAINED, name="Retenue", answer="Merci.", answer_sms="Merci."
    )
    place.session.add(made)
    place.session.commit()
    return Target({"number": made.id}, {"version": str(made.version), "act": "delete"})


def a_ban(place: Place) -> Target:
    made = Ban(
        pseudonym=f"key:{next(CODES)}",
        departement=place.departement,
        contribution_id=make_idea(place).id,
        reviewer_id=place.reviewer.id,
        since=dt.datetime.now(dt.UTC),
        reason="Injures.",
    )
    place.session.add(made)
    place.session.commit()
    return Target({"number": made.id})


def an_appeal(place: Place) -> Target:
    target = a_ban(place)
    now = dt.datetime.now(dt.UTC)
    ban = place.session.get_one(Ban, target.address["number"])
    ban.appeal, ban.appealed_at = "Pardon.", now
    place.session.commit()
    return Target(target.address, {"appealed_at": now.isoformat(), "abuse_reason": "Injures répétées."})


def a_phrase(place: Place) -> Target:
    made = PhraseProposal(
        contribution_id=make_idea(place).id,
        words="un bus dentaire",
        label="A4.2",
        reviewer_id=place.reviewer.id,
        at=dt.datetime.now(dt.UTC),
        state=ProposalState.PROPOSED,
    )
    place.session.add(made)
    place.session.commit()
    return Target({"number": made.id})


def an_invitation(place: Place) -> Target:
    made = invitations.Invitation(
        token_hash=next(CODES),
        email=f"{next(CODES)}@cts.example",
        name="",
        role=Role.MEMBER,
        departement=place.departement,
        college="users",
        invited_by=place.reviewer.id,
        expires_at=dt.datetime.now(dt.UTC) + invitations.LASTS,
    )
    place.session.add(made)
    place.session.commit()
    return Target({"number": made.id})


def somebody(place: Place) -> Target:
    email, now = f"{next(CODES)}@cts.example".lower(), dt.datetime.now(dt.UTC)
    made = reviewers.add_reviewer(place.session, email, "", PASSWORD, place.departement, now)
    place.session.commit()
    return Target({"number": made.id}, {"role": "member", "departement": place.departement, "college": "users"})


def somebody_to_invite(place: Place) -> Target:
    email = f"{next(CODES)}@cts.example"
    return Target({}, {"email": email, "departement": place.departement, "college": "users"})


def a_session(place: Place) -> Target:
    token = sign_ins.open_session(place.session, place.reviewer, "Firefox", dt.datetime.now(dt.UTC))
    found = sign_ins.find(place.session, token, dt.datetime.now(dt.UTC))
    assert isinstance(found, SignIn)
    place.session.commit()
    return Target({"number": found.id})


def a_view(place: Place) -> Target:
    made = SavedView(reviewer_id=place.reviewer.id, name=next(CODES), query="")
    place.session.add(made)
    place.session.commit()
    return Target({"number": made.id})


def make_import(place: Place) -> Import:
    made = Import(
        reviewer_id=place.reviewer.id,
        departement=place.departement,
        at=dt.datetime.now(dt.UTC),
        file_name="notes.csv",
        taken_in=0,
        known_already=0,
        refused=0,
    )
    place.session.add(made)
    place.session.commit()
    return made


def an_import(place: Place) -> Target:
    return Target({"number": make_import(place).id})


def an_import_going_on(place: Place) -> Target:
    content = base64.b64encode(zlib.compress(b"texte\nun bus\n")).decode()
    form = {"packed": content, "column_texte": "0", "checked": "texte=0", "territory": place.departement}
    return Target({}, {**form, "number": str(make_import(place).id)})


# The table

OPEN = {  # to everybody: what they get, without having typed anything
    "inbox.sign_in": 200,
    "inbox.do_sign_in": 401,
    "inbox.code_form": 302,  # to sign in first
    "inbox.do_code": 302,
    "inbox.sign_out": 302,
    "inbox.invitation": 200,  # whoever has the link
    "inbox.accept_invitation": 422,
}
PAGES = {
    # the queue and the case
    "inbox.queue": Page(Right.READ),
    "inbox.case": Page(Right.READ, an_idea),
    "inbox.open_original": Page(Right.INSTRUCT, a_sealed_idea, {"opening_reason": "Pour relire."}),
    "inbox.act_on_several": Page(Right.INSTRUCT, a_meeting_for_several),
    "inbox.save_view": Page(Right.READ, form={"view_name": "À lire"}),
    "inbox.delete_view": Page(Right.READ, a_view, personal=True),
    # instructing
    "inbox.instruct": Page(Right.INSTRUCT, an_idea, {"solution": "A4.2"}),
    "inbox.claim": Page(Right.INSTRUCT, an_idea),
    "inbox.renew_claim": Page(Right.INSTRUCT, an_idea),
    "inbox.release_claim": Page(Right.INSTRUCT, an_idea),
    "inbox.add_note": Page(Right.INSTRUCT, an_idea, {"note": "À relire."}),
    "inbox.ask_author": Page(Right.INSTRUCT, an_idea, {"question": "Quel village ?"}),
    "inbox.open_answer": Page(Right.INSTRUCT, a_sealed_answer),
    "inbox.list_alike": Page(Right.INSTRUCT),
    "inbox.tell_apart": Page(Right.INSTRUCT, two_ideas),
    "inbox.compare": Page(Right.INSTRUCT),
    "inbox.merge": Page(Right.INSTRUCT, two_ideas),
    "inbox.separate": Page(Right.INSTRUCT, an_idea),
    "inbox.new_entry": Page(Right.INSTRUCT),
    "inbox.enter_idea": Page(Right.INSTRUCT),
    "inbox.show_entered": Page(Right.INSTRUCT, an_idea),
    "inbox.list_bans": Page(Right.INSTRUCT),
    "inbox.lift_ban": Page(Right.DECIDE, a_ban),
    "inbox.uphold_ban": Page(Right.DECIDE, an_appeal),
    "inbox.report_abuse": Page(Right.INSTRUCT, an_idea, {"act": "flag", "abuse_reason": "Injures."}),
    # deliberating and answering
    "inbox.give_opinion": Page(Right.OPINE, an_idea, {"opinion_verdict": "favourable"}),
    "inbox.read_for_meeting": Page(Right.OPINE, a_meeting_to_read),
    "inbox.give_and_go_on": Page(Right.OPINE, a_meeting_to_read, {"opinion_verdict": "favourable"}),
    "inbox.list_meetings": Page(Right.READ),
    "inbox.hold_meeting": Page(Right.DECIDE),
    "inbox.meeting": Page(Right.READ, a_meeting),
    "inbox.move_phase": Page(Right.DECIDE, a_meeting, {"phase": "closed"}),
    "inbox.change_agenda": Page(Right.DECIDE, a_meeting, {"act": "fill"}),
    "inbox.publish_meeting": Page(Right.DECIDE, a_meeting),
    "inbox.print_agenda": Page(Right.READ, a_meeting),
    "inbox.print_record": Page(Right.READ, a_meeting),
    "inbox.draft_decision": Page(Right.DECIDE, an_idea, {"decision_status": "retained"}),
    "inbox.publish_one": Page(Right.DECIDE, an_idea),
    "inbox.show_sms_alphabet": Page(Right.READ),
    "inbox.list_templates": Page(Right.DECIDE),
    "inbox.add_template": Page(Right.DECIDE),
    "inbox.edit_template": Page(Right.DECIDE, a_template),
    "inbox.write_template": Page(Right.DECIDE, a_template),
    "inbox.add_default_templates": Page(Right.GOVERN),
    # seeing
    "inbox.dashboard": Page(Right.READ),
    "inbox.show_exports": Page(Right.INSTRUCT),
    "inbox.export_csv": Page(Right.INSTRUCT),
    "inbox.export_xlsx": Page(Right.INSTRUCT),
    "inbox.show_dictionary": Page(Right.INSTRUCT),
    "inbox.list_imports": Page(Right.INSTRUCT),
    "inbox.check_import": Page(Right.INSTRUCT),
    "inbox.take_in_import": Page(Right.INSTRUCT, an_import_going_on),
    "inbox.undo_import": Page(Right.INSTRUCT, an_import),
    # the lexicon
    "inbox.show_lexicon": Page(Right.READ),
    "inbox.decide_phrase": Page(Right.GOVERN, a_phrase, {"decision": "accept"}),
    # people
    "inbox.people": Page(Right.INVITE),
    "inbox.invite": Page(Right.INVITE, somebody_to_invite),
    "inbox.revoke_invitation": Page(Right.INVITE, an_invitation),
    "inbox.person": Page(Right.GOVERN, somebody),
    "inbox.assign": Page(Right.GOVERN, somebody),
    "inbox.close_account": Page(Right.GOVERN, somebody),
    "inbox.reopen_account": Page(Right.GOVERN, somebody),
    # one's own account
    "inbox.account": Page(Right.READ),
    "inbox.rename": Page(Right.READ, form={"name": "Camille"}),
    "inbox.change_password": Page(Right.READ),
    "inbox.second_factor_form": Page(Right.READ),
    "inbox.set_up_second_factor": Page(Right.READ, form={"secret": totp.make_secret()}),
    "inbox.remove_second_factor": Page(Right.READ),
    "inbox.renew_codes": Page(Right.READ),
    "inbox.end_session": Page(Right.READ, a_session, personal=True),
    "inbox.end_other_sessions": Page(Right.READ),
}
OPENED = frozenset({200, 204, 302, 303, 409, 422})  # heard: done, or refused for what was typed


def rules_of(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/inbox")]


def test_every_route_is_in_the_matrix(app: Flask) -> None:
    assert sorted({rule.endpoint for rule in rules_of(app)}) == sorted({*PAGES, *OPEN})


def request_page(visitor: Visitor, method: str, address: str, form: dict[str, str | list[str]]) -> TestResponse:
    return visitor.get(address) if method == "GET" else visitor.post(address, form)


def is_shut(response: TestResponse) -> bool:
    """Whether one is asked to sign in."""
    return response.status_code == 302 and response.location.startswith("/inbox/connexion")


def tell(response: TestResponse) -> str:
    """What became of a request, in a word."""
    if is_shut(response):
        return "sign in"
    return "opened" if response.status_code in OPENED else str(response.status_code)


def expect(page: Page, role: Role, whose: str) -> str:
    """What should have."""
    if page.right not in RIGHTS[role]:
        return "403"
    is_hidden = whose == FOREIGNERS and (page.personal or role is not Role.REGION)
    return "404" if is_hidden else "opened"


def each_cell(app: Flask) -> Iterator[tuple[str, str, str, Page]]:
    """(endpoint, method, whose object, page): both objects where the page has one."""
    for rule in rules_of(app):
        if rule.endpoint in PAGES:
            page = PAGES[rule.endpoint]
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                for whose in (OWN, FOREIGNERS) if page.make else (OWN,):
                    yield rule.endpoint, method, whose, page


def try_pages(app: Flask, session: Session, visitor: Visitor, token: str, own: Place, foreign: Place) -> dict[str, str]:
    """What becomes of each cell of the matrix for this visitor."""
    found = {}
    for endpoint, method, whose, page in each_cell(app):
        target = page.make(own if whose == OWN else foreign) if page.make else Target()
        with app.test_request_context():
            address = url_for(endpoint, **target.address)  # type: ignore[arg-type]
        form = {"csrf_token": token, **target.form, **page.form}
        found[f"{method} {endpoint} {whose}"] = tell(request_page(visitor, method, address, form))
    return found


@pytest.mark.parametrize(
    ("role", "departement"),
    [
        pytest.param(Role.MEMBER, HERE, id="member"),
        pytest.param(Role.SECRETARY, HERE, id="secretary"),
        pytest.param(Role.REGION, None, id="region"),
    ],
)
def test_the_matrix_of_rights(
    app: Flask, session: Session, new_reviewer: NewReviewer, role: Role, departement: str | None
) -> None:
    reviewer, stranger = new_reviewer(departement, role), new_reviewer(FOREIGN)
    new_reviewer(None)  # the region is not only the reviewer themselves
    visitor = sign_in(app, reviewer)
    token = visitor.read("/inbox/compte").form("/inbox/compte/nom").fields["csrf_token"]
    own, foreign = Place(session, HERE, reviewer), Place(session, FOREIGN, stranger)
    expected = {
        f"{method} {endpoint} {whose}": expect(page, role, whose) for endpoint, method, whose, page in each_cell(app)
    }
    found = try_pages(app, session, visitor, token, own, foreign)
    for cell, told in found.items():  # hidden, where a right is lacking too: as good
        if expected[cell] == "403" and told == "404" and cell.endswith(FOREIGNERS):
            found[cell] = "403"
    assert found == expected


def test_the_signed_out_are_asked_to_sign_in(app: Flask, session: Session, new_reviewer: NewReviewer) -> None:
    visitor = Visitor(app)
    token = visitor.read("/inbox/connexion").form("").fields["csrf_token"]
    place = Place(session, HERE, new_reviewer(HERE))
    found = try_pages(app, session, visitor, token, place, place)
    assert found == dict.fromkeys(found, "sign in")


@pytest.mark.parametrize("role", [None, *Role])
def test_what_is_open_to_everybody(app: Flask, session: Session, new_reviewer: NewReviewer, role: Role | None) -> None:
    """The signed out, and each role: none of these pages tells or does more to one who is in."""
    secretary = new_reviewer(HERE)
    reviewer = new_reviewer(None if role is Role.REGION else HERE, role) if role else None
    found = {}
    for rule in rules_of(app):
        if rule.endpoint not in OPEN:
            continue
        visitor = sign_in(app, reviewer) if reviewer else Visitor(app)
        token = visitor.read("/inbox/connexion").form("").fields["csrf_token"]
        email, now = f"{next(CODES)}@cts.example", dt.datetime.now(dt.UTC)
        _, link = invitations.invite(session, secretary, email, "", Role.MEMBER, HERE, "users", now)
        session.commit()
        with app.test_request_context():
            address = url_for(rule.endpoint, **({"token": link} if "token" in rule.arguments else {}))
        method = "POST" if "POST" in (rule.methods or set()) else "GET"
        found[rule.endpoint] = request_page(visitor, method, address, {"csrf_token": token}).status_code
    assert found == OPEN
