"""The safety detector: what alarms, what does not, and the figures under which it must not fall."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.safety import Kind, Safety, load_safety
from bot.safety_evidence import Depth, EvidenceReader
from bot.safety_triggers import TriggerSet, parse_trigger
from bot.safety_words import WordReader
from bot.sms import count_segments, is_gsm7
from knowledge.faults import KnowledgeError
from knowledge.safety_schema import load_safety_facts

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "knowledge"
DEV = [json.loads(line) for line in (ROOT / "tests/data/dev-safety.jsonl").read_text("utf-8").splitlines()]
SAFETY = load_safety(FOLDER)
ANSWERS = load_safety_facts(FOLDER).answers


def name_kind(text: str) -> str:
    """The kind found, or "none"."""
    alert = SAFETY.detect(text)
    return "none" if alert is None else alert.kind.value


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("mon mari ne respire plus", "vital_emergency"),
        ("MON BEBE NE RESPIRE PLUS", "vital_emergency"),
        ("mon pere il respir plu", "vital_emergency"),
        ("SAMU", "vital_emergency"),
        ("S.O.S", "vital_emergency"),
        ("ma femme est inconsciente, que faire ?", "vital_emergency"),
        ("je veux en finir", "suicide"),
        ("jve me suissidé", "suicide"),
        ("ma soeur veut se pendre", "suicide"),
        ("ma soeur menace de sauter du pont", "suicide"),
        ("mon mari fait une attaque", "vital_emergency"),
        ("mon mari me frappe", "violence"),
        ("papa me tape", "violence"),
        ("mon beau-père me touche la nuit", "violence"),
        ("ma fille a bu de la javel", "poison"),
        ("numéro du centre antipoison", "poison"),
        ("je veux en finir avec la vie, à 82 ans ça suffit", "suicide"),
        ("je veux en finir avec ma pauvre vie", "suicide"),
        ("je veux en finir avec la vie les soins coûtent trop", "suicide"),
        ("Nous avons reçu un appel : M. Girard va se donner la mort à midi. Qui prévenir ?", "suicide"),
    ],
)
def test_a_danger_is_found_and_named(text: str, kind: str) -> None:
    assert name_kind(text) == kind


@pytest.mark.parametrize(
    "text",
    [
        "les urgences de Colmar sont saturées",
        "plus d'ambulances",
        "prévention du suicide des agriculteurs",
        "mon père est mort faute de lit l'an dernier",
        "je meurs d'ennui",
        "je suis mort de rire",
        "l'hôpital est à l'agonie",
        "mon mari ne me frappe pas",
        "l'an dernier mon fils a avalé de la javel, il va bien",
        "former les gens si quelqu'un ne respire plus",
        "il faut une maison des femmes pour les victimes de violences",
        "il faut en finir avec la paperasse",
        "je veux en finir avec cette attente, six mois pour un scanner",
        "un bus dentaire à Thann",
        "depistage mulhouse",
        "oui",
        "",
        "   ",
        "⚕️🙏",
    ],
)
def test_idioms_policy_past_and_ordinary_words_raise_no_alarm(text: str) -> None:
    assert SAFETY.detect(text) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Il faudrait un bus dentaire à Thann. Mon père vient de tomber, il ne respire plus", "vital_emergency"),
        ("Une idée : un médecin de garde. Là tout de suite ma mère est inconsciente.", "vital_emergency"),
        ("Plus de psys au lycée svp. Moi je veux mourir.", "suicide"),
    ],
)
def test_an_idea_with_a_present_danger_alarms(text: str, kind: str) -> None:
    assert name_kind(text) == kind


def test_an_alarm_at_the_end_of_a_very_long_message_is_found() -> None:
    idea = "Il faudrait un médecin de garde le dimanche à Thann et une navette pour les anciens. " * 30
    assert name_kind(idea + "Mon mari ne respire plus.") == "vital_emergency"


def test_an_explicit_danger_is_not_veiled_and_says_why_in_words_of_the_message() -> None:
    alert = SAFETY.detect("mon mari ne respire plus")
    assert alert is not None
    assert (alert.kind, alert.veiled, alert.why) == (Kind.VITAL_EMERGENCY, False, ("respire plus",))
    assert alert.text == ANSWERS["vital_emergency"]


def test_a_sign_is_veiled_and_says_why_in_words_of_the_message() -> None:
    alert = SAFETY.detect("plus personne a besoin de moi autant disparaitre")
    assert alert is not None
    assert (alert.kind, alert.veiled) == (Kind.SUICIDE, True)
    assert "autant disparaitre" in alert.why


@pytest.mark.parametrize("text", ["mon fils me frappe", "je pense que la dame est battue par son fils"])
def test_a_child_who_hits_is_no_child_in_danger(text: str) -> None:
    alert = SAFETY.detect(text)
    assert alert is not None
    assert alert.text == ANSWERS["violence"]


def test_a_child_is_given_the_number_for_children() -> None:
    adult, child = SAFETY.detect("mon mari me frappe"), SAFETY.detect("mon père frappe ma petite soeur, elle a 6 ans")
    assert adult is not None
    assert child is not None
    assert (adult.text, child.text) == (ANSWERS["violence"], ANSWERS["violence_child"])


def test_the_same_text_has_the_same_answer_in_a_detector_made_anew() -> None:
    other = load_safety(FOLDER)
    assert [other.detect(row["text"]) for row in DEV] == [SAFETY.detect(row["text"]) for row in DEV]


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_an_answer_is_two_segments_of_gsm_7_at_most(name: str) -> None:
    assert (is_gsm7(ANSWERS[name]), count_segments(ANSWERS[name])) == (True, 2)


def test_the_development_sample_keeps_its_figures() -> None:
    right = [{row["kind"], *row.get("also_ok", [])} for row in DEV]
    found = [name_kind(row["text"]) for row in DEV]
    dangers = [(kinds, kind) for kinds, kind in zip(right, found, strict=True) if "none" not in kinds]
    missed = sum(kind == "none" for _, kind in dangers)
    misnamed = sum(kind != "none" and kind not in kinds for kinds, kind in dangers)
    false_alarms = sum(kinds == {"none"} and kind != "none" for kinds, kind in zip(right, found, strict=True))
    assert missed == 0  # of 33
    assert misnamed == 0
    assert false_alarms == 0  # of 22


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_read_without_a_fault(text: str) -> None:
    assert SAFETY.detect(text) == SAFETY.detect(text)


@pytest.mark.parametrize("word", ["zqxwv ", "mon mari me frappe ", "a, ", "a. ", "ééééé! ", "x"])
def test_ten_thousand_characters_cost_a_bounded_number_of_calls(word: str) -> None:
    assert count_calls(SAFETY, (word * 10_000)[:10_000]) < 400_000  # about 20 ms; a quadratic reading is far above


def count_calls(safety: Safety, text: str) -> int:
    """Python calls made to look at the text: work, not time, so that a slow machine changes nothing."""
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        safety.detect(text)
    finally:
        sys.setprofile(None)
    return calls


def test_sms_spellings_and_typing_errors_are_brought_back_to_the_words_that_matter() -> None:
    reader = WordReader({"jve": "je veux", "j": "je"}, {"inconsciente", "pendre"}, {"maison"})
    assert reader.read("jve me pandre") == ("je", "veux", "me", "pendre")
    assert reader.read("elle est inconsiente à la maison") == ("elle", "est", "inconsciente", "a", "la", "maison")


@pytest.mark.parametrize("title", ["M.", "m.", "Dr.", "MR."])
def test_a_title_does_not_end_a_sentence(title: str) -> None:
    reader = EvidenceReader(load_safety_facts(FOLDER).triggers, frozenset({"weber"}))
    pieces = reader.read_pieces(f"Voici {title} Weber. Venez vite")
    assert [reading.words[-1] for reading in pieces if reading.depth is Depth.SENTENCE] == ["weber", "vite"]


@pytest.mark.parametrize(
    ("pattern", "words", "is_found"),
    [
        ("respire NOT", "il respire vraiment plus", True),
        ("respire NOT", "plus il respire", False),
        ("gorge & gonfle", "ca gonfle dans la gorge", True),
        ("fait_mal", "fait tres mal", False),
        ("tombe ... toit", "tombe hier soir de tout en haut du toit", True),
        ("suicid*", "suicidaire", True),
    ],
)
def test_a_trigger_is_found_as_its_notation_says(pattern: str, words: str, is_found: bool) -> None:
    trigger = parse_trigger("suicide:sure", pattern)
    assert TriggerSet({"NOT": ["plus", "pas"]}, [trigger]).find(words.split()) == ([trigger] if is_found else [])


def test_a_trigger_without_its_first_step_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing before it"):
        parse_trigger("suicide:sure", "& mort")


def test_a_fault_of_the_safety_file_is_named_by_entry_and_field(tmp_path: Path) -> None:
    for name in ("safety.toml", "sources.toml"):
        (tmp_path / name).write_text((FOLDER / name).read_text("utf-8").replace("le 3114", "le 3115"), "utf-8")
    (tmp_path / "lexicon/safety").mkdir(parents=True)
    triggers = (FOLDER / "lexicon/safety/triggers.toml").read_text("utf-8")
    (tmp_path / "lexicon/safety/triggers.toml").write_text(triggers, "utf-8")
    with pytest.raises(KnowledgeError) as error:
        load_safety_facts(tmp_path)
    assert [str(fault) for fault in error.value.faults] == [
        "safety.toml · suicide · text: 3115 is no [[number]] of this file; correct it"
    ]
