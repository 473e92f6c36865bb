// Light, dark, or as the system says until somebody chooses; remembered by the browser.
const KEY = "emotion-dashboard-theme";

export default {
  template: `<button type="button" class="icon-button" :aria-pressed="dark" @click="toggle" :title="dark ? 'Use light colours' : 'Use dark colours'">
      <svg viewBox="0 0 24 24" aria-hidden="true"><path v-if="dark" d="M12 7a5 5 0 100 10 5 5 0 000-10zM12 1v3M12 20v3M1 12h3M20 12h3M4.2 4.2l2.1 2.1M17.7 17.7l2.1 2.1M4.2 19.8l2.1-2.1M17.7 6.3l2.1-2.1" />
      <path v-else d="M20.5 14.3A8.5 8.5 0 019.7 3.5a8.5 8.5 0 1010.8 10.8z" /></svg>
      <span class="only-read">Dark colours</span></button>`,
  data: () => ({ dark: false }),
  mounted() {
    const chosen = localStorage.getItem(KEY);
    if (chosen) setDark(chosen === "dark");
    this.dark = Quasar.Dark.isActive;
  },
  methods: {
    toggle() {
      this.dark = !this.dark;
      localStorage.setItem(KEY, this.dark ? "dark" : "light");
      setDark(this.dark);
    },
  },
};
