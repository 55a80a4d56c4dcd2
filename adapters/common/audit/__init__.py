"""The audit log on every surface: `words` say a line in plain words, `table` makes files of many."""
