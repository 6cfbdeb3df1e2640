"""Tools for language models: the Model Context Protocol over standard input and output.

Only what tools need of it, a JSON-RPC message a line. Requests run in a killable worker, as
those of the web server do.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from ... import __version__, records
from ...errors import ProblemError
from ..schema import REQUESTS, schema
from .pool import Pool

TOOLS = ("derive", "check", "code")
VERSIONS = ("2025-06-18", "2025-03-26", "2024-11-05")  # the newest first
LINE_LIMIT = 256 * 1024  # bytes
WORKERS = 2
INSTRUCTIONS = (
    "Derivatives of scalar, vector and matrix expressions, derived step by step and checked by "
    "independent arithmetic. Prefer these tools to deriving by hand. In the text syntax * is the "
    "matrix product, ' transposes, .* ./ .^ work element by element."
)
PARSE_ERROR, BAD_REQUEST, NO_METHOD, BAD_PARAMETERS = -32700, -32600, -32601, -32602

Message = dict[str, Any]


class Fault(Exception):
    """An error of the protocol: its code and what is wrong."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def run_mcp() -> None:
    """Answer until standard input is closed."""
    asyncio.run(_Session().run())


class _Session:
    def __init__(self) -> None:
        self._pool = Pool(WORKERS)
        self._calls: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        starting = asyncio.ensure_future(self._pool.start())
        try:
            while line := await asyncio.to_thread(sys.stdin.buffer.readline, LINE_LIMIT + 1):
                if line.strip():
                    self._take(line)
            await asyncio.gather(*self._calls.values(), return_exceptions=True)
        finally:
            starting.cancel()
            await self._pool.close()

    def _take(self, line: bytes) -> None:
        """Start on one message; requests run beside each other."""
        id_ = None
        try:
            message = _read(line)
            id_ = message.get("id")
            method, parameters = message.get("method"), message.get("params", {})
            if not isinstance(parameters, dict):
                raise Fault(BAD_PARAMETERS, "params is an object")
            if method == "notifications/cancelled":
                self._cancel(parameters.get("requestId"))
            elif method is not None and "id" in message:
                self._begin(id_, method, parameters)
        except Fault as fault:
            _send(id_, fault)

    def _begin(self, id_: Any, method: Any, parameters: Message) -> None:
        key = json.dumps(id_)
        task = asyncio.ensure_future(self._reply(id_, method, parameters))
        self._calls[key] = task
        task.add_done_callback(lambda done: self._calls.pop(key, None))

    def _cancel(self, id_: Any) -> None:
        task = self._calls.get(json.dumps(id_))
        if task is not None:
            task.cancel()

    async def _reply(self, id_: Any, method: Any, parameters: Message) -> None:
        try:
            _send(id_, await self._result(method, parameters))
        except Fault as fault:
            _send(id_, fault)

    async def _result(self, method: Any, parameters: Message) -> Message:
        match method:
            case "initialize":
                return _greeting(parameters.get("protocolVersion"))
            case "ping":
                return {}
            case "tools/list":
                return {"tools": [_tool(name) for name in TOOLS]}
            case "tools/call":
                return await self._call(parameters.get("name"), parameters.get("arguments") or {})
            case _:
                raise Fault(NO_METHOD, f"there is no method {method!r:.80}")

    async def _call(self, name: Any, arguments: Any) -> Message:
        if name not in TOOLS:
            raise Fault(BAD_PARAMETERS, f"there is no tool {name!r:.80}; there are {TOOLS}")
        if not isinstance(arguments, dict):
            raise Fault(BAD_PARAMETERS, "arguments is an object")
        _, content = await self._pool.answer(name, json.dumps(arguments).encode())
        text = content.decode("utf-8")
        found = json.loads(text)
        return {
            "content": [{"type": "text", "text": text}],
            "structuredContent": found,
            "isError": not found["ok"],
        }


def _read(line: bytes) -> Message:
    """The message on a line, read as strictly as a problem."""
    if len(line) > LINE_LIMIT:
        raise Fault(BAD_REQUEST, f"a message of more than {LINE_LIMIT} bytes")
    try:
        return records.read_record(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise Fault(PARSE_ERROR, "the message is not UTF-8") from None
    except ProblemError as error:
        raise Fault(PARSE_ERROR, error.message) from None


def _greeting(version: Any) -> Message:
    return {
        "protocolVersion": version if version in VERSIONS else VERSIONS[0],
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "chainrule", "version": __version__},
        "instructions": INSTRUCTIONS,
    }


def _tool(name: str) -> Message:
    return {
        "name": name,
        "description": REQUESTS[name][0] + ".",
        "inputSchema": schema(name),
        "annotations": {"readOnlyHint": True, "idempotentHint": True, "openWorldHint": False},
    }


def _send(id_: Any, result: Message | Fault) -> None:
    message: Message = {"jsonrpc": "2.0", "id": id_}
    if isinstance(result, Fault):
        message["error"] = {"code": result.code, "message": str(result)}
    else:
        message["result"] = result
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()
