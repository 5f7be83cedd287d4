"""What the environment says. The entrypoint has seen that it is there."""

import os
from dataclasses import dataclass
from pathlib import Path


class Fault(Exception):
    """What was found, what was expected, what to do, in one line."""


@dataclass(frozen=True)
class Config:
    node_id: str
    environment: str
    key_id: str
    domain: str
    api_port: int
    metrics_port: int
    keys_folder: Path
    models_folder: Path
    datasets_folder: Path
    data_folder: Path
    log_folder: Path

    @staticmethod
    def from_environment() -> "Config":
        def text(name: str) -> str:
            value = os.environ.get(name, "").strip()
            if not value:
                raise Fault(f"{name} is not set; it is needed; add it to the ConfigMap")
            return value

        def folder(name: str, otherwise: str) -> Path:
            return Path(os.environ.get(name) or otherwise)

        def port(name: str, otherwise: int) -> int:
            value = os.environ.get(name) or str(otherwise)
            if not value.isdecimal() or not 1 <= int(value) <= 65535:
                raise Fault(f'{name} is "{value}"; expected a port, 1 to 65535; mend the ConfigMap')
            return int(value)

        return Config(
            node_id=text("NODE_ID"),
            environment=text("ENVIRONMENT"),
            key_id=text("ED25519_SIGNING_KEY_ID"),
            domain=text("ED25519_DOMAIN_SEPARATION"),
            api_port=port("API_PORT", 8000),
            metrics_port=port("METRICS_PORT", 10000),
            keys_folder=folder("KEYS_FOLDER", "/tmp/keys"),
            models_folder=folder("MODELS_FOLDER", "/app/data/models"),
            datasets_folder=folder("DATASETS_FOLDER", "/app/data/datasets"),
            data_folder=folder("DATA_FOLDER", "/app/data"),
            log_folder=folder("LOG_FOLDER", "/app/logs"),
        )
