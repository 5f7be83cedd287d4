"""ralph-wiggum: does one task again and again until it says that it is done, or the turns are over."""

from http_service import Fault, Request, serve
from tasks import TASKS

VERSION = '1'


def loop(request: Request) -> object:
    name = request.text("task")
    if name not in TASKS:
        raise Fault(400, f"there is no task {name}; there are {', '.join(TASKS)}")
    limit = request.number("limit", 100, 10_000)
    start, step = TASKS[name]
    state, turns, done = start(request.number("of", 2, 10**15)), 0, False
    while not done and turns < limit:
        state, done = step(state)
        turns += 1
    return {"task": name, "turns": turns, "done": done, "state": state}


def tasks(_: Request) -> object:
    return {"tasks": list(TASKS)}


serve("ralph-wiggum", VERSION, 8093, {"POST /v1/loops": loop, "GET /v1/tasks": tasks})
