"""Mail: written down with the change that causes it, sent after the commit, as often as it takes."""
