"""Sends HTTP requests: connection pool, retry, circuit breaker, deadline."""
