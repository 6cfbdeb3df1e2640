"""Workers that can be killed: each request runs in one of a few processes, within a time.

A worker that is too slow or dies takes at most the request with it that it was on, and
another takes its place. A request that nobody waits for any more is dropped from the queue.
Answers are kept, as long as there is room, since an answer depends on nothing but the request.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from .frames import LENGTH, READY, frame, opened

DEADLINE = 10.0  # seconds for one request on a worker
PATIENCE = 15.0  # seconds for one request, waiting included
OVERTAKEN = 1.5  # seconds after which a request gets less of the processor, and others more
OVERTAKEN_NICENESS = 10
EXTRA = 2  # more workers for as long as requests are overtaken
WAITING = 64  # requests
KEPT = 32 * 1024 * 1024  # bytes of requests and answers
START = 60.0  # seconds a worker may take to load
PAUSE = 1.0  # seconds before a worker is replaced that could not be started

Reply = tuple[int, bytes]  # HTTP status, JSON


def refusal(kind: str, message: str) -> bytes:
    """A result object for a request that no worker answered."""
    places = {"start": None, "end": None, "hint": None}
    error = {"kind": kind, "message": message, **places}
    return json.dumps({"id": None, "ok": False, "error": error}).encode()


BUSY = 503, refusal("limit", "too many requests are waiting; try again in a moment")
TOO_LONG = 504, refusal("limit", "the answer takes too long, so the request was given up")
LOST = 500, refusal("server", "the process that worked on the request died; nothing else is lost")


class Died(Exception):
    """The worker is gone."""


class Worker:
    """One process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None and process.stdout is not None
        self.process = process
        self._requests, self._answers = process.stdin, process.stdout
        self.is_overtaken = False

    @staticmethod
    async def start() -> Worker:
        """A worker that has loaded everything."""
        pipe = asyncio.subprocess.PIPE
        program = (sys.executable, "-m", "chainrule.faces.server.worker")
        # A session of its own: Ctrl+C in the terminal is for the server, which ends it.
        process = await asyncio.create_subprocess_exec(
            *program, stdin=pipe, stdout=pipe, start_new_session=True
        )
        worker = Worker(process)
        try:
            async with asyncio.timeout(START):
                head, _ = await worker._receive()
        except BaseException:
            worker.kill()
            raise
        if head != READY:
            raise Died
        return worker

    @property
    def is_alive(self) -> bool:
        return self.process.returncode is None

    async def ask(self, request: str, body: bytes) -> Reply:
        """The answer. Raises Died, and TimeoutError after the deadline."""
        try:
            self._requests.write(frame(request, body))
            async with asyncio.timeout(DEADLINE):
                head, content = await self._receive()
        except ConnectionError:  # not OSError, which a TimeoutError is
            raise Died from None
        return int(head), content

    async def _receive(self) -> tuple[str, bytes]:
        try:
            (length,) = LENGTH.unpack(await self._answers.readexactly(LENGTH.size))
            return opened(await self._answers.readexactly(length))
        except asyncio.IncompleteReadError:
            raise Died from None

    def kill(self) -> None:
        if self.is_alive:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()

    def overtake(self) -> None:
        """Let others go first; it cannot be undone, so the worker is replaced afterwards."""
        self.is_overtaken = True
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self.process.pid, OVERTAKEN_NICENESS)


@dataclass
class _Job:
    """A request that is waiting or being worked on, and how many clients want the answer."""

    key: tuple[str, bytes]
    task: asyncio.Task[Reply] | None = None
    clients: int = 0
    is_running: bool = False


class Pool:
    """`count` workers, a queue before them, answers kept behind them."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._workers: set[Worker] = set()
        self._idle: asyncio.Queue[Worker] = asyncio.Queue()
        self._starting = 0
        self._overtaken = 0
        self._tasks: set[asyncio.Task[Any]] = set()
        self._jobs: dict[tuple[str, bytes], _Job] = {}
        self._kept = _Kept(KEPT)
        self._computed = 0
        self._is_closed = False

    async def start(self) -> None:
        """Wait for the first worker; the others follow. Raises Died if it cannot be started."""
        for _ in range(self._count - 1):
            self._spawn(self._supply())
        self._join(await Worker.start())

    async def close(self) -> None:
        """End the workers and whatever they were on."""
        self._is_closed = True
        for task in self._tasks:
            task.cancel()
        workers = list(self._workers)
        for worker in workers:
            worker.kill()
        gone = [worker.process.wait() for worker in workers]
        await asyncio.gather(*self._tasks, *gone, return_exceptions=True)

    def state(self) -> dict[str, int]:
        """What `health` tells."""
        running = sum(job.is_running for job in self._jobs.values())
        return {
            "workers": sum(worker.is_alive for worker in self._workers),
            "running": running,
            "waiting": len(self._jobs) - running,
            "kept": len(self._kept),
            "computed": self._computed,
        }

    def kept(self, request: str, body: bytes) -> bytes | None:
        """The answer to the same request as before, if it is still there."""
        return self._kept.get((request, body))

    async def answer(self, request: str, body: bytes) -> Reply:
        """The reply to a request, whatever happens to its worker."""
        key = request, body
        job = self._jobs.get(key)
        if job is None:
            if len(self._jobs) >= WAITING:
                return BUSY
            job = self._jobs[key] = _Job(key)
            job.task = self._spawn(self._work(job))
        assert job.task is not None
        job.clients += 1
        try:
            return await asyncio.shield(job.task)
        finally:
            job.clients -= 1
            if not job.clients and not job.is_running:
                job.task.cancel()
                self._forget(job)

    async def _work(self, job: _Job) -> Reply:
        try:
            async with asyncio.timeout(PATIENCE):
                worker = await self._next_worker()
                job.is_running = True
                self._computed += 1
                reply = await self._on(worker, job.key)
        except TimeoutError:
            return TOO_LONG if job.is_running else BUSY
        finally:
            self._forget(job)
        if reply[0] == 200:
            self._kept.put(job.key, reply[1])
        return reply

    def _forget(self, job: _Job) -> None:
        if self._jobs.get(job.key) is job:
            del self._jobs[job.key]

    async def _on(self, worker: Worker, key: tuple[str, bytes]) -> Reply:
        """The answer of this worker. Whatever goes wrong, it is not used again."""
        timer = asyncio.get_running_loop().call_later(OVERTAKEN, self._overtake, worker)
        is_done = False
        try:
            reply = await worker.ask(*key)
            is_done = True
            return reply
        except Died:
            await worker.process.wait()
            return TOO_LONG if worker.process.returncode == -signal.SIGXCPU else LOST
        finally:
            timer.cancel()
            if is_done and not worker.is_overtaken:
                self._idle.put_nowait(worker)
            else:
                worker.kill()

    async def _next_worker(self) -> Worker:
        while True:
            worker = await self._idle.get()
            if worker.is_alive:
                return worker

    def _overtake(self, worker: Worker) -> None:
        worker.overtake()
        self._overtaken += 1
        if self._overtaken <= EXTRA:
            self._spawn(self._supply())

    async def _supply(self) -> None:
        """One more worker, tried again until it starts."""
        self._starting += 1
        try:
            while not self._is_closed:
                try:
                    return self._join(await Worker.start())
                except (Died, OSError, TimeoutError):
                    await asyncio.sleep(PAUSE)
        finally:
            self._starting -= 1

    def _join(self, worker: Worker) -> None:
        self._workers.add(worker)
        self._idle.put_nowait(worker)
        self._spawn(self._watch(worker))

    async def _watch(self, worker: Worker) -> None:
        """Replace a worker that has gone."""
        await worker.process.wait()
        self._workers.discard(worker)
        self._overtaken -= worker.is_overtaken
        if len(self._workers) + self._starting < self._count:
            await self._supply()

    def _spawn(self, work: Any) -> asyncio.Task[Any]:
        """A task that is kept until it is done."""
        task: asyncio.Task[Any] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


class _Kept:
    """The answers asked for most recently, up to a number of bytes."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._used = 0
        self._answers: OrderedDict[tuple[str, bytes], bytes] = OrderedDict()

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, key: tuple[str, bytes]) -> bytes | None:
        found = self._answers.get(key)
        if found is not None:
            self._answers.move_to_end(key)
        return found

    def put(self, key: tuple[str, bytes], answer: bytes) -> None:
        self._answers[key] = answer
        self._used += len(key[1]) + len(answer)
        while self._used > self._room:
            (_, body), oldest = self._answers.popitem(last=False)
            self._used -= len(body) + len(oldest)
