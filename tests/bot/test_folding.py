"""Text brought to one form."""

from __future__ import annotations

from bot.folding import Characters, fold


def test_accents_ligatures_and_hyphens_are_folded_however_they_are_sent() -> None:
    assert fold("Épernay, e\u0301pernay : cœur de l’Œuvre – Straße") == "epernay, epernay : coeur de l'oeuvre   strasse"


def test_a_table_keeps_no_more_characters_than_europe_writes_with() -> None:
    table = Characters(str.lower)
    every = "".join(map(chr, range(0x4E00, 0x4E00 + 6_000)))
    assert (every.translate(table), len(table)) == (every, 5_000)
