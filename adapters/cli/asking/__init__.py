"""`lumenfall-bot ask`: what the playground's box takes, from a terminal or a script.

`agreement` says what may be spent, `session` takes one line and follows what becomes of it, `terminal` is the
adapter that the worker tells, `screen` what is printed, `answers` what the commands answer, in lines.
"""
