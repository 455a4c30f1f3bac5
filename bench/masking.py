"""How well personal data is masked: `python -m bench.masking [--show]`.

Noisy messages are made by a seeded generator: each datum, written in one of many formats, is put in each carrier sentence.
Strict: a message counts as right only when it comes out equal to its carrier with the mark, to the byte; a part too long or too
short is both a miss and a false alarm. Formats of `UNSEEN`, and masking_held_out.jsonl, were written apart and first run once
(2026-11-21: names precision 0.956 recall 0.827, addresses 0.857 and 1.000); what they showed was then mended, so that they
are no longer unseen.
"""

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from service.masking import mask
from service.masking.hidden import MARKS, Hidden

DATA = Path(__file__).parent.parent / "tests" / "data"
PHRASES = Path(__file__).parent.parent / "knowledge" / "lexicon" / "phrases"
SEED = 20261121
_DIGITS = "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize".split()
_TENS = {2: "vingt", 3: "trente", 4: "quarante", 5: "cinquante", 6: "soixante"}
Make = Callable[[random.Random], str]


class Message(NamedTuple):
    """What is sent, what should be shown, and what it was made of."""

    text: str
    expected: str
    kind: Hidden | None
    format: str


def say(number: int) -> str:
    """A number from 0 to 99 in French words."""
    if number < 17:
        return _DIGITS[number]
    if number < 20:
        return f"dix-{_DIGITS[number - 10]}"
    tens, unit = divmod(number, 10)
    if tens in (7, 9):
        tens, unit = tens - 1, unit + 10
    head = "quatre-vingt" if tens == 8 else _TENS[tens]
    if not unit:
        return head + ("s" if tens == 8 else "")
    return f"{head} et {say(unit)}" if unit in (1, 11) and tens < 8 else f"{head}-{say(unit)}"


def pairs(r: random.Random) -> list[str]:
    """A French number as five pairs of digits."""
    return [r.choice(["06", "07", "06", "03", "01", "09"]), *(f"{r.randrange(100):02d}" for _ in range(4))]


def say_pair(pair: str) -> str:
    """ "06" as « zéro six »."""
    return f"zéro {say(int(pair))}" if pair[0] == "0" else say(int(pair))


def nir(r: random.Random, gap: str = " ", *, corsica: bool = False, with_key: bool = True) -> str:
    """A number of the social security with its right key."""
    place = r.choice(["2A", "2B"]) if corsica else r.choice(["68", "67", "57", "54", "99", "51"])
    parts = [str(r.randint(1, 2)), f"{r.randrange(100):02d}", f"{r.randint(1, 12):02d}", place]
    parts += [f"{r.randint(1, 990):03d}", f"{r.randint(1, 999):03d}"]
    value = int("".join(parts).replace("2A", "19").replace("2B", "18"))
    return gap.join([*parts, f"{97 - value % 97:02d}"] if with_key else parts)


def iban(r: random.Random, country: str, length: int, letters: str = "") -> str:
    """A bank account number with its right checksum."""
    body = letters + "".join(str(r.randrange(10)) for _ in range(length - 4 - len(letters)))
    value = int("".join(str(int(sign, 36)) for sign in body + country + "00"))
    return f"{country}{98 - value % 97:02d}{body}"


def fours(text: str, gap: str = " ") -> str:
    """Groups of four signs, as on paper."""
    return gap.join(text[index : index + 4] for index in range(0, len(text), 4))


def digits(r: random.Random, count: int) -> str:
    """`count` digits."""
    return "".join(str(r.randrange(10)) for _ in range(count))


def local(r: random.Random, sign: str = ".") -> str:
    """The first part of an address."""
    first = r.choice("jean paul marie lea karim fatima josiane ch nathalie".split())
    return sign.join([first, r.choice("dupont klein muller benali schmitt67 petit weber".split())])


SEEN: dict[Hidden, dict[str, Make]] = {
    Hidden.PHONE: {
        "spaces": lambda r: " ".join(pairs(r)),
        "dots": lambda r: ".".join(pairs(r)),
        "dashes": lambda r: "-".join(pairs(r)),
        "solid": lambda r: "".join(pairs(r)),
        "+33": lambda r: f"+33 {r.choice('67')} " + " ".join(pairs(r)[1:]),
        "0033": lambda r: f"0033{r.choice('67')}" + "".join(pairs(r)[1:]),
        "letter O": lambda r: " ".join(["O6", *pairs(r)[1:]]),
        "words": lambda r: " ".join(say_pair(pair) for pair in pairs(r)),
        "digits in words": lambda r: " ".join(_DIGITS[int(one)].replace("é", "e") for one in "".join(pairs(r))),
        "half words": lambda r: f"zéro six {' '.join(pairs(r)[1:3])} {say(r.randint(11, 99))} {say(r.randint(11, 99))}",
        "Luxembourg": lambda r: f"+352 6{r.choice('269')}1 {digits(r, 3)} {digits(r, 3)}",
        "Germany": lambda r: f"+49 7851 {r.randint(100000, 999999)}",
    },
    Hidden.EMAIL: {
        "plain": lambda r: f"{local(r)}@{r.choice(['gmail.com', 'orange.fr', 'laposte.net', 'mairie-thann.fr'])}",
        "capital": lambda r: f"{local(r, '_').capitalize()}@Wanadoo.fr",
        "said": lambda r: f"{local(r, ' point ')} arobase gmail point com",
        "(at)": lambda r: f"{local(r)}(at)free.fr",
        "spaces": lambda r: f"{local(r)} @ hotmail . fr",
    },
    Hidden.NIR: {
        "spaces": nir,
        "solid": lambda r: nir(r, ""),
        "dots": lambda r: nir(r, "."),
        "Corsica": lambda r: nir(r, corsica=True),
    },
    Hidden.IBAN: {
        "France": lambda r: fours(iban(r, "FR", 27)),
        "France solid": lambda r: iban(r, "FR", 27),
        "Germany": lambda r: fours(iban(r, "DE", 22)),
        "Luxembourg": lambda r: iban(r, "LU", 20),
    },
}
UNSEEN: dict[Hidden, dict[str, Make]] = {
    Hidden.PHONE: {
        "slashes": lambda r: "/".join(pairs(r)),
        "+33 (0)": lambda r: f"+33 (0){r.choice('67')} " + " ".join(pairs(r)[1:]),
        "(+33)": lambda r: f"(+33) {r.choice('67')} " + ".".join(pairs(r)[1:]),
        "threes": lambda r: f"0{r.choice('67')}{digits(r, 2)} {digits(r, 3)} {digits(r, 3)}",
        "dots and spaces": lambda r: " . ".join(pairs(r)),
        "long dashes": lambda r: " – ".join(pairs(r)),
        "no-break spaces": lambda r: "\u00a0".join(pairs(r)),
        "letters o inside": lambda r: "06 1o 2o " + " ".join(pairs(r)[3:]),
        "words with commas": lambda r: ", ".join(say_pair(pair) for pair in pairs(r)),
        "words in capitals": lambda r: " ".join(say_pair(pair) for pair in pairs(r)).upper(),
        "digits then words": lambda r: f"06 {' '.join(say_pair(pair) for pair in pairs(r)[1:])}",
        "plus thirty-three": lambda r: f"plus trente-trois six {' '.join(say_pair(pair) for pair in pairs(r)[1:])}",
        "Switzerland": lambda r: f"0041 79 {r.randint(100, 999)} {digits(r, 2)} {digits(r, 2)}",
        "Belgium": lambda r: f"+32 47{r.randint(0, 9)} {digits(r, 2)} {digits(r, 2)} {digits(r, 2)}",
        "German mobile": lambda r: f"+4915{r.randint(1, 7)}{digits(r, 8)}",
    },
    Hidden.EMAIL: {
        "said with dash": lambda r: f"{local(r, ' tiret ')} arobase orange point fr",
        "[at]": lambda r: f"{local(r)} [at] wanadoo.fr",
        "arobas": lambda r: f"{local(r)} arobas laposte . net",
        "capitals": lambda r: f"{local(r)}@SFR.FR".upper(),
        "plus": lambda r: f"{local(r)}+cts@proton.me",
        "two labels": lambda r: f"{local(r)}@ac-strasbourg.education.fr",
        "no end": lambda r: f"{local(r)}@gmail",
        "spaces by the sign": lambda r: f"{local(r)} @yahoo.fr",
    },
    Hidden.NIR: {
        "dashes": lambda r: nir(r, "-"),
        "key apart": lambda r: (number := nir(r, ""))[:13] + " clé " + number[13:],
        "two blocks": lambda r: (number := nir(r, ""))[:13] + " " + number[13:],
        "no-break spaces": lambda r: nir(r, "\u202f"),
        "Corsica solid": lambda r: nir(r, "", corsica=True).lower(),
    },
    Hidden.IBAN: {
        "dashes": lambda r: fours(iban(r, "FR", 27), "-"),
        "small letters": lambda r: fours(iban(r, "FR", 27)).lower(),
        "Belgium": lambda r: fours(iban(r, "BE", 16)),
        "Switzerland": lambda r: fours(iban(r, "CH", 21)),
        "Netherlands": lambda r: fours(iban(r, "NL", 18, "ABNA")),
        "Italy": lambda r: iban(r, "IT", 27, "X"),
    },
}


def read(name: str) -> list[dict[str, str]]:
    """The rows of a file of tests/data."""
    return [json.loads(line) for line in (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def make_messages(formats: dict[Hidden, dict[str, Make]], per_format: int) -> Iterator[Message]:
    """`per_format` messages of each format, the carriers in turn."""
    r = random.Random(SEED)
    carriers = [row["text"] for row in read("masking_carriers")]
    for kind, makers in formats.items():
        for name, make in makers.items():
            for carrier in r.sample(carriers, per_format):
                yield Message(carrier.replace("{}", make(r)), carrier.replace("{}", MARKS[kind]), kind, name)


def make_clean_messages(count: int) -> Iterator[Message]:
    """Messages full of numbers that are nobody's."""
    r = random.Random(SEED)
    rows = [row["text"] for row in read("masking_clean")]
    for index in range(count):
        text = rows[index % len(rows)].replace("#", str(r.randint(10, 99)))
        yield Message(text, text, None, "clean")


def score(messages: list[Message], show: bool) -> None:
    """Print precision and recall per kind, and what went wrong."""
    right, missed, false = Counter[str](), Counter[str](), Counter[str]()
    for message in messages:
        masked = mask(message.text).text
        if masked == message.expected:
            right[message.kind or "clean"] += 1
            continue
        missed[message.kind or "clean"] += 1
        for kind, mark in MARKS.items():
            extra = masked.count(mark) - message.expected.count(mark)
            false[kind] += max(extra, 1 if kind == message.kind and extra == 0 else 0)
        if show:
            print(f"  {message.format}: {message.text!r}\n    -> {masked!r}")
    for name in sorted({*right, *missed}):
        found, total = right[name], right[name] + missed[name]
        precision = f"precision {found / max(1, found + false[name]):.4f}  " if name != "clean" else ""
        print(f"{name:6} {precision}recall {found / total:.4f}  ({total} messages)")
    print("false marks:", dict(+false))


def score_cases(name: str, show: bool) -> None:
    """Print precision and recall of the hand-written names and addresses, counted by mark."""
    rows = read(name)
    kinds = (Hidden.NAME, Hidden.ADDRESS)
    right, wanted, given, exact = Counter[str](), Counter[str](), Counter[str](), 0
    for row in rows:
        masked = mask(row["text"]).text
        exact += masked == row["masked"]
        for kind in kinds:
            want, got = row["masked"].count(MARKS[kind]), masked.count(MARKS[kind])
            wanted[kind], given[kind] = wanted[kind] + want, given[kind] + got
            right[kind] += want if masked == row["masked"] else 0
        if show and masked != row["masked"]:
            print(f"  {row['masked']!r}\n    -> {masked!r}")
    print(f"{name}: {exact} of {len(rows)} exact;", end=" ")
    print(
        "; ".join(
            f"{k} precision {right[k] / given[k]:.3f} recall {right[k] / wanted[k]:.3f} of {wanted[k]}" for k in kinds
        )
    )


def main() -> None:
    """All figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--show", action="store_true", help="print each message that came out wrong")
    show = parser.parse_args().show
    for title, formats in (("seen formats", SEEN), ("unseen formats", UNSEEN)):
        print(f"-- {title}")
        score(list(make_messages(formats, 40)), show)
    print("-- clean")
    score(list(make_clean_messages(520)), show)
    for name in ("masking", "masking_held_out"):
        score_cases(name, show)
    phrases = [
        json.loads(row)["text"] for path in sorted(PHRASES.glob("*.jsonl")) for row in path.open(encoding="utf-8")
    ]
    changed = [phrase for phrase in phrases if mask(phrase).text != phrase]
    print(
        f"-- invented phrases: {len(changed)} of {len(phrases)} changed",
        *(mask(one).text[:150] for one in changed),
        sep="\n   ",
    )
    long = " ".join(phrases)[:10_000]
    times = []
    for _ in range(5):
        start = time.perf_counter()
        mask(long)
        times.append(time.perf_counter() - start)
    print(f"10,000 characters: {min(times) * 1000:.1f} ms")


if __name__ == "__main__":
    main()
