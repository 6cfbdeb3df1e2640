"""A worker: reads requests from standard input, answers them one by one on standard output.

It holds the core alone, limits its own memory and the processor time of each request, and
is meant to be killed: it keeps nothing between requests. It goes when its input is closed,
even in the midst of a request.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import traceback
from contextlib import suppress
from queue import SimpleQueue
from typing import IO, Any

from ... import records
from ...errors import ProblemError
from ..api import answer, language_of
from .frames import LENGTH, READY, frame, opened

MEMORY = 1 << 30  # bytes of address space
SECONDS = 5  # of processor time for one request
WARMING: dict[str, dict[str, Any]] = {  # loads what is loaded when it is first used
    "derive": {
        "expr": "norm2(A*x - b)^2 + log(x'*x)",
        "wrt": "x",
        "code": ["numpy", "jax", "torch"],
    },
    "check": {"expr": "x'*A*x", "wrt": "x", "answer": "A*x"},
    "numbers": {"expr": "x'*A*x", "wrt": "x"},
}


def main() -> None:
    """Answer until the input is closed."""
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever is printed by mistake must not stand between two frames
    for request, problem in WARMING.items():
        answer(request, problem)
    _limit("RLIMIT_AS", MEMORY)
    _limit("RLIMIT_CORE", 0)
    waiting: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_read, args=(requests, waiting), daemon=True).start()
    _write(answers, READY, b"")
    while True:
        name, body = opened(waiting.get())
        _limit("RLIMIT_CPU", int(_used()) + 1 + SECONDS)
        status, found = respond(name, body)
        _write(answers, str(status), _json(found))


def respond(name: str, body: bytes) -> tuple[int, dict[str, Any]]:
    """The HTTP status and the result object of one request. Never raises."""
    record: dict[str, Any] = {}
    try:
        try:
            record = records.read_record(body.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise ProblemError("syntax", f"byte {error.start + 1} is not UTF-8") from None
        except ProblemError as error:
            return 400, records.error_of(error)
        return 200, answer(name, record)
    except ProblemError as error:
        return 400, records.error_of(error)
    except MemoryError:
        refused = ProblemError("limit", "the answer takes too much memory")
        return 200, records.error_of(refused, language=language_of(record))
    except Exception:
        traceback.print_exc()
        print(f"the request was {name} {body!r:.2000}", file=sys.stderr, flush=True)
        return 500, server_error("this should not have happened; please report the expression")


def server_error(message: str) -> dict[str, Any]:
    """The result object where the server is at fault."""
    found = records.error_of(ProblemError("unsupported", message))
    found["error"]["kind"] = "server"
    return found


def _json(found: dict[str, Any]) -> bytes:
    try:
        return json.dumps(found, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except UnicodeEncodeError:  # a half of a pair of surrogates, in an id
        return json.dumps(found, allow_nan=False).encode("utf-8")


def _read(source: IO[bytes], waiting: SimpleQueue[bytes]) -> None:
    """Hand on requests. When there will be no more, end the process at once."""
    while len(head := source.read(LENGTH.size)) == LENGTH.size:
        waiting.put(source.read(*LENGTH.unpack(head)))
    os._exit(0)


def _write(answers: IO[bytes], head: str, content: bytes) -> None:
    try:
        answers.write(frame(head, content))
        answers.flush()
    except BrokenPipeError:
        os._exit(0)


def _used() -> float:
    times = os.times()
    return times.user + times.system


def _limit(name: str, most: int) -> None:
    """Set a limit of this process, where the system has it."""
    with suppress(ImportError, AttributeError, ValueError, OSError):
        import resource

        kind = getattr(resource, name)
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (most, hard))


if __name__ == "__main__":
    main()
