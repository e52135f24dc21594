"""One module per API path; each route is a `@posting` or a `@reading` and calls one function of flow."""
