// In a narrow window the pages are chosen in the sidebar, which lies over the page. Streamlit folds it away after a
// choice only where the browser says that it runs on a telephone; here it goes in every window that is as narrow.

const NARROW = "(max-width: 768px)"; // where Streamlit moves the navigation into the sidebar
const AFTER = 50; // ms, for Streamlit to take the click and to fold the sidebar itself where it does

export default function () {
  document.addEventListener("click", fold);
  return () => document.removeEventListener("click", fold);
}

function fold(event) {
  if (!event.target.closest?.("[data-testid=stSidebarNavLink]") || !matchMedia(NARROW).matches) return;
  setTimeout(() => {
    document.querySelector("[data-testid=stSidebar][data-collapsed=false] [data-testid=stSidebarCollapseButton] button")?.click();
  }, AFTER);
}
