"""SHOW: the HTTP API under /api/v1 and the plain pages; both ask the same flow and render the same refusals."""
