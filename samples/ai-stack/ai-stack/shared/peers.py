"""The services of the stack as the others see them: where each listens, and how it is asked."""

import json
import os
from http.client import HTTPException
from urllib.request import ProxyHandler, Request, build_opener

# By name, as the cluster's DNS has them.
PORTS = {
    "aidb": 8091,
    "hybrid-coordinator": 8092,
    "ralph-wiggum": 8093,
    "embeddings": 8094,
    "nixos-docs": 8095,
    "dashboard-api": 8096,
}

# A proxy of the environment is for addresses outside of the cluster.
_opener = build_opener(ProxyHandler({}))


class Away(Exception):
    """A service that gave no answer, and why."""


def ask(name: str, path: str, body: object = None, seconds: float = 5) -> object:
    """What `name` answers to a GET of `path`, or to a POST where there is a body.

    Its address is http://NAME:PORT, or what NAME_URL says (`HYBRID_COORDINATOR_URL`). Raises Away.
    """
    address = os.environ.get(f"{name.upper().replace('-', '_')}_URL", f"http://{name}:{PORTS[name]}")
    data = None if body is None else json.dumps(body).encode()
    request = Request(f"{address}{path}", data, {"Content-Type": "application/json"})
    try:
        with _opener.open(request, timeout=seconds) as answer:
            return json.load(answer)
    except (OSError, HTTPException, ValueError) as error:
        raise Away(f"{name} at {address}: {error}") from error
