"""A solution as something to read: terminal text, Markdown, LaTeX, HTML."""
