"""CyberMesh's ai-service in small: scores vectors with a model that is mounted, and signs what it answers.

docker/ai-service/entrypoint.sh has looked at the environment before; what only the service can know, it says itself, one
line a fault on stderr.
"""

import logging
import signal
import sys
import threading
from http.server import ThreadingHTTPServer
from types import FrameType

from prometheus_client import Gauge, start_http_server

from api import handler
from config import Config, Fault
from model import load_datasets, load_model
from nonces import Nonces
from signing import Signer

VERSION = "1"


def serve(config: Config) -> None:
    """Answers until SIGTERM or SIGINT."""
    model = load_model(config.models_folder)
    datasets = load_datasets(config.datasets_folder, model)
    signer = Signer.of(config)
    nonces = Nonces(config.data_folder / "nonce_state.json")
    build = Gauge("ai_service_build", "The version that runs.", ["version", "node", "model", "model_version"])
    build.labels(VERSION, config.node_id, model.name, model.version).set(1)

    server = ThreadingHTTPServer(("", config.api_port), handler(config, VERSION, model, datasets, signer, nonces))
    metrics, _ = start_http_server(config.metrics_port)

    # A server can't be told to end from the thread that it runs in.
    def end(_signal: int, _frame: FrameType | None) -> None:
        threading.Thread(target=server.shutdown).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    logging.info("serving on %d, metrics on %d, model %s %s", config.api_port, config.metrics_port, model.name, model.version)
    server.serve_forever(poll_interval=0.1)
    metrics.shutdown()
    logging.info("ended")


def log_to(config: Config) -> None:
    """Stdout, and a file as well where the folder can be written to."""
    places: list[logging.Handler] = [logging.StreamHandler(sys.stdout)]
    try:
        places.append(logging.FileHandler(config.log_folder / "ai-service.log"))
    except OSError:
        pass
    form = f"%(asctime)s %(levelname)s {config.environment}/{config.node_id} %(message)s"
    logging.basicConfig(level=logging.INFO, format=form, handlers=places)


def main() -> int:
    try:
        config = Config.from_environment()
        log_to(config)
        serve(config)
    except (Fault, OSError) as fault:
        print(f"ai-service: {fault}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
