"""The version of shardgen, which a dump names in its first line."""

VERSION = "0.1.0"
