"""Load on `chainrule serve`: the problems of the corpus, from clients that wait for nothing.

    python bench/load.py                   16 clients for 60 s, the page's own request
    python bench/load.py --hostile 0.05    ... one request in twenty is hostile
    python bench/load.py --kill            ... and a worker is killed every second
    python bench/load.py --slow 200        ... beside 200 clients that send a byte a second
    python bench/load.py --spread          every request differs: nothing is answered from memory

Clients draw problems at random, so that some are asked for again; how many answers the server
had kept is printed. `--first N` draws from N problems of the corpus, `--warm` asks for each
once before the clock runs. The clients run on the same machine and take their share of it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent.parent / "tests" / "data"
FIELDS = ("expr", "let", "assume", "wrt", "order")
SLOW_BYTES = b"POST /api/derive HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + b"a" * 600


@dataclass
class Tally:
    """What was seen from outside."""

    good: list[float] = field(default_factory=list)  # seconds of each request
    hostile: list[float] = field(default_factory=list)
    health: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    kills: int = 0


class Server:
    """A server of its own, on a free port."""

    def __init__(self, workers: int | None) -> None:
        command = [sys.executable, "-m", "chainrule", "serve", "--no-open", "--port", "0"]
        command += ["--workers", str(workers)] if workers else []
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        found = re.search(r":(\d+)/", self.process.stdout.readline())
        if found is None:
            raise SystemExit("the server did not start")
        self.port = int(found[1])

    def workers(self) -> list[int]:
        """The processes it has started (Linux)."""
        listing = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in listing.read_text().split()]

    def memory(self) -> float:
        """MiB of the server and its workers."""
        total = 0
        for pid in [self.process.pid, *self.workers()]:
            with contextlib.suppress(OSError):
                status = Path(f"/proc/{pid}/status").read_text()
                found = re.search(r"VmRSS:\s+(\d+)", status)
                total += int(found[1]) if found else 0
        return total / 1024


class Client:
    """One connection that is kept."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def ask(self, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        if self.reader is None or self.writer is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        method = "GET" if body is None else "POST"
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n"
        if body is not None:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        try:
            self.writer.write(head.encode() + b"\r\n" + (body or b""))
            answered = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = re.search(r"content-length: (\d+)", answered)
            content = await self.reader.readexactly(int(length[1]) if length else 0)
        except (OSError, asyncio.IncompleteReadError):
            self.close()
            raise
        if "connection: close" in answered:
            self.close()
        return int(answered[9:12]), content

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


def problems(first: int | None) -> list[dict[str, Any]]:
    """The corpus, in an order of chance."""
    lines = [
        line
        for path in sorted((DATA / "corpus").glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]
    random.Random(0).shuffle(lines)
    records = [json.loads(line) for line in lines[:first]]
    return [{name: record[name] for name in FIELDS if name in record} for record in records]


def hostile_bodies() -> list[bytes]:
    """What must be refused, and what is legal and takes long."""
    lines = (DATA / "bad_inputs.jsonl").read_text("utf-8").splitlines()
    exprs = [json.loads(line)["expr"] for line in lines]
    exprs += ["(" * 10_000 + "x", "x" + "'" * 10_000, "-" * 16_000 + "x", "sin(" * 499 + "x"]
    exprs += ["*".join(f"(x + {k})" for k in range(1, 150))]
    exprs += ["[" + ";".join(",".join("x" * 90) for _ in range(80)) + "]"]
    bodies = [json.dumps({"expr": expr, "wrt": "x"}).encode() for expr in exprs]
    bodies += [b"[" * 50_000, b'{"expr": "x", "expr": "y"}', b'{"order": NaN}', b"\xff\xfe{}"]
    return bodies


async def client(
    server: Server, tally: Tally, asked: list[dict[str, Any]], options: Any, number: int
) -> None:
    """One request after the other until time is up."""
    source, connection, turn = random.Random(number), Client(server.port), 0
    hostile = hostile_bodies()
    end = time.perf_counter() + options.seconds
    while time.perf_counter() < end:
        is_hostile = source.random() < options.hostile
        if is_hostile:
            body = source.choice(hostile)
        else:
            turn += 1
            problem = source.choice(asked)
            if options.spread:
                problem = problem | {"id": f"{number}-{turn}"}
            body = json.dumps(problem).encode()
        start = time.perf_counter()
        try:
            status, content = await connection.ask("/api/derive", body)
        except (OSError, asyncio.IncompleteReadError) as error:
            tally.failed.append(repr(error))
            continue
        seconds = time.perf_counter() - start
        if is_hostile:
            tally.hostile.append(seconds)
        else:
            tally.good.append(seconds)
            if status != 200:
                tally.failed.append(f"{status} {content[:150]!r}")
    connection.close()


async def watch(server: Server, tally: Tally) -> None:
    """Ask for health on a connection of its own, again and again."""
    while True:
        connection, start = Client(server.port), time.perf_counter()
        await connection.ask("/api/health")
        tally.health.append(time.perf_counter() - start)
        connection.close()
        await asyncio.sleep(0.1)


async def slow(port: int) -> None:
    """A client that never gets to the end of its request."""
    while True:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            for byte in SLOW_BYTES:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(1)


async def kill(server: Server, tally: Tally) -> None:
    """Kill one worker every second."""
    while True:
        await asyncio.sleep(1)
        workers = server.workers()
        if workers:
            os.kill(random.choice(workers), signal.SIGKILL)
            tally.kills += 1


async def run(server: Server, options: Any) -> Tally:
    tally, asked = Tally(), problems(options.first)
    if options.warm:
        connection = Client(server.port)
        for problem in asked:
            await connection.ask("/api/derive", json.dumps(problem).encode())
    aside = [asyncio.ensure_future(watch(server, tally))]
    aside += [asyncio.ensure_future(slow(server.port)) for _ in range(options.slow)]
    if options.kill:
        aside.append(asyncio.ensure_future(kill(server, tally)))
    clients = (client(server, tally, asked, options, n) for n in range(options.clients))
    await asyncio.gather(*clients)
    for task in aside:
        task.cancel()
    return tally


def quantiles(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    if not ordered:
        return "none"
    at = {q: 1e3 * ordered[min(len(ordered) - 1, int(q * len(ordered)))] for q in (0.5, 0.9, 0.99)}
    shown = ", ".join(f"{100 * q:.0f} % {ms:.1f}" for q, ms in at.items())
    return f"{shown}, most {1e3 * ordered[-1]:.0f} ms"


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--first", type=int)
    parser.add_argument("--hostile", type=float, default=0)
    parser.add_argument("--slow", type=int, default=0)
    for name in ("--warm", "--spread", "--kill"):
        parser.add_argument(name, action="store_true")
    options = parser.parse_args()
    server = Server(options.workers)
    try:
        before = server.memory()
        tally = await run(server, options)
        state = json.loads((await Client(server.port).ask("/api/health"))[1])
        after = server.memory()
    finally:
        server.process.terminate()
        status = server.process.wait(20)
    count = len(tally.good) + len(tally.hostile)
    misses = state["computed"]
    print(f"requests    {count}, {count / options.seconds:.0f} a second")
    print(f"from memory {100 * (1 - misses / max(1, count)):.1f} % ({misses} were computed)")
    print(f"good        {quantiles(tally.good)}")
    if tally.hostile:
        print(f"hostile     {quantiles(tally.hostile)}")
    print(f"health      {quantiles(tally.health)}")
    print(f"failed      {len(tally.failed)}, kills {tally.kills}, exit status {status}")
    print(f"memory      {before:.0f} MiB at first, {after:.0f} MiB at the end")
    print(f"machine     {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for failure in tally.failed[:3]:
        print("   ", failure)


if __name__ == "__main__":
    asyncio.run(main())
