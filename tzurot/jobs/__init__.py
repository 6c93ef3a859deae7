"""Durable background work: it survives restarts, and any process may do it.

A kind of work is a `Kind`; `enqueue` writes a job in the caller's transaction, and a `Worker` runs
it at least once: what a handler does must do no harm when it is done again. A payload holds ids
rather than people's words, so that what they delete is gone.
"""

from tzurot.jobs.kind import Kind
from tzurot.jobs.queue import Job, JobState, cancel, enqueue, find
from tzurot.jobs.worker import Run, Worker

__all__ = ["Job", "JobState", "Kind", "Run", "Worker", "cancel", "enqueue", "find"]
