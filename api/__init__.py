"""HTTP, divided by who is asking: dispatch, crew, manage, public. Knows the programme, never the solver."""
