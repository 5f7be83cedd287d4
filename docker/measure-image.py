"""Adds up the files of this image, and fails where they are more than its budget.

measure-image.py BUDGET_MB: one line on stdout, in MB (10^6 bytes); an empty budget is no limit.
"""

import os
import platform
import sys
import time

# What the test itself has brought, and what other programs find elsewhere when the image runs.
NOT_ITS_OWN = ["/tmp/build", "/proc", "/sys", "/dev", "/run"]


def size(folder: str) -> int:
    """Bytes in regular files below a folder, a file with several names once."""
    total = 0
    seen: set[tuple[int, int]] = set()
    folders = [folder]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.path in NOT_ITS_OWN:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif entry.is_file(follow_symlinks=False):
                    found = entry.stat(follow_symlinks=False)
                    if found.st_nlink > 1:
                        key = (found.st_dev, found.st_ino)
                        if key in seen:
                            continue
                        seen.add(key)
                    total += found.st_size
    return total


def main(budget: str) -> int:
    megabytes = round(size("/") / 1e6)
    line = f"{megabytes} MB on {platform.machine()}"
    print(line)
    print(f"size: {line}" + (f", of at most {budget} MB" if budget else ""), file=sys.stderr)
    if budget and megabytes > int(budget):
        print(
            f"{megabytes - int(budget)} MB too much: take packages out of the list, or raise budgetMB of the base in systems/",
            file=sys.stderr,
            flush=True,
        )
        # Whoever shows a build's log may lose the last words of a step that fails at once.
        time.sleep(2)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
