"""Numbers that no answer shares with another, a restart in between included."""

import json
import os
import threading
from pathlib import Path

from config import Fault

# A file written for each answer would be the slowest part of it. What is left of a block is lost at the end.
BLOCK = 1000


class Nonces:
    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        try:
            self._next = int(json.loads(file.read_text())["next"])
        except FileNotFoundError:
            self._next = 0
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Fault(f"{file} is not what this service wrote ({error!r}); remove it if no one needs its numbers") from error
        self._reserved = self._next
        self._reserve()

    def take(self) -> int:
        with self._lock:
            if self._next == self._reserved:
                self._reserve()
            self._next += 1
            return self._next - 1

    def _reserve(self) -> None:
        """Complete or not at all, whenever the pod ends."""
        partial = self._file.with_suffix(".partial")
        try:
            partial.write_text(json.dumps({"next": self._next + BLOCK}))
            os.replace(partial, self._file)
        except OSError as error:
            raise Fault(f"{self._file} cannot be written ({error.strerror}); mount an emptyDir at /app/data") from error
        self._reserved = self._next + BLOCK
