"""Hashed bags of words: no model to carry, and the same text is the same vector on every machine.

A word counts by itself and by its parts of three letters, so that `container` and `containers` are alike.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b
from math import hypot

DIMENSIONS = 512


def embed(text: str) -> list[float]:
    """Of length 1; of length 0 for a text without words."""
    vector = [0.0] * DIMENSIONS
    for feature in _features(text):
        number = _hash(feature)
        # The highest bit is a sign, so that features that meet in one place cancel out on average.
        vector[number % DIMENSIONS] += 1 if number >> 63 else -1
    length = hypot(*vector)
    return [value / length for value in vector] if length else vector


def cosine(one: list[float], other: list[float]) -> float:
    """Of two vectors of `embed`: 1 for the same text, about 0 for texts that share nothing."""
    return sum(a * b for a, b in zip(one, other))


@lru_cache(50_000)
def _hash(feature: str) -> int:
    """64 bits. Not Python's own, which are others in each process."""
    return int.from_bytes(blake2b(feature.encode(), digest_size=8).digest(), "big")


def _features(text: str) -> Iterator[str]:
    for word in re.findall(r"\w+", text.lower()):
        yield word
        edged = f"<{word}>"
        yield from (edged[at : at + 3] for at in range(len(edged) - 2))
