"""Imports every module that the distributions named in a requirements file bring, and prints what was imported.

import-requirements.py FILE: one line per distribution on stdout; exit status 1 with all faults on stderr.
"""

import importlib
import platform
import re
import sys
import traceback
from importlib.metadata import packages_distributions, version


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def distributions(text: str) -> list[str]:
    """Names in requirement lines: before the version, without extras and markers."""
    lines = (line.split("#")[0].strip() for line in text.splitlines())
    return [re.split(r"[\s\[=<>!~;]", line)[0] for line in lines if line and not line.startswith("-")]


def main(file: str) -> int:
    with open(file, encoding="utf-8") as opened:
        wanted = distributions(opened.read())
    modules: dict[str, list[str]] = {}
    for module, brought_by in packages_distributions().items():
        if not module.isidentifier() or module.startswith("_"):
            continue
        for distribution in brought_by:
            modules.setdefault(normalised(distribution), []).append(module)
    faults = 0
    print(f"python {platform.python_version()} {platform.machine()}")
    for name in sorted(wanted, key=normalised):
        imports = sorted(modules.get(normalised(name), []))
        if not imports:
            print(f"{name}: not installed, or without a module", file=sys.stderr)
            faults += 1
            continue
        for module in imports:
            try:
                importlib.import_module(module)
            except Exception:
                print(f"{name}: import {module} failed:\n{traceback.format_exc(limit=-1)}", file=sys.stderr)
                faults += 1
        print(f"{name} {version(name)}: {' '.join(imports)}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
