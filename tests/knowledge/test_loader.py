"""Each way of breaking a knowledge file gives its own fault, in words that say what to do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from knowledge.faults import Fault, KnowledgeError
from knowledge.loader import HERE, Knowledge, load_knowledge

COMMUNES = frozenset({"51058", "51108", "51454", "67348", "67462", "68066", "68224"})


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load_knowledge()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The knowledge files, to be broken."""
    for path in sorted(HERE.glob("*.toml")):
        shutil.copy(path, tmp_path)
    shutil.copytree(HERE / "projects", tmp_path / "projects")
    return tmp_path


def replace(folder: Path, file: str, old: str, new: str) -> None:
    """Change the first ``old`` of the file, which must be there."""
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")


def faults_of(folder: Path) -> list[str]:
    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(folder, COMMUNES)
    return [str(fault) for fault in caught.value.faults]


def test_the_files_of_the_repository_have_no_fault(copy: Path) -> None:
    assert len(load_knowledge(copy, COMMUNES).projects) == 12


def test_everything_is_found_by_its_id(knowledge: Knowledge) -> None:
    assert knowledge.axis("A3").title == (
        "La mobilisation des leviers locaux pour l’attractivité des métiers de la santé"
    )
    assert knowledge.solution("A3.3").title == "Concilier vie privée et vie professionnelle"
    assert knowledge.need("ambulance").label == "Ambulance soir et week-end"
    assert knowledge.project("umop").lead == "CHU de Reims"
    assert knowledge.territory("52").in_name == "en Haute-Marne"
    assert str(knowledge.source("cegidd-fr").url) == "https://cegidd.fr/Fonctionnement.htm"


def test_an_unknown_id_raises_key_error(knowledge: Knowledge) -> None:
    with pytest.raises(KeyError):
        knowledge.project("cmsi-nancy")


def test_solutions_come_in_the_order_of_the_seed_documents(knowledge: Knowledge) -> None:
    assert [solution.id for solution in knowledge.solutions] == (
        "A1.1 A1.2 A2.1 A2.2 A3.1 A3.2 A3.3 A3.4 A3.5 A3.6 A4.1 A4.2 A4.3 A4.4 A4.5 A4.6".split()
    )


CMSI = "projects/cmsi-louvois.toml"
GEMINSTAL = "projects/geminstal.toml"

ONE_FAULT = {
    "toml syntax": (
        "needs.toml",
        "[[need]]",
        "[[need]",
        "needs.toml · line 3: not TOML; Expected ']]' at the end of an array declaration; correct the syntax",
    ),
    "unknown table": (
        "needs.toml",
        "[[need]]",
        "[[projects]]\nid = 1\n[[need]]",
        "needs.toml · projects: unknown table; every entry of this file is a [[need]]",
    ),
    "missing field": (CMSI, 'lead = "CMSI France"\n', "", f"{CMSI} · lead: missing; write it"),
    "missing field of a fact": (
        CMSI,
        'topic = "address"\n',
        "",
        f"{CMSI} · facts[1] · topic: missing; write it",
    ),
    "missing field of a source": (
        "sources.toml",
        'title = "cegidd.fr : fonctionnement des CeGIDD"\n',
        "",
        "sources.toml · cegidd-fr · title: missing; write it",
    ),
    "source without id": (
        "sources.toml",
        'id = "etalab-decoupage"\n',
        "",
        "sources.toml · source[24] · id: missing; write it",
    ),
    "unknown field": (
        CMSI,
        "lead =",
        "boss = 'x'\nlead =",
        f"{CMSI} · boss: unknown field; remove it or correct its spelling",
    ),
    "empty field": (
        CMSI,
        '"CMSI France"',
        '" "',
        f"{CMSI} · lead: empty; write it, or remove it if it may be unknown",
    ),
    "college of an unknown source": (
        "colleges.toml",
        'source = "senat-cts-parlementaires"',
        'source = "x"',
        'colleges.toml · parliament · source: unknown source "x"; add it to sources.toml or correct it',
    ),
    "too long": (
        CMSI,
        'name = "CMSI',
        'name = "Le beau centre médical de soins immédiats de la rue CMSI',
        f"{CMSI} · name: too long, 50 characters at most; shorten it",
    ),
    "too long in a list": (
        "axes.toml",
        '"Former plus de soignants"',
        '"Former beaucoup plus de soignants partout"',
        "axes.toml · A3 · solutions[1] · short: too long, 40 characters at most; shorten it",
    ),
    "pattern": (
        CMSI,
        "lead =",
        'phone = "0352151617"\nlead =',
        CMSI + r" · phone: does not match ^0\d( \d\d){4}$; correct it",
    ),
    "choice": (
        CMSI,
        '"discussed"',
        '"open"',
        f"{CMSI} · status: must be 'accompanied' or 'discussed'; correct it",
    ),
    "fit": (CMSI, "fit = 1", "fit = 3", f"{CMSI} · needs[1] · fit: must be 1 or 2; correct it"),
    "other schema error": (
        CMSI,
        "lead =",
        "for_professionals = 'often'\nlead =",
        f"{CMSI} · for_professionals: Input should be a valid boolean, unable to interpret input; correct it",
    ),
    "reach nobody": (
        CMSI,
        'departements = ["51"]',
        "",
        f"{CMSI} · reach: a project reaches a region, a département or a commune: name at least one",
    ),
    "half a point": (
        CMSI,
        "district =",
        "lat = 49.2\ndistrict =",
        f'{CMSI} · place: lat and lon are both given with precision "address", and neither with another',
    ),
    "unknown source of a fact": (
        CMSI,
        'source = "france3-cmsi-reims"',
        'source = "x"',
        f'{CMSI} · facts[1] · source: unknown source "x"; add it to sources.toml or correct it',
    ),
    "unknown source of a project": (
        GEMINSTAL,
        "seed-marne",
        "x",
        f'{GEMINSTAL} · source: unknown source "x"; add it to sources.toml or correct it',
    ),
    "unknown source of an axis": (
        "axes.toml",
        'source = "seed-marne"',
        'source = "x"',
        'axes.toml · A1 · source: unknown source "x"; add it to sources.toml or correct it',
    ),
    "unknown source of a territory": (
        "territories.toml",
        'source = "ars-territoires"',
        'source = "x"',
        'territories.toml · 08 · source: unknown source "x"; add it to sources.toml or correct it',
    ),
    "unknown source of a territory's fact": (
        "territories.toml",
        "vosgesinfo-cts",
        "x",
        'territories.toml · 88 · facts[1] · source: unknown source "x"; add it to sources.toml or correct it',
    ),
    "unknown source of a quote": (
        "territories.toml",
        'pour 2024\n"""\nsource = "seed-marne"',
        'pour 2024\n"""\nsource = "x"',
        'territories.toml · 51 · quotes[1] · source: unknown source "x"; add it to sources.toml or correct it',
    ),
    "unknown source of a passage": (
        "territories.toml",
        'source = "seed-marne"',
        'source = "x"',
        'territories.toml · 51 · continued · source: unknown source "x"; add it to sources.toml or correct it',
    ),
    "unknown source of the story": (
        "story.toml",
        '"seed-marne"',
        '"x"',
        'story.toml · source: unknown source "x"; add it to sources.toml or correct it',
    ),
    "unknown second source of the story": (
        "story.toml",
        '"seed-haut-rhin"',
        '"x"',
        'story.toml · also_in: unknown source "x"; add it to sources.toml or correct it',
    ),
    "unknown need": (
        CMSI,
        "soins_sans_rdv",
        "soins",
        f'{CMSI} · needs[1] · need: unknown need "soins"; add it to needs.toml or correct it',
    ),
    "unknown solution": (
        CMSI,
        "A2.1",
        "A2.3",
        f'{CMSI} · solutions: unknown solution "A2.3"; choose one of axes.toml',
    ),
    "unknown commune of a place": (
        CMSI,
        '"51454"',
        '"51100"',
        f'{CMSI} · place · insee: unknown commune "51100"; write an INSEE code of communes.csv, not a postcode',
    ),
    "unknown commune of a reach": (
        "projects/ambulance-colmar.toml",
        "67348",
        "67210",
        'projects/ambulance-colmar.toml · reach · communes: unknown commune "67210"; '
        "write an INSEE code of communes.csv, not a postcode",
    ),
    "place outside the département": (
        CMSI,
        '"51454"',
        '"68224"',
        f"{CMSI} · place · insee: 68224 is not in département 51; correct one of the two",
    ),
    "file name is not the id": (
        CMSI,
        'id = "cmsi-louvois"',
        'id = "cmsi"',
        f'{CMSI} · id: "cmsi" is not the name of the file; name the file cmsi.toml or correct the id',
    ),
    "source twice": (
        "sources.toml",
        'id = "epsm-orienter"',
        'id = "epsm-umop"',
        "sources.toml · epsm-umop: there are 2 entries of this name; keep one or rename",
    ),
    "axes out of order": (
        "axes.toml",
        'id = "A1"',
        'id = "A2"',
        "axes.toml: the axes must be A1 A2 A3 A4, each once and in this order; restore them\n"
        "axes.toml · A2 · solutions: the ids must be A2.1 A2.2, each once and in this order; restore them",
    ),
    "solution twice": (
        "axes.toml",
        'id = "A3.2"',
        'id = "A3.1"',
        "axes.toml · A3 · solutions: the ids must be A3.1 A3.2 A3.3 A3.4 A3.5 A3.6, "
        "each once and in this order; restore them",
    ),
    "two solutions of the same short label": (
        "axes.toml",
        '"Influenceurs et réseaux sociaux"',
        '"La prévention au quotidien"',
        'axes.toml · A4 · short: "La prévention au quotidien" names 2 entries, '
        "which nobody could tell apart; change one\n"
        'axes.toml · A4.5 · short: "La prévention au quotidien" names 2 entries, '
        "which nobody could tell apart; change one",
    ),
    "territory missing and twice": (
        "territories.toml",
        'departement = "55"',
        'departement = "54"',
        "territories.toml · 54: there are 2 entries of this name; keep one or rename\n"
        "territories.toml · 55: this département has no territory; add its [[territory]]",
    ),
}


@pytest.mark.parametrize(("file", "old", "new", "message"), ONE_FAULT.values(), ids=ONE_FAULT.keys())
def test_a_mistake_is_told_where_it_is_with_what_to_do(copy: Path, file: str, old: str, new: str, message: str) -> None:
    replace(copy, file, old, new)
    assert faults_of(copy) == message.split("\n")


def test_opening_hours_that_cannot_be_read_are_told_with_the_reason(copy: Path) -> None:
    replace(copy, CMSI, "Mo-Sa 08:30-19:30; PH unknown", "Lu-Sa 8h30")
    (fault,) = faults_of(copy)
    assert fault.splitlines()[0] == (
        f"{CMSI} · opening: not OSM opening_hours syntax: Failed to parse expression:  --> 1:1"
    )


def test_the_end_of_a_file_is_told_when_a_text_is_never_closed(copy: Path) -> None:
    (copy / "story.toml").write_text('about = """', encoding="utf-8")
    assert faults_of(copy) == ["story.toml · end of document: not TOML; Unterminated string; correct the syntax"]


def test_a_missing_file_is_one_fault_and_hides_no_other(copy: Path) -> None:
    (copy / "needs.toml").unlink()
    replace(copy, CMSI, "A2.1", "A2.3")
    assert faults_of(copy) == [
        "needs.toml: the file is missing; restore it",
        f'{CMSI} · solutions: unknown solution "A2.3"; choose one of axes.toml',
    ]


def test_there_are_as_many_colleges_as_the_story_says(copy: Path) -> None:
    with (copy / "colleges.toml").open("a", encoding="utf-8") as file:
        file.write('[[college]]\nid = "users"\nname = "x"\nshort = "x"\nsource = "seed-marne"\n')
    assert faults_of(copy) == [
        "colleges.toml · users: there are 2 entries of this name; keep one or rename",
        "colleges.toml: there are 7 colleges and story.toml says 6; correct one",
    ]


def test_a_file_that_is_not_utf_8_is_one_fault(copy: Path) -> None:
    (copy / "sources.toml").write_bytes(b"# caf\xe9\n")
    assert faults_of(copy) == ["sources.toml: not UTF-8 text; save it with the encoding UTF-8"]


def test_a_file_without_entries_is_one_fault(copy: Path) -> None:
    (copy / "sources.toml").write_text("", encoding="utf-8")
    assert faults_of(copy) == ["sources.toml · source: no list of entries; write each under a [[source]] heading"]


def test_a_folder_without_projects_is_one_fault(copy: Path) -> None:
    shutil.rmtree(copy / "projects")
    assert faults_of(copy) == ["projects: no project file; restore the folder"]


def test_all_faults_of_all_files_are_told_at_once_by_file(copy: Path) -> None:
    replace(copy, "story.toml", "dialogues = 44\n", "")
    replace(copy, CMSI, 'lead = "CMSI France"\n', "boss = 1\n")
    replace(copy, GEMINSTAL, "installation_medecin", "installation")
    replace(copy, GEMINSTAL, '"51108"', '"68224"')
    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(copy, COMMUNES)
    assert caught.value.faults == (
        Fault(CMSI, "", "lead", "missing; write it"),
        Fault(CMSI, "", "boss", "unknown field; remove it or correct its spelling"),
        Fault(
            GEMINSTAL,
            "needs[1]",
            "need",
            'unknown need "installation"; add it to needs.toml or correct it',
        ),
        Fault(GEMINSTAL, "place", "insee", "68224 is not in département 51; correct one of the two"),
        Fault("story.toml", "", "dialogues", "missing; write it"),
    )
    assert str(caught.value) == "\n".join(str(fault) for fault in caught.value.faults)


def test_an_entry_that_does_not_fit_is_still_known_by_its_id(copy: Path) -> None:
    """One missing title must not make every fact of that source wrong too."""
    replace(copy, "sources.toml", "checked = 2026-11-21", "")
    assert faults_of(copy) == ["sources.toml · seed-haut-rhin · checked: missing; write it"]


def test_communes_are_compared_only_when_given(copy: Path) -> None:
    replace(copy, CMSI, '"51454"', '"51999"')
    assert load_knowledge(copy).project("cmsi-louvois").place.insee == "51999"
