// Runs before the first paint, so that no light page flashes in a dark room. The choice is made in the top bar.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem('lakehead.theme');
  } catch {
    // Storage may be switched off; the system's choice holds then.
  }
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
})();
