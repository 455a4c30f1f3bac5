"""What people read when something went wrong: what to do next, and nothing of our insides."""

from __future__ import annotations

from flask import g, render_template
from flask_login import AnonymousUserMixin

from public.blueprint import public


def _tell(title: str, text: str, status: int) -> tuple[str, int]:
    return render_template("error.html", title=title, text=text, reference=g.get("request_id")), status


@public.app_errorhandler(400)
def bad_request(_error: Exception) -> tuple[str, int]:
    """A form that is too old or was tampered with."""
    message = "Le formulaire n'est plus valable. Revenez en arrière, rechargez la page et recommencez."
    return _tell("Demande non comprise", message, 400)


@public.app_errorhandler(403)
def forbidden(_error: Exception) -> tuple[str, int]:
    """A page that others of the council may open."""
    return _tell("Page réservée", "Votre compte ne permet pas de l'ouvrir.", 403)


@public.app_errorhandler(404)
def not_found(_error: Exception) -> tuple[str, int]:
    """A page that does not exist, or that this person may not see."""
    return _tell("Page introuvable", "Cette page n'existe pas ou n'existe plus.", 404)


@public.app_errorhandler(405)
def not_allowed(_error: Exception) -> tuple[str, int]:
    """A page that only takes a form, opened by its address."""
    return _tell("Page introuvable", "Cette page ne s'ouvre pas ainsi.", 405)


@public.app_errorhandler(413)
def too_large(_error: Exception) -> tuple[str, int]:
    """More than any form of ours can hold."""
    message = "C'est trop long pour être envoyé d'un coup. Revenez en arrière et raccourcissez."
    return _tell("Trop long", message, 413)


@public.app_errorhandler(429)
def too_many(_error: Exception) -> tuple[str, int]:
    """Too many attempts from one address."""
    return _tell("Un instant", "Trop d'essais en peu de temps. Attendez une minute, puis recommencez.", 429)


@public.app_errorhandler(500)
def failed(_error: Exception) -> tuple[str, int]:
    """Our fault; nothing of it is shown."""
    # Who is signed in is asked of the database by every page, and the database may be what failed: nobody, for this one.
    g._login_user = AnonymousUserMixin()
    message = "Le service a rencontré un problème. Rien n'a été enregistré : recommencez dans un instant."
    return _tell("Un problème est survenu", message, 500)
