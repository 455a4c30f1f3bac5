"""How often a request gets the need, the first project (or the honest nothing) and the question for a place it should."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

from bot.folding import fold
from bot.known import PARIS, Mind
from bot.nearby import find_nearby

# The test sets give projects by the short names of the seed documents.
SHORT_NAMES = {
    "GEMINSTAL": "geminstal", "LEADERS EN SANTE MENTALE": "leaders-sante-mentale",
    "AMBASSADEURS EN SANTÉ MENTALE": "ambassadeurs-sante-mentale", "BUCCO-DENTAIRE": "bucco-dentaire-handicap",
    "CMSI LOUVOIS": "cmsi-louvois", "HANDICONSULT": "handiconsult-sud-alsace", "CEGIDD": "cegidd-mobile",
    "MTASANTE": "mta-sante", "UMOP": "umop", "MULHOUSE SPORT SANTE": "mulhouse-sport-sante",
    "HANDI-CAP COURLANCY BEZANNES": "handi-cap-courlancy", "MISE EN PLACE AMBULANCE": "ambulance-colmar",
}  # fmt: skip
NOON = dt.datetime(2026, 11, 24, 12, tzinfo=PARIS)  # a Tuesday


def rate_requests(mind: Mind, path: Path, tell: Callable[[str], None] = lambda line: None) -> dict[str, float]:
    """Shares (0–1) right over the file's requests; ``tell`` gets a line for each wrong one."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    needs = firsts = asked = 0
    for row in rows:
        meaning = mind.understanding.read(row["text"])
        place = mind.places.find(row["text"])
        need = meaning.need or "none"
        projects: list[str] = []
        if meaning.need is not None and not place.outside:
            commune = place.communes[0] if place.communes else None
            found = find_nearby(
                mind.knowledge, mind.places, mind.knowledge.need(meaning.need), commune, place.departement or "", NOON
            )
            projects = [near.project.id for near in found.projects]
        accepted = {SHORT_NAMES[name] for name in (*row["expect_projects"], *row["also_ok"])}
        first_right = projects[0] in accepted if projects else not row["expect_projects"]
        knows_place = bool(place.communes or place.departement or place.outside)
        ask = meaning.need is not None and not knows_place
        needs += need == row["need"]
        firsts += first_right
        asked += ask == row["ask_location"]
        if need != row["need"] or not first_right or ask != row["ask_location"]:
            tell(
                f"  {fold(row['text'])[:80]!r}: {need} for {row['need']}, {projects} for {sorted(accepted)}, ask {ask}"
            )
    return {"need": needs / len(rows), "first project": firsts / len(rows), "place asked for": asked / len(rows)}
