// A file of its own, because the page's Content-Security-Policy allows no inline script.
Redoc.init("/api/schema", { hideHostname: true, requiredPropsFirst: true }, document.getElementById("redoc"));
