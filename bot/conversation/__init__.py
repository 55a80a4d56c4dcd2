"""What is meant: a person's words, with a conversation's pictures, become an answer or orders.

`tools` tells a chat model what it may call, `instructions` how to behave; `reading` turns what it called into
the values of `calls`. Pictures of a conversation have handles: `p1`, `p2` … in the order in which they came.
"""
