"""Reports: what a fit says, as a page, a paper, tables and a few lines in the terminal."""
