# SPDX-License-Identifier: Apache-2.0
"""A proxy between an operator and the API server that meets requests with faults.

On the operator's side it is plain HTTP on the loopback; on the other it asks `kubectl proxy`, which has the credentials.
"""

import contextlib
import dataclasses
import http.client
import http.server
import json
import socket
import socketserver
import struct
import threading
import typing
import urllib.parse

LONGEST = 330


class Exchange:
    """A request of the operator, and what can become of it."""

    def __init__(self, proxy, handler):
        self._proxy, self._handler = proxy, handler
        self.method, self.path = handler.command, urllib.parse.unquote(handler.path.partition("?")[0])
        self.query = dict(urllib.parse.parse_qsl(handler.path.partition("?")[2], keep_blank_values=True))
        self._body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))

    @property
    def is_watch(self):
        return "watch" in self.query

    @property
    def is_write(self):
        """Of an object; a question for permissions is a POST too."""
        return self.method != "GET" and "authorization.k8s.io" not in self.path

    def over(self, seconds):
        """Waits, but not longer than the fault lasts."""
        self._proxy.calm.wait(seconds)

    def forward(self, bend=None):
        """Passes it on, and the answer back; while the fault lasts, `bend` says of each frame of a watch how much of it passes."""
        with self._asked() as response:
            if self.is_watch and response.status == 200:
                self._stream(response, bend)
            else:
                self._reply(response.status, response.read(), response.headers.items())

    def send_on(self):
        """Passes it on and nothing back."""
        with self._asked() as response:
            response.read()

    def forward_part(self):
        """Passes it on, but only the first half of the answer back; of a watch, of its first frame."""
        if self.is_watch:
            self.forward(bend=lambda _, frame: len(frame) // 2)
            return
        with self._asked() as response:
            body = response.read()
            self._reply(response.status, body, response.headers.items(), passed=len(body) // 2)
        self._handler.close_connection = True

    def refuse(self, status, reason, wait=None):
        """Answers with a failure, as an API server does; `wait` becomes its Retry-After."""
        headers = {"Content-Type": "application/json"} | ({"Retry-After": str(wait)} if wait else {})
        self._reply(status, json.dumps(failure(status, reason)).encode(), headers.items())

    def answer(self, body, kind="application/json"):
        """Answers with a 200 and this body, which is all of a watch."""
        self._reply(200, body.encode(), {"Content-Type": kind}.items())

    def hang_up(self):
        """Resets the connection; what was sent may be lost with it."""
        with contextlib.suppress(OSError):
            self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._handler.close_connection = True

    @contextlib.contextmanager
    def _asked(self):
        connection = http.client.HTTPConnection("127.0.0.1", self._proxy.upstream, timeout=LONGEST)
        unwanted = {"host", "connection", "content-length"}
        headers = {name: value for name, value in self._handler.headers.items() if name.lower() not in unwanted}
        connection.request(self.method, self._handler.path, self._body or None, headers | {"Connection": "close"})
        with self._proxy.holding(connection.sock), contextlib.closing(connection), connection.getresponse() as response:
            yield response

    def _reply(self, status, body, headers, passed=None):
        kept = {name: value for name, value in headers if name.lower() in ("content-type", "retry-after", "warning")}
        kept["Content-Length"] = str(len(body))
        self._handler.wfile.write(_head(status, kept) + body[:passed])

    def _stream(self, response, bend):
        out = self._handler.wfile
        out.write(_head(200, {"Content-Type": "application/json", "Transfer-Encoding": "chunked"}))
        while frame := response.readline():
            passed = len(frame) if bend is None or self._proxy.calm.is_set() else bend(self, frame)
            out.write(b"%x\r\n%b\r\n" % (passed, frame[:passed]))
            if passed < len(frame):
                self._handler.close_connection = True
                return
        out.write(b"0\r\n\r\n")


def failure(status, reason):
    message = f"a fault of the test ({reason})"
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status, "reason": reason, "message": message}


def _head(status, headers):
    lines = [f"HTTP/1.1 {status} {http.client.responses.get(status, '')}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _serve(self):
        self.server.proxy.serve(Exchange(self.server.proxy, self))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def log_message(self, *_):
        pass


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def process_request_thread(self, request, client_address):
        with self.proxy.holding(request):
            super().process_request_thread(request, client_address)

    def shutdown_request(self, request):
        # No farewell: what was reset is to look like it.
        self.close_request(request)

    def handle_error(self, *_):
        # Either side may be gone at any time, that is what this is for.
        pass


@dataclasses.dataclass
class Fault:
    """What is done to requests; to which, if not to all."""

    do: typing.Callable[[Exchange], None]
    to: typing.Callable[[Exchange], bool] = lambda _: True


class FaultProxy:
    def __init__(self, upstream):
        self.upstream = upstream
        self.seen = []  # every request, the newest last
        self.met = []  # those of them that met the last fault
        self.calm = threading.Event()  # no fault now
        self.calm.set()
        self._fault = None
        self._open = set()
        self._server = None
        self._port = 0
        self.listen()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._port}"

    def listen(self):
        self._server = _Server(("127.0.0.1", self._port), _Handler)
        self._server.proxy = self
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        """Nobody listens any more, and whoever is connected is cut off."""
        self._server.shutdown()
        self._server.server_close()
        self.hang_up()

    @contextlib.contextmanager
    def holding(self, connection):
        """A connection that may be cut off."""
        self._open.add(connection)
        try:
            yield
        finally:
            self._open.discard(connection)

    def hang_up(self):
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def serve(self, exchange):
        self.seen.append(exchange)
        fault = self._fault
        if fault and fault.to(exchange):
            self.met.append(exchange)
            fault.do(exchange)
        else:
            exchange.forward()

    @contextlib.contextmanager
    def meeting(self, fault, anew=True):
        """While this lasts, requests meet the fault; with `anew` those under way, and all watches, are cut off first."""
        self.met = []
        self.calm.clear()
        self._fault = fault
        if anew:
            self.hang_up()
        try:
            yield
        finally:
            self._fault = None
            self.calm.set()

    @contextlib.contextmanager
    def away(self):
        """While this lasts, connections are refused."""
        self.close()
        try:
            yield
        finally:
            self.listen()
