"""What Prometheus reads: counted once for all processes, from the database where it must be, and of nobody."""

from __future__ import annotations

import datetime as dt
import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from bot.channel import Channel
from bot.known import Mind
from extensions import db
from service import alerts, gauges, outbox
from service.delivery import advance
from service.models import Base, Contribution, Delivery, OutboxMessage, Purpose, Source, Status
from tests.post_office import add_person
from tests.server import Server
from tests.telephone import SETTINGS, Telephone, sign
from tests.visitor import Visitor
from wsgi import create_app

TOKEN = "a token for the tests' metrics"
NUMBER = "+33639985577"
NAME = "Zwingelstein"
Samples = dict[tuple[str, ...], float]


@pytest.fixture
def watched(database_url: str, mind: Mind, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The application with its page of metrics open to who bears the token."""
    monkeypatch.setattr("wsgi.load_mind", lambda: mind)
    own = {"DATABASE_URL": database_url, "TESTING": True, "RATELIMIT_ENABLED": False, "VOIX_METRICS_TOKEN": TOKEN}
    application = create_app({**SETTINGS, **own})
    with application.app_context():
        Base.metadata.create_all(db.engine)
        yield application
        db.session.remove()
        db.engine.dispose()


def get(app: Flask, token: str | None = TOKEN) -> TestResponse:
    db.session.rollback()
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
    return app.test_client().get("/metrics", headers=headers)


def parse(text: str) -> dict[str, Metric]:
    return {family.name: family for family in text_string_to_metric_families(text)}


def read(app: Flask, name: str) -> Samples:
    """The values of one metric by the values of its labels, in the order of the labels' names."""
    family = parse(get(app).text).get(name)
    samples = family.samples if family else []
    kept = [one for one in samples if one.name in (name, f"{name}_total", f"{name}_count")]
    return {tuple(one.labels[label] for label in sorted(one.labels)): one.value for one in kept}


def grown(before: Samples, after: Samples) -> Samples:
    """What was counted between two readings: the counters are those of the whole test process."""
    return {key: value - before.get(key, 0) for key, value in after.items() if value != before.get(key, 0)}


# Who may read


def test_there_is_no_such_page_unless_a_token_is_set(app: Flask) -> None:
    assert (get(app).status_code, get(app, "").status_code) == (404, 404)


@pytest.mark.parametrize("token", [None, "", "another", TOKEN + "x", "é"])
def test_it_is_for_who_bears_the_token(watched: Flask, token: str | None) -> None:
    assert get(watched, token).status_code == 401
    assert get(watched).status_code == 200


# What is counted


def test_requests_are_counted_by_route_method_and_status_and_timed(watched: Flask) -> None:
    before, timed = read(watched, "voix_requests"), read(watched, "voix_request_seconds")
    client = watched.test_client()
    client.get("/")
    client.get("/projets/nul")
    client.get(f"/{NAME}/0639985577")
    client.open("/", method=NAME.upper())
    expected = {
        ("public.home", "GET", "200"): 1,
        ("public.project", "GET", "404"): 1,
        ("none", "GET", "404"): 1,
        ("none", "other", "405"): 1,
        ("metrics.show", "GET", "200"): 2,
    }
    assert grown(before, read(watched, "voix_requests")) == expected
    times = {(endpoint, method): number for (endpoint, method, _), number in expected.items()}
    assert grown(timed, read(watched, "voix_request_seconds")) == times


def test_messages_are_counted_by_channel_and_by_what_became_of_them(watched: Flask) -> None:
    before = read(watched, "voix_messages")
    telephone, abroad = Telephone(watched, NUMBER), Telephone(watched, "+8801711123456")
    form = telephone.form("bonjour")
    for _ in range(3):
        telephone.post(form)
    telephone.post(form, signature="forged")
    Telephone(watched, f"whatsapp:{NUMBER}").text("menu")
    abroad.text("bonjour")
    Visitor(watched).fill_in("/chat", text="menu")
    assert grown(before, read(watched, "voix_messages")) == {
        ("sms", "taken_in"): 1,
        ("sms", "repeated"): 2,
        ("sms", "refused"): 1,
        ("sms", "withheld_country"): 1,
        ("whatsapp", "taken_in"): 1,
        ("web", "taken_in"): 1,
    }


def test_emergencies_are_counted_by_kind(
    watched: Flask,
) -> None:
    Telephone(watched, NUMBER).text("mon mari ne respire plus")
    alerts.count_alert(db.session(), "suicide", "68", dt.datetime.now(dt.UTC) - dt.timedelta(days=2))
    db.session.commit()
    assert read(watched, "voix_emergencies_today") == {("vital_emergency",): 1}


def test_what_is_owed_is_counted_by_state_and_purpose(watched: Flask) -> None:
    session, now = db.session(), dt.datetime.now(dt.UTC)
    person, web = add_person(session, watched, NUMBER), add_person(session, watched, "web:" + "a" * 43, Channel.WEB)
    late = outbox.owe(session, person, "un", Purpose.REPLY, now - dt.timedelta(minutes=10))
    outbox.owe(session, web, "bruit", Purpose.NEWS, now - dt.timedelta(days=3))
    sent, old = (outbox.owe(session, person, "deux", Purpose.SAFETY, now - dt.timedelta(days=days)) for days in (0, 2))
    for message in (sent, old):
        advance(message, Delivery.DELIVERED, now)
    session.commit()
    assert read(watched, "voix_outbox_unfinished") == {("owed", "reply"): 1, ("owed", "news"): 1}
    assert read(watched, "voix_outbox_finished_last_day") == {("delivered", "safety"): 1}
    assert 600 <= read(watched, "voix_outbox_longest_wait_seconds")[()] < 660
    advance(session.get_one(OutboxMessage, late.id), Delivery.SENT, now)
    session.commit()
    assert read(watched, "voix_outbox_longest_wait_seconds") == {(): 0}


def make_idea(session: Session, code: str, departement: str, status: Status) -> None:
    at = dt.datetime.now(dt.UTC)
    session.add(
        Contribution(
            code=code, channel=Source.SMS, received_at=at, words=NAME, departement=departement, suggestions=[],
            status=status, third_person_health=False,
        )
    )  # fmt: skip


def test_ideas_that_wait_are_counted_so_far_by_territory_and_state(
    watched: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gauges, "MOST_COUNTED", 2)
    session = db.session()
    for number, (departement, status) in enumerate(
        [("68", Status.RECEIVED)] * 3 + [("67", Status.INSTRUCTED), ("68", Status.RETAINED)]
    ):
        make_idea(session, f"AAAAA{number}", departement, status)
    session.commit()
    waiting = {key: value for key, value in read(watched, "voix_queue").items() if value}
    assert waiting == {("68", "received"): 2, ("67", "instructed"): 1}


def test_the_lexicon_in_use_is_named_and_its_age_told(watched: Flask) -> None:
    ((edition,),) = read(watched, "voix_lexicon_info")
    assert edition == watched.extensions["voix"].live_mind.edition.name
    assert read(watched, "voix_lexicon_age_seconds")[()] > 0


def test_without_its_tables_what_is_in_memory_is_told_all_the_same(watched: Flask) -> None:
    assert read(watched, "voix_database_up") == {(): 1}
    db.session.remove()
    Base.metadata.drop_all(db.engine)
    assert read(watched, "voix_database_up") == {(): 0}
    assert read(watched, "voix_queue") == {}
    assert read(watched, "voix_requests") != {}


def test_no_label_and_no_line_tells_of_a_person(watched: Flask) -> None:
    telephone = Telephone(watched, NUMBER)
    for text in ("bonjour", f"je m'appelle {NAME}, 06 39 98 55 77", "mes données"):
        telephone.text(text)
    Visitor(watched).fill_in("/chat", text=NAME)
    watched.test_client().get(f"/mes-donnees/{NAME}", headers={"X-Forwarded-For": "203.0.113.77"})
    told = get(watched).text
    keyring = watched.extensions["voix"].first_service.keyring
    pseudonym = keyring.make_pseudonyms(NUMBER)[0].split(":")[1]
    assert [one for one in (NAME, "39985577", "203.0.113", pseudonym, TOKEN) if one in told] == []


# Several processes


@pytest.mark.slow
def test_any_of_several_processes_tells_what_all_have_counted(tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    folder.mkdir()
    own = {"VOIX_METRICS_TOKEN": TOKEN, "PROMETHEUS_MULTIPROC_DIR": str(folder)}
    server = Server(f"sqlite:///{tmp_path / 'voix.db'}", **own)
    try:
        server.start(workers=2)
        for number in range(12):
            server.text("bonjour", number=f"+3363998{number:04}")
        counts = set()
        for _ in range(6):
            request = urllib.request.Request(f"{server.base}/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
            told = parse(urllib.request.urlopen(request, timeout=30).read().decode())
            (messages,) = (one for one in told["voix_messages"].samples if one.name == "voix_messages_total")
            counts.add((json.dumps(messages.labels, sort_keys=True), messages.value))
            assert told["voix_database_up"].samples[0].value == 1
    finally:
        server.kill()
    assert counts == {('{"channel": "sms", "outcome": "taken_in"}', 12)}


def test_a_folder_that_is_not_there_is_told_at_start(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        create_app(
            {**SETTINGS, "DATABASE_URL": "sqlite:////tmp/x.db", "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "no")}
        )
    assert capsys.readouterr().err == f"voix-sante: PROMETHEUS_MULTIPROC_DIR is not a folder: {tmp_path / 'no'}\n"


def test_a_message_whose_signature_is_wrong_is_counted_once_and_kept_nowhere(watched: Flask) -> None:
    before = read(watched, "voix_messages")
    telephone = Telephone(watched, NUMBER)
    form = telephone.form("bonjour")
    assert telephone.post({**form, "AccountSid": "AC" + "9" * 32}, sign(form)).status_code == 403
    assert grown(before, read(watched, "voix_messages")) == {("sms", "refused"): 1}
