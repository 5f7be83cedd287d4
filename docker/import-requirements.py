"""Imports what the packages of a list bring, and prints what was imported.

import-requirements.py FILE: one line per package on stdout; exit status 1 with all faults on stderr: another version than
the list's, a module that can't be imported, a package whose own requirements are not met.
"""

import importlib
import platform
import re
import sys
import time
import traceback
from importlib.metadata import Distribution, distributions
from pathlib import PurePosixPath


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(text: str) -> dict[str, str]:
    """Versions by name: lines with ==, without extras, options and comments."""
    lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in text.splitlines())
    pairs = (line.split("==") for line in lines if line and not line.startswith("-"))
    return {normalised(name.split("[")[0].strip()): version.strip() for name, version in pairs}


def modules(distribution: Distribution) -> list[str]:
    """The outermost modules of a distribution: below a folder that it shares with others, what is its own there."""
    found: set[str] = set()
    for file in sorted(distribution.files or [], key=lambda file: len(file.parts)):
        path = PurePosixPath(file)
        stem = path.name.split(".")[0]
        if path.suffix not in (".py", ".so"):
            continue
        parts = path.parent.parts if path.name == "__init__.py" else (*path.parent.parts, stem)
        inside = any(".".join(parts[:length]) in found for length in range(1, len(parts)))
        if parts and not inside and all(part.isidentifier() and not part.startswith("_") for part in parts):
            found.add(".".join(parts))
    return sorted(found)


def unmet(distribution: Distribution, versions: dict[str, str]) -> list[str]:
    """What a distribution needs, its extras apart, and is not installed as it needs it."""
    # Not before all else is imported: where pip is, setuptools gives way to Python's own distutils.
    from pip._vendor.packaging.requirements import Requirement

    faults = []
    for need in [Requirement(text) for text in distribution.requires or []]:
        version = versions.get(normalised(need.name))
        if need.marker is not None and not need.marker.evaluate({"extra": ""}):
            continue
        if version is None or not need.specifier.contains(version, prereleases=True):
            faults.append(f"needs {need}, and {version or 'none'} is installed")
    return faults


def main(file: str) -> int:
    with open(file, encoding="utf-8") as opened:
        wanted = pins(opened.read())
    installed = {normalised(distribution.name): distribution for distribution in distributions()}
    versions = {name: distribution.version for name, distribution in installed.items()}
    faults: list[str] = []
    print(f"python {platform.python_version()} {platform.machine()}")
    for name, version in sorted(wanted.items()):
        found = installed.get(name)
        if found is None:
            faults.append(f"{name}: not installed")
            continue
        if found.version.split("+")[0] != version:
            faults.append(f"{name}: {found.version} is installed, and the list says {version}: lock the list again")
        imports = modules(found)
        for module in imports:
            try:
                importlib.import_module(module)
            except Exception:
                faults.append(f"{name}: import {module} failed:\n{traceback.format_exc(limit=-1)}")
        if not imports:
            faults.append(f"{name}: it has no module")
        print(f"{name} {found.version}: {' '.join(imports)}")
    faults += [f"{name}: {fault}" for name, found in installed.items() for fault in unmet(found, versions)]
    if not faults:
        return 0
    print(*faults, sep="\n", file=sys.stderr, flush=True)
    # As in measure-image.py: the last words of a step that fails at once may be lost.
    time.sleep(2)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
