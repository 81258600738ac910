// Shows the API's description. In a file of its own because the policy forbids inline scripts.
const place = document.getElementById("description");
SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: true,
  docExpansion: "list",
  validatorUrl: null, // by default the page would send its address to an outside host
});
