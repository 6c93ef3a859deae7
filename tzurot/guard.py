"""Runs one command for as long as the process that started it lives; run as a script.

    python guard.py SIGNAL GRACE_SECONDS USER COMMAND...

Its standard input is a pipe whose other end the parent holds and never writes to. When the parent
ends, however it ends, the pipe closes and the command is told to stop with SIGNAL, then killed
after GRACE_SECONDS. USER is the account that the command runs as, or "-" for one's own. On Linux
the kernel stops the command if this script itself is killed. Standard library only: it is started
without site-packages, to be small and quick.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def _tied_to_parent(stop: int) -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl

    def tie() -> None:
        prctl(PR_SET_PDEATHSIG, stop)

    return tie


def main(arguments: list[str]) -> int:
    """Run the command; return its exit code (128 + n when signal n ended it)."""
    stop = int(arguments[0])
    grace = float(arguments[1])
    user = None if arguments[2] == "-" else arguments[2]
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    # Only the parent decides: a stop of everything at once (systemd's) reaches us as well, and the
    # parent still needs its database for what it finishes.
    # A handler that does nothing, rather than SIG_IGN: the command would inherit that.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    # preexec_fn is safe here: this process has one thread.
    command = subprocess.Popen(  # noqa: S603  the parent is tzurot itself
        arguments[3:],
        stdin=subprocess.DEVNULL,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        preexec_fn=_tied_to_parent(stop),  # noqa: PLW1509
        restore_signals=True,
    )
    while command.poll() is None:
        ready, _, _ = select.select([0, woken], [], [])
        parent_is_gone = 0 in ready and not os.read(0, 1)
        if woken in ready:
            os.read(woken, 64)
        if parent_is_gone:
            command.send_signal(stop)
            try:
                command.wait(grace)
            except subprocess.TimeoutExpired:
                command.kill()
            command.wait()
    code = command.returncode
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
