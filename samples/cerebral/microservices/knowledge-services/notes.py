"""Notes by name, found again by the words in them."""

import re
from collections import OrderedDict

from pydantic import BaseModel, Field


class Note(BaseModel):
    text: str = Field(min_length=1, max_length=10_000)


class Found(BaseModel):
    name: str
    text: str
    words: int


class Notes:
    """Kept in memory; beyond `limit` the note that was written longest ago goes."""

    def __init__(self, limit: int = 1000) -> None:
        self._limit = limit
        self._texts: OrderedDict[str, str] = OrderedDict()

    def __len__(self) -> int:
        return len(self._texts)

    def put(self, name: str, note: Note) -> None:
        self._texts[name] = note.text
        self._texts.move_to_end(name)
        if len(self._texts) > self._limit:
            self._texts.popitem(last=False)

    def search(self, query: str) -> list[Found]:
        """Notes that share a word with the query: most shared words first, then by name."""
        wanted = _words(query)
        scored = ((name, text, len(wanted & _words(text))) for name, text in self._texts.items())
        found = [Found(name=name, text=text, words=count) for name, text, count in scored if count > 0]
        return sorted(found, key=lambda note: (-note.words, note.name))


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w{2,}", text.lower()))
