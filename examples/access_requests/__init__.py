"""Access requests: production access for some hours, taken back by itself."""
