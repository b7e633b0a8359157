// A file of its own, because the page's Content-Security-Policy allows no inline script.

// ReDoc has the picture of its badge from a server elsewhere, which the policy refuses, loudly: here nobody asks for it.
const Picture = HTMLImageElement.prototype;
const source = Object.getOwnPropertyDescriptor(Picture, "src");
const isElsewhere = (url) => /^https?:/.test(url) && new URL(url).origin !== location.origin;
Object.defineProperty(Picture, "src", { ...source, set(url) { isElsewhere(url) || source.set.call(this, url); } });
Picture.setAttribute = function (name, value) {
  (name === "src" && isElsewhere(value)) || Element.prototype.setAttribute.call(this, name, value);
};

Redoc.init("/api/schema", { hideHostname: true, requiredPropsFirst: true }, document.getElementById("redoc"));
