"""The page's own files: modules, styles and pictures."""
