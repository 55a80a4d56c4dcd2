"""The operator's commands for projects, styles and statements."""
