"""A lexicon small enough to be taught in seconds: three solutions and what is off topic, by three authors."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from bot.matching import LEXICON
from service import lexicon_folder

TODAY = dt.date(2026, 11, 20)
AUTHORS = {
    "village": "à la mairie du village, {0} et {1}, ce serait {2}",
    "ville": "en ville il faudrait {0} avec {1} et aussi {2}",
    "soignants": "nous proposons {0}, {1} ou {2}",
}
TOPICS = {
    "A1.1": (
        "une téléconsultation",
        "un écran",
        "une tablette",
        "la visio du docteur",
        "une caméra",
        "une cabine vidéo",
    ),
    "A2.1": ("un bus dentaire", "un camion", "une caravane", "un véhicule itinérant", "une tournée", "un minibus"),
    "A4.2": ("une affiche", "une campagne", "des dépliants", "un spot radio", "des influenceurs", "une brochure"),
    "none": ("la voirie", "un rond-point", "le stade", "les poubelles", "le wifi", "la trésorerie"),
}
INTENTS = {
    "greet": ("bonjour", "bonsoir", "salut", "coucou", "bonjour à tous", "salut vous"),
    "thank": ("merci", "merci bien", "merci beaucoup", "grand merci", "mille mercis", "merci à vous"),
}
REQUESTS = {
    "handicap": (
        "dentiste pour mon fils en fauteuil",
        "soins pour personne handicapée",
        "consultation handicap adulte",
    ),
    "soins_sans_rdv": ("médecin sans rendez-vous", "docteur tout de suite", "consultation sans rendez-vous"),
}
# What the gate replays: texts that no author wrote.
JUDGED = {
    "un docteur à l'écran": "A1.1",
    "voir le docteur par caméra": "A1.1",
    "un camion pour les dents": "A2.1",
    "une caravane dentaire": "A2.1",
    "une borne pour le docteur": "A1.1",
    "une campagne à la radio": "A4.2",
    "des affiches et des brochures": "A4.2",
    "réparez la voirie du stade": "none",
}


def make_lexicon(folder: Path) -> Path:
    """The small lexicon, taught."""
    for name in ("phrases", "requests", "intents"):
        (folder / name).mkdir(parents=True)
    for name in ("everyday_words.txt", "sms.toml", "word_vectors.npz"):
        shutil.copy(LEXICON / name, folder / name)
    for author, sentence in AUTHORS.items():
        rows = [
            {"text": sentence.format(*(words[(n + step) % len(words)] for step in (0, 1, 3))), "label": label}
            for label, words in TOPICS.items()
            for n in range(len(words))
        ]
        write_rows(folder / "phrases" / f"{author}.jsonl", ({**row, "style": "web"} for row in rows))
    for name, field, texts in (("requests", "need", REQUESTS), ("intents", "intent", INTENTS)):
        rows = [{"text": text, field: label} for label, found in texts.items() for text in found]
        write_rows(folder / name / "small.jsonl", ({**row, "style": "web"} for row in rows))
    write_rows(
        folder / "gate.jsonl",
        (
            {"text": text, "axis": label.split(".")[0], "solution": label, "also": []}
            for text, label in JUDGED.items()
        ),
    )  # fmt: skip
    lexicon_folder.train_in_place(folder, folder.parent / f"{folder.name}-work", TODAY)
    return folder


def write_rows(path: Path, rows: Iterable[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
