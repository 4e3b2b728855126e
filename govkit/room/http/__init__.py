"""The room's HTTP servers: the candidates' port and the trainer's port."""
