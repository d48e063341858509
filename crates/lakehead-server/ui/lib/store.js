// A value that components follow: const theme = store('light'); theme.set('dark'); const now = useStore(theme).
import { useEffect, useState } from './html.js';

export function store(initial) {
  const followers = new Set();
  return {
    value: initial,
    set(value) {
      this.value = value;
      followers.forEach((follower) => follower(value));
    },
    follow(follower) {
      followers.add(follower);
      return () => followers.delete(follower);
    },
  };
}

export function useStore(followed) {
  const [, redraw] = useState(0);
  useEffect(() => {
    const before = followed.value;
    const stop = followed.follow(() => redraw((count) => count + 1));
    // It may have changed between drawing and here.
    if (followed.value !== before) redraw((count) => count + 1);
    return stop;
  }, [followed]);
  return followed.value;
}
