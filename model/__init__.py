"""The model: what happened, how it was told, and the fit that joins the two."""
