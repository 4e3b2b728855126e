"""The privacy check of finished files for the public."""
