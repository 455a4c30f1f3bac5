"""What an attacker may try from outside, one thing after the other, and what comes of it."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from bot.known import Mind
from extensions import csrf, db
from public.protection import CONTENT_SECURITY_POLICY, TLS_ONLY_SECONDS
from request_log import REQUEST_ID, JsonLines
from service import reviewers
from service.models import Base, Reviewer, Role
from service.settings import read_settings
from tests.telephone import ACCOUNT, BASE_URL, SETTINGS, TOKEN, Telephone, sign
from tests.visitor import PASSWORD, Page, Visitor, app_with, sign_in
from webhooks.signature import LARGEST_BODY
from wsgi import create_app

ROOT = Path(__file__).parent.parent
NewReviewer = Callable[..., Reviewer]
WEBHOOK = "/webhooks/sms"
# A signature says who calls; the conversation's token and the Origin do (tests/webhooks/test_embedded_chat.py).
WITHOUT_CSRF = {"webhooks.sms.receive", "webhooks.status.receive", "webhooks.embedded_chat.receive"}
OF_MACHINES = {"public.healthz", "public.readyz", "metrics.show"}
EXAMPLES = {"int": "1", "uuid": str(uuid.UUID(int=1)), "default": "K7Q2MX", "path": "voix.css"}


@pytest.fixture
def region(app: Flask, new_reviewer: NewReviewer) -> Visitor:
    """The browser of somebody who may do everything."""
    return sign_in(app, new_reviewer(None, Role.REGION))


@pytest.fixture
def failing(app: Flask) -> Flask:
    """An application that answers to its own faults as in production, and whose pages fail."""
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.view_functions["public.projects"] = lambda: 1 // 0
    return app


def example_of(rule: Rule) -> str:
    """An address of that form."""
    return re.sub(r"<(?:(\w+):)?\w+>", lambda found: EXAMPLES[found[1] or "default"], rule.rule)


def read_all(session: Session) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    session.rollback()
    tables = Base.metadata.sorted_tables
    rows = {table.name: sorted((tuple(row) for row in session.execute(select(table))), key=repr) for table in tables}
    session.rollback()
    return rows


# Forms of other sites


def test_every_form_is_refused_without_its_token_but_what_proves_itself_otherwise(app: Flask, region: Visitor) -> None:
    posts = [rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    views = {f"{app.view_functions[rule.endpoint].__module__}.{rule.endpoint.split('.')[1]}": rule for rule in posts}
    assert csrf._exempt_views == WITHOUT_CSRF
    answers = {name: region.post(example_of(rule), {}) for name, rule in views.items() if name not in WITHOUT_CSRF}
    assert {name: answer.status_code for name, answer in answers.items() if answer.status_code != 400} == {}
    assert len(answers) > 40
    for answer in answers.values():
        assert "Le formulaire n'est plus valable." in Page(answer).words


def test_nothing_is_changed_by_opening_an_address(app: Flask, region: Visitor, session: Session) -> None:
    """A GET needs no token: it must not change what a reviewer has done."""
    pages = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    for rule in pages:
        region.get(example_of(rule))
    before = read_all(session)
    for rule in pages:
        region.get(example_of(rule))
    assert read_all(session) == before


def test_a_form_sent_from_another_site_is_refused_even_with_its_token(app: Flask, session: Session) -> None:
    visitor = Visitor(app)
    fields = {**visitor.read("/chat").form("/chat").fields, "text": "menu"}
    for referer in ("https://evil.example/chat", f"{BASE_URL}.evil.example/", ""):
        headers = {"Referer": referer} if referer else {}
        response = visitor.client.post("/chat", data=fields, base_url=BASE_URL, headers=headers)
        assert response.status_code == 400


# Sessions


def test_a_session_is_new_at_sign_in_and_over_when_ended(
    app: Flask, session: Session, new_reviewer: NewReviewer
) -> None:
    reviewer = new_reviewer("68")
    visitor = Visitor(app)
    visitor.read("/inbox/connexion")
    before = visitor.cookie("session")
    visitor.fill_in("/inbox/connexion", action="", email=reviewer.email, password=PASSWORD)
    signed_in = visitor.cookie("session")
    assert signed_in not in (None, before)
    thief = Visitor(app)
    thief.client.set_cookie("session", signed_in or "", domain="voix.example.fr")
    assert thief.get("/inbox/").status_code == 200
    reviewers.set_password(session, session.merge(reviewer), "un tout autre mot de passe")
    session.commit()
    assert [one.get("/inbox/").status_code for one in (thief, visitor)] == [302, 302]


def test_a_session_cookie_of_ones_own_making_opens_nothing(app: Flask, new_reviewer: NewReviewer) -> None:
    reviewer = new_reviewer("68")
    for forged in ("", "x", str(reviewer.id), "eyJfdXNlcl9pZCI6IjEifQ.Zz.zz"):
        visitor = Visitor(app)
        visitor.client.set_cookie("session", forged, domain="voix.example.fr")
        assert visitor.get("/inbox/").status_code == 302


# Cookies


def gather_cookies(app: Flask, reviewer: Reviewer) -> dict[str, set[str]]:
    """The flags of every cookie that a person and a reviewer are given, by its name."""
    visitor, given = Visitor(app), []
    given.append(visitor.fill_in("/chat", text="menu"))
    given.append(visitor.fill_in("/inbox/connexion", action="", email=reviewer.email, password=PASSWORD))
    given += [visitor.get("/chat"), visitor.get("/inbox/"), visitor.get("/inbox/connexion")]
    found: dict[str, set[str]] = {}
    for response in given:
        for cookie in response.headers.getlist("Set-Cookie"):
            name, *flags = cookie.split("; ")
            kept = {flag for flag in flags if not flag.startswith(("Expires", "Max-Age"))}
            found.setdefault(name.split("=")[0], kept)
            assert found[name.split("=")[0]] == kept
    return found


def test_cookies_are_for_our_host_over_tls_out_of_reach_of_scripts_and_of_other_sites(
    app: Flask, new_reviewer: NewReviewer
) -> None:
    cookies = gather_cookies(app, new_reviewer("68"))
    assert {"session", "voix_chat"} <= set(cookies)
    for flags in cookies.values():
        assert {"Secure", "HttpOnly"} <= flags
        assert flags & {"SameSite=Lax", "SameSite=Strict"}
        assert [flag for flag in flags if flag.startswith("Domain")] == []


def test_without_tls_on_ones_own_machine_they_are_sent_all_the_same(
    tmp_path: Path, mind: Mind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wsgi.load_mind", lambda: mind)
    with app_with(DATABASE_URL=f"sqlite:///{tmp_path / 'voix.db'}", PUBLIC_BASE_URL="http://127.0.0.1:8000") as app:
        response = app.test_client().get("/chat")
        assert [cookie for cookie in response.headers.getlist("Set-Cookie") if "Secure" in cookie] == []
        assert "Strict-Transport-Security" not in response.headers


# What browsers are told

PROTECTION = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Strict-Transport-Security": f"max-age={TLS_ONLY_SECONDS}",
}


def protection_of(response: TestResponse) -> dict[str, str | None]:
    return {name: response.headers.get(name) for name in PROTECTION}


def test_the_policy_allows_nothing_inline_nothing_from_elsewhere_and_no_frame() -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    directives = dict(part.split(" ", 1) for part in CONTENT_SECURITY_POLICY.split("; "))
    assert directives == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }


def test_every_page_is_protected_and_holds_nothing_inline(app: Flask, region: Visitor) -> None:
    pages = {
        rule.endpoint: region.get(example_of(rule))
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
    }
    assert {name: found for name, one in pages.items() if (found := protection_of(one)) != PROTECTION} == {}
    inline = {
        (endpoint, tag, attribute)
        for endpoint, response in pages.items()
        if response.mimetype == "text/html"
        for tag, given in Page(response).tags
        for attribute in (
            *given,
            *([""] if tag == "script" and "src" not in given else []),
            *(["tag"] if tag == "style" else []),
        )
        if attribute in {"", "style", "tag"} or attribute.startswith("on")
    }
    assert inline == set()
    assert sum(response.status_code == 200 for response in pages.values()) > 20


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        pytest.param("/chat", "POST", 400, id="a form without its token"),
        pytest.param(WEBHOOK, "POST", 403, id="not signed"),
        pytest.param("/nulle-part", "GET", 404, id="no such page"),
        pytest.param("/", "POST", 405, id="no form"),
        pytest.param("/projets", "GET", 500, id="our own fault"),
    ],
)
def test_an_error_is_a_page_as_protected_as_the_others(failing: Flask, path: str, method: str, status: int) -> None:
    response = failing.test_client().open(path, method=method, base_url=BASE_URL)
    assert (response.status_code, protection_of(response)) == (status, PROTECTION)
    assert ("html", {"lang": "fr"}) in Page(response).tags


def test_our_own_fault_tells_nothing_of_itself(failing: Flask) -> None:
    page = Page(failing.test_client().get("/projets"))
    assert "Un problème est survenu" in page.words
    insides = ("ZeroDivisionError", "Traceback", "division", ".py", "lambda", "sqlalchemy", "werkzeug")
    assert [one for one in insides if one.casefold() in page.html.casefold()] == []


@pytest.mark.parametrize("path", ["/nulle-part", "/projets/nul", "/mes-donnees/nul"])
def test_an_error_page_names_the_request_as_the_log_does(served: Flask, path: str) -> None:
    response = served.test_client().get(path, base_url=BASE_URL)
    assert response.status_code == 404
    assert Page(response).words.split("référence : ")[1].split()[0] == response.headers[REQUEST_ID]


# Which host


@pytest.mark.parametrize(
    ("host", "status"),
    [
        pytest.param("voix.example.fr", 200, id="ours"),
        pytest.param("voix.example.fr:443", 200, id="ours, with the port"),
        pytest.param("VOIX.EXAMPLE.FR", 200, id="ours, in capitals"),
        pytest.param("localhost:8000", 200, id="from the machine itself"),
        pytest.param("evil.example", 400, id="another"),
        pytest.param("voix.example.fr.evil.example", 400, id="one that begins alike"),
        pytest.param("voix.example.fr@evil.example", 400, id="a user's name"),
        pytest.param("evil.example/voix.example.fr", 400, id="a path"),
        pytest.param("[", 400, id="no host"),
        pytest.param("", 400, id="empty"),
    ],
)
def test_pages_are_for_our_own_host(app: Flask, host: str, status: int) -> None:
    response = app.test_client().get("/", headers={"Host": host})
    assert (response.status_code, "evil" in response.text) == (status, False)


def test_whoever_watches_over_us_may_call_us_by_any_name_and_so_may_the_provider(app: Flask) -> None:
    client, telephone = app.test_client(), Telephone(app)
    assert client.get("/healthz", headers={"Host": "10.0.0.7:8000"}).status_code == 200
    form = telephone.form("bonjour")
    headers = {"Host": "10.0.0.7:8000", "X-Twilio-Signature": sign(form)}
    assert client.post(WEBHOOK, data=form, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/static/../wsgi.py",
        "/static/..%2fwsgi.py",
        "/static/%2e%2e/%2e%2e/wsgi.py",
        "/static/....//wsgi.py",
        "/static//etc/passwd",
        "/static/..\\wsgi.py",
        "/static/voix.css%00.py",
        "/static/",
    ],
)
def test_only_static_files_are_given(app: Flask, path: str) -> None:
    response = app.test_client().get(path)
    assert response.status_code in {308, 404}  # two slashes are made one
    assert "create_app" not in response.text
    assert "root:" not in response.text


# The SMS door


@pytest.mark.parametrize("length", [LARGEST_BODY + 1, 10 * LARGEST_BODY])
def test_a_message_of_more_than_64_kilobytes_is_refused_unread(app: Flask, session: Session, length: int) -> None:
    """Twilio's own are a few kilobytes. It sees 413, tells error 11200 in its console, and does not retry a 4xx."""
    form = Telephone(app).form("x" * length)
    response = app.test_client().post(WEBHOOK, data=form, headers={"X-Twilio-Signature": sign(form)})
    assert response.status_code == 413
    assert read_all(session)["exchange"] == []


def test_the_longest_message_that_twilio_sends_is_read(app: Flask) -> None:
    assert Telephone(app).post(Telephone(app).form("😀" * 1600)).status_code == 200


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        pytest.param({"AccountSid": None}, 403, id="no account"),
        pytest.param({"AccountSid": "AC" + "2" * 32}, 403, id="another account"),
        pytest.param({"AccountSid": ACCOUNT + "\n"}, 403, id="an account and a line end"),
        pytest.param({"MessageSid": None}, 400, id="no id"),
        pytest.param({"MessageSid": ""}, 400, id="an empty id"),
        pytest.param({"MessageSid": "SM" + "g" * 32}, 400, id="not hexadecimal"),
        pytest.param({"MessageSid": "SM" + "1" * 32 + "\n"}, 400, id="an id and a line end"),
        pytest.param({"MessageSid": "SM" + "１" * 32}, 400, id="digits of another script"),
        pytest.param({"From": None}, 400, id="from nobody"),
        pytest.param({"From": "+33639980001FromCity"}, 400, id="from a number and more"),
        pytest.param({"From": "web:" + "a" * 43}, 400, id="from a web conversation"),
        pytest.param({"From": "+" + "1" * 16}, 400, id="from a number longer than any"),
    ],
)
def test_what_is_signed_must_be_a_message_of_our_account(
    app: Flask, session: Session, changed: dict[str, str | None], status: int
) -> None:
    form = {**Telephone(app).form("bonjour"), **{key: value for key, value in changed.items() if value is not None}}
    for key in (key for key, value in changed.items() if value is None):
        del form[key]
    before = read_all(session)
    assert Telephone(app).post(form).status_code == status
    assert read_all(session) == before


def test_parameters_that_we_do_not_know_or_that_come_twice_have_no_effect(app: Flask, session: Session) -> None:
    telephone = Telephone(app)
    plain = telephone.text("menu")
    for more in ({"NewIn2027": "x", "reply": "x", "csrf_token": "x"}, {"text": "arret", "option": "yes"}):
        assert telephone.text("menu", **more) == plain
    before = read_all(session)
    for name in ("From", "MessageSid", "AccountSid"):
        form = MultiDict(telephone.form("arret"))
        form.add(name, form[name])
        signature = str(RequestValidator(TOKEN).compute_signature(f"{BASE_URL}{WEBHOOK}", form))
        response = app.test_client().post(WEBHOOK, data=form, headers={"X-Twilio-Signature": signature})
        assert response.status_code in {400, 403}
    assert read_all(session) == before


def shift(form: dict[str, str]) -> Iterator[dict[str, str]]:
    """Other forms that Twilio's signature of ``form`` fits as well: it runs names and values together, unparted."""
    for key, value in form.items():
        following = min((name for name in form if name > key), default=None)
        rest = {name: given for name, given in form.items() if name != key}
        for cut in range(1, len(key)):
            yield {**rest, key[:cut]: key[cut:] + value}
        if following is not None:
            without = {name: given for name, given in rest.items() if name != following}
            yield {**without, key: value + following + form[following]}
            for cut in range(1, len(form[following]) + 1):
                yield {**rest, key: value + following, form[following][:cut]: form[following][cut:]}
        for cut in range(len(value)):
            for end in range(cut + 1, len(value) + 1):
                yield {**rest, key: value[:cut], value[cut:end]: value[end:]}


def test_a_signed_message_sent_again_with_its_parameters_cut_otherwise_has_no_effect(
    app: Flask, session: Session
) -> None:
    telephone = Telephone(app)
    telephone.text("menu")
    form = telephone.form("FAUX PAS : ARRET", FromCity="REIMS", ApiVersion="2010-04-01")
    signature, validator = sign(form), RequestValidator(TOKEN)
    reply = telephone.post(form, signature)
    before, tried = read_all(session), 0
    for shifted in shift(form):
        if not validator.validate(f"{BASE_URL}{WEBHOOK}", shifted, signature):
            continue
        tried += 1
        answer = telephone.post(shifted, signature)
        assert (answer.status_code, answer.data) == (200, reply.data) or answer.status_code in {400, 403}, shifted
    assert tried > 50
    assert read_all(session) == before


def test_ids_of_any_form_in_addresses_are_survived(app: Flask, region: Visitor) -> None:
    wrong = ("0", "-1", "9" * 30, "a", "%00", "%F0%9F%98%80", "' OR 1=1", "../..", "<script>")
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and rule.arguments]
    for rule in rules:
        for value in wrong:
            answer = region.get(re.sub(r"<[^>]+>", value, rule.rule))
            assert answer.status_code in {302, 308, 403, 404}, (rule.rule, value)
            assert "<script>" not in answer.text.replace('<script type="module"', "")


# Secrets

GIVEN = {
    **SETTINGS,
    "SECRET_KEY": "canary-secret-key-1234",
    "PHONE_PEPPER": "canary-pepper-1234567,canary-older-pepper-1",
    "TWILIO_AUTH_TOKEN": "canary-auth-token,canary-second-token",
    "VOIX_METRICS_TOKEN": "canary-metrics-token-1",
    "VOIX_RATE_STORAGE": "redis://:canary-redis-pass@127.0.0.1:1/0",
    "VOIX_PROVIDER_TOKEN": "canary-provider-token",
    "DATABASE_URL": "postgresql://voix:canary-database-pass@127.0.0.1:1/voix",
}


@pytest.fixture
def served(tmp_path: Path, mind: Mind, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The application as it is served, with the log of each request."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    monkeypatch.setattr("wsgi.load_mind", lambda: mind)
    own = {"DATABASE_URL": f"sqlite:///{tmp_path / 'voix.db'}", "RATELIMIT_ENABLED": False}
    application = create_app({**SETTINGS, **own})
    with application.app_context():
        Base.metadata.create_all(db.engine)
        yield application
        db.session.remove()
        db.engine.dispose()
    root.handlers[:] = handlers
    root.setLevel(level)


def test_no_secret_is_shown_by_the_settings_or_logged_when_all_goes_wrong(
    mind: Mind, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "canary" not in repr(read_settings(GIVEN))
    monkeypatch.setattr("wsgi.load_mind", lambda: mind)
    root, lines = logging.getLogger(), []
    handlers, level = list(root.handlers), root.level

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(JsonLines().format(record))

    try:
        app = create_app({**GIVEN, "RATELIMIT_ENABLED": False})  # no database there: every page that needs it fails
        root.addHandler(Keep())
        root.setLevel(logging.DEBUG)
        client, form = app.test_client(), Telephone(app).form("bonjour")
        signature = sign(form, token="canary-second-token")
        answers = [
            client.post(WEBHOOK, data=form, headers={"X-Twilio-Signature": signature}),
            client.post(WEBHOOK, data=form, headers={"X-Twilio-Signature": "wrong"}),
            client.get("/mes-donnees/x"),
            client.get("/readyz"),
            client.get("/metrics", headers={"Authorization": "Bearer canary-metrics-token-1"}),
        ]
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    assert [answer.status_code for answer in answers] == [500, 403, 500, 503, 200]
    assert len(lines) > 5
    assert [line for line in (*lines, *(answer.text for answer in answers)) if "canary" in line] == []


@pytest.mark.parametrize("name", ["SECRET_KEY", "PHONE_PEPPER", "VOIX_METRICS_TOKEN"])
def test_a_bad_secret_is_refused_without_being_told(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        create_app({**GIVEN, name: "canary-short"})
    told = capsys.readouterr().err
    assert (told, "canary" in told) == (f"voix-sante: {name} is shorter than 16 characters\n", False)


# What we are made of


@pytest.mark.parametrize("name", ["run.txt", "dev.txt"])
def test_every_package_is_of_one_version_whose_bytes_are_known(name: str) -> None:
    written = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    wanted = [
        line for line in written.replace("\\\n", " ").splitlines() if line.strip() and not line.lstrip().startswith("#")
    ]
    whole = re.compile(r"[\w.-]+(\[[\w,]+\])?==[\w.!+]+( *;[^#]*)?( +--hash=sha256:[0-9a-f]{64})+ *")
    assert [line[:80] for line in wanted if not whole.fullmatch(line)] == []
    assert len(wanted) > 20
    assert "://" not in written


def test_words_that_look_like_an_answer_to_twilio_are_none(app: Flask) -> None:
    response = Telephone(app).post(Telephone(app).form("<Redirect>https://evil.example</Redirect>"))
    assert re.findall(rb"<(\w+)", response.data) == [b"Response", b"Message"]


def test_tables_are_not_reached_by_words(app: Flask, session: Session) -> None:
    telephone = Telephone(app)
    for words in ("'; DROP TABLE person; --", '" OR ""="', "%' OR '1'='1", "{{ 7*7 }}", "${7*7}"):
        telephone.text(f"nouvelle idée {words}")
        telephone.text(words)
    assert session.scalar(text("SELECT count(*) FROM person")) == 1
