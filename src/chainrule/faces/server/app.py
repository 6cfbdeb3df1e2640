"""The web application: the API before the pool of workers, and the files of the page."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from ... import __version__
from ..examples import EXAMPLES
from . import describe
from .guard import Application, Guard
from .pool import Pool, refusal
from .static import Folder

JSON = "application/json"
RETRY = {"retry-after": "1"}
GONE = Response(status_code=499)  # nobody reads it
METHODS = ["GET", "HEAD"]

Handler = Callable[[Request], Awaitable[Response]]


def application(pool: Pool, folder: Folder, host: str, token: str | None) -> Application:
    """The whole ASGI application."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        await pool.close()

    app = FastAPI(
        title="chainrule",
        version=__version__,
        description="Derivatives of matrix expressions, with every step and a check.",
        docs_url=None,  # they would load their parts from elsewhere
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
    )
    for name in describe.RESULTS:
        app.add_api_route(
            f"/api/{name}",
            _asking(pool, name),
            methods=["POST"],
            response_class=Response,
            **describe.of_request(name),
        )
    _add_examples(app)
    _add_health(app, pool)
    _add_description(app)
    _add_page(app, folder)
    app.add_exception_handler(HTTPException, _no_such_thing)
    app.add_exception_handler(Exception, _our_fault)
    return Guard(app, host, token)


def _asking(pool: Pool, name: str) -> Handler:
    async def handle(request: Request) -> Response:
        body = await request.body()
        kept = pool.kept(name, body)
        if kept is not None:
            return Response(kept, media_type=JSON)
        asking = asyncio.ensure_future(pool.answer(name, body))
        leaving = asyncio.ensure_future(_gone(request))
        try:
            await asyncio.wait({asking, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not asking.done():
                return GONE
            status, content = asking.result()
            headers = RETRY if status == 503 else None
            return Response(content, status, media_type=JSON, headers=headers)
        finally:
            asking.cancel()
            leaving.cancel()

    return handle


async def _gone(request: Request) -> None:
    """Until the client has hung up."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _add_examples(app: FastAPI) -> None:
    content = json.dumps({"ok": True, "examples": EXAMPLES}, ensure_ascii=False).encode()

    @app.get("/api/examples", summary="Problems to start from", response_class=Response)
    async def examples() -> Response:
        return Response(content, media_type=JSON)


def _add_health(app: FastAPI, pool: Pool) -> None:
    @app.get("/api/health", summary="Whether all is well", response_class=Response)
    async def health() -> Response:
        state = {"ok": True, "version": __version__, **pool.state()}
        return Response(json.dumps(state), media_type=JSON)


def _add_description(app: FastAPI) -> None:
    @app.get("/api", include_in_schema=False)
    async def description(request: Request) -> Response:
        """A page for browsers, the description itself for programs."""
        if "text/html" in request.headers.get("accept", ""):
            shown = describe.page(app.openapi(), str(request.base_url).rstrip("/"))
            return Response(shown, media_type="text/html; charset=utf-8", headers=VARY)
        return Response(json.dumps(app.openapi()), media_type=JSON, headers=VARY)

    @app.get("/api/openapi.json", include_in_schema=False)
    async def openapi() -> Response:
        return Response(json.dumps(app.openapi()), media_type=JSON)

    @app.get("/api/style.css", include_in_schema=False)
    async def style() -> Response:
        return Response(describe.STYLE, media_type="text/css")


VARY = {"vary": "Accept"}


def _add_page(app: FastAPI, folder: Folder) -> None:
    @app.api_route("/{path:path}", methods=METHODS, include_in_schema=False)
    async def page(request: Request, path: str) -> Response:
        file = await asyncio.to_thread(folder.find, f"/{path}")
        if file is None:
            raise HTTPException(404)
        headers = {"etag": file.etag, "cache-control": "no-cache", "vary": "Accept-Encoding"}
        if request.headers.get("if-none-match") == file.etag:
            return Response(status_code=304, headers=headers)
        content = file.content
        if file.pressed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            content, headers["content-encoding"] = file.pressed, "gzip"
        return Response(content, media_type=file.kind, headers=headers)


async def _no_such_thing(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    place = f"{request.method} {request.url.path}"[:100]
    words = {404: f"there is nothing at {place}", 405: f"{place} is not a request of this API"}
    message = words.get(error.status_code, str(error.detail))
    content = refusal("request", message)
    return Response(content, error.status_code, media_type=JSON, headers=error.headers)


async def _our_fault(request: Request, error: Exception) -> Response:
    content = refusal("server", "this should not have happened")
    return Response(content, 500, media_type=JSON)
