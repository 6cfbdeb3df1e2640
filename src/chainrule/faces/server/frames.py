"""How the server and its workers speak over pipes: a length, a head line, JSON.

To a worker the head is the name of the request, from it the HTTP status.
"""

from __future__ import annotations

import struct

LENGTH = struct.Struct(">I")
READY = "ready"  # the head of the first frame, sent when everything is loaded


def frame(head: str, content: bytes) -> bytes:
    line = head.encode("ascii") + b"\n"
    return LENGTH.pack(len(line) + len(content)) + line + content


def opened(packed: bytes) -> tuple[str, bytes]:
    """Head and content of a frame behind its length."""
    head, _, content = packed.partition(b"\n")
    return head.decode("ascii"), content
