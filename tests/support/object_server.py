"""
A server of object storage of the tests' own: as much of Azure's and Google's as a run asks for.

Nobody's signature is checked, but that there is one where an address was signed.
"""

from __future__ import annotations

import contextlib
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit


class ObjectServer:
    """Objects by key, the parts of those that are under way, and who has asked for what."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.uploads: dict[str, dict[str, bytes]] = {}
        self.requests: list[tuple[str, str, str]] = []
        """Each with its method, its key, and the names in its query."""
        self.failures: list[int] = []
        """What the next requests that write are answered instead."""

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"store": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    store: ObjectServer

    def _asked(self) -> tuple[str, dict[str, str]]:
        url = urlsplit(self.path)
        key = re.sub(r"^/(devstoreaccount1/)?made/", "", unquote(url.path))
        query = {n: v[0] for n, v in parse_qs(url.query, keep_blank_values=True).items()}
        self.store.requests.append((self.command, key, " ".join(sorted(query))))
        return key, query

    def do_PUT(self) -> None:
        """Put an object, a part, a block, or the list of all blocks."""
        store, (key, query) = self.store, self._asked()
        text = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if store.failures and (status := store.failures.pop(0)):
            self._answer(status)
            return
        if "partNumber" in query and key not in store.uploads:
            self._answer(404, b"NoSuchUpload")
            return
        parts = store.uploads.setdefault(key, {})
        if query.get("comp") == "block":
            parts[query["blockid"]] = text
            self._answer(201)
        elif query.get("comp") == "blocklist":
            listed = re.findall("<Latest>(.*?)</Latest>", text.decode())
            if not parts.keys() >= set(listed):
                self._answer(400, b"InvalidBlockList")
                return
            store.objects[key] = b"".join(parts[name] for name in listed)
            del store.uploads[key]
            self._answer(201)
        elif "partNumber" in query:
            parts[f"{int(query['partNumber']):06d}"] = text
            self._answer(200)
        else:
            del store.uploads[key]
            store.objects[key] = text
            self._answer(200)

    def do_POST(self) -> None:
        """Begin an upload of several parts, or complete it."""
        store, (key, query) = self.store, self._asked()
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if "uploads" in query:
            store.uploads[key] = {}
            made = "<InitiateMultipartUploadResult><UploadId>1</UploadId>"
            self._answer(200, f"{made}</InitiateMultipartUploadResult>".encode())
        else:
            parts = store.uploads.pop(key)
            store.objects[key] = b"".join(parts[name] for name in sorted(parts))
            made = "<CompleteMultipartUploadResult><ETag>&quot;e&quot;</ETag>"
            self._answer(200, f"{made}</CompleteMultipartUploadResult>".encode())

    def do_GET(self) -> None:
        """Return an object."""
        key, _ = self._asked()
        found = self.store.objects.get(key)
        self._answer(404 if found is None else 200, found or b"")

    def do_DELETE(self) -> None:
        """Remove an object, or an upload."""
        key, query = self._asked()
        (self.store.uploads if "uploadId" in query else self.store.objects).pop(key, None)
        self._answer(204)

    def _answer(self, status: int, text: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.send_header("ETag", '"e"')
        self.send_header("Last-Modified", "Wed, 01 Jan 2025 00:00:00 GMT")
        with contextlib.suppress(OSError):  # who asked may have left
            self.end_headers()
            self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""
