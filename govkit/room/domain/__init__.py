"""The rules of the exam room, pure: who may answer when."""
