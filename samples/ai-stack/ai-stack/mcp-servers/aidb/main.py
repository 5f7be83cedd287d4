"""aidb: documents by name, found again by their words."""

from documents import Documents
from http_service import Fault, Request, serve

VERSION = '1'

documents = Documents()


def put(request: Request) -> object:
    if len(request.name) > 200:
        raise Fault(400, "the document's name has more than 200 characters")
    if not documents.put(request.name, request.text("text")):
        raise Fault(507, f"{documents.limit} documents are kept; delete one first")
    return {"name": request.name}


def get(request: Request) -> object:
    text = documents.get(request.name)
    if text is None:
        raise Fault(404, f"there is no document {request.name}")
    return {"name": request.name, "text": text}


def delete(request: Request) -> object:
    if not documents.delete(request.name):
        raise Fault(404, f"there is no document {request.name}")
    return {"name": request.name}


def latest(request: Request) -> object:
    return {"documents": documents.latest(request.number("limit", 50, 200))}


def search(request: Request) -> object:
    return {"documents": documents.search(request.words("q"), request.number("limit", 10, 100))}


serve(
    "aidb",
    VERSION,
    8091,
    {
        "PUT /v1/documents/{name}": put,
        "GET /v1/documents/{name}": get,
        "DELETE /v1/documents/{name}": delete,
        "GET /v1/documents": latest,
        "GET /v1/search": search,
    },
    check=documents.count,
)
