// Before the first paint, so that a chosen theme does not flash.
try {
  const chosen = localStorage.getItem('fairway-theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
} catch {
  // Storage may be shut; the system's theme is shown.
}
