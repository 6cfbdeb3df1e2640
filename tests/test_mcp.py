"""chainrule mcp: the protocol over standard input and output, as a client sees it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from chainrule.faces.api import answer


class Session:
    """A running server, and messages to it."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "chainrule", "mcp"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def send(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        assert found["jsonrpc"] == "2.0"
        return found

    def ask(self, method: str, parameters: Any = None, id_: Any = 1) -> dict[str, Any]:
        message = {"jsonrpc": "2.0", "id": id_, "method": method}
        self.send(json.dumps(message | ({} if parameters is None else {"params": parameters})))
        found = self.receive()
        assert found["id"] == id_
        return found

    def call(self, name: str, arguments: Any) -> dict[str, Any]:
        found = self.ask("tools/call", {"name": name, "arguments": arguments})
        result: dict[str, Any] = found["result"]
        return result


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    running = Session()
    greeting = running.ask("initialize", {"protocolVersion": "2025-03-26", "capabilities": {}})
    assert greeting["result"]["protocolVersion"] == "2025-03-26"
    assert greeting["result"]["serverInfo"]["name"] == "chainrule"
    running.send('{"jsonrpc": "2.0", "method": "notifications/initialized"}')  # no answer
    yield running
    with running.process:
        assert running.process.stdin is not None
        running.process.stdin.close()
        assert running.process.wait(20) == 0


def test_an_unknown_version_gets_the_newest(session: Session) -> None:
    found = session.ask("initialize", {"protocolVersion": "1999-01-01"})
    assert found["result"]["protocolVersion"] == "2025-06-18"


def test_ping(session: Session) -> None:
    assert session.ask("ping", id_="a")["result"] == {}


def test_tools_are_described(session: Session) -> None:
    tools = session.ask("tools/list")["result"]["tools"]
    assert [tool["name"] for tool in tools] == ["derive", "check", "code"]
    for tool in tools:
        assert tool["description"] and tool["inputSchema"]["type"] == "object"
        assert tool["inputSchema"]["required"] == ["expr"]
        assert all("description" in field for field in tool["inputSchema"]["properties"].values())


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("derive", {"expr": "x'*A*x", "wrt": "x"}),
        ("check", {"expr": "x'*A*x", "wrt": "x", "answer": "2*A*x"}),
        ("code", {"expr": "x^2", "target": "numpy"}),
        ("derive", {"expr": "x'*"}),
        ("derive", {}),
    ],
)
def test_tools_answer_as_the_library_does(
    session: Session, name: str, arguments: dict[str, Any]
) -> None:
    result = session.call(name, arguments)
    expected = json.loads(json.dumps(answer(name, arguments)))
    found = result["structuredContent"]
    assert {**found, "milliseconds": 0} == {**expected, "milliseconds": 0}
    assert json.loads(result["content"][0]["text"]) == found
    assert result["isError"] is not expected["ok"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("{", -32700),
        ("[" * 5000, -32700),
        ('{"id": 1, "id": 2}', -32700),
        ('{"jsonrpc": "2.0", "id": 1, "method": "resources/list"}', -32601),
        ('{"jsonrpc": "2.0", "id": 1, "method": 3}', -32601),
        ('{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": []}', -32602),
        ('{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "rm"}}', -32602),
        ('{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": ["x"]}}', -32602),
        (
            '{"jsonrpc": "2.0", "id": 1, "method": "tools/call", '
            '"params": {"name": "derive", "arguments": [1]}}',
            -32602,
        ),
    ],
)
def test_faults_of_the_protocol(session: Session, line: str, code: int) -> None:
    session.send(line)
    assert session.receive()["error"]["code"] == code
    assert session.ask("ping")["result"] == {}


def test_what_needs_no_answer_gets_none(session: Session) -> None:
    for line in ("", "   ", '{"jsonrpc": "2.0", "method": "unknown"}', '{"result": {}, "id": 1}'):
        session.send(line)
    session.send('{"method": "notifications/cancelled", "params": {"requestId": 99}}')
    assert session.ask("ping", id_=5)["result"] == {}


def test_requests_run_beside_each_other_and_can_be_cancelled(session: Session) -> None:
    long = "[" + ";".join(",".join("x" * 90) for _ in range(80)) + "]"
    call = {"name": "derive", "arguments": {"expr": long, "wrt": "x"}}
    message = {"jsonrpc": "2.0", "id": "long", "method": "tools/call", "params": call}
    session.send(json.dumps(message))
    assert session.ask("ping")["result"] == {}
    session.send('{"method": "notifications/cancelled", "params": {"requestId": "long"}}')
    assert session.call("derive", {"expr": "x^5"})["isError"] is False
