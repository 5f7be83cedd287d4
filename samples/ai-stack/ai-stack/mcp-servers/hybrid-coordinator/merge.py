"""Two orders of names into one."""

from collections import defaultdict

# The usual constant of reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009).
_SMOOTHING = 60


def merge(*orders: list[str]) -> list[str]:
    """By reciprocal rank fusion: a place near the top of both counts more than the first place of one."""
    scores: defaultdict[str, float] = defaultdict(float)
    for order in orders:
        for rank, name in enumerate(order, start=1):
            scores[name] += 1 / (_SMOOTHING + rank)
    return sorted(scores, key=lambda name: (-scores[name], name))
