// A row for each device: whether it is connected, and how it does.
import { applyChanges, moment } from "/assets/stack.js";

const LIMITS = { busy: "slowed: too busy", hot: "slowed: too hot" };

export default {
  template: `
    <div class="devices" tabindex="0" role="region" aria-label="Devices, scrolls">
      <table role="table" v-show="ordered.length">
        <thead role="rowgroup"><tr role="row">
          <th v-for="[label] in columns" :key="label" role="columnheader" scope="col">{{ label }}</th>
        </tr></thead>
        <tbody role="rowgroup">
          <tr v-for="device in ordered" :key="device.key" role="row" :class="'tone-' + tone(device)">
            <th role="rowheader" scope="row"><span>{{ device.device }}</span><small>{{ device.site }}</small></th>
            <td role="cell" data-label="Status"><span class="state"><span class="dot" aria-hidden="true"></span>{{ status(device) }}</span></td>
            <td v-for="[label, text] in columns.slice(2)" :key="label" role="cell" :data-label="label">{{ device.stats_time ? text(device) : "–" }}</td>
          </tr>
        </tbody>
      </table>
    </div>`,
  data: () => ({
    rows: {},
    columns: [
      ["Device"],
      ["Status"],
      ["Cameras", (d) => d.cameras],
      ["Frames", (d) => `${d.fps} fps`],
      ["Dropped", (d) => d.dropped],
      ["Latency p95", (d) => (d.latency_ms === null ? "–" : `${Math.round(d.latency_ms)} ms`)],
      ["CPU", (d) => `${d.cpu_percent} %`],
      ["Memory", (d) => `${Math.round(d.rss_bytes / 1e6)} MB`],
      ["Temperature", (d) => (d.temperature_c === null ? "–" : `${Math.round(d.temperature_c)} °C`)],
      ["Outbox", (d) => (d.outbox_lost ? `${d.outbox_rows} (${d.outbox_lost} lost)` : d.outbox_rows)],
      ["Up", (d) => duration(d.uptime_s)],
      ["Purpose", (d) => d.purpose],
      ["Versions", (d) => Object.entries(d.versions).map(([name, version]) => `${name} ${version}`).join(", ")],
    ],
  }),
  computed: {
    ordered() {
      return Object.values(this.rows).sort((a, b) => (a.key < b.key ? -1 : 1));
    },
  },
  mounted() {
    this.$emit("ready");
  },
  methods: {
    patch(changes, start) {
      if (start) this.rows = {};
      applyChanges(this.rows, changes);
    },
    tone(device) {
      return device.online === null ? "idle" : device.online ? (device.limit ? "warn" : "good") : "bad";
    },
    status(device) {
      if (device.online === null) return "Unknown";
      if (!device.online) return device.stats_time ? `Offline, last heard ${moment(device.stats_time)}` : "Offline";
      return LIMITS[device.limit] ? `Online, ${LIMITS[device.limit]}` : "Online";
    },
  },
};

function duration(seconds) {
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86400)} days`;
}
