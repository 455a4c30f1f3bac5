"""Files of past contributions: read line by line, taken in once, undone as a whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.known import Mind
from extensions import db
from service import cases, imports, look_alikes, merging, search
from service.errors import Forbidden, NotFound, Refused
from service.import_file import Column, guess_columns, read_sheet
from service.keyring import Keyring
from service.models import Contribution, Import, Note, Reviewer, Role, Sketch, Source, Status
from service.past_ideas import Fault, PastIdea, read_ideas

NewReviewer = Callable[..., Reviewer]
NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
TODAY = NOW.date()
KEYRING = Keyring(("a pepper of sixteen characters",))
ALL = {Column.WORDS: 0, Column.PLACE: 1, Column.DATE: 2, Column.SOURCE: 3, Column.SOLUTION: 4}


def read(mind: Mind, text: str, departement: str = "68") -> tuple[list[PastIdea], list[Fault]]:
    """The ideas and faults of a file with the five columns, in order."""
    heading = "texte;commune;date;moyen;solution\n"
    return read_ideas(mind, read_sheet((heading + text).encode()), ALL, departement, TODAY)


def take_in(
    session: Session, mind: Mind, reviewer: Reviewer, ideas: list[PastIdea], number: int | None = None
) -> Import:
    """The ideas imported, each in a transaction of its own."""
    made = imports.begin(session, reviewer, "68", "notes.csv", 0, NOW) if number is None else None
    number = made.id if made else number
    session.commit()
    for idea in ideas:
        imports.take_in(session, KEYRING, mind, reviewer, session.get_one(Import, number), idea, NOW)
        session.commit()
    return session.get_one(Import, number)


# The file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_encoding_and_separator_are_found_out(encoding: str, separator: str) -> None:
    rows = [("Idée", "Commune"), ('"Un bus, ou deux ; à l’été"', "Thann")]
    sheet = read_sheet("\r\n".join(separator.join(row) for row in rows).encode(encoding))
    assert sheet.columns == ("Idée", "Commune")
    assert [(line.number, line.cells) for line in sheet.lines] == [(2, ("Un bus, ou deux ; à l’été", "Thann"))]


def test_lines_keep_the_numbers_they_have_in_the_file() -> None:
    sheet = read_sheet(b'texte;lieu\n"sur\ndeux lignes";Thann\n;;\ncourt\n')
    assert [(line.number, line.cells) for line in sheet.lines] == [
        (2, ("sur\ndeux lignes", "Thann")),
        (5, ("court", "")),
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "Le fichier est vide : il faut une ligne de titres, puis une ligne par idée."),
        (b"texte\n", "Le fichier est vide : il faut une ligne de titres, puis une ligne par idée."),
        (b"PK\x03\x04 zip", "C'est un classeur, pas un fichier CSV : enregistrez-le au format « CSV UTF-8 »."),
        (b"texte\n\x81", "Le fichier n'est ni en UTF-8 ni en Windows-1252 : enregistrez-le au format « CSV UTF-8 »."),
        (b'texte\nbon\n"mal" dit\n', "La ligne 3 ne se lit pas : un guillemet y est de trop, ou il en manque un."),
        (b"a;" * 60 + b"\nx", "Le fichier a plus de 50 colonnes : gardez celles qui servent."),
        (b"x" * (5 * 1024 * 1024 + 1), "Le fichier dépasse 5 Mo : coupez-le en plusieurs."),
    ],
    ids=["empty", "heading-alone", "workbook", "encoding", "quote", "columns", "size"],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(content: bytes, problem: str) -> None:
    with pytest.raises(Refused) as refused:
        read_sheet(content)
    assert (str(refused.value), refused.value.field) == (problem, "file")


def test_columns_are_guessed_from_their_headings() -> None:
    headings = ("N°", "Date de la réunion", "Commune", "Verbatim", "Axe / solution", "Canal")
    found = {Column.DATE: 1, Column.PLACE: 2, Column.WORDS: 3, Column.SOLUTION: 4, Column.SOURCE: 5}
    assert guess_columns(headings) == found
    assert guess_columns(("colonne",)) == {Column.WORDS: 0}
    assert guess_columns(("a", "b")) == {}


# Its lines


def test_a_line_tells_an_idea(mind: Mind) -> None:
    (one, bare), faults = read(mind, "Un bus dentaire;Thann;15/10/2022;papier;A4.2\nDes médecins;;;;\n")
    assert faults == []
    told = (one.line, one.words, one.insee, one.day, one.source, one.solution)
    assert told == (2, "Un bus dentaire", "68334", dt.date(2022, 10, 15), Source.PAPER, "A4.2")
    assert (bare.insee, bare.day, bare.source, bare.solution) == (None, None, Source.MEETING, None)


@pytest.mark.parametrize("written", ["2022-10-05", "05/10/2022", "5.10.22", "5 octobre 2022", "05-10-2022 14:30"])
def test_a_day_is_read_however_it_is_written(mind: Mind, written: str) -> None:
    (idea,), _ = read(mind, f"Un bus;;{written};;\n")
    assert idea.day == dt.date(2022, 10, 5)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (";Thann;;;", "Le texte est vide : écrivez-le, ou supprimez la ligne."),
        ("x" * 2001 + ";;;;", "Le texte a 2001 caractères, 2000 au plus : coupez-le en plusieurs lignes."),
        ("a;Trifouillis;;;", "« Trifouillis » n'est pas une commune connue dans le Haut-Rhin : corrigez le nom, ou videz la case."),
        ("a;Reims;;;", "« Reims » n'est pas dans le Haut-Rhin : corrigez le lieu, videz la case, ou reprenez la ligne ailleurs."),
        ("a;;hier;;", "« hier » n'est pas une date : écrivez-la 15/10/2022 ou 2022-10-15, ou videz la case."),
        ("a;;31/02/2022;;", "« 31/02/2022 » n'est pas une date : écrivez-la 15/10/2022 ou 2022-10-15, ou videz la case."),
        ("a;;21/11/2026;;", "La date 21/11/2026 n'est pas possible : corrigez-la, ou videz la case."),
        ("a;;;pigeon;", "« pigeon » n'est pas un moyen connu : SMS, WhatsApp, site, téléphone, papier ou réunion."),
        ("a;;;;A9", "« A9 » n'est ni un axe ni une solution : écrivez son code (A2, A2.1) ou son titre, ou videz la case."),
    ],
    ids=["empty", "long", "unknown", "elsewhere", "no-date", "impossible", "tomorrow", "source", "solution"],
)  # fmt: skip
def test_a_bad_line_says_what_is_wrong_and_what_to_do(mind: Mind, line: str, problem: str) -> None:
    ideas, faults = read(mind, f"bon;;;;\n{line}\n")
    assert ([idea.line for idea in ideas], faults) == ([2], [Fault(3, problem)])


def test_the_same_idea_twice_in_a_file_is_taken_once_and_told(mind: Mind) -> None:
    ideas, faults = read(mind, "Un bus dentaire;Thann;;;\nUn  BUS dentaire;Thann;;;\nUn bus dentaire;Colmar;;;\n")
    assert [idea.line for idea in ideas] == [2, 4]
    assert faults == [Fault(3, "Même idée que la ligne 2 : elle n'est reprise qu'une fois.")]


def test_a_file_without_a_column_of_words_is_refused(mind: Mind) -> None:
    with pytest.raises(Refused):
        read_ideas(mind, read_sheet(b"a;b\nc;d\n"), {Column.PLACE: 0}, "68", TODAY)


def test_a_fingerprint_does_not_depend_on_what_is_masked(mind: Mind) -> None:
    """Else trying all numbers would find the one that was masked."""
    (one,), _ = read(mind, "Rappelez-moi au 06 39 98 00 01 pour le bus\n")
    (other,), _ = read(mind, "Rappelez-moi au 06 39 98 00 02 pour le bus\n")
    assert one.key == other.key


# Taken in


def test_an_import_makes_ideas_like_any_other(session: Session, mind: Mind, new_reviewer: NewReviewer) -> None:
    camille = new_reviewer("68")
    ideas, _ = read(mind, "Appelez le 06 39 98 00 01 : un bus dentaire à Thann;Thann;15/10/2022;;A4.2\n")
    done = take_in(session, mind, camille, ideas)
    assert (done.taken_in, done.known_already) == (1, 0)
    made = session.scalars(select(Contribution)).one()
    assert "06 39 98" not in made.words
    assert KEYRING.open(made.sealed_words or b"", made.code) == ideas[0].words
    assert (made.person_id, made.channel, made.status) == (None, Source.MEETING, Status.RECEIVED)
    assert (made.solution, made.chosen_by_citizen, made.import_id) == ("A4.2", None, done.id)
    assert made.received_at == dt.datetime(2022, 10, 15, 10, 0, tzinfo=dt.UTC)
    assert made.suggestions != []
    (line,) = made.history
    assert (line.reviewer_id, line.at, line.reason) == (
        camille.id, NOW, "Importée du fichier « notes.csv » par Camille le 20/11/2026."
    )  # fmt: skip
    assert session.scalar(select(func.count()).select_from(Sketch)) != 0
    assert session.scalars(select(Contribution).where(search.find(session, "dentaires", "68"))).all() == [made]


def test_running_the_same_file_again_adds_nothing(session: Session, mind: Mind, new_reviewer: NewReviewer) -> None:
    camille, dominique = new_reviewer("68"), new_reviewer(None)
    ideas, _ = read(mind, "Un bus dentaire;Thann;;;\nPlus de médecins;;15/10/2022;;\n")
    take_in(session, mind, camille, ideas)
    assert imports.find_known(session, ideas) == {idea.key for idea in ideas}
    again = take_in(session, mind, dominique, ideas)
    assert (again.taken_in, again.known_already) == (0, 2)
    assert session.scalar(select(func.count()).select_from(Contribution)) == 2


def test_the_same_words_of_another_place_or_day_are_told_with_the_idea_that_says_them(
    session: Session, mind: Mind, new_reviewer: NewReviewer
) -> None:
    """The same file, read by other columns."""
    lines = "Un bus dentaire, 06 39 98 00 01;Thann;15/10/2022;;\nPlus de médecins;;15/10/2022;;\n"
    take_in(session, mind, new_reviewer("68"), read(mind, lines)[0])
    codes = list(session.scalars(select(Contribution.code).order_by(Contribution.id)))
    again = (
        "Une crèche;;;;\nUN bus  dentaire, 06 39 98 00 02;;;;\nPlus de medecins;Colmar;;;\nPlus de médecins;Thann;;;\n"
    )
    ideas, _ = read(mind, again)
    assert imports.find_known(session, ideas) == set()
    assert imports.find_same_words(session, "68", ideas) == {3: codes[0], 4: codes[1], 5: codes[1]}
    assert imports.find_same_words(session, "51", ideas) == {}


def test_two_imports_of_the_same_file_at_once_make_one(
    app: Flask, session: Session, mind: Mind, new_reviewer: NewReviewer
) -> None:
    camille = new_reviewer("68").id
    ideas, _ = read(mind, "".join(f"Un bus dentaire numéro {number} pour le village;;;;\n" for number in range(12)))

    def run(_turn: int) -> tuple[int, int]:
        with app.app_context():
            own = db.session()
            done = take_in(own, mind, own.get_one(Reviewer, camille), ideas)
            return done.taken_in, done.known_already

    session.rollback()
    with ThreadPoolExecutor(2) as pool:
        counted = list(pool.map(run, range(2)))
    assert session.scalar(select(func.count()).select_from(Contribution)) == 12
    assert [sum(counts) for counts in zip(*counted, strict=True)] == [12, 12]


def test_only_those_who_instruct_import(session: Session, mind: Mind, new_reviewer: NewReviewer) -> None:
    member = new_reviewer("68", Role.MEMBER)
    with pytest.raises(Forbidden):
        imports.begin(session, member, "68", "notes.csv", 0, NOW)
    assert imports.find_territory(new_reviewer("68"), "51") == "68"
    assert imports.find_territory(new_reviewer(None), "51") == "51"
    with pytest.raises(Refused):
        imports.find_territory(new_reviewer(None), "")


# Undone


def test_undoing_takes_back_what_nobody_worked_on(session: Session, mind: Mind, new_reviewer: NewReviewer) -> None:
    camille = new_reviewer("68")
    texts = [
        "Un bus dentaire",
        "Une crèche la nuit",
        "Du sport sur ordonnance",
        "Moins d'attente",
        "Des internes logés",
    ]
    ideas, _ = read(mind, "".join(f"{text};;;;\n" for text in texts))
    done = take_in(session, mind, camille, ideas)
    number = done.id
    codes = [one.code for one in session.scalars(select(Contribution).order_by(Contribution.id))]
    instructed = session.scalars(select(Contribution).where(Contribution.code == codes[1])).one()
    cases.instruct(session, camille, codes[1], "A3.3", reason="", told_by=(), version=instructed.version, now=NOW)
    cases.add_note(session, camille, codes[2], "à voir", NOW)
    merging.merge(session, camille, codes[3], dict.fromkeys(codes[3:], 1), NOW)
    session.commit()
    undone = imports.undo(session, camille, number, NOW)
    session.commit()
    assert (undone.gone, undone.kept) == (1, tuple(codes[1:]))
    assert session.get_one(Import, number).undone_at == NOW
    assert session.scalars(select(Contribution.code).order_by(Contribution.id)).all() == codes[1:]
    assert session.scalar(select(func.count()).select_from(Note)) == 1
    assert session.scalars(select(Contribution).where(search.find(session, "dentaire", "68"))).all() == []


def test_after_undoing_the_file_may_be_imported_anew(session: Session, mind: Mind, new_reviewer: NewReviewer) -> None:
    camille = new_reviewer("68")
    ideas, _ = read(mind, "Un bus dentaire;;;;\n")
    done = take_in(session, mind, camille, ideas)
    imports.undo(session, camille, done.id, NOW)
    session.commit()
    with pytest.raises(Refused):
        imports.take_in(session, KEYRING, mind, camille, session.get_one(Import, done.id), ideas[0], NOW)
    assert take_in(session, mind, camille, ideas).taken_in == 1


def test_what_looked_like_an_idea_that_goes_is_no_longer_marked(
    session: Session, mind: Mind, new_reviewer: NewReviewer
) -> None:
    camille = new_reviewer("68")
    first, _ = read(mind, "Il faudrait un bus dentaire qui passe dans les villages autour de Thann;;;;\n")
    second, _ = read(mind, "Il faudrait un bus dentaire qui passe dans les villages près de Thann;;;;\n")
    take_in(session, mind, camille, first)
    stays = session.scalars(select(Contribution)).one()
    done = take_in(session, mind, camille, second)
    session.refresh(stays)
    assert stays.alike is True
    imports.undo(session, camille, done.id, NOW)
    session.commit()
    session.refresh(stays)
    assert stays.alike is False
    assert look_alikes.find_alike(session, "68", stays.words, least=0.5, limit=5, but=stays) == []


def test_another_territorys_import_is_not_there(session: Session, mind: Mind, new_reviewer: NewReviewer) -> None:
    done = take_in(session, mind, new_reviewer("68"), [])
    foreign = new_reviewer("51")
    assert imports.list_imports(session, foreign) == []
    with pytest.raises(NotFound):
        imports.undo(session, foreign, done.id, NOW)
    with pytest.raises(Forbidden):
        imports.undo(session, new_reviewer("68", Role.MEMBER), done.id, NOW)
