"""What the agent can be asked for; every question starts one, so each file loads only what its verbs need."""
