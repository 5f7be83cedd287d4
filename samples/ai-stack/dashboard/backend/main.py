"""dashboard-api: which of the other five services are healthy, and in which version."""

from concurrent.futures import ThreadPoolExecutor

from http_service import Request, serve
from peers import PORTS, Away, ask

VERSION = '1'

_NAME = "dashboard-api"
_OTHERS = [name for name in PORTS if name != _NAME]


def services(_: Request) -> object:
    # At once, or five that hang would be waited for one by one.
    with ThreadPoolExecutor(len(_OTHERS)) as pool:
        states = list(pool.map(_state, _OTHERS))
    return {"healthy": all(state["healthy"] for state in states), "services": states}


def _state(name: str) -> dict[str, object]:
    try:
        ask(name, "/health", seconds=3)
        about = ask(name, "/", seconds=3)
    except Away as away:
        return {"name": name, "healthy": False, "reason": str(away)}
    return {"name": name, "healthy": True, "version": about["version"]}


# No check: to tell that the others are away is what it is for.
serve(_NAME, VERSION, PORTS[_NAME], {"GET /v1/services": services})
