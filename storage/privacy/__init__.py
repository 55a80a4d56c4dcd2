"""What is kept of people: `kept_data` lists every table, `erasure` erases one person."""
