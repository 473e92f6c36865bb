// Cards of cameras; the server sends only what changed, once a second.
import { applyChanges, inOrder, lookOf, moment, percent, stackPaths } from "/assets/stack.js";

// Beyond so many cards, small tiles in a region that scrolls.
const ROOMY = 24;
const STRIP_S = 60;
const STATES = {
  streaming: "Streaming",
  stalled: "Stalled",
  reconnecting: "Reconnecting",
  disabled: "Paused",
  ended: "Ended",
  offline: "Offline",
  unknown: "No state yet",
};

const CameraCard = {
  props: { card: Object, dense: Boolean, palette: Object },
  template: `
    <li class="card" :class="['tone-' + card.tone, { dense, quiet: !card.bar }]">
      <div class="card-head">
        <h3 :title="card.key">{{ card.camera }}</h3>
        <span class="state"><span class="dot" aria-hidden="true"></span>{{ state }}</span>
      </div>
      <p class="place">{{ card.site }} / {{ card.device }}</p>
      <div class="now">
        <span class="dominant">{{ headline }}</span>
        <span v-if="faces" class="faces">{{ faces }}</span>
      </div>
      <div class="bar" aria-hidden="true">
        <span v-for="[name, share] in card.bar ?? []" :key="name" :class="'part-' + name"
          :style="{ flexGrow: share, '--part': look(name).colour }"></span>
      </div>
      <template v-if="!dense">
        <p class="shares">
          <span v-for="[name, share] in emotions" :key="name" class="share">
            <span class="swatch" :style="{ '--part': look(name).colour }" aria-hidden="true"></span>{{ look(name).word }}
            <b>{{ percent(share) }}</b>
          </span>
          <span v-if="explanation" class="muted">{{ explanation }}</span>
        </p>
        <svg class="strip" viewBox="0 0 60 20" preserveAspectRatio="none" aria-hidden="true">
          <path v-for="[name, d] in strip" :key="name" :d="d" :fill="look(name).colour" :class="'part-' + name" />
        </svg>
        <p class="strip-scale" aria-hidden="true"><span>60 s ago</span><span>now</span></p>
        <dl class="figures">
          <div><dt>Frames</dt><dd>{{ card.fps ?? "–" }}<small v-if="card.fps !== null"> fps</small></dd></div>
          <div><dt>Latency</dt><dd>{{ card.latency_ms === null ? "–" : Math.round(card.latency_ms) }}<small v-if="card.latency_ms !== null"> ms</small></dd></div>
          <div><dt>Last window</dt><dd>{{ card.window_end === null ? "–" : moment(card.window_end) }}</dd></div>
        </dl>
      </template>
    </li>`,
  computed: {
    state() {
      return STATES[this.card.state] ?? this.card.state;
    },
    emotions() {
      return (this.card.bar ?? []).filter(([name]) => !["hidden", "nobody", "no-label"].includes(name));
    },
    headline() {
      if (this.card.tone === "bad") return this.card.state === "offline" ? "Not connected" : "No picture";
      if (!this.card.bar) return this.card.tone === "good" ? "No live figures" : "–";
      const [name, share] = this.card.bar[0];
      if (name === "hidden") return "Hidden";
      return this.emotions.length ? `${this.look(name).word} ${percent(share)}` : this.look(name).word;
    },
    faces() {
      const count = this.card.faces;
      return this.card.bar && count ? `${count} ${count === 1 ? "face" : "faces"}` : "";
    },
    explanation() {
      if (this.card.state === "offline") return this.card.since ? `The device was last heard at ${moment(this.card.since)}.` : "";
      if (this.card.tone !== "good") return [this.card.note, this.since].filter(Boolean).join(" · ");
      const name = this.card.bar?.[0][0];
      if (name === "hidden") return "Fewer faces in view than this device may report (k_min).";
      if (name === "no-label") return "The classifier is not sure enough to say.";
      return name === "nobody" ? "Nobody in view." : "";
    },
    since() {
      return this.card.since ? `since ${moment(this.card.since)}` : "";
    },
    strip() {
      void this.card.beat; // the strip itself is a plain array, for speed
      const names = inOrder(new Set(this.card.strip.flatMap((bar) => (bar ?? []).map(([name]) => name))), this.palette);
      const columns = Object.fromEntries(names.map((name) => [name, new Array(STRIP_S).fill(0)]));
      const from = STRIP_S - this.card.strip.length;
      this.card.strip.forEach((bar, i) => {
        for (const [name, share] of bar ?? []) columns[name][from + i] = share;
      });
      return Object.entries(stackPaths(names, columns, 60, 20));
    },
  },
  methods: {
    percent,
    moment,
    look(name) {
      return lookOf(name, this.palette);
    },
  },
};

export default {
  components: { CameraCard },
  props: { palette: Object },
  template: `
    <div class="cameras" :class="{ dense }" :tabindex="dense ? 0 : undefined" :role="dense ? 'region' : undefined"
      :aria-label="dense ? 'Cameras, scrolls' : undefined">
      <ul class="cards" v-show="ordered.length">
        <camera-card v-for="card in ordered" :key="card.key" :card="card" :dense="dense" :palette="palette" />
      </ul>
    </div>`,
  data: () => ({ cards: {} }),
  computed: {
    ordered() {
      return Object.values(this.cards).sort((a, b) => (a.key < b.key ? -1 : 1));
    },
    dense() {
      return this.ordered.length > ROOMY;
    },
  },
  mounted() {
    this.$emit("ready");
  },
  methods: {
    patch(changes, strips, start) {
      if (start) this.cards = {};
      applyChanges(this.cards, changes);
      for (const [key, strip] of Object.entries(strips))
        if (this.cards[key]) Object.assign(this.cards[key], { strip: Vue.markRaw(strip), beat: 0 });
      for (const card of Object.values(this.cards)) {
        if (card.key in strips) continue;
        card.strip.push(card.bar ? Vue.toRaw(card.bar) : null);
        if (card.strip.length > STRIP_S) card.strip.shift();
        if (!this.dense) card.beat++;
      }
    },
  },
};
