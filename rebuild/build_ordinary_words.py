"""Build knowledge/ordinary_words.txt: everyday words and people's names that equal or resemble a place name.

Usage: build_ordinary_words.py FRENCH_WORDS_JSON OUT [PHRASES_JSONL …]   (PYTHONPATH=., from the root)
The list shipped was made without phrases: those of shared/data stay unseen, for measuring.
Needs, at build time only: wordfreq 3.1.1 (frequencies), Faker (French first names and surnames), and the npm
package an-array-of-french-words 2.0.0 (MIT). Nothing of them is shipped but the words listed.
"""

import json
import sys
from collections import Counter
from pathlib import Path

from faker.providers.person.fr_FR import Provider
from wordfreq import top_n_list, zipf_frequency

from bot.folding import fold, split_words
from bot.place_names import PlaceNames, place_word
from knowledge.gazetteer import load_gazetteer

# Zipf scale: 3 is once per million words. A dictionary word rarer than LEAST_ZIPF is not met in messages.
LEAST_ZIPF = 1.5
NAME_ZIPF = 2.5  # first names and surnames
# A word in no dictionary (foreign, SMS, a person's or a distant town's name) guards against look-alikes only.
FOREIGN_ZIPF = 3.0
# Frequent words are listed even when they resemble nothing: groups of them are not compared ("deux
# familles").
FREQUENT_ZIPF = 3.0
SHORT_FREQUENT_ZIPF = 5.0  # of two or three letters: "on", "une", "pas"
ALIKE = 0.78  # LIKE_WHEN_ASKED in bot/places.py, the lowest of the thresholds
# Dictionary words that, in a message to this service, are above all a town; read one by one from the words
# that equal a commune of more than 2 000 people (or 50 000 outside the region).
ABOVE_ALL_A_TOWN = frozenset(Path(__file__).with_name("above_all_a_town.txt").read_text(encoding="utf-8").split())
# English and given names that the dictionaries lack, read from the place keys of Zipf 2.8 and more.
ALSO_EVERYDAY = frozenset("this very they still many sand hans justine florent mercy langley avon".split())
# District names that resemble everyday words (« couteau »).
DISTRICTS = dict.fromkeys(
    ("Coteaux", "Bourtzwiller", "Drouot", "Fonderie", "Brustlein", "Péricentre", "Louvois", "Markstein"),
    "68224",
)
# A word of the corpora counts when two sentences have it: once, it may be a place misspelt.
TWICE = 2
# Shorter than four letters is an everyday word or an acronym (« Sy », « Ars », « Son »).
SHORT = 4


def main(words_json: str, out: str, *corpora: str) -> None:
    """Write the list, one word a line."""
    gazetteer = load_gazetteer()
    names = PlaceNames(gazetteer, DISTRICTS)
    zipf = {word: zipf_frequency(word, "fr") for word in top_n_list("fr", 400_000)}
    folded: dict[str, float] = {}
    for word, value in zipf.items():
        folded[fold(word)] = max(value, folded.get(fold(word), 0))
    dictionary = {fold(word) for word in json.loads(Path(words_json).read_text(encoding="utf-8"))}
    people = {fold(name) for name in (*Provider.first_names, *Provider.last_names)}
    texts = [json.loads(line)["text"] for path in corpora for line in Path(path).read_text("utf-8").splitlines()]
    counts = Counter(word for text in texts for word in {word.folded for word in split_words(text)})
    said = {word for word, number in counts.items() if number >= TWICE}
    keys = names.all_keys()
    equal = {
        key
        for key in keys
        if len(key) < SHORT
        or (key in dictionary and folded.get(key, 0) >= LEAST_ZIPF)
        or (key in people and folded.get(key, 0) >= NAME_ZIPF)
    }
    everyday = {word for word in dictionary if folded.get(word, 0) >= LEAST_ZIPF} | people | said
    everyday |= {word for word, value in folded.items() if value >= FOREIGN_ZIPF}
    alike = {
        word for word in everyday
        if len(word) > 3 and word.isalpha() and word.isascii() and place_word(word) == word
        and word not in keys and names.find_lookalikes(word, ALIKE)
    }  # fmt: skip
    frequent = {
        word
        for word in dictionary | said
        if folded.get(word, 0) >= (FREQUENT_ZIPF if len(word) > 3 else SHORT_FREQUENT_ZIPF)
        and len(word) > 1
        and word not in keys
    }
    Path(out).write_text(
        "\n".join([HEADER, *sorted((equal | alike | frequent | ALSO_EVERYDAY) - ABOVE_ALL_A_TOWN)]) + "\n",
        encoding="utf-8",
    )
    print(len(equal), len(alike), len(frequent))


HEADER = """\
# Everyday words and people's names that equal or resemble a place name: never read as a place on their own.
# Made by rebuild/build_ordinary_words.py, 2026-11-21, from wordfreq 3.1.1 and Faker frequencies and names,
# and an-array-of-french-words 2.0.0 (MIT): see SOURCES.md."""

if __name__ == "__main__":
    main(*sys.argv[1:])
