"""hybrid-coordinator: searches aidb by words and by likeness, and merges the two."""

from urllib.parse import urlencode

from http_service import Fault, Request, serve
from merge import merge
from peers import Away, ask

VERSION = '1'

# Of those that hold a word of the query, and of the latest: that many of each are compared with it.
_CANDIDATES = 30
# Characters of each that are compared: all of them together are one request.
_COMPARED = 1000
# Of a cosine: below it, what two texts share is chance.
_LIKE = 0.2


def search(request: Request) -> object:
    query, limit = request.words("q"), request.number("limit", 10, 50)
    try:
        by_words = ask("aidb", f"/v1/search?{urlencode({'q': query, 'limit': _CANDIDATES})}")["documents"]
        latest = ask("aidb", f"/v1/documents?limit={_CANDIDATES}")["documents"]
    except Away as away:
        # Only aidb has documents: without it, no hit would be a lie.
        raise Fault(503, str(away)) from away
    texts = {document["name"]: document["text"] for document in [*by_words, *latest]}
    names = [document["name"] for document in by_words]
    try:
        by_likeness, missing = _like(query, texts), []
    except Away as away:
        by_likeness, missing = [], [str(away)]
    found = [{"name": name, "text": texts[name]} for name in merge(names, by_likeness)[:limit]]
    return {"documents": found, "missing": missing}


def _like(query: str, texts: dict[str, str]) -> list[str]:
    """The names of those that are like the query, the likest first."""
    if not texts:
        return []
    names = list(texts)
    compared = [text[:_COMPARED] for text in texts.values()]
    ranked = ask("embeddings", "/v1/rank", {"query": query, "texts": compared})["ranked"]
    return [names[each["index"]] for each in ranked if each["score"] >= _LIKE]


# No check: whoever is away is told by each answer, and a start of this service would not bring it back.
serve("hybrid-coordinator", VERSION, 8092, {"GET /v1/search": search})
