"""What each page shows: frozen values, built from the reads, drawn by a template."""
