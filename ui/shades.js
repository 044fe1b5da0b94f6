// Tells the app when the system turns dark or light while the page is open: charts and covers are coloured in Python.

export default function (component) {
  const query = window.matchMedia("(prefers-color-scheme: dark)");
  const turned = () => component.setTriggerValue("turned", query.matches ? "dark" : "light");
  query.addEventListener("change", turned);
  return () => query.removeEventListener("change", turned);
}
