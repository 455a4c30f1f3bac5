"""The gazetteer loads whole, and says where a file is wrong."""

import shutil
from pathlib import Path

import pytest

from knowledge import gazetteer
from knowledge.gazetteer import GazetteerError, load_gazetteer

FOLDER = Path(gazetteer.__file__).parent


def test_all_of_grand_est_is_loaded() -> None:
    loaded = load_gazetteer()
    assert len(loaded.communes) == 5115
    assert sum(commune.population for commune in loaded.communes) == 5_563_378
    assert all(commune.in_grand_est for commune in loaded.communes)
    assert len(loaded.old_villages) == 314
    assert len(loaded.elsewhere) == 29_756 + 26


@pytest.mark.parametrize(
    ("name", "line", "message"),
    [
        ("communes.csv", "x;Y;68;68000;1;48.0;7.0", r"communes.csv:5117: code INSEE"),
        ("communes.csv", "75056;Paris;75;75001;1;48.8;2.3", r"communes.csv:5117: .*hors Grand Est"),
        ("communes.csv", "68999;Y;68;6800;1;48.0;7.0", r"communes.csv:5117: codes postaux"),
        ("communes.csv", "68999;Y;68;68000;beaucoup;48.0;7.0", r"communes.csv:5117: nombre"),
        ("communes.csv", "68999;Y;68;68000;1;7.0;48.0", r"communes.csv:5117: point"),
        ("communes.csv", "68999;Y", r"communes.csv:5117: 7 colonnes"),
        ("old_villages.csv", "Ailleurs;99999", r"old_villages.csv:316: .*commune inconnue"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, name: str, line: str, message: str) -> None:
    folder = tmp_path / "knowledge"
    shutil.copytree(FOLDER, folder)
    with (folder / name).open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(GazetteerError, match=message):
        load_gazetteer(folder)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(GazetteerError, match=r"communes.csv:1: fichier illisible"):
        load_gazetteer(tmp_path)
