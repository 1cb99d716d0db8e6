"""The same acts as JSON, with RFC 9457 errors."""
