"""What the processes of tests share: imported once, and there in each of them from the start."""

from __future__ import annotations

import gc

import tzurot.app
import tzurot.cli
import tzurot.playground.__main__  # noqa: F401

# What is never looked at by the collector is never copied for its sake.
gc.collect()
gc.freeze()
