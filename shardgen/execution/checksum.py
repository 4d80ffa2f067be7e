"""CRC-32, as in gzip."""

from __future__ import annotations

try:
    from isal.isal_zlib import crc32  # that of zlib, at ten times the speed
except ImportError:  # no wheel for this machine
    from zlib import crc32

__all__ = ["crc32"]
