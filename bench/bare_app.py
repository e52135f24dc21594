"""S2's yardstick: a bare Flask route that does the raw scan's transaction, on the server the service uses.

    python -m bench.bare_app DATABASE PORT THREADS

No sign-in, no rules, no audit: one JSON body in, one durable transaction under one lock, one JSON answer out.
"""

import sys
import threading
from pathlib import Path

import waitress
from flask import Flask, Response, jsonify, request

from bench import yardsticks
from bench.measure import raw_sqlite


def make_app(path: Path) -> Flask:
    """Make the application on a database that `yardsticks.fill_scans` filled."""
    app, kept, turn = Flask("bare"), threading.local(), threading.Lock()

    @app.post("/scan")
    def scan() -> Response:
        sent = request.get_json()
        if not hasattr(kept, "connection"):
            kept.connection = raw_sqlite(path)
        with turn:
            return jsonify(move=yardsticks.scan(kept.connection, sent["key"], sent["batch"]))

    return app


if __name__ == "__main__":
    waitress.serve(
        make_app(Path(sys.argv[1])), host="127.0.0.1", port=int(sys.argv[2]), threads=int(sys.argv[3]), ident=None,
        connection_limit=1000, asyncore_use_poll=True,
    )  # fmt: skip
