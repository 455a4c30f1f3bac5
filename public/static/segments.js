// Counts, while a reviewer writes, how many SMS the answer takes. The rules are those of bot/sms.py:
// what we send is first put into the GSM 7-bit alphabet (3GPP TS 23.038), 160 characters, or 153 in each of several.

const BASIC = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
const EXTENSION = new Set("^{}\\[~]|€\f");
const WRITTEN_OTHERWISE = {
  "ç": "c", "œ": "oe", "Œ": "OE", "’": "'", "‘": "'", "«": '"', "»": '"', "“": '"', "”": '"', "…": "...",
  "–": "-", "—": "-", "‑": "-", "•": "-", "·": "-", "→": "->", "\u00a0": " ", "\u202f": " ", "\t": " ",
};
const SINGLE = 160;
const PART = 153;

export function toGsm7(text) {
  return [...text.replace(/«[ \u00a0\u202f]?/g, '"').replace(/[ \u00a0\u202f]?»/g, '"')].map(fold).join("");
}

function fold(character) {
  if (BASIC.has(character) || EXTENSION.has(character)) return character;
  if (character in WRITTEN_OTHERWISE) return WRITTEN_OTHERWISE[character];
  return [...character.normalize("NFKD")].filter((letter) => BASIC.has(letter)).join("");
}

export function countSegments(text) {
  const widths = [...text].map((character) => (EXTENSION.has(character) ? 2 : 1));
  const total = widths.reduce((sum, width) => sum + width, 0);
  if (total === 0) return 0;
  if (total <= SINGLE) return 1;
  let parts = 1;
  let used = 0;
  for (const width of widths) {
    if (used + width > PART) {
      parts += 1;
      used = 0;
    }
    used += width;
  }
  return parts;
}

function describe(text, longest) {
  const segments = countSegments(toGsm7(text.trim()));
  return `${text.length.toLocaleString("fr-FR")} / ${longest.toLocaleString("fr-FR")} caractères, soit ${segments} SMS`;
}

for (const field of document.querySelectorAll("textarea[data-segments]")) {
  const counter = document.getElementById(field.dataset.segments);
  const update = () => {
    counter.textContent = describe(field.value, field.maxLength);
  };
  counter.hidden = false;
  field.addEventListener("input", update);
  update();
}
