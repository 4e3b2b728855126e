"""Snapshots of the store, and the figures that analysts and reports take from them."""
