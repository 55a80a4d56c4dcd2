"""A stand-in for a model that understands: everyday sentences become tool calls, by rules.

`patterns` are the sentences by what they ask for, `wording` takes politeness off and reads numbers and
shapes, `wishes` puts both together.
"""

from sandbox.understanding.wishes import Wish, understand

__all__ = ["Wish", "understand"]
