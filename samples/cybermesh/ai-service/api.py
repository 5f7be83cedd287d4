"""What the service answers: GET /health, /version, /datasets, and POST /score."""

import json
import platform
from http.server import BaseHTTPRequestHandler

from prometheus_client import Counter, Histogram

from config import Config, Fault
from model import Model
from nonces import Nonces
from signing import Signer

# Bytes of a request.
LARGEST = 4_000_000

vectors_scored = Counter("ai_service_vectors", "Vectors that were scored.")
anomalies_found = Counter("ai_service_anomalies", "Vectors that were called anomalies.")
seconds = Histogram("ai_service_score_seconds", "How long an answer to /score took.")


def handler(
    config: Config,
    version: str,
    model: Model,
    datasets: dict[str, dict[str, float | int]],
    signer: Signer,
    nonces: Nonces,
) -> type[BaseHTTPRequestHandler]:
    about = {
        "version": version,
        "node": config.node_id,
        "environment": config.environment,
        "machine": platform.machine(),
        "model": {"name": model.name, "version": model.version},
        "key": signer.key_id,
        "publicKey": signer.public_key(),
    }
    told = {"/health": {"status": "ok"}, "/version": about, "/datasets": datasets}

    def score(text: bytes) -> dict[str, str]:
        """Throws ValueError in one line where the request is none."""
        try:
            vectors = json.loads(text)["vectors"]
        except (ValueError, KeyError, TypeError):
            raise ValueError('found no JSON object with "vectors"; expected {"vectors": [[…], …]}') from None
        scores = model.score(vectors)
        anomalies = scores >= model.threshold
        vectors_scored.inc(len(scores))
        anomalies_found.inc(int(anomalies.sum()))
        payload = {
            "node": config.node_id,
            "nonce": nonces.take(),
            "model": f"{model.name} {model.version}",
            "scores": [round(float(each), 6) for each in scores],
            "anomalies": [bool(each) for each in anomalies],
        }
        return signer.sign(json.dumps(payload, sort_keys=True, separators=(",", ":")))

    class Handler(BaseHTTPRequestHandler):
        server_version = "ai-service"
        # A client that says nothing holds no thread for longer.
        timeout = 30

        def do_GET(self) -> None:
            if self.path in told:
                self._answer(200, told[self.path])
            else:
                self._answer(404, {"error": f"expected one of {', '.join(told)}, or POST /score"})

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if self.path != "/score":
                self._answer(404, {"error": "expected POST /score"})
            elif not length.isdecimal() or int(length) > LARGEST:
                self._answer(413, {"error": f"expected a Content-Length of at most {LARGEST} bytes"})
            else:
                with seconds.time():
                    try:
                        self._answer(200, score(self.rfile.read(int(length))))
                    except ValueError as error:
                        self._answer(400, {"error": str(error)})
                    except Fault as fault:
                        self._answer(503, {"error": str(fault)})

        def log_message(self, format: str, *args: object) -> None:
            """Probes would fill the log; the metrics count."""

        def _answer(self, status: int, value: object) -> None:
            text = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    return Handler
