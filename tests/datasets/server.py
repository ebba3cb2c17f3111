"""A server on this host whose answers a test lays down."""

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Answer:
    """What is sent back: with `length`, that is claimed whatever the body's; 0 claims nothing."""

    body: bytes = b""
    status: int = 200
    length: int | None = None
    before: Callable[[], object] = field(default=lambda: None)


class Server:
    """Give each path's answers in turn, the last one again and again; 404 for other paths."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Answer]] = {}
        self.requests: list[str] = []
        self.agents: list[str] = []
        self._lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server._answer(self)

            def log_message(self, format: str, *args: object) -> None:
                """Keep the tests' output clean."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/"

    def serve(self, path: str, *answers: Answer | bytes) -> str:
        """Lay down the answers for a path; return its address."""
        self.answers[path] = [
            answer if isinstance(answer, Answer) else Answer(answer) for answer in answers
        ]
        return self.url + path

    def __enter__(self) -> "Server":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        path = handler.path.lstrip("/")
        with self._lock:
            self.requests.append(path)
            self.agents.append(handler.headers["User-Agent"])
            answers = self.answers.get(path, [Answer(status=404)])
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
        answer.before()
        handler.send_response(answer.status)
        if answer.length != 0:
            length = len(answer.body) if answer.length is None else answer.length
            handler.send_header("Content-Length", str(length))
        handler.end_headers()
        with contextlib.suppress(ConnectionError):  # the client has gone
            handler.wfile.write(answer.body)
