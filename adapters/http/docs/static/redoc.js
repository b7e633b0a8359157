// A file of its own, because the page's Content-Security-Policy allows no inline script.

// ReDoc loads its badge from another host. The policy blocks that with an error on the console, so don't request it.
const ImagePrototype = HTMLImageElement.prototype;
const source = Object.getOwnPropertyDescriptor(ImagePrototype, "src");
const isElsewhere = (url) => /^https?:/.test(url) && new URL(url).origin !== location.origin;
Object.defineProperty(ImagePrototype, "src", { ...source, set(url) { isElsewhere(url) || source.set.call(this, url); } });
ImagePrototype.setAttribute = function (name, value) {
  (name === "src" && isElsewhere(value)) || Element.prototype.setAttribute.call(this, name, value);
};

Redoc.init("/api/schema", { hideHostname: true, requiredPropsFirst: true }, document.getElementById("redoc"));
