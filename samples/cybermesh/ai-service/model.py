"""The detector: a logistic regression, as a file of weights; and what it says of the datasets that are mounted."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from config import Fault

Vectors = NDArray[np.float64]


@dataclass(frozen=True)
class Model:
    name: str
    version: str
    # One for each feature.
    weights: Vectors
    bias: float
    # A score from there on is an anomaly.
    threshold: float

    def score(self, vectors: object) -> Vectors:
        """Of rows of features, one number from 0 to 1 each. Throws ValueError in one line on anything else."""
        features = len(self.weights)
        expected = f"expected a list of vectors of {features} finite numbers each"
        try:
            rows = np.asarray(vectors, dtype=np.float64)
        except (TypeError, ValueError):
            raise ValueError(f"found something else than numbers; {expected}") from None
        if rows.ndim != 2 or rows.shape[1] != features or not np.isfinite(rows).all():
            raise ValueError(f"found the shape {list(rows.shape)}, or a number that is not finite; {expected}")
        # Further out, the exponential is no number any more, and the score is 0 or 1 long before.
        return 1 / (1 + np.exp(-np.clip(rows @ self.weights + self.bias, -500, 500)))


def load_model(folder: Path) -> Model:
    file = folder / "detector.json"
    try:
        given = json.loads(file.read_text())
        model = Model(
            name=str(given["name"]),
            version=str(given["version"]),
            weights=np.asarray(given["weights"], dtype=np.float64),
            bias=float(given["bias"]),
            threshold=float(given["threshold"]),
        )
    except OSError as error:
        raise Fault(f"the model {file} cannot be read ({error.strerror}); look what the bucket holds") from error
    except (ValueError, KeyError, TypeError) as error:
        raise Fault(f"the model {file} is none ({error!r}); expected name, version, weights, bias, threshold") from error
    if model.weights.ndim != 1 or not np.isfinite(model.weights).all():
        raise Fault(f"the model {file} has weights of shape {list(model.weights.shape)}; expected a list of finite numbers")
    return model


def load_datasets(folder: Path, model: Model) -> dict[str, dict[str, float | int]]:
    """By name: how many rows, and which part of them the model calls anomalies. None where there is no folder."""
    told: dict[str, dict[str, float | int]] = {}
    for file in sorted(folder.glob("*.json")):
        try:
            scores = model.score(json.loads(file.read_text()))
        except ValueError as error:
            raise Fault(f"the dataset {file}: {error}") from error
        told[file.stem] = {"rows": len(scores), "anomalies": float((scores >= model.threshold).mean())}
    return told
