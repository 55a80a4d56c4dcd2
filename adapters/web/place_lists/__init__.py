"""Projects, styles and statements, as JSON, as files and as lines of the box."""
