"""Exports as files: complete, told to the last line, and never a formula."""

from __future__ import annotations

import csv
import gc
import io
import re
import zipfile
from collections.abc import Callable
from string import ascii_lowercase
from xml.etree import ElementTree

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.known import Mind
from inbox import export_files as files
from inbox import exports as door
from inbox.case import PANELS
from inbox.export_council_fields import list_fields
from inbox.export_fields import NOT_EXPORTED, TEXT
from inbox.export_files import CUT, LONGEST_CELL, disarm
from service import abuse, cases, decisions, meetings, merging, opinions, publication
from service.decisions import Decision
from service.models import (
    Contribution,
    Opening,
    OutboxMessage,
    Person,
    Phase,
    Question,
    Reviewer,
    Role,
    Status,
    Verdict,
)
from service.opinions import Given
from tests.council import LATER, NOW, idea, meeting
from tests.telephone import BASE_URL
from tests.visitor import Visitor, sign_in

NewReviewer = Callable[..., Reviewer]
DANGEROUS = (
    "=1+1", "+33639980001", "-2+3", "@SUM(A1)", "\tx", "\rx", "\n=x", "=cmd|' /C calc'!A0", " =1+1", "\u00a0@x", "\ufeff=1",
    "＝1+1", "＋33", "－1", "＠x", '=HYPERLINK("https://example.org";"ici")', "\u200b=1",
)  # fmt: skip
HARMLESS = (
    "",
    "Un bus",
    "06 39 98 00 01",
    "1+1=2",
    "« oui »",
    "(à voir)",
    "'tis",
    "été",
    "[téléphone] rappelez",
    "A2.1 | A4.2",
)


def read_csv(visitor: Visitor, query: str = "?etat=toutes") -> tuple[list[str], list[dict[str, str]]]:
    """The headings and lines of an export, as a strict reader finds them."""
    response = visitor.get(f"/inbox/exports/idees.csv{query}")
    assert (response.status_code, response.mimetype) == (200, "text/csv")
    text = response.get_data().decode("utf-8")
    assert (text[0], text[-2:]) == ("\ufeff", "\r\n")
    headings, *lines = csv.reader(io.StringIO(text[1:], newline=""), delimiter=";", strict=True)
    assert response.headers["X-Rows"] == str(len(lines))
    assert {len(line) for line in lines} <= {len(headings)}
    return headings, [dict(zip(headings, line, strict=True)) for line in lines]


def read_xlsx(content: bytes) -> list[list[list[tuple[str, str]]]]:
    """The sheets of a workbook: lines of (type, value); no other library reads what this one wrote."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    sheets = []
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        for number in (1, 2):
            root = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
            assert root.find(f".//{space}f") is None  # a formula
            lines = [
                [(cell.get("t", "n"), "".join(cell.itertext())) for cell in line.iter(f"{space}c")]
                for line in root.iter(f"{space}row")
            ]
            sheets.append(lines)
    return sheets


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_cell_is_never_a_formula(text: str) -> None:
    assert disarm(text) == f"'{text}"


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_harmless_stays_as_it_is(text: str) -> None:
    assert disarm(text) == text


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_text_of_anybodys_leaves_as_a_formula(
    app: Flask, session: Session, new_reviewer: NewReviewer, kind: str
) -> None:
    """Words, notes, answers, names: whoever wrote them."""
    secretary = new_reviewer("68", name="=cmd|' /C calc'!A0")
    for number, text in enumerate(DANGEROUS):
        made = idea(session, f"ABCD{number:02}")
        made.words, made.answer, made.answer_sms, made.linked_project = text, text, text, text[:80]
        made.suggestions = [{"solution": "=A1", "score": 0.5, "why": [text]}]
    session.commit()
    cases.add_note(session, secretary, "ABCD00", "=1+1", NOW)
    session.commit()
    visitor = sign_in(app, secretary)
    if kind == "csv":
        _, lines = read_csv(visitor)
        cells = [cell for line in lines for cell in line.values()]
        words = [line["Texte"] for line in lines]
    else:
        sheet, _ = read_xlsx(visitor.get("/inbox/exports/idees.xlsx?etat=toutes").get_data())
        cells = [value for line in sheet for form, value in line if form != "n"]
        words = [line[4][1] for line in sheet[1:]]
    assert [cell for cell in cells if cell.strip()[:1] in set("=+-@＝＋－＠")] == []
    assert words[:2] == ["'=1+1", "'+33639980001"]


def test_every_column_of_a_contribution_is_exported_or_left_out_for_a_reason(mind: Mind) -> None:
    fields = list_fields(mind.knowledge, mind.places)
    exported = [column for field in fields for column in field.of]
    columns = set(Contribution.__table__.columns.keys())
    assert sorted({*exported, *NOT_EXPORTED}) == sorted(columns)
    assert {*exported} & {*NOT_EXPORTED} == set()
    assert [reason for reason in NOT_EXPORTED.values() if not reason] == []
    names = [field.name for field in fields]
    assert len(names) == len(set(names))


# Which columns tell what a panel of the case page shows; without one, why none does.
TOLD_OF_PANELS = {
    "agenda": ("Séance", "Séance du", "Phase de la séance"),
    "abuse": ("Signalée", "Auteur bloqué"),
    "alike": ("Proche d'une autre", "Regroupée avec", "Réunit"),  # which are alike is looked up as the page opens
    "claim": (),  # who has it just now: past before the file is opened
    "decision": (
        "Décision prête", "Décision prête le", "Décision prête par", "Décision prête : motif", "Décision prête : transmise à",
        "Décision prête : projet", "Décision prête : réponse web", "Décision prête : réponse SMS", "Transmise à",
        "Motif de la décision", "Réponse web", "Réponse SMS", "Projet", "Remise de la réponse",
    ),
    "history": ("Historique", "Lignes d'historique", "Dernier changement le"),
    "instruct": ("État", "Axe", "Nom de l'axe", "Solution", "Nom de la solution", "Première suggestion"),
    "messages": ("Messages à l'auteur",),
    "notes": ("Notes",),
    "opinion": (
        "Avis", "Avis : favorable", "Avis : réservé", "Avis : défavorable", "Avis : abstention", "Avis : conflit d'intérêts",
        "Avis par collège", "Avis en détail",
    ),
    "question": ("Questions", "En attente de l'habitant", "Qui a ouvert l'original"),
    "suggestions": ("Suggestions",),
}  # fmt: skip


def test_every_panel_of_the_case_page_has_its_columns(mind: Mind) -> None:
    names = {field.name for field in list_fields(mind.knowledge, mind.places)}
    assert sorted(TOLD_OF_PANELS) == sorted(one.name for one in PANELS)
    assert {column for columns in TOLD_OF_PANELS.values() for column in columns} - names == set()


def test_whatever_a_reviewer_reads_of_an_idea_stands_on_its_line(
    app: Flask, session: Session, new_reviewer: NewReviewer, mind: Mind
) -> None:
    """A mark in every text and name of a case: those that its page shows are those of the export, and all of them."""
    marks = (f"marque{letter}{other}" for letter in ascii_lowercase for other in ascii_lowercase)
    used: list[str] = []

    def mark() -> str:
        used.append(next(marks))
        return used[-1]

    secretary, colleague = new_reviewer("68"), new_reviewer("68", name=mark())
    members = [new_reviewer("68", Role.MEMBER, college, mark()) for college in ("users", "professionals")]
    made, other = idea(session, "AAAAA2"), idea(session, "BBBBB2")
    made.words = mark()
    made.suggestions = [{"solution": "A4.2", "score": 0.5, "why": [mark()]}]
    ask = {"contribution_id": made.id, "reviewer_id": colleague.id}
    question = Question(**ask, words=mark(), asked_at=NOW, closed_at=LATER, answer=mark())
    session.add_all([question, Question(**ask, words=mark(), asked_at=NOW, reminded_at=NOW)])
    session.flush()
    session.add(Opening(**ask, at=NOW, reason=mark()))
    session.add(Opening(**ask, at=NOW, reason=mark(), question_id=question.id))
    session.commit()
    merging.merge(session, colleague, "AAAAA2", {one.code: one.version for one in (made, other)}, NOW)
    cases.add_note(session, colleague, "AAAAA2", mark(), NOW)
    session.commit()
    cases.instruct(session, colleague, "AAAAA2", "A2.1", reason=mark(), told_by=(), version=made.version, now=NOW)
    held = meeting(session, colleague, made)
    held.title = mark()
    for member in members:
        opinions.give_opinion(session, member, "AAAAA2", Given(Verdict.RESERVED, (4, 3, 2, 1), mark()), NOW)
    session.commit()
    meetings.move_phase(session, colleague, held.id, Phase.CLOSED, held.version)
    for status in (Status.FORWARDED, Status.NOT_RETAINED):
        session.refresh(made)
        decision = Decision(status, mark(), mark(), mark(), mark() if status is Status.FORWARDED else "")
        drafted = decisions.draft_decision(session, mind, colleague, "AAAAA2", decision, version=made.version, now=NOW)
        if status is Status.FORWARDED:
            session.commit()
            publication.publish(session, colleague, {"AAAAA2": made.version}, NOW)
    assert drafted.status is Status.NOT_RETAINED
    abuse.ban_author(session, colleague, "AAAAA2", mark(), NOW)
    sent = session.scalars(select(OutboxMessage).where(OutboxMessage.person_id == made.person_id)).one()
    sent.error = mark()
    session.commit()
    visitor = sign_in(app, secretary)
    shown = find_marks(visitor.read("/inbox/contributions/AAAAA2").html)
    _, lines = read_csv(visitor)
    told = {line["Code"]: find_marks(" ".join(line.values())) for line in lines}
    assert sorted(shown) == sorted(told["AAAAA2"]) == sorted(used)
    assert told["BBBBB2"] <= shown


def find_marks(text: str) -> set[str]:
    return set(re.findall("marque[a-z]{2}", text))


def test_nothing_that_leads_to_an_author_is_exported(app: Flask, session: Session, new_reviewer: NewReviewer) -> None:
    made = idea(session, "K7Q2MX", author="aaaaaaaa:0123456789abcdef")
    made.sealed_words = b"a sealed original"
    session.commit()
    response = sign_in(app, new_reviewer("68")).get("/inbox/exports/idees.csv?etat=toutes")
    told = response.get_data(as_text=True)
    author = session.scalars(select(Person)).one()
    assert ("K7Q2MX" in told, author.pseudonym in told, "sealed" in told) == (True, False, False)


def test_a_csv_tells_each_idea_on_a_line_of_its_own(app: Flask, session: Session, new_reviewer: NewReviewer) -> None:
    made = idea(session, "K7Q2MX", status=Status.RETAINED)
    made.words, made.answer = 'Il dit : "un bus" ;\nà Thann', "Merci."
    made.insee, made.answered_after, made.suggestions = (
        "08105",
        12,
        [{"solution": "A4.2", "score": 0.714, "why": ["bus"]}],
    )
    session.commit()
    headings, (line,) = read_csv(sign_in(app, new_reviewer("68")))
    assert headings[:3] == ["Rang", "Code", "Reçue le"]
    told = {name: line[name] for name in (
        "Rang", "Reçue le", "Moyen", "Texte", "Santé d'un tiers", "Code INSEE", "Suggestions", "Nom de la solution", "État",
        "Jours avant la réponse", "Note moyenne : innovant",
    )}  # fmt: skip
    assert told == {
        "Rang": "1", "Reçue le": "2026-11-20 10:00", "Moyen": "SMS", "Texte": 'Il dit : "un bus" ;\nà Thann',
        "Santé d'un tiers": "non", "Code INSEE": "08105", "Suggestions": "A4.2 71% (bus)",
        "Nom de la solution": "Prévention mobile pour les jeunes", "État": "Retenue", "Jours avant la réponse": "12",
        "Note moyenne : innovant": "",
    }  # fmt: skip


def test_the_filter_of_the_address_is_that_of_the_queue(
    app: Flask, session: Session, new_reviewer: NewReviewer
) -> None:
    idea(session, "AAAAA2", status=Status.RECEIVED)
    idea(session, "BBBBB2")
    idea(session, "CCCCC2", "51")
    visitor = sign_in(app, new_reviewer("68"))
    assert [line["Code"] for line in read_csv(visitor, "")[1]] == ["AAAAA2"]
    assert [line["Code"] for line in read_csv(visitor, "?etat=instruites")[1]] == ["BBBBB2"]
    assert [line["Code"] for line in read_csv(visitor, "?etat=toutes&territoire=51")[1]] == []
    assert "1 idée : instruites." in visitor.read("/inbox/exports?etat=instruites").words


def test_more_than_one_batch_leaves_whole_and_in_order(
    app: Flask, session: Session, new_reviewer: NewReviewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "BATCH", 2)
    codes = [f"AAAA{number:02}" for number in range(7)]
    for code in codes:
        idea(session, code)
    _, lines = read_csv(sign_in(app, new_reviewer("68")))
    assert [(line["Rang"], line["Code"]) for line in lines] == [
        (str(place), code) for place, code in enumerate(codes, 1)
    ]


def test_an_export_that_fails_leaves_the_process_as_it_was(
    app: Flask, session: Session, new_reviewer: NewReviewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("no space left on the device")

    idea(session, "AAAA01")
    visitor = sign_in(app, new_reviewer("68"))
    monkeypatch.setitem(files._WRITE, TEXT, fail)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    with pytest.raises(OSError, match="no space"):
        visitor.read("/inbox/exports/idees.csv?etat=toutes")
    assert gc.isenabled()


def test_an_export_keeps_nobody_from_writing(
    app: Flask, session: Session, new_reviewer: NewReviewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two pieces of the file somebody else writes: on SQLite a transaction left open would keep them waiting."""
    monkeypatch.setattr(door, "BATCH", 1)
    for number in range(3):
        idea(session, f"AAAA{number:02}")
    visitor = sign_in(app, new_reviewer("68"))
    session.rollback()
    response = visitor.client.get("/inbox/exports/idees.csv?etat=toutes", base_url=BASE_URL, buffered=False)
    pieces = iter(response.iter_encoded())
    first = next(pieces)
    idea(session, "BBBBB2")  # after five seconds of waiting this would fail
    rest = b"".join(pieces)
    response.close()
    assert (first.count(b"\r\n"), rest.count(b"\r\n")) == (2, 2)


def test_a_workbook_has_its_dictionary(app: Flask, session: Session, new_reviewer: NewReviewer, mind: Mind) -> None:
    made = idea(session, "K7Q2MX")
    made.words = "x" * 40_000
    session.commit()
    response = sign_in(app, new_reviewer("68")).get("/inbox/exports/idees.xlsx?etat=toutes")
    ideas, dictionary = read_xlsx(response.get_data())
    fields = list_fields(mind.knowledge, mind.places)
    assert [value for _, value in ideas[0]] == [field.name for field in fields]
    assert ideas[1][0] == ("n", "1")
    assert (len(ideas[1][4][1]), ideas[1][4][1][-len(CUT) :]) == (LONGEST_CELL, CUT)
    assert [[value for _, value in line] for line in dictionary[1 : len(fields) + 1]] == [
        [field.name, field.kind, field.meaning] for field in fields
    ]


def test_too_large_a_workbook_is_refused_in_words(
    app: Flask, session: Session, new_reviewer: NewReviewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "MOST_XLSX_ROWS", 1)
    idea(session, "AAAAA2")
    idea(session, "BBBBB2")
    visitor = sign_in(app, new_reviewer("68"))
    refused = visitor.get("/inbox/exports/idees.xlsx?etat=toutes")
    assert (refused.status_code, "Le classeur serait trop grand" in refused.get_data(as_text=True)) == (422, True)


def test_the_dictionary_tells_every_column(app: Flask, new_reviewer: NewReviewer, mind: Mind) -> None:
    words = sign_in(app, new_reviewer("68")).read("/inbox/exports/dictionnaire").words
    missing = [field.name for field in list_fields(mind.knowledge, mind.places) if field.meaning not in words]
    assert missing == []


def test_members_do_not_export(app: Flask, session: Session, new_reviewer: NewReviewer) -> None:
    visitor = sign_in(app, new_reviewer("68", Role.MEMBER))
    paths = ("", "/idees.csv", "/idees.xlsx", "/dictionnaire")
    assert [visitor.get(f"/inbox/exports{path}").status_code for path in paths] == [403] * 4
