"""Start the server and stop it: sockets, signals, the address that is opened."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import webbrowser
from pathlib import Path

from ...errors import ProblemError
from .guard import is_loopback
from .pool import Died, Pool

WEB = Path(__file__).parent.parent.parent / "web"
TOKEN_LENGTH = 16  # characters at least
GRACE = 5  # seconds for requests under way when the server is told to stop
INSTALL = "pip install 'chainrule[web]'"


def run_server(
    host: str,
    port: int,
    token: str | None,
    workers: int | None,
    opens: bool,
    web: Path = WEB,
) -> None:
    """Serve until told to stop. Raises ProblemError where that cannot be."""
    if token is not None and (len(token) < TOKEN_LENGTH or not token.isalnum()):
        raise ProblemError("limit", f"the token has {TOKEN_LENGTH} letters and digits or more")
    if token is None and not is_loopback(host):
        raise ProblemError(
            "limit",
            f"{host} can be reached from other machines, so a token is needed",
            hint="say --token or set CHAINRULE_TOKEN",
        )
    try:
        import uvicorn

        from .app import application
        from .protocol import Protocol
        from .static import Folder
    except ImportError as error:
        raise ProblemError(
            "unsupported",
            f"the server needs packages that are missing ({error.name})",
            hint=INSTALL,
        ) from None
    listener = _listen(host, port)
    pool = Pool(workers or (os.cpu_count() or 1) + 1)
    config = uvicorn.Config(
        application(pool, Folder(web), host, token),
        http=Protocol,
        ws="none",
        lifespan="on",
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE,
    )
    # uvicorn hands the signal on when it has stopped; stopping when told to is no failure.
    signal.signal(signal.SIGTERM, lambda number, frame: None)
    address = _address(host, listener)
    # A browser would be told the token on its command line, where other users see it.
    opens = opens and token is None
    asyncio.run(_serve(uvicorn.Server(config), pool, listener, address, token is not None, opens))


async def _serve(
    server: object,
    pool: Pool,
    listener: socket.socket,
    address: str,
    is_guarded: bool,
    opens: bool,
) -> None:
    from uvicorn import Server

    assert isinstance(server, Server)
    try:
        await pool.start()
    except (Died, OSError, TimeoutError) as error:
        raise ProblemError("limit", f"the workers cannot be started: {error}") from None
    print(f"chainrule is at {address} (Ctrl+C stops it)", flush=True)
    if is_guarded:
        print(f"open it once as {address}?token=TOKEN, with the token given", flush=True)
    if opens:
        webbrowser.open(address)
    await server.serve(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=1024)
    except (OSError, OverflowError) as error:
        cause = getattr(error, "strerror", None) or error
        raise ProblemError(
            "limit", f"cannot listen at {host}, port {port}: {cause}", hint="try another --port"
        ) from None


def _address(host: str, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"
