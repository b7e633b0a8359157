// The token of a link is in the form of the page. Remove it from the address bar and the history, where others could see
// it: without a script it stays there until the form is sent.
const address = new URL(location.href);
if (address.searchParams.has("token")) {
  address.searchParams.delete("token");
  history.replaceState(history.state, "", address);
}
