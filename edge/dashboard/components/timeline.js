// Stacked shares over time, one lane for each camera, device or site.
import { clock, day, inOrder, lookOf, percent, stackPaths, ticksOf } from "/assets/stack.js";

const TICKS_S = [120, 300, 600, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 259200];
const HATCHED = { hidden: "hatch-hidden", gap: "hatch-gap" };

export default {
  props: { palette: Object },
  template: `
    <div class="timeline">
      <p class="empty" v-if="view && !view.lanes.length">
        <b>No window in this time.</b> A device closes a window every 10 s unless it is configured otherwise;
        choose a longer time above, or see below whether a device is online.
      </p>
      <div v-if="view && view.lanes.length" class="plot" ref="plot" tabindex="0" role="group"
        aria-label="Timeline. Left and right arrow keys read one step after the other, up and down change the row."
        @keydown="onKey" @blur="cursor = null" @pointerleave="cursor = null">
        <svg class="defs" aria-hidden="true" width="0" height="0">
          <pattern id="hatch-hidden" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect width="6" height="6" class="hatch-ground" /><rect width="2.5" height="6" class="hatch-line" />
          </pattern>
          <pattern id="hatch-gap" width="6" height="6" patternUnits="userSpaceOnUse">
            <circle cx="3" cy="3" r="0.9" class="hatch-dot" />
          </pattern>
        </svg>
        <div v-for="(lane, row) in view.lanes" :key="lane.place + lane.name" class="lane" :style="{ '--lane': laneHeight + 'px' }">
          <div class="lane-name"><span>{{ lane.name }}</span>
            <small>{{ [lane.place, lane.cameras > 1 ? lane.cameras + " cameras" : ""].filter(Boolean).join(" · ") }}</small></div>
          <svg class="lane-plot" role="img" :aria-label="inWords(lane)" :width="width" :height="laneHeight"
            @pointermove="onPointer($event, row)" @pointerdown="onPointer($event, row)">
            <rect class="lane-ground" :width="width" :height="laneHeight" />
            <path v-for="[name, d] in paths[row]" :key="name" :d="d" :fill="fill(name)" shape-rendering="crispEdges" />
            <rect v-if="cursor && cursor.row === row" class="cursor" :x="cursor.step * stepWidth" y="0.5"
              :width="Math.max(stepWidth, 2)" :height="laneHeight - 1" />
          </svg>
        </div>
        <div class="axis" aria-hidden="true">
          <span v-for="tick in ticks" :key="tick.at" :style="{ left: tick.at * 100 + '%' }">{{ tick.text }}</span>
        </div>
      </div>
      <template v-if="view && view.lanes.length">
        <p class="readout" role="status">{{ readout }}</p>
        <ul class="legend" aria-label="Colours">
          <li v-for="name in names" :key="name"><span class="swatch" :class="'part-' + name"
            :style="{ '--part': look(name).colour }" aria-hidden="true"></span>{{ look(name).word }}</li>
        </ul>
        <details class="as-table">
          <summary>The same as a table</summary>
          <div class="scrolls" tabindex="0" role="region" aria-label="Shares, scrolls">
            <table>
              <caption>Shares of the whole time shown; each camera counts equally</caption>
              <thead><tr><th scope="col">Row</th><th v-for="name in names" :key="name" scope="col">{{ look(name).word }}</th></tr></thead>
              <tbody><tr v-for="lane in view.lanes" :key="lane.place + lane.name"><th scope="row">{{ full(lane) }}</th>
                <td v-for="name in names" :key="name">{{ lane.totals[name] ? percent(lane.totals[name]) : "–" }}</td></tr></tbody>
            </table>
          </div>
        </details>
      </template>
    </div>`,
  data: () => ({ view: null, width: 600, cursor: null }),
  computed: {
    names() {
      return inOrder(new Set(this.view.lanes.flatMap((lane) => Object.keys(lane.steps))), this.palette);
    },
    laneHeight() {
      const count = this.view.lanes.length;
      return count <= 2 ? 84 : count <= 4 ? 60 : count <= 8 ? 40 : 30;
    },
    stepWidth() {
      return this.width / this.view.steps;
    },
    paths() {
      return this.view.lanes.map((lane) => {
        const names = this.names.filter((name) => lane.steps[name]);
        return Object.entries(stackPaths(names, lane.steps, this.width, this.laneHeight));
      });
    },
    ticks() {
      const { start_s, step_s, steps } = this.view;
      const length = step_s * steps;
      const most = this.width < 420 ? 3 : 8;
      const every = TICKS_S.find((one) => length / one <= most) ?? TICKS_S.at(-1);
      return ticksOf(start_s, length, every)
        .map((utcS) => ({ at: (utcS - start_s) / length, text: every >= 86400 ? day(utcS) : clock(utcS, false) }))
        .filter(({ at }) => at < 0.95);
    },
    readout() {
      if (!this.cursor) return "Point at the timeline, or focus it and use the arrow keys, to read it.";
      const lane = this.view.lanes[this.cursor.row];
      const from = this.view.start_s + this.cursor.step * this.view.step_s;
      const when = `${this.view.step_s >= 7200 ? day(from) + " " : ""}${clock(from)} – ${clock(from + this.view.step_s)}`;
      const parts = this.names
        .map((name) => [name, lane.steps[name]?.[this.cursor.step] ?? 0])
        .filter(([, share]) => share > 0)
        .map(([name, share]) => `${this.look(name).word} ${percent(share)}`);
      return `${this.full(lane)} · ${when} · ${parts.join(" · ") || "nothing yet"}`;
    },
  },
  mounted() {
    this.resize = new ResizeObserver(() => this.measure());
    this.resize.observe(this.$el);
    this.$emit("ready");
  },
  unmounted() {
    this.resize.disconnect();
  },
  methods: {
    percent,
    look(name) {
      return lookOf(name, this.palette);
    },
    fill(name) {
      return HATCHED[name] ? `url(#${HATCHED[name]})` : name === "nobody" ? "var(--nobody)" : name === "no-label" ? "var(--no-label)" : this.look(name).colour;
    },
    show(view) {
      this.view = view;
      if (this.cursor && !view.lanes[this.cursor.row]) this.cursor = null;
      this.$nextTick(() => this.measure());
    },
    measure() {
      const lane = this.$el.querySelector?.(".axis");
      if (lane) this.width = Math.max(120, lane.clientWidth);
    },
    full(lane) {
      return [lane.place, lane.name].filter(Boolean).join(" / ");
    },
    inWords(lane) {
      const parts = this.names.filter((name) => lane.totals[name]).map((name) => `${this.look(name).word} ${percent(lane.totals[name])}`);
      return `${this.full(lane)}: ${parts.join(", ") || "nothing yet"}`;
    },
    onPointer(event, row) {
      const { left } = event.currentTarget.getBoundingClientRect();
      const step = Math.floor((event.clientX - left) / this.stepWidth);
      this.cursor = { row, step: Math.min(this.view.steps - 1, Math.max(0, step)) };
    },
    onKey(event) {
      const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, -1e6], End: [0, 1e6] };
      if (event.key === "Escape") this.cursor = null;
      if (!moves[event.key]) return;
      event.preventDefault();
      const [rows, steps] = moves[event.key];
      const { row, step } = this.cursor ?? { row: 0, step: this.view.steps - (steps < 0 ? 0 : 1) };
      const within = (value, count) => Math.min(count - 1, Math.max(0, value));
      this.cursor = { row: within(row + rows, this.view.lanes.length), step: within(step + steps, this.view.steps) };
    },
  },
};
