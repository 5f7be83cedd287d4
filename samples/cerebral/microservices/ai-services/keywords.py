"""The most frequent words of a text."""

import re
from collections import Counter

from pydantic import BaseModel

# Words that say nothing about a text.
_COMMON = frozenset("a an and are as at be but by for from has have in is it its of on or that the this to was with".split())


class Keyword(BaseModel):
    word: str
    count: int


def most_frequent(text: str, limit: int) -> list[Keyword]:
    """At most `limit` words of two letters or more, most frequent first, equal counts in alphabetical order."""
    counts = Counter(word for word in re.findall(r"[^\W\d_]{2,}", text.lower()) if word not in _COMMON)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [Keyword(word=word, count=count) for word, count in ranked[:limit]]
