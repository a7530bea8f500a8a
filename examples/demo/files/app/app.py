# SPDX-License-Identifier: Apache-2.0
"""A counter behind HTTP. Where it is kept is the variant's business (backend.py)."""
import os

from flask import Flask, jsonify

from backend import open_backend

app = Flask(__name__)
counter = open_backend(os.environ.get("APP_BACKEND", "memory"))


@app.get("/")
def hit():
    try:
        n = counter.increment()
    except counter.errors as e:
        return jsonify(error=type(e).__name__), 503
    return jsonify(count=n, backend=counter.name, version=os.environ.get("APP_VERSION", ""))


@app.get("/healthz")
def healthz():
    return "ok\n", 200, {"Content-Type": "text/plain"}


if __name__ == "__main__":
    app.run(host=os.environ.get("HOST", "127.0.0.1"), port=int(os.environ.get("PORT", "8000")))
