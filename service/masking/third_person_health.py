"""Whether a text tells the health of somebody else who can be recognised: a warning to the reviewer, not a masking.

Recognised: named (the name is masked by then), or reachable (a phone, address, NIR beside "ma voisine"), or of a public
role in a named place ("le boulanger de Thann"). « Ma mère a un cancer », from a person unknown to us, is not flagged.
"""

import re
from itertools import pairwise

from service.masking.hidden import MARKS, Hidden
from service.masking.name_words import POSSESSIVES, RELATIONS
from service.masking.plain_text import PlainText

_NAME = MARKS[Hidden.NAME]
_HEALTH = re.compile(
    r"\b(?:cancer\w*|tumeur\w*|leucemi\w*|diabet\w*|alzheimer|parkinson\w*|depress\w*|deprim\w*|"
    r"bipolaire\w*|schizo\w*|sida|vih|hiv|seropositi\w*|"
    r"hepatite\w*|cirrhose|alcoolique\w*|alcoolisme|boit|toxico\w*|drogue\w*|addict\w*|epilep\w*|avc|"
    r"infarctus|handicap\w*|autis\w*|trisom\w*|sclerose\w*|asthm\w*|"
    r"demen\w*|suicid\w*|scarifi\w*|anorexi\w*|boulimi\w*|enceinte|ivg|avort\w*|fausse couche|chimio\w*|"
    r"dialys\w*|operee?|hospitalise\w*|ampute\w*|"
    r"mucoviscidose|tuberculose|covid|obes\w*|fracture\w*|escarre\w*|incontinen\w*|malade|maladie|battue|"
    r"tds|tdah|greffe\w*|psychose|"
    r"psychotique|tentative|paralys\w*|aveugle|sourde?|metastas\w*|soins palliatifs|fin de vie|sous "
    r"tutelle|curatelle|crise\w*|chute\w*|dyalise|"
    r"insuffisan\w*|arthrose|maltrait\w*|lupus|endometriose|fibromyalgie|thyroide|hernie|accouche\w*|"
    r"fievre|infection\w*|overdose)\b"
)
_SELF = re.compile(
    r"(?:appell?es?|je suis|mon nom (?:est|c'est)?|mon prenom (?:est|c'est)?|moi,? c'est|ici|signee?|"
    r"cordialement|nomme|(?:nom|prenom) ?:|"
    r"soussignee?|merci|bonjour|bonne journee|salutations|c'est|bien a vous)[ ,.:!\-\n]*$"
)
_CARER = re.compile(
    r"(?:\b(?:dr|docteure?|pr|professeure?|infirmiere?|kine|medecin|pediatre|psychologue|psychiatre|"
    r"cardiologue|aide-soignante?|"
    r"dentiste|sage-femme|chirurgienn?e?|interne|generaliste|psy|orthophoniste|oncologue)\b[ .]*(?:mme |m\. )?)$"
)
_HAS = re.compile(
    r",? ?(?:qui )?(?:elle |il |lui )?(?:a|est|souffre|fait|avait|etait|vient d'|suit)\b(?! (?:dit|soigne|"
    r"opere |detecte|diagnostique|trouve|refuse|annonce|explique|suivi|propose))"
)
_CARES = re.compile(
    r"\b(?:soigne|s'occupe|traite|accompagne|aide|consulte|recoit|forme|prescrit|opere les|suit (?:les|"
    r"des|mes|nos)|m'a|nous a|parle|organise|anime)\b"
)
_OF_MINE = re.compile(
    r"\b(?:mon|ma|mes|notre|j'ai|je suis|j'avais|le|les|des|mes) (?:un |une |du |de la |propre |petit )?$"
)
_CARER_NEAR = 30  # characters between a carer's name and an illness that is theirs
_SENTENCE = re.compile(r"(?<!\bm)(?<!\bdr)(?<!\bmr)(?<!mme)(?<!\bpr)[.!?;\n]+")
_ROLE = re.compile(
    r"\b(?:le|la|l')[ ]?(?:maire|boulangere?|institutrice|instituteur|cure|directeur|directrice|facteur|"
    r"factrice|pharmacienn?e?|"
    r"boucher|bouchere|coiffeuse|coiffeur|patron|patronne|garagiste|gardien|gardienne|professeur|"
    r"maitresse|epiciere?|concierge|secretaire) "
    r"(?:de |d'|du )(?P<place>[^\W\d_]+)[^.!?\n]{0,20}\b(?:est|a|souffre|fait|boit)\b"
)


def tells_health_of_another(masked: PlainText) -> bool:
    """Whether `masked`, a text whose names are already marks, tells an illness of a recognisable third person."""
    if "\x00" not in masked.text:
        return _role_tells(masked)
    start = 0
    # The marks are blanked in the plain text; what they were is read in the original, which has the same length there.
    text = _with_marks(masked)
    for stop in (*_SENTENCE.finditer(text), None):
        end = stop.start() if stop else len(text)
        if _sentence_tells(text[start:end]):
            return True
        start = stop.end() if stop else end
    return _role_tells(masked)


def _with_marks(masked: PlainText) -> str:
    return masked.text.replace("[" + "\x00" * (len(_NAME) - 2) + "]", _NAME)


def _sentence_tells(sentence: str) -> bool:
    illnesses = [
        match.span() for match in _HEALTH.finditer(sentence) if not _OF_MINE.search(sentence[: match.start()][-25:])
    ]
    of_body = [match.span() for match in _HEALTH.finditer(sentence)]
    if not of_body:
        return False
    place = sentence.find(_NAME)
    while place >= 0:
        after = place + len(_NAME)
        before = sentence[max(0, place - 40) : place]
        is_carer = _CARER.search(before) is not None
        owner = re.search(
            r"\b(?:cancer|maladie|diabete|avc|depression|grossesse|operation|handicap|tumeur|suicide)\w* (?:de|"
            r"d') ?(?:mme|m\.|mr|madame|monsieur|mon \w+|ma \w+)? ?$",
            before,
        )
        if owner:
            return True
        if not _SELF.search(before):
            rest = sentence[after:]
            near = [one for one in illnesses if one[0] >= after]
            if is_carer:
                if near and near[0][0] - after <= _CARER_NEAR and _HAS.match(rest):
                    return True
            elif illnesses and not _CARES.search(rest[: near[0][0] - after] if near else rest):
                return True
        place = sentence.find(_NAME, after)
    if "\x00" in sentence and illnesses:
        words = re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", sentence)
        return any(one in POSSESSIVES and two in RELATIONS for one, two in pairwise(words))
    return False


def _role_tells(masked: PlainText) -> bool:
    for match in _ROLE.finditer(masked.text):
        start, _ = masked.place(match.start("place"), match.end("place"))
        if masked.original[start].isupper() and _HEALTH.search(masked.text, match.end(), match.end() + 40):
            return True
    return False
