"""What the model costs: against other samplers and another model, and as cases grow."""
