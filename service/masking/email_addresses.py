"""E-mail addresses, also with spaces around their signs or said aloud ("jean point dupont arobase gmail point com")."""

import re
from collections.abc import Iterator

from service.masking.hidden import Hidden, Part

# The sign, then how it is typed by those who hide it from robots or cannot find it on the keyboard.
_AT = re.compile(
    r" ?@ ?| ?[\(\[{<] ?(?:at|a|arobase|arobas|@) ?[\)\]}>] ?|[ \-_]?\b(?:arr?obas?e?s?|aro base|a "
    r"commercial|at sign)\b[ \-_]?"
    r"| at (?=[a-z0-9\-]{2,40} (?:dot|point) )"
)
_JOINT = r"(?: ?\. ?| point | dot | ?\(dot\) ?| ?\(point\) ?| ?\[(?:dot|point)\] ?)"
_LOCAL_JOINT = re.compile(
    r"(?: ?[._\-+] ?| (?:point|dot|tiret(?: du bas| bas)?|underscore|moins|plus|tiret du 6|tiret du 8) | "
    r"?[(\[](?:dot|point)[)\]] ?)$"
)
_LOCAL = re.compile(r"[a-z0-9._%+\-]{1,64}$")
_LOCAL_WINDOW = 64  # characters: the longest local part of RFC 5321
_DOMAIN = re.compile(rf"[a-z0-9\-]{{1,63}}(?:{_JOINT}[a-z0-9\-]{{2,63}}){{1,4}}")
_SOLID_DOMAIN = re.compile(r"[a-z0-9\-]{1,63}(?:\.[a-z0-9\-]{2,63}){1,4}")
# Providers by the market of France and its neighbours: enough without the end ("jean@gmail", "gmail com").
_PROVIDER = re.compile(
    r"(?:gmail|googlemail|orange|wanadoo|free|sfr|hotmail|outlook|laposte|yahoo|icloud|live|msn|bbox|neuf|"
    r"numericable|aol|gmx|"
    r"proton|protonmail|estvideo|club-internet|evc|calixo|bluewin|web|t-online)(?:[ ,](?:fr|com|net))?\b"
)
# Ends that make a domain when there are spaces or words in it, where any word could follow a point.
_ENDS = frozenset(
    "fr com net org eu de ch be lu it es pt uk info io alsace bzh paris pro me tr pl ro ma dz tn sn be us ca".split()
)


def find_email_addresses(text: str) -> Iterator[Part]:
    """Each e-mail address, from the first letter of its local part to the last of its domain."""
    done = 0
    for sign in _AT.finditer(text):
        start = _start_of_local_part(text, sign.start(), done)
        end = _end_of_domain(text, sign)
        if start is not None and end is not None:
            done = end
            yield Part(start, end, Hidden.EMAIL)


def _start_of_local_part(text: str, end: int, floor: int) -> int | None:
    """Read backwards: a word, then as many "point word" as stand before it."""
    low = max(floor, end - _LOCAL_WINDOW)
    match = _LOCAL.search(text[low:end])
    if match is None:
        return None
    start = low + match.start()
    while joint := _LOCAL_JOINT.search(text[low:start]):
        before = _LOCAL.search(text[low : low + joint.start()])
        # "Voici. jean@…" or "mail - jean@…": a sign with a space on its outer side alone ends a sentence.
        if before is None or (joint[0].endswith(" ") and not joint[0].startswith(" ")):
            break
        if joint[0].strip() in {"-", "+"} and joint[0] != joint[0].strip():
            break
        start = low + before.start()
    while start < end and text[start] in ".-+_%":
        start += 1
    return start if start < end else None


def _end_of_domain(text: str, sign: re.Match[str]) -> int | None:
    solid = _SOLID_DOMAIN.match(text, sign.end())
    if solid and sign[0] == "@":
        return _end_without_last_word(text, solid) if not solid[0].rpartition(".")[2].isdigit() else None
    if loose := _DOMAIN.match(text, sign.end()):
        end = _end_at_known_end(loose)
        if end is not None:
            return end
    provider = _PROVIDER.match(text, sign.end())
    return provider.end() if provider else None


def _end_without_last_word(text: str, domain: re.Match[str]) -> int:
    """A sentence that begins right after the address ("jean@free.fr.merci") is not part of it."""
    known = _end_at_known_end(domain)
    return known if known is not None else domain.end()


def _end_at_known_end(domain: re.Match[str]) -> int | None:
    """The last place where the domain may end, at an end that is known: "gmail point com point final" ends at com."""
    found = None
    for label in re.finditer(r"[a-z0-9\-]+", domain[0]):
        if label.start() and label[0] in _ENDS:
            found = domain.start() + label.end()
    return found
