"""The options that are bundled, and a search in them."""

import json
import re
from pathlib import Path

OPTIONS: list[dict[str, str]] = json.loads(Path(__file__).with_name("options.json").read_text("utf-8"))


def search(query: str, limit: int) -> list[dict[str, str]]:
    """Options that hold a word of the query: most words first, a word of the name counting twice, then by name."""
    wanted = _words(query)
    scored = [
        (2 * len(wanted & _words(option["name"])) + len(wanted & _words(option["description"])), option)
        for option in OPTIONS
    ]
    found = sorted((each for each in scored if each[0] > 0), key=lambda each: (-each[0], each[1]["name"]))
    return [option for _, option in found[:limit]]


def _words(text: str) -> set[str]:
    """Those of a name in camel case one by one: `allowedTCPPorts` is allowed, TCP and ports."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", text)}
