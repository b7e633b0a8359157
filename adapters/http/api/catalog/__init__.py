"""Events and areas over HTTP."""
