// landOn(place, 'h1'): gives the focus to the heading of what has just been opened, so that readers of screens say where one is,
// and Tab goes on from there. What is drawn first may be drawn anew when data comes: until a person does something, the heading
// that takes its place has the focus. Answers a function that ends this.
export function landOn(place, heading) {
  const go = () => (place.querySelector(heading) ?? place).focus({ preventScroll: true });
  const watcher = new MutationObserver(() => {
    if (document.activeElement === document.body || document.activeElement === place) go();
  });
  const acts = ['keydown', 'pointerdown'];
  const stop = () => {
    watcher.disconnect();
    acts.forEach((act) => removeEventListener(act, stop, true));
  };
  acts.forEach((act) => addEventListener(act, stop, true));
  watcher.observe(place, { childList: true, subtree: true });
  go();
  return stop;
}
