"""embeddings: texts as vectors, and how like they are."""

from http_service import Request, serve
from vectors import DIMENSIONS, cosine, embed

VERSION = '1'


def embeddings(request: Request) -> object:
    return {"dimensions": DIMENSIONS, "vectors": [embed(text) for text in request.texts("texts")]}


def rank(request: Request) -> object:
    query = embed(request.text("query"))
    scores = [cosine(query, embed(text)) for text in request.texts("texts")]
    order = sorted(range(len(scores)), key=lambda index: (-scores[index], index))
    return {"ranked": [{"index": index, "score": scores[index]} for index in order]}


serve("embeddings", VERSION, 8094, {"POST /v1/embeddings": embeddings, "POST /v1/rank": rank})
