"""A finished run as things to take away: code, files, a report, a zip that opens elsewhere."""
