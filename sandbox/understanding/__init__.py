"""A stand-in for a model that understands: everyday sentences become tool calls, by rules that are data."""

from sandbox.understanding.wishes import Wish, understand

__all__ = ["Wish", "understand"]
