"""Projects, styles and statements: the admins' commands and their words, the same on every surface."""
