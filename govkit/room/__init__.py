"""The exam room: a closed-book exam on a local network. It serves papers and keeps answers; it cannot reach a key."""
