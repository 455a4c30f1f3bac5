"""The demonstration that ``make run`` starts: its own settings, its own content, on this machine only."""

from __future__ import annotations

import datetime as dt
import os
import secrets
import signal
import subprocess
import sys
import threading
import uuid
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy.orm import Session

from bot.channel import Channel
from bot.conversation import Said
from cli_worker import make_worker
from demo_council import add_council
from extensions import db
from service import reviewers, talk
from service.models import Role
from service.moment import Service
from wsgi import create_app

ADDRESS = "127.0.0.1:8000"
WORKER = "worker"  # by which this program calls itself
FOLDER = Path(__file__).parent / "instance"
# Known to everyone, so good for nothing but a service that only this machine can reach.
OPEN_SETTINGS = {
    "DATABASE_URL": f"sqlite:///{FOLDER / 'demo.db'}",
    "PUBLIC_BASE_URL": f"http://{ADDRESS}",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "demo-auth-token",
    "TWILIO_FROM": "38063",
    "VOIX_DEMO": "1",
    "VOIX_TOTP_REQUIRED": "0",  # whoever tries it has no time to lose
    "VOIX_SMS_PRICE": "0.07",  # an example: every operator has its own
    "VOIX_CONTACT": "Voix Santé (démonstration)",
}
MAY_BE_GIVEN = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM", "VOIX_CONTACT")
REVIEWERS = (
    # address, name, territory, college of a member
    ("marne@demo.example", "Camille (CTS de la Marne)", "51", None),
    ("haut-rhin@demo.example", "Dominique (CTS du Haut-Rhin)", "68", None),
    ("region@demo.example", "Alex (région Grand Est)", None, None),
    ("usagers@demo.example", "Claude (CTS du Haut-Rhin)", "68", "users"),
    ("usagers2@demo.example", "Sacha (CTS du Haut-Rhin)", "68", "users"),
    ("soignants@demo.example", "Noa (CTS du Haut-Rhin)", "68", "professionals"),
    ("usagers-marne@demo.example", "Lou (CTS de la Marne)", "51", "users"),
)
# (what each demonstration citizen writes, one message after the other; "1" takes the first solution proposed)
CITIZENS = (
    ("Il faudrait un bus dentaire qui passe dans les villages autour de Thann", "1", "oui"),
    ("y a plus de toubib à Vitry-le-François, ma mère fait 40 km pour une ordonnance", "1", "oui"),
    ("Former les aides à domicile à repérer la dépression chez les personnes âgées, à Épernay", "1", "oui"),
    ("un chèque sport pour ceux qui sont au rsa à mulhouse", "1", "oui"),
    ("aux urgences de colmar on a attendu 9h pour une cheville, il faut un numéro avant d'y aller", "1", "oui"),
    ("des crèches ouvertes la nuit pour les infirmières du CHU de Reims", "1", "oui"),
    ("que des jeunes parlent aux jeunes de santé mentale dans les lycées de Châlons-en-Champagne", "1", "oui"),
    ("payer le logement des internes qui viennent en stage à Sainte-Menehould", "1", "oui"),
    ("une cabine pour voir un docteur en visio avec une infirmière à Saint-Amarin", "1", "oui"),
    ("faire des vidéos marrantes sur le tabac avec des gens connus, à Troyes", "1", "oui"),
)


def main() -> None:
    """Make what is missing, say how to get in, and become the web server."""
    FOLDER.mkdir(exist_ok=True)
    # The environment may name another account, never another database: a real one must not be filled with examples.
    given = {name: os.environ[name] for name in MAY_BE_GIVEN if name in os.environ}
    settings = {**OPEN_SETTINGS, **_own_secrets(), **given}
    os.environ.update(settings)
    app = create_app()
    with app.app_context():
        upgrade()
        passwords = add_reviewers(db.session())
        if passwords:
            add_contributions(app, db.session())
        db.session.commit()
    base = settings["PUBLIC_BASE_URL"]
    print(f"Voix Santé (démonstration) : {base}/  chat : {base}/chat  téléphone : {base}/simulateur", flush=True)
    for email, password in passwords.items():
        print(f"  boîte de réception {base}/inbox/ : {email}  mot de passe : {password}", flush=True)
    if not passwords:
        print(f"  comptes déjà créés ; pour tout recommencer, effacez le dossier {FOLDER.name}/", flush=True)
    gunicorn = Path(sys.executable).with_name("gunicorn")
    command = [
        str(gunicorn),
        "--bind",
        ADDRESS,
        "--workers",
        "2",
        "--no-control-socket",
        "--access-logfile",
        "-",
        "wsgi:create_app()",
    ]
    subprocess.Popen([sys.executable, __file__, WORKER])  # noqa: S603 -- ourselves
    os.execv(gunicorn, command)  # noqa: S606 -- no shell wanted: signals reach the server itself


def work() -> None:
    """Print what would leave by SMS, beside the web server and no longer than it."""
    stop, server = threading.Event(), os.getppid()
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    app = create_app()

    def watch() -> None:
        while not stop.wait(1) and os.getppid() == server:
            pass
        stop.set()

    threading.Thread(target=watch, daemon=True).start()
    with app.app_context():
        make_worker(app).run(stop)


def _own_secrets() -> dict[str, str]:
    """SECRET_KEY and PHONE_PEPPER of this copy: drawn once, kept beside its database."""
    path = FOLDER / "secrets.env"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(f"SECRET_KEY={secrets.token_hex(32)}\nPHONE_PEPPER={secrets.token_hex(32)}\n")
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if line)


def add_reviewers(session: Session) -> dict[str, str]:
    """The passwords of the accounts made just now, by address; empty when they were already there."""
    made: dict[str, str] = {}
    if reviewers.count(session):
        return made
    for email, name, departement, college in REVIEWERS:
        made[email] = secrets.token_urlsafe(12)
        role = Role.MEMBER if college else None
        reviewers.add_reviewer(session, email, name, made[email], departement, dt.datetime.now(dt.UTC), role, college)
    return made


def add_contributions(app: Flask, session: Session) -> None:
    """Ideas told through the real conversation, over the last days."""
    voix = app.extensions["voix"]
    now = dt.datetime.now(dt.UTC)
    for number, messages in enumerate(CITIZENS):
        at = now - dt.timedelta(hours=9 * (len(CITIZENS) - number))
        for text in messages:
            _tell(session, voix.service, f"+336399800{number:02}", text, at)
    add_council(session, voix.mind, now)


def _tell(session: Session, service: Service, sender: str, text: str, at: dt.datetime) -> None:
    incoming = talk.Incoming("demo", uuid.uuid4().hex, sender, Channel.SMS, Said(text))
    talk.answer(session, service, incoming, at)


if __name__ == "__main__":
    work() if sys.argv[1:] == [WORKER] else main()
