"""What people write to us: the transcripts' messages, phrases of the lexicon, answers, codes, duty words, emergencies, rubbish."""

from __future__ import annotations

import json
import random
from pathlib import Path

from hypothesis import strategies as st

from bot.flows.follow_up import ALPHABET, LENGTH
from tests.transcript import FOLDER

LEXICON = Path(__file__).parents[2] / "knowledge" / "lexicon"

# Each with the number that its answer must hold.
EMERGENCIES = {
    "mon mari ne respire plus": "15",
    "mon mari fait une attaque": "15",
    "jvé me pendre": "3114",
    "je veux en finir": "3114",
    "mon mari me frappe": "3919",
    "mon fils a avalé de la javel": "03 83 22 50 50",
}
STOPS = ("ARRET", "arrêt", "STOP", "stop sms", "désabonnez-moi")
DUTY_WORDS = (
    *("REPRENDRE", "START", "me réabonner", "sans réponse", "CONTACT", "AIDE", "?", "HELP", "MES DONNEES"),
    *("EFFACER", "effacer mes données"),
)
GLOBAL_WORDS = (
    "menu",
    "retour",
    "suite",
    "suivi",
    "nouvelle idée",
    "trouver",
    "idee",
    "RECOURS c'est injuste",
    "recours",
)
ANSWERS = (
    "1",
    "2",
    "3",
    "4",
    "5",
    "9",
    "1.",
    "(2)",
    "oui",
    "non",
    "OUI",
    "Non merci",
    "ok",
    "autre",
    "d'accord",
    "garder",
    "tout",
)
PLACES = ("Thann", "Reims", "mulhouse", "68", "51100", "Haut-Rhin", "Paris", "Saint-Martin", "colmar 68000", "Zzz")
IDEAS = (
    "Il faudrait un bus dentaire qui passe dans les villages autour de Thann",
    "un bus dentaire dans les villages autour de thann svp",
    "Plus de médecins de garde le soir et le week-end à Colmar",
    "il faudrait plus d'infirmières la nuit à Reims, appelez Mme Dupont au 06 12 34 56 78",
    "mon voisin Jean Dupont de Mulhouse a un cancer, il faudrait des transports pour les soins",
)
SURE_IDEAS = tuple(idea for idea in IDEAS if "svp" not in idea)
RUBBISH = (
    *(
        "",
        " ",
        "...",
        "?!",
        "😀😀😀",
        "\n\n",
        "\x00",
        "asdfgh",
        "12345678901234567890",
        "<script>alert(1)</script>",
        "&amp;",
    ),
    *(
        "' OR 1=1 --",
        "\u202etxet",
        "e\u0301" * 80,
        "\ud800",
        "Ａｒｒêｔ ｄｅ ｂｕｓ",
        "x" * 2100,
        "oui " * 300,
        "{{7*7}}",
        "]]>",
    ),
)


def read_phrases(most: int, seed: int = 6) -> list[str]:
    """``most`` phrases of the lexicon, of all its authors, always the same."""
    files = sorted(path for folder in ("phrases", "requests", "intents") for path in (LEXICON / folder).glob("*.jsonl"))
    said = [json.loads(line)["text"] for path in files for line in path.read_text(encoding="utf-8").splitlines()]
    return random.Random(seed).sample(said, most)


def read_transcripts() -> list[str]:
    """Every message of the transcripts, once."""
    lines = (line for path in sorted(FOLDER.glob("*.txt")) for line in path.read_text(encoding="utf-8").splitlines())
    return sorted({line[2:].replace("\\n", "\n") for line in lines if line.startswith("> ")})


def one_of_many(texts: list[str]) -> st.SearchStrategy[str]:
    """One of the texts, by its number: the list would be printed with each failure."""
    return st.integers(0, len(texts) - 1).map(lambda number: texts[number])


codes = st.text(st.sampled_from(sorted(ALPHABET)), min_size=LENGTH, max_size=LENGTH)
messages = st.one_of(
    st.sampled_from(ANSWERS),
    st.sampled_from(ANSWERS[:4]),  # most of what is said answers something
    st.sampled_from(PLACES),
    st.sampled_from(GLOBAL_WORDS),
    st.sampled_from(STOPS + DUTY_WORDS),
    one_of_many(read_transcripts()),
    one_of_many(read_phrases(400)),
    st.sampled_from(IDEAS),
    st.sampled_from(RUBBISH),
    st.sampled_from(["SUIVI {}", "{}", "suivi{}"]).flatmap(lambda form: codes.map(form.format)),
    st.text(max_size=40),
)
