"""A reviewer's own account: name, password, second factor, open sessions."""

from __future__ import annotations

import datetime as dt

import segno
from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user, login_required
from markupsafe import Markup
from werkzeug.wrappers import Response

from extensions import db
from inbox.blueprint import inbox
from inbox.desk import LARGEST_ID, name_things, read_reviewer, read_text
from inbox.sign_in import count, identify
from service import reviewers, second_factor, sign_ins, throttle, totp
from service.errors import Refused


@inbox.get("/compte")
@login_required
def account() -> str:
    """Everything of one's account."""
    return _show()


@inbox.post("/compte/nom")
@login_required
def rename() -> Response | tuple[str, int]:
    """Change one's name, as colleagues read it."""
    try:
        reviewers.rename(db.session(), read_reviewer(), read_text("name"))
        db.session.commit()
    except Refused as error:
        db.session.rollback()
        return _show(str(error), error.field), 422
    return _back("Votre nom est changé.")


@inbox.post("/compte/mot-de-passe")
@login_required
def change_password() -> Response | tuple[str, int]:
    """Change one's password, which ends one's other sessions."""
    try:
        _check_password("current_password")
        password = request.form.get("password", "")
        if password != request.form.get("password_again"):
            raise Refused("Les deux nouveaux mots de passe ne sont pas les mêmes.", "password_again")
        reviewers.set_password(db.session(), read_reviewer(), password, but=current_user.number)
        db.session.commit()
    except Refused as error:
        db.session.rollback()
        return _show(str(error), error.field), 422
    except throttle.TooMany as error:
        return _show(str(error), "current_password"), 429
    return _back("Votre mot de passe est changé ; vos autres sessions sont fermées.")


@inbox.get("/compte/second-facteur")
@login_required
def second_factor_form() -> str:
    """The secret to copy into one's phone, as a picture and in letters."""
    return _show_set_up(totp.make_secret())


@inbox.post("/compte/second-facteur")
@login_required
def set_up_second_factor() -> str | tuple[str, int]:
    """Codes are asked for from now on; the recovery codes are shown, this once."""
    # The secret comes back with the form: it is nobody's until its first code has been typed.
    secret, now = request.form.get("secret", ""), dt.datetime.now(dt.UTC)
    if not totp.is_secret(secret):
        abort(400)
    keyring = current_app.extensions["voix"].service.keyring
    try:
        _check_password("current_password")
        codes = second_factor.set_up(db.session(), keyring, read_reviewer(), secret, read_text("code"), now)
        db.session.commit()
    except Refused as error:
        db.session.rollback()
        return _show_set_up(secret, str(error), error.field), 422
    except throttle.TooMany as error:
        return _show_set_up(secret, str(error), "current_password"), 429
    return _show_codes(codes)


@inbox.post("/compte/second-facteur/retirer")
@login_required
def remove_second_factor() -> Response | tuple[str, int]:
    """Only the password is asked for again, of those who may do without a second factor."""
    required = current_app.extensions["voix"].settings.totp_required
    if required and read_reviewer().role in second_factor.REQUIRED_OF:
        return _show("Votre rôle demande une double authentification : remplacez-la, au lieu de la retirer."), 422
    try:
        _check_password("removal_password")
        second_factor.remove(db.session(), read_reviewer())
        db.session.commit()
    except Refused as error:
        return _show(str(error), error.field), 422
    except throttle.TooMany as error:
        return _show(str(error), "removal_password"), 429
    return _back("La double authentification est retirée.")


@inbox.post("/compte/codes")
@login_required
def renew_codes() -> str | tuple[str, int]:
    """Ten new recovery codes, shown this once; the old ones are good for nothing."""
    if not second_factor.has_one(read_reviewer()):
        return _show("Activez d'abord la double authentification."), 422
    try:
        _check_password("codes_password")
        codes = second_factor.renew_recovery_codes(db.session(), read_reviewer())
        db.session.commit()
    except Refused as error:
        return _show(str(error), error.field), 422
    except throttle.TooMany as error:
        return _show(str(error), "codes_password"), 429
    return _show_codes(codes)


@inbox.post("/compte/sessions/<int:number>/fermer")
@login_required
def end_session(number: int) -> Response:
    """End one of one's sessions: a computer left open, a phone that was lost."""
    if not sign_ins.end(db.session(), read_reviewer(), min(number, LARGEST_ID)):
        abort(404)
    db.session.commit()
    return _back("La session est fermée.")


@inbox.post("/compte/sessions/fermer-les-autres")
@login_required
def end_other_sessions() -> Response:
    """End all of one's sessions but this one."""
    sign_ins.end_all(db.session(), read_reviewer(), but=current_user.number)
    db.session.commit()
    return _back("Vos autres sessions sont fermées.")


def _check_password(field: str) -> None:
    """Raises Refused when the field does not hold the reviewer's password, TooMany after too many of those."""
    reviewer, now = read_reviewer(), dt.datetime.now(dt.UTC)
    attempt = identify(reviewer.email)
    count(attempt, now)
    if not reviewers.is_password(reviewer, request.form.get(field, "")):
        raise Refused("Ce n'est pas votre mot de passe actuel.", field)
    throttle.was_right(db.session(), attempt, now, is_in=True)
    db.session.commit()  # whatever becomes of the rest of the form


def _show(problem: str = "", field: str = "") -> str:
    session, reviewer = db.session(), read_reviewer()
    return render_template(
        "inbox/account.html",
        problem=problem,
        fault=field,
        typed=request.form,
        sessions=sign_ins.list_open(session, reviewer, dt.datetime.now(dt.UTC)),
        has_second_factor=second_factor.has_one(reviewer),
        codes_left=second_factor.count_recovery_codes(session, reviewer),
        shortest=reviewers.SHORTEST_PASSWORD,
        **name_things(),
    )


def _show_set_up(secret: str, problem: str = "", field: str = "") -> str:
    uri = totp.make_uri(secret, read_reviewer().email)
    picture = segno.make(uri, micro=False).svg_inline(scale=5, border=4, svgclass="qr", omitsize=True)
    groups = [secret[start : start + 4] for start in range(0, len(secret), 4)]
    return render_template(
        "inbox/second_factor.html",
        secret=secret,
        groups=groups,
        uri=uri,
        picture=Markup(picture),  # noqa: S704 -- drawn by segno: nothing of it was typed
        problem=problem,
        fault=field,
        is_replaced=second_factor.has_one(read_reviewer()),
        **name_things(),
    )


def _show_codes(codes: list[str]) -> str:
    return render_template("inbox/recovery_codes.html", codes=codes, **name_things())


def _back(said: str) -> Response:
    flash(said)
    return redirect(url_for("inbox.account"))
