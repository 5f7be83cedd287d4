"""What the six services have alike: JSON over HTTP, `/health`, `/`, and an end on SIGTERM."""

import json
import os
import platform
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from urllib.parse import parse_qs, unquote, urlsplit

_LARGEST_BODY = 1_000_000
# Seconds. Less than a pod's 30 by far, so that a rollout is quick.
_GRACE = 1.5


class Fault(Exception):
    """Why a request is not answered: a status and one line."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class Request:
    """`name`: the last part of the path where the route ends in `{name}`, else empty. `body`: an object, else empty."""

    name: str
    query: dict[str, list[str]]
    body: dict

    def words(self, key: str, longest: int = 1000) -> str:
        return _text(self.query.get(key, [""])[0], f"the query's {key}", longest)

    def text(self, key: str, longest: int = 10_000) -> str:
        return _text(self.body.get(key), f"the body's {key}", longest)

    def texts(self, key: str, most: int = 200) -> list[str]:
        given = self.body.get(key)
        if not isinstance(given, list) or not 1 <= len(given) <= most:
            raise Fault(400, f"the body's {key} is no list of 1 to {most} texts")
        return [_text(each, f"each of the body's {key}", 10_000) for each in given]

    def number(self, key: str, default: int, most: int) -> int:
        """Of the query or the body, from 1 to `most`."""
        given = self.body.get(key, self.query.get(key, [default])[0])
        try:
            number = int(str(given))
        except ValueError:
            number = 0
        if not 1 <= number <= most:
            raise Fault(400, f"{key} is no whole number from 1 to {most}")
        return number


Handler = Callable[[Request], object]


def serve(name: str, version: str, port: int, routes: dict[str, Handler], check: Callable[[], object] | None = None) -> None:
    """Answers until SIGTERM, then ends what it has begun.

    `routes`: by method and path, `GET /v1/search`; the last part may be `{name}`. `check`: raises while the service
    can't serve. HOST and PORT in the environment count before `port`; port 0 is chosen by the system.
    """

    def health(_: Request) -> object:
        if check:
            check()
        return {"status": "ok"}

    def about(_: Request) -> object:
        return {"service": name, "version": version, "machine": platform.machine()}

    # Before the first request: as the first process of a container, it would otherwise not hear the signal at all.
    end = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: end.set())
    address = (os.environ.get("HOST", "0.0.0.0"), int(os.environ.get("PORT", port)))
    server = _Server(address, {"GET /health": health, "GET /": about, **routes})
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}).start()
    host, chosen = server.server_address[:2]
    print(f"{name} {version} listens on {host}:{chosen}", flush=True)
    end.wait()
    server.shutdown()
    server.wait_idle(_GRACE)
    server.server_close()


class _Server(ThreadingHTTPServer):
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], routes: dict[str, Handler]) -> None:
        self.routes = routes
        self._open = 0
        self._changed = threading.Condition()
        super().__init__(address, _Answers)

    def server_bind(self) -> None:
        # Not HTTPServer's, which asks the DNS for a name that nobody reads.
        TCPServer.server_bind(self)

    def process_request(self, request, client_address) -> None:
        with self._changed:
            self._open += 1
        super().process_request(request, client_address)

    def shutdown_request(self, request) -> None:
        super().shutdown_request(request)
        with self._changed:
            self._open -= 1
            self._changed.notify_all()

    def wait_idle(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._open == 0, seconds)


class _Answers(BaseHTTPRequestHandler):
    # Seconds, for a client that opens a connection and says nothing.
    timeout = 10

    def _answer(self) -> None:
        began = time.monotonic()
        path = urlsplit(self.path).path
        try:
            status, content = 200, self._content(path)
        except Fault as fault:
            status, content = fault.status, {"error": str(fault)}
        except Exception as error:
            # The service's own fault: told in its log, and the next request is served.
            status, content = (503 if path == "/health" else 500), {"error": f"{type(error).__name__}: {error}"}
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        if path != "/health" or status != 200:
            taken = round((time.monotonic() - began) * 1000)
            error = {"error": content["error"]} if status >= 500 else {}
            line = {"method": self.command, "path": path, "status": status, "ms": taken, **error}
            print(json.dumps(line), file=sys.stderr, flush=True)

    do_GET = do_POST = do_PUT = do_DELETE = _answer

    def log_message(self, *_) -> None:
        """Told by _answer instead."""

    def _content(self, path: str) -> object:
        folder, _, last = path.rpartition("/")
        routes: dict[str, Handler] = self.server.routes
        exact = routes.get(f"{self.command} {path}")
        handler = exact or (routes.get(f"{self.command} {folder}/{{name}}") if last else None)
        if not handler:
            raise Fault(404, f"{self.command} {path} is none of {', '.join(routes)}")
        name = "" if exact else unquote(last)
        return handler(Request(name, parse_qs(urlsplit(self.path).query), self._body()))

    def _body(self) -> dict:
        written = self.headers.get("Content-Length", "0")
        if not written.isdecimal() or int(written) > _LARGEST_BODY:
            raise Fault(413, f"the body has {written} bytes; {_LARGEST_BODY} are allowed")
        if written == "0":
            return {}
        try:
            body = json.loads(self.rfile.read(int(written)))
        except ValueError as error:
            raise Fault(400, f"the body is no JSON: {error}") from error
        if not isinstance(body, dict):
            raise Fault(400, "the body is no JSON object")
        return body


def _text(given: object, what: str, longest: int) -> str:
    if not isinstance(given, str) or not given.strip() or len(given) > longest:
        raise Fault(400, f"{what} is no text of 1 to {longest} characters")
    return given
