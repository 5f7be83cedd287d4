"""nixos-docs: options of NixOS, found by their names and descriptions."""

from http_service import Fault, Request, serve
from options import OPTIONS, search

VERSION = '1'


def find(request: Request) -> object:
    return {"options": search(request.words("q"), request.number("limit", 10, 50))}


def get(request: Request) -> object:
    for option in OPTIONS:
        if option["name"] == request.name:
            return option
    raise Fault(404, f"there is no option {request.name} among the {len(OPTIONS)} that are bundled")


serve("nixos-docs", VERSION, 8095, {"GET /v1/search": find, "GET /v1/options/{name}": get})
