# Adapter of the gateway bench for Vigil (contract: the bench's README). The shipped configuration but for the broker, the
# homes (one wearable each), one limit of their residents and the topic of the queue `upstream`. Alerts are ordinary incidents
# that went through the outbox. The limit: the bench counts an alert for each abnormal reading, which come several times a
# second at full load, and the shipped rule would make one lasting incident of the third within ten minutes (`flapping`).
#
# VIGIL_BIN: the release binary. VIGIL_ROOT: the project. VIGIL_BENCH_TALLY: what mqload printed since `start`, a line of
# JSON a run. VIGIL_BENCH_VERDICTS: where `stop` writes what the journal held.
. "$BENCH_DIR/sut/lib.sh"
: "${VIGIL_BIN:?path of the release binary}" "${VIGIL_ROOT:?path of the project}"
C="$BENCH_RUN/config"
D="$BENCH_RUN/data"
HTTP=$((BENCH_PORT + 1))
# asks PATH: what the hub answers, or nothing.
asks() { curl -sf -m 10 -H "Authorization: Bearer $(cat "$D/token" 2>/dev/null)" "http://127.0.0.1:$HTTP$1"; }
metric() { awk -v name="$1" '$1 == name { print $2; found = 1 } END { if (!found) print "unknown" }'; }
case "$1" in
  start)
    rm -rf "$C" "$D"; mkdir -p "$C" "$D"
    cp -r "$VIGIL_ROOT/config/rules" "$VIGIL_ROOT/config/response.yaml" "$C"
    # The queue that the bench listens to: the shipped one, under the bench's topic.
    awk -v topic="$BENCH_ALERT_PREFIX/upstream" '
      { print } /name: upstream/ { inside = 1 } inside && /channel: mqtt/ { print "    settings: {topic: " topic "}"; inside = 0 }
    ' "$VIGIL_ROOT/config/care-network.yaml" > "$C/care-network.yaml"
    grep -q "$BENCH_ALERT_PREFIX" "$C/care-network.yaml" || { echo "care-network.yaml has no MQTT queue named upstream" >&2; exit 1; }
    cat > "$C/hub.yaml" <<YAML
hub: {name: bench}
data_dir: $D
devices: [$VIGIL_ROOT/devices]
log: {level: notice}
http: {port: $HTTP}
YAML
    awk -v n="$BENCH_DEVICES" 'BEGIN {
      print "homes:"
      for (i = 0; i < n; i++) {
        w = sprintf("w-%06d", i)
        print "  - {id: h-" w ", timezone: Asia/Shanghai, place: {station: bench}, residents: [{id: r-" w ", name: Bench, born: 1940, sex: other, limits: {spo2-low: {flapping: false, reason: each abnormal reading counts}}}], devices: [{profile: generic-json-wearable, device: \"topic:bench/" w "\", resident: r-" w "}]}"
      }
    }' > "$C/homes.yaml"
    [ -z "${VIGIL_BENCH_TALLY:-}" ] || : > "$VIGIL_BENCH_TALLY"
    run_bg env VIGIL_BROKER_HOST=127.0.0.1 VIGIL_BROKER_PORT="$BENCH_PORT" VIGIL_HTTP_PORT= VIGIL_DATA_DIR= "$VIGIL_BIN" run --config "$C" ;;
  ready) asks /readyz > /dev/null ;;
  stop)
    if [ -n "${VIGIL_BENCH_VERDICTS:-}" ] && [ -f "$BENCH_RUN/pid" ]; then
      # Every PUBLISH that the broker took has a journal record, or the hub acknowledged what it did not store.
      acked=$(awk 'match($0, /"acked":[0-9]+/) { sum += substr($0, RSTART + 8, RLENGTH - 8) } END { print sum + 0 }' "${VIGIL_BENCH_TALLY:?}")
      for _ in $(seq 60); do
        asks /metrics > "$BENCH_RUN/metrics" || break
        position=$(metric vigil_journal_position < "$BENCH_RUN/metrics")
        [ "$position" != unknown ] && [ "$position" -lt "$acked" ] || break
        sleep 0.5
      done
      echo "journal=${position:-unknown} puback=$acked synchronous=$(metric vigil_ledger_synchronous < "$BENCH_RUN/metrics")" >> "$VIGIL_BENCH_VERDICTS"
    fi
    stop_pid ;;
  # An incident's first revision; its evidence names the device and the reading's number.
  args) echo "--alert-match '\"phase\":\"start\"' --key-device device --key-seq seq" ;;
esac
