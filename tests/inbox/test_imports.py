"""Importing a file by its pages: checked, taken in a few seconds at a time, undone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from inbox import imports
from service.models import Contribution, Import, Reviewer
from tests.visitor import Page, Visitor, sign_in

NewReviewer = Callable[..., Reviewer]
FILE = "Date;Commune;Idée\n15/10/2022;Thann;Un bus dentaire dans les villages\n;;Plus de médecins le soir\n;Paname;Une crèche\n"


def send(visitor: Visitor, content: bytes, **typed: str) -> TestResponse:
    """The file chosen in the form and sent."""
    fields = visitor.read("/inbox/imports").form("/inbox/imports").fields
    fields.pop("file", None)
    return visitor.post_file("/inbox/imports", {**fields, **typed}, file=("notes.csv", content))


def send_on(visitor: Visitor, page: Page, address: str, **typed: str) -> TestResponse:
    """The form of the page, sent by the button that leads to ``address``."""
    form = next(form for form in page.forms if "packed" in form.fields)
    return visitor.post_file(address, {**form.fields, **typed})


def list_words(session: Session) -> list[str]:
    session.rollback()
    return list(session.scalars(select(Contribution.words).order_by(Contribution.id)))


def test_a_file_is_checked_then_taken_in(app: Flask, session: Session, new_reviewer: NewReviewer) -> None:
    visitor = sign_in(app, new_reviewer("68"))
    checked = Page(send(visitor, FILE.encode()))
    assert "2 idées à reprendre" in checked.words
    assert "Ligne Ce qui ne va pas et que faire 4 « Paname » n'est pas dans le Haut-Rhin" in checked.words
    form = next(form for form in checked.forms if "packed" in form.fields)
    guessed = {name: value for name, value in form.fields.items() if name.startswith("column_")}
    assert guessed == {
        "column_texte": "2", "column_lieu": "1", "column_date": "0", "column_moyen": "", "column_solution": ""
    }  # fmt: skip
    assert list_words(session) == []
    done = send_on(visitor, checked, "/inbox/imports/lignes")
    assert (done.status_code, done.location) == (302, "/inbox/imports")
    assert list_words(session) == ["Un bus dentaire dans les villages", "Plus de médecins le soir"]
    assert "2 idées reprises de « notes.csv », 1 ligne à corriger." in visitor.read("/inbox/imports").words


def test_the_same_file_again_adds_nothing(app: Flask, session: Session, new_reviewer: NewReviewer) -> None:
    visitor = sign_in(app, new_reviewer("68"))
    for _turn in range(2):
        send_on(visitor, Page(send(visitor, FILE.encode())), "/inbox/imports/lignes")
    assert len(list_words(session)) == 2
    assert "0 idée à reprendre 2 idées déjà connues" in Page(send(visitor, FILE.encode())).words


def test_nobody_doubles_a_file_unknowingly_by_reading_it_with_other_columns(
    app: Flask, session: Session, new_reviewer: NewReviewer
) -> None:
    visitor = sign_in(app, new_reviewer("68"))
    checked = Page(send(visitor, FILE.encode()))
    assert "mot pour mot" not in checked.words
    send_on(visitor, checked, "/inbox/imports/lignes")
    codes = list(session.scalars(select(Contribution.code).order_by(Contribution.id)))
    other = Page(send_on(visitor, checked, "/inbox/imports", column_lieu="", column_date=""))
    # Of « Plus de médecins le soir » neither place nor date was told: it is known.
    assert "2 idées à reprendre , dont 1 dit mot pour mot une idée déjà connue" in other.words.replace("\u00a0", " ")
    assert f"Ligne Idée qui dit la même chose 2 {codes[0]}" in other.words


def test_columns_that_changed_are_checked_first(app: Flask, session: Session, new_reviewer: NewReviewer) -> None:
    visitor = sign_in(app, new_reviewer("68"))
    checked = Page(send(visitor, FILE.encode()))
    changed = send_on(visitor, checked, "/inbox/imports/lignes", column_lieu="")
    assert (changed.status_code, list_words(session)) == (422, [])
    assert "3 idées à reprendre" in Page(changed).words  # without the place, the last line is right
    again = Page(send_on(visitor, checked, "/inbox/imports", column_texte=""))
    assert "Choisissez la colonne qui contient le texte des idées." in again.words


def test_a_long_import_goes_on_from_page_to_page(
    app: Flask, session: Session, new_reviewer: NewReviewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here each request has time for nothing, then for all."""
    visitor = sign_in(app, new_reviewer("68"))
    checked = Page(send(visitor, FILE.encode()))
    monkeypatch.setattr(imports, "WORKING_SECONDS", 0.0)
    going_on = Page(send_on(visitor, checked, "/inbox/imports/lignes"))
    assert "0 idées sur 2 sont traitées." in going_on.words
    monkeypatch.setattr(imports, "WORKING_SECONDS", 10.0)
    assert send_on(visitor, going_on, "/inbox/imports/lignes").status_code == 302
    session.rollback()
    (made,) = session.scalars(select(Import))
    assert (made.taken_in, made.known_already, made.refused) == (2, 0, 1)


def test_an_import_is_undone(app: Flask, session: Session, new_reviewer: NewReviewer) -> None:
    visitor = sign_in(app, new_reviewer("68"))
    send_on(visitor, Page(send(visitor, FILE.encode())), "/inbox/imports/lignes")
    (number,) = session.scalars(select(Import.id))
    undone = visitor.fill_in("/inbox/imports", f"/inbox/imports/{number}/annulation")
    assert (undone.status_code, list_words(session)) == (302, [])
    assert "Reprise annulée : 2 idées retirées." in visitor.read("/inbox/imports").words


def test_the_region_chooses_the_territory(app: Flask, session: Session, new_reviewer: NewReviewer) -> None:
    visitor = sign_in(app, new_reviewer(None))
    refused = send(visitor, FILE.encode())
    assert (refused.status_code, "Choisissez le territoire" in Page(refused).words) == (422, True)
    checked = Page(send(visitor, b"texte\nun bus\n", territory="51"))
    send_on(visitor, checked, "/inbox/imports/lignes")
    session.rollback()
    assert session.scalars(select(Contribution.departement)).all() == ["51"]


def test_a_secretary_imports_into_their_own_territory_whatever_is_sent(
    app: Flask, session: Session, new_reviewer: NewReviewer
) -> None:
    visitor = sign_in(app, new_reviewer("68"))
    send_on(visitor, Page(send(visitor, b"texte\nun bus\n", territory="51")), "/inbox/imports/lignes", territory="51")
    session.rollback()
    assert session.scalars(select(Contribution.departement)).all() == ["68"]


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "Le fichier est vide"), (b"PK\x03\x04", "C'est un classeur"), (b"x" * 5_300_000, "Le fichier dépasse 5 Mo")],
    ids=["empty", "workbook", "large"],
)
def test_a_file_that_cannot_be_read(app: Flask, new_reviewer: NewReviewer, content: bytes, said: str) -> None:
    refused = send(sign_in(app, new_reviewer("68")), content)
    assert (refused.status_code, said in Page(refused).words) == (422, True)


def test_a_large_file_comes_back_with_the_page_and_is_taken(app: Flask, new_reviewer: NewReviewer) -> None:
    """5 MB that hardly compress: the form is larger than any other of the service."""
    visitor = sign_in(app, new_reviewer("68"))
    noise = "".join(f"{(number * 2654435761) % 4294967296:08x}" for number in range(600_000))
    lines = "".join(f";{noise[start : start + 40_000]}\n" for start in range(0, len(noise), 40_000))
    content = f"texte;bruit\nun bus;\n{lines}"
    checked = Page(send(visitor, content.encode()))
    assert send_on(visitor, checked, "/inbox/imports/lignes").status_code == 302


def test_nobody_sends_so_much_elsewhere_or_signed_out(app: Flask, new_reviewer: NewReviewer) -> None:
    much = {"note": "x" * 1_000_000}
    assert Visitor(app).post("/inbox/imports", much).status_code == 413
    assert sign_in(app, new_reviewer("68")).post("/inbox/compte/nom", much).status_code == 413


def test_a_bomb_is_not_unpacked(app: Flask, new_reviewer: NewReviewer) -> None:
    visitor = sign_in(app, new_reviewer("68"))
    checked = Page(send(visitor, FILE.encode()))
    assert send_on(visitor, checked, "/inbox/imports", packed="pas du base 64 !").status_code == 400
    bomb = imports.Upload("a", b"x" * 50_000_000, "68", {}).packed
    refused = send_on(visitor, checked, "/inbox/imports", packed=bomb)
    assert (refused.status_code, "Le fichier dépasse 5 Mo" in Page(refused).words) == (422, True)
