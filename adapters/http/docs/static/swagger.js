// A file of its own, because the page's Content-Security-Policy allows no inline script.
SwaggerUIBundle({
  url: "/api/schema",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null, // the validator badge would send the document to a third party
});
