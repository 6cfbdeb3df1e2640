"""What stands before every request: who may ask, how much, how long, and what browsers allow.

A page elsewhere must not use a server on somebody's own machine: its name must be right
(DNS rebinding), a request must not come from another page (Origin), and beyond the loopback
address it has to show a token.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .pool import refusal

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY_LIMIT = 64 * 1024  # bytes
BODY_SECONDS = 10.0
COOKIE = "chainrule_token"
OPEN = "/api/health"  # needs no token
NO_TOKEN = "a token is needed: open /?token=TOKEN once, or send Authorization: Bearer TOKEN"

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",  # Graphviz is WebAssembly
        "style-src 'self'",
        "img-src 'self' data: blob:",  # the graph as a picture to be saved
        "font-src 'self' data:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
]


class Refused(Exception):
    """A request that goes no further: HTTP status, why, headers."""

    def __init__(self, status: int, message: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers


class Guard:
    """An ASGI application around another."""

    def __init__(self, inner: Application, host: str, token: str | None) -> None:
        self._inner = inner
        self._names = {"localhost", "127.0.0.1", "::1", host.lower()}
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *HEADERS]
            await send(message)

        try:
            self._admit(scope)
            if scope["method"] == "POST":
                receive = _again(await _body(scope, receive), receive)
        except Refused as refused:
            await _refuse(refused, send_with_headers)
            return
        await self._inner(scope, receive, send_with_headers)

    def _admit(self, scope: Scope) -> None:
        """Raises Refused for a request that is not for this server, or not from its page."""
        host = _only(scope, b"host")
        if host is None or not self._is_ours(host):
            raise Refused(403, "the Host header names another server")
        origin = _only(scope, b"origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            raise Refused(403, "the request comes from another site (Origin)")
        if self._token is not None and scope["path"] != OPEN:
            self._admit_token(scope, self._token)

    def _is_ours(self, host: str) -> bool:
        """Whether this is how the server is called. Beyond loopback any address will do:
        only names can be rebound."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return name in self._names or (self._token is not None and _is_address(name))

    def _admit_token(self, scope: Scope, token: str) -> None:
        """The token as `Authorization: Bearer`, in the cookie, or once in the page's address."""
        shown = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if scope["path"] == "/" and _same(shown, token):
            cookie = f"{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict"
            back = (b"location", b"/"), (b"set-cookie", cookie.encode("latin-1"))
            raise Refused(303, "the token is kept in a cookie", *back)
        scheme, _, bearer = (_only(scope, b"authorization") or "").partition(" ")
        if scheme.lower() == "bearer" and _same(bearer.strip(), token):
            return
        try:
            morsel = SimpleCookie(_only(scope, b"cookie") or "").get(COOKIE)
        except CookieError:
            morsel = None
        if morsel is None or not _same(morsel.value, token):
            challenge = (b"www-authenticate", b"Bearer")
            raise Refused(401, NO_TOKEN, challenge)


def _same(shown: str, token: str) -> bool:
    """Compared in a time that does not tell how much of it is right."""
    return hmac.compare_digest(shown.encode("utf-8", "replace"), token.encode("utf-8"))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def _only(scope: Scope, name: bytes) -> str | None:
    """A header that may stand once."""
    found = [value for key, value in scope["headers"] if key == name]
    if len(found) > 1:
        raise Refused(400, f"the header {name.decode()} stands more than once")
    return found[0].decode("latin-1") if found else None


async def _body(scope: Scope, receive: Receive) -> bytes:
    """The whole body: JSON by its type, not too long, and not too slow."""
    kind = (_only(scope, b"content-type") or "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused(415, "the body is to be JSON: Content-Type: application/json")
    length = _only(scope, b"content-length")
    if length is not None and (not length.isdigit() or int(length[:12]) > BODY_LIMIT):
        raise _too_long()
    body = b""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Refused(400, "the body was not sent to its end")
                body += bytes(message.get("body", b""))
                if len(body) > BODY_LIMIT:
                    raise _too_long()
                if not message.get("more_body"):
                    return body
    except TimeoutError:
        close = (b"connection", b"close")
        raise Refused(408, f"the body was not there within {BODY_SECONDS:g} s", close) from None


def _too_long() -> Refused:
    return Refused(413, f"the body has more than {BODY_LIMIT} bytes", (b"connection", b"close"))


def _again(body: bytes, receive: Receive) -> Receive:
    """`receive` with a body that has been read already."""
    first = True

    async def repeated() -> Message:
        nonlocal first
        if first:
            first = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return repeated


async def _refuse(refused: Refused, send: Send) -> None:
    kind = "limit" if refused.status in (408, 413) else "request"
    content = refusal(kind, refused.message)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
        *refused.headers,
    ]
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
