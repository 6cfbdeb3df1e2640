"""chainrule serve: a real server on a free port, and whatever people may send to it."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from chainrule.faces.api import answer
from chainrule.faces.examples import EXAMPLES
from chainrule.faces.server import guard, pool
from chainrule.faces.server.pool import Pool
from chainrule.faces.server.static import TYPES, Folder

DATA = Path(__file__).parent / "data"
TOKEN = "0123456789abcdefXYZ"
JSON = {"Content-Type": "application/json"}
START = """
import sys
from pathlib import Path
from chainrule.faces.server.run import run_server
run_server("127.0.0.1", 0, sys.argv[2] or None, 2, False, Path(sys.argv[1]))
"""
# Legal, and far more work than any time limit below allows.
LONG = {"expr": "[" + ";".join(",".join("x" * 90) for _ in range(80)) + "]", "wrt": "x"}
PAGE = {
    "index.html": "<!doctype html><title>page</title>" + "<p>text</p>" * 200,
    "assets/app.js": "export {};",
    "assets/part.mjs": "export {};",
    "vendor/graph.wasm": "\0asm",
    "vendor/font.woff2": "wOF2",
    "secret/../../outside": "",
}


class Server:
    """A server process, its port, and requests to it."""

    def __init__(self, web: Path, token: str = "") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", START, str(web), token], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
        assert found, line
        self.port = int(found[1])

    def ask(
        self,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        method: str | None = None,
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        shown = {**(JSON if content is not None else {}), **(headers or {})}
        connection.request(method or ("POST" if body is not None else "GET"), path, content, shown)
        reply = connection.getresponse()
        found = reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read()
        connection.close()
        return found

    def post(self, request: str, body: Any) -> dict[str, Any]:
        status, _, content = self.ask(f"/api/{request}", body)
        assert status == 200, content
        found: dict[str, Any] = json.loads(content)
        return found

    def raw(self, data: bytes, seconds: float = 10) -> bytes:
        """What comes back for these bytes until the server closes or is silent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            connection.sendall(data)
            found = b""
            try:
                while more := connection.recv(65536):
                    found += more
            except (TimeoutError, ConnectionResetError):
                pass
            return found

    def health(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.ask("/api/health")[2])
        return found

    def workers(self) -> list[int]:
        path = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        return [int(pid) for pid in Path(path).read_text().split()]

    def stop(self) -> int:
        self.process.terminate()
        status = self.process.wait(20)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("page") / "web"
    for name, content in PAGE.items():
        path = (root / name).resolve()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


@pytest.fixture(scope="module")
def server(web: Path) -> Iterator[Server]:
    running = Server(web)
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="module")
def guarded(web: Path) -> Iterator[Server]:
    running = Server(web, TOKEN)
    yield running
    running.stop()


def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


linux = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks into /proc")


# What it answers


def same(found: dict[str, Any], expected: dict[str, Any]) -> bool:
    return {**found, "milliseconds": 0} == {**expected, "milliseconds": 0}


@pytest.mark.parametrize(
    ("request_", "body"),
    [
        ("derive", {"expr": "x'*A*x", "wrt": "x", "code": ["numpy", "jax"], "id": 7}),
        ("derive", {"expr": "x'*", "id": "a"}),
        ("derive", {"expr": "x^2", "lang": "zh"}),
        ("check", {"expr": "x'*A*x", "wrt": "x", "answer": "2*A*x"}),
        ("code", {"expr": "x^2", "target": "torch"}),
        ("numbers", {"expr": "x'*A*x", "wrt": "x", "values": {"x": [1, 2]}}),
        ("understand", {"expr": "norm2(A*x - b)"}),
    ],
)
def test_answers_are_those_of_the_library(
    server: Server, request_: str, body: dict[str, Any]
) -> None:
    assert same(server.post(request_, body), json.loads(json.dumps(answer(request_, body))))


def test_examples(server: Server) -> None:
    found = json.loads(server.ask("/api/examples")[2])
    assert found["ok"] and len(found["examples"]) == len(EXAMPLES) >= 25


@pytest.mark.parametrize("example", EXAMPLES, ids=[e["title"]["en"] for e in EXAMPLES])
def test_every_example_is_answered(example: dict[str, Any]) -> None:
    assert set(example["title"]) == set(example["group"]) == {"en", "zh"}
    found = answer("derive", example["problem"])
    assert found["ok"] and found["check"]["verdict"] in ("exact", "numeric")
    assert found["derivation"]["steps"]
    at = answer("numbers", example["problem"])
    assert at["ok"], at
    flat = json.dumps(at["derivative"])
    assert "null" not in flat and any(digit in flat for digit in "123456789")


def test_the_same_request_is_computed_once(server: Server) -> None:
    body = {"expr": "sin(x)^2", "id": "once"}
    first = server.post("derive", body)
    computed = server.health()["computed"]
    assert server.post("derive", body) == first
    assert server.health()["computed"] == computed


def test_openapi_describes_every_request(server: Server) -> None:
    found = json.loads(server.ask("/api")[2])
    assert found == json.loads(server.ask("/api/openapi.json")[2])
    paths = found["paths"]
    assert {"/api/derive", "/api/check", "/api/code", "/api/numbers", "/api/understand"} < set(
        paths
    )
    for name in ("derive", "numbers"):
        operation = paths[f"/api/{name}"]["post"]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        assert schema["required"] == ["expr"]
        assert {"200", "400", "403", "413", "503", "504"} <= set(operation["responses"])


def test_the_page_of_the_api_needs_nothing_from_elsewhere(server: Server) -> None:
    status, headers, content = server.ask("/api", headers={"Accept": "text/html,*/*"})
    text = content.decode()
    assert status == 200 and headers["content-type"].startswith("text/html")
    assert "curl http://127.0.0.1" in text and "<script" not in text
    links = re.findall(r"(?:href|src)=[\"']?([^\"' >]+)", text)
    assert links and all(link.startswith("/") for link in links)
    assert all(server.ask(link)[0] == 200 for link in links)


# Files of the page


def test_files_have_types_tags_and_are_compressed(server: Server) -> None:
    status, headers, content = server.ask("/", headers={"Accept-Encoding": "gzip"})
    assert status == 200 and headers["content-encoding"] == "gzip"
    assert gzip.decompress(content).decode() == PAGE["index.html"]
    assert server.ask("/index.html")[2].decode() == PAGE["index.html"]
    tag = {"If-None-Match": headers["etag"]}
    assert server.ask("/", headers=tag)[0] == 304
    for name, kind in {"part.mjs": "text/javascript", "app.js": "text/javascript"}.items():
        assert server.ask(f"/assets/{name}")[1]["content-type"].startswith(kind)
    assert server.ask("/vendor/graph.wasm")[1]["content-type"] == "application/wasm"
    assert server.ask("/vendor/font.woff2")[1]["content-type"] == "font/woff2"


@pytest.mark.parametrize(
    "path",
    [
        "/../outside", "/%2e%2e/outside", "/..%2foutside", "//etc/passwd", "/etc/passwd",
        "/assets", "/assets/", "/assets/../../outside", "/outside", "/index.html/", "/\\outside",
        "/index.html%00", "/api/nothing", "/%ff%fe",
    ],
)  # fmt: skip
def test_nothing_else_is_served(server: Server, path: str) -> None:
    status, _, content = server.ask(path)
    assert status == 404
    assert json.loads(content)["ok"] is False


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("1")
    folder = Folder(tmp_path)
    before = folder.find("/a.js")
    (tmp_path / "a.js").write_text("2")
    os.utime(tmp_path / "a.js", ns=(1, 1))
    after = folder.find("/a.js")
    assert before and after and before.etag != after.etag and after.content == b"2"
    (tmp_path / "a.js").unlink()
    assert folder.find("/a.js") is None


def test_every_file_of_the_page_has_a_type() -> None:
    from chainrule.faces.server.run import WEB

    assert {path.suffix for path in WEB.rglob("*.*") if path.is_file()} <= {*TYPES, ".map", ".ttf"}


# Who may ask


@pytest.mark.parametrize(
    "host",
    ["evil.com", "127.0.0.1.evil.com", "localhost.evil.com", "", "0.0.0.0", "192.168.1.1",
     "evil.com:80", "[::2]", "user@localhost@evil.com", "2130706433", "[", "localhost, evil.com"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/", "/api/health", "/api/derive"])
def test_other_hosts_are_refused(server: Server, host: str, path: str) -> None:
    body = {"expr": "x"} if path.endswith("derive") else None
    status, _, content = server.ask(path, body, {"Host": host})
    assert status == 403
    assert json.loads(content)["error"]["kind"] == "request"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST", "localhost:99"])
def test_names_of_this_machine_are_accepted(server: Server, host: str) -> None:
    assert server.ask("/api/health", headers={"Host": host})[0] == 200


def test_two_hosts_are_refused(server: Server) -> None:
    lines = b"GET /api/health HTTP/1.1\r\nHost: localhost\r\nHost: evil.com\r\nConnection: close"
    assert server.raw(lines + b"\r\n\r\n").startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    "origin",
    ["null", "http://evil.com", "https://localhost", "http://localhost:1", "http://127.0.0.1",
     "file://", ""],
)  # fmt: skip
def test_other_origins_are_refused(server: Server, origin: str) -> None:
    headers = {"Origin": origin, "Host": "127.0.0.1:8765"}
    assert server.ask("/api/derive", {"expr": "x"}, headers)[0] == 403


def test_the_own_origin_is_accepted(server: Server) -> None:
    host = f"localhost:{server.port}"
    headers = {"Origin": f"http://{host}", "Host": host}
    assert server.ask("/api/derive", {"expr": "x"}, headers)[0] == 200


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "json"]
)
def test_only_json_is_read(server: Server, kind: str) -> None:
    assert server.ask("/api/derive", b'{"expr": "x"}', {"Content-Type": kind})[0] == 415


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
def test_other_methods_do_nothing(server: Server, method: str) -> None:
    status, headers, _ = server.ask("/api/derive", method=method)
    assert status in (404, 405)
    assert not any(name.startswith("access-control") for name in headers)


@pytest.mark.parametrize("path", ["/", "/assets/app.js", "/api/health", "/nothing", "/api/derive"])
def test_headers_stand_on_every_answer(server: Server, path: str) -> None:
    for headers in ({}, {"Host": "evil.com"}):
        found = server.ask(path, headers=headers)[1]
        policy = dict(part.split(" ", 1) for part in found["content-security-policy"].split("; "))
        assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
        assert policy["base-uri"] == policy["form-action"] == "'none'"
        assert policy["script-src"] == "'self' 'wasm-unsafe-eval'"
        assert "unsafe-inline" not in str(policy) and "'unsafe-eval'" not in str(policy)
        assert found["x-content-type-options"] == "nosniff"
        assert found["referrer-policy"] == "no-referrer"
        assert "server" not in found


def test_a_token_opens_the_server(guarded: Server) -> None:
    problem = {"expr": "x^2"}
    assert guarded.ask("/api/health")[0] == 200
    for path, body in (("/", None), ("/api/derive", problem), ("/api/examples", None)):
        assert guarded.ask(path, body)[0] == 401
        for wrong in ("", TOKEN[:-1], TOKEN + "0", "é"):
            headers = {"Authorization": f"Bearer {wrong}".encode().decode("latin-1")}
            assert guarded.ask(path, body, headers)[0] == 401
        assert guarded.ask(path, body, {"Authorization": f"Bearer {TOKEN}"})[0] == 200
    assert guarded.ask(f"/?token={TOKEN[1:]}")[0] == 401
    status, headers, _ = guarded.ask(f"/?token={TOKEN}")
    assert status == 303 and headers["location"] == "/"
    assert {"HttpOnly", "SameSite=Strict"} < set(headers["set-cookie"].split("; "))
    cookie = {"Cookie": headers["set-cookie"].partition(";")[0]}
    assert guarded.ask("/", headers=cookie)[0] == 200
    assert guarded.ask("/api/derive", problem, cookie)[0] == 200
    assert guarded.ask("/", headers={"Cookie": "chainrule_token=x; a=[]"})[0] == 401


def test_names_are_no_way_round_the_token(guarded: Server) -> None:
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    assert guarded.ask("/", headers={**bearer, "Host": "10.0.0.7:80"})[0] == 200
    assert guarded.ask("/", headers={**bearer, "Host": "evil.com"})[0] == 403


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "chainrule", "serve", "--no-open", *arguments],
        capture_output=True, text=True, timeout=60, env={**os.environ, **environment},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "0.0.0.0"], "token"),
        (["--host", "::"], "token"),
        (["--token", "short"], "16"),
        (["--token", "a b" * 10], "letters and digits"),
        (["--port", "70000"], "port"),
        (["--host", "127.0.0.256", "--token", TOKEN], "listen"),
    ],
)
def test_what_cannot_be_served_is_said(arguments: list[str], said: str) -> None:
    run = command(*arguments)
    assert run.returncode == 2 and said in run.stderr and "Traceback" not in run.stderr


def test_a_port_in_use(server: Server) -> None:
    run = command("--port", str(server.port))
    assert run.returncode == 2 and "another --port" in run.stderr


def test_without_the_extra_it_says_what_to_install() -> None:
    script = (
        "import sys; sys.modules['uvicorn'] = None\n"
        "from chainrule.faces.cli import main; sys.exit(main(['serve', '--no-open']))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert run.returncode == 3 and "chainrule[web]" in run.stderr


# Bodies


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"1", b"null", b"{", b'{"expr": "x"', b'{"expr": "x", "expr": "x"}',
        b'{"expr": "x", "order": NaN}', b'{"expr": "x", "id": Infinity}', b"[" * 60_000,
        b'{"expr": "x", "id": ' + b"[" * 17 + b"]" * 17 + b"}", b'\xff{"expr": "x"}',
        b'{"expr": "x\xc3"}', b'{"expr": "x", "id": ' + b"9" * 5000 + b"}", b"{'expr': 'x'}",
        b'\xef\xbb\xbf{"expr": "x"}',
    ],
)  # fmt: skip
def test_what_is_no_json_object_is_refused(server: Server, body: bytes) -> None:
    status, _, content = server.ask("/api/derive", body)
    found = json.loads(content)
    assert status == 400 and found["ok"] is False
    assert found["error"]["kind"] in ("syntax", "limit") and found["error"]["message"]


@pytest.mark.parametrize(
    "body",
    [
        {}, {"expr": 1}, {"expr": "x", "order": True}, {"expr": "x", "let": {"x": [True]}},
        {"expr": "x", "let": [1]}, {"expr": "x", "wrt": 3}, {"expr": "x", "code": "numpy"},
        {"expr": "x", "code": ["cobol"]}, {"expr": "x", "lang": "xx"}, {"expr": "x", "layout": 3},
        {"expr": "x", "assume": {"x": 3}}, {"expr": "x" * 20_000}, {"expr": "\ud800"},
        {"expr": "x", "let": {"x": [10**30]}},
    ],
)  # fmt: skip
def test_what_is_no_problem_has_an_error(server: Server, body: dict[str, Any]) -> None:
    found = server.post("derive", body)
    assert found["ok"] is False and found["error"]["kind"] not in ("server", "request")


def test_an_id_of_half_a_character_comes_back(server: Server) -> None:
    assert server.post("derive", {"expr": "x", "id": "\ud800"})["id"] == "\ud800"


def test_bodies_are_refused_before_they_are_read(server: Server) -> None:
    head = b"POST /api/derive HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    announced = server.raw(head + b"Content-Length: 1000000000\r\n\r\n{")
    assert announced.startswith(b"HTTP/1.1 413")
    chunk = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
    chunked = server.raw(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 3)
    assert chunked.startswith(b"HTTP/1.1 413")
    assert server.ask("/api/derive", b" " * 70_000)[0] == 413


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n", b"GET\r\n\r\n", b"\0" * 100 + b"\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"CONNECT evil.com:80 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST /api/derive HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
        b"Content-Length: 2\r\n\r\nx",
        b"POST /api/derive HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 100_000,
        b"POST /api/derive HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)  # fmt: skip
def test_what_is_no_http_gets_an_error(server: Server, data: bytes) -> None:
    found = server.raw(data, 2)
    assert re.match(rb"HTTP/1.1 4\d\d ", found), found[:100]
    assert b"Traceback" not in found and json.loads(found.rpartition(b"\r\n\r\n")[2])["ok"] is False
    assert server.health()["ok"]


def test_all_bad_inputs_get_an_answer(server: Server) -> None:
    """The ones that tests/test_hostile.py holds against the library."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    for line in (DATA / "bad_inputs.jsonl").read_text("utf-8").splitlines():
        record = json.loads(line)
        if "style" in record:
            continue  # an option of the library alone
        connection.request("POST", "/api/derive", json.dumps(record), JSON)
        reply = connection.getresponse()
        found = json.loads(reply.read())
        assert (reply.status, found["ok"]) == (200, False), record
        assert found["id"] == record["id"] and found["error"]["kind"] != "server"
    connection.close()


# Time, memory, death


@linux
def test_workers_are_limited_and_hold_the_core_alone(server: Server) -> None:
    until(lambda: len(server.workers()) == 2)
    for pid in server.workers():
        limits = Path(f"/proc/{pid}/limits").read_text()
        assert re.search(rf"Max address space +{1 << 30} ", limits)
        assert re.search(r"Max core file size +0 ", limits)
        maps = Path(f"/proc/{pid}/maps").read_text()
        assert not re.search("pydantic|httptools|numpy|_ssl", maps)


@linux
def test_the_death_of_workers_harms_one_request_each(server: Server) -> None:
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    body = json.dumps(LONG | {"id": "killed"}).encode()
    head = f"POST /api/derive HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
    connection.sendall(head.encode() + b"Content-Type: application/json\r\n\r\n" + body)
    until(lambda: server.health()["running"] == 1, 5)
    dead = server.workers()
    for pid in dead:
        os.kill(pid, signal.SIGKILL)
    reply = b""
    while b"died" not in reply and (part := connection.recv(65536)):
        reply += part
    connection.close()
    assert reply.startswith(b"HTTP/1.1 500") and b"died" in reply
    until(lambda: server.ask("/api/derive", {"expr": "x^3"})[0] == 200)
    until(lambda: len(server.workers()) == 2)
    assert not set(dead) & set(server.workers())  # no zombies


@linux
def test_a_request_that_nobody_waits_for_is_dropped(server: Server) -> None:
    before = server.health()["computed"]
    connections = []
    for number in range(8):  # two run, six wait
        body = json.dumps(LONG | {"id": number}).encode()
        head = f"POST /api/derive HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
        connections.append(socket.create_connection(("127.0.0.1", server.port)))
        connections[-1].sendall(head.encode() + b"Content-Type: application/json\r\n\r\n" + body)
    until(lambda: server.health()["waiting"] >= 4)
    for connection in connections:
        connection.close()
    until(lambda: server.health()["waiting"] == 0)
    for pid in server.workers():
        os.kill(pid, signal.SIGKILL)
    until(lambda: server.ask("/api/derive", {"expr": "x^4"})[0] == 200)
    assert server.health()["computed"] - before < 8


def test_slow_clients_hold_nobody_up_and_are_sent_away(server: Server) -> None:
    slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(200)]
    for connection in slow:
        connection.sendall(b"POST /api/derive HTTP/1.1\r\nHost: loc")
    start = time.monotonic()
    for number in range(20):
        assert server.health()["ok"]
        assert server.post("derive", {"expr": "x + 1", "id": number})["ok"]
    print(
        f"20 times health and an answer beside 200 slow clients: {time.monotonic() - start:.2f} s"
    )
    for connection in slow:
        connection.settimeout(15)
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(100) == b""
        connection.close()


@linux
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_workers_go_with_their_server(web: Path, how: signal.Signals) -> None:
    """Even in the midst of a request; SIGTERM gives it some seconds."""
    running = Server(web)
    until(lambda: len(running.workers()) == 2)
    workers = running.workers()
    body = json.dumps(LONG).encode()
    busy = socket.create_connection(("127.0.0.1", running.port))
    head = f"POST /api/derive HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
    busy.sendall(head.encode() + b"Content-Type: application/json\r\n\r\n" + body)
    until(lambda: running.health()["running"] == 1)
    running.process.send_signal(how)
    running.process.wait(20)
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers), 5)
    busy.close()
    with socket.create_server(("127.0.0.1", running.port)):  # the port is free at once
        pass
    running.stop()


# The pool and the guard alone, with other limits


def in_pool(count: int, act: Callable[[Pool], Any]) -> Any:
    async def run() -> Any:
        workers = Pool(count)
        await workers.start()
        try:
            return await act(workers)
        finally:
            await workers.close()

    return finished(run())


def finished(what: Coroutine[Any, Any, Any]) -> Any:
    """Its result, from a thread of its own: the browser's tests may hold the loop of this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, what).result()


def body_of(problem: dict[str, Any]) -> bytes:
    return json.dumps(problem).encode()


def test_a_request_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "DEADLINE", 0.5)

    async def act(workers: Pool) -> None:
        start = time.monotonic()
        assert await workers.answer("derive", body_of(LONG)) == pool.TOO_LONG
        assert time.monotonic() - start < 4  # before the limit of processor time ends it
        status, content = await workers.answer("derive", body_of({"expr": "x^2"}))
        assert status == 200 and json.loads(content)["ok"]

    in_pool(1, act)


def test_processor_time_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker's own limit ends it where the pool would wait."""
    program = "from chainrule.faces.server import worker; worker.SECONDS = 0; worker.main()"
    start = asyncio.create_subprocess_exec

    async def with_less(*_: str, **settings: Any) -> Any:
        return await start(sys.executable, "-c", program, **settings)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", with_less)

    async def act(workers: Pool) -> Any:
        return await workers.answer("derive", body_of(LONG))

    assert in_pool(1, act) == pool.TOO_LONG


def test_overtaken_requests_leave_room_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "OVERTAKEN", 0.2)
    monkeypatch.setattr(pool, "DEADLINE", 60)  # however slow the machine is
    monkeypatch.setattr(pool, "PATIENCE", 60)

    async def act(workers: Pool) -> None:
        long = asyncio.ensure_future(workers.answer("derive", body_of(LONG)))
        await asyncio.sleep(0.3)
        status, _ = await workers.answer("derive", body_of({"expr": "x^2"}))
        assert status == 200 and not long.done()
        long.cancel()

    in_pool(1, act)


def test_the_queue_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "WAITING", 2)
    monkeypatch.setattr(pool, "PATIENCE", 1.5)

    async def act(workers: Pool) -> list[pool.Reply]:
        bodies = [body_of(LONG | {"id": number}) for number in range(3)]
        asked = [asyncio.ensure_future(workers.answer("derive", body)) for body in bodies]
        return list(await asyncio.gather(*asked))

    assert in_pool(1, act) == [pool.TOO_LONG, pool.BUSY, pool.BUSY]


def test_one_computation_serves_all_who_ask_for_it() -> None:
    async def act(workers: Pool) -> None:
        asked = [workers.answer("derive", body_of({"expr": "x^2"})) for _ in range(10)]
        assert len(set(await asyncio.gather(*asked))) == 1
        assert workers.state()["computed"] == 1

    in_pool(1, act)


def test_answers_are_kept_up_to_a_size() -> None:
    kept = pool._Kept(100)
    for number in range(10):
        kept.put(("derive", b"%d" % number), b"a" * 19)
        kept.get(("derive", b"0"))
    assert len(kept) == 5 and kept.get(("derive", b"0")) and kept.get(("derive", b"9"))
    assert kept.get(("derive", b"1")) is None


def test_a_slow_body_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "BODY_SECONDS", 0.05)
    sent: list[Any] = []

    async def never() -> guard.Message:
        await asyncio.sleep(60)
        raise AssertionError

    async def send(message: guard.Message) -> None:
        sent.append(message)

    async def inner(*_: Any) -> None:
        raise AssertionError("the request went on")

    headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/api/derive", "headers": headers}
    finished(guard.Guard(inner, "127.0.0.1", None)(scope, never, send))
    assert sent[0]["status"] == 408


def test_interrupted_by_the_keyboard() -> None:
    program = [sys.executable, "-m", "chainrule", "serve", "--no-open", "--port", "0"]
    running = subprocess.Popen(program, stdout=subprocess.PIPE, text=True)
    with running:
        assert running.stdout is not None
        running.stdout.readline()
        running.send_signal(signal.SIGINT)
        assert running.wait(20) == 130
