"""Tasks that take one small step at a time. Nobody knows before how many it will be."""

from collections.abc import Callable
from typing import Any

State = dict[str, Any]
Step = Callable[[State], tuple[State, bool]]


def _root(state: State) -> tuple[State, bool]:
    """Newton's method: done when a step changes nothing that a reader would see."""
    of, guess = state["of"], state["guess"]
    better = (guess + of / guess) / 2
    return {"of": of, "guess": better}, abs(better - guess) <= 1e-12 * better


def _collatz(state: State) -> tuple[State, bool]:
    """Half of an even number, thrice an odd one and one: done at 1, which nobody has proved to come."""
    number = state["number"]
    if number > 1:
        number = number // 2 if number % 2 == 0 else 3 * number + 1
    return {"number": number}, number == 1


# By name: what it starts from, made of one whole number, and its step.
TASKS: dict[str, tuple[Callable[[int], State], Step]] = {
    "root": (lambda of: {"of": of, "guess": float(of)}, _root),
    "collatz": (lambda number: {"number": number}, _collatz),
}
