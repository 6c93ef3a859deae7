"""How payloads travel over a gateway socket: as text, or packed in one stream per socket."""

from __future__ import annotations

import zlib
from collections.abc import Callable

try:
    from backports import zstd
except ImportError:  # a client then cannot ask for it
    zstd = None  # type: ignore[assignment]

Packer = Callable[[bytes], bytes]


def packer(name: str | None) -> Packer | None:
    """Return what packs payloads, None for plain text.

    Raises ValueError for a compression that is not at hand.
    """
    if name is None:
        return None
    if name == "zlib-stream":
        deflate = zlib.compressobj()
        return lambda data: deflate.compress(data) + deflate.flush(zlib.Z_SYNC_FLUSH)
    if name == "zstd-stream" and zstd is not None:
        compressor = zstd.ZstdCompressor()
        return lambda data: compressor.compress(data, zstd.ZstdCompressor.FLUSH_BLOCK)
    message = f"no such compression: {name}"
    raise ValueError(message)
