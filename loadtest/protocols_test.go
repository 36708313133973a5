package loadtest

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/headroom/headroom/internal/servers"
	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// described is a scenario of one service with one workload for each of its
// operations, which are asked for as a live section says.
func described(t *testing.T, live string, operations ...string) *scenarios.Model {
	t.Helper()
	var text strings.Builder
	text.WriteString("headroom: 1\nname: protocols\nservices:\n  s: {operations: {")
	for _, op := range operations {
		text.WriteString(op + ": [{cpu: 1ms}], ")
	}
	text.WriteString("}}\nworkloads:\n")
	for _, op := range operations {
		text.WriteString("  " + op + ": {arrivals: constant(50/s), does: s." + op + "}\n")
	}
	path := filepath.Join(t.TempDir(), "s.yaml")
	if err := os.WriteFile(path, []byte(text.String()+live), 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := scenarios.Load(path, scenarios.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestProtocolsAreDriven: operations over another protocol are asked for,
// judged and counted like the rest, with values in their holes.
func TestProtocolsAreDriven(t *testing.T) {
	t.Setenv("L_HOST", servers.Redis(t))
	t.Setenv("L_SECRET", "s3cret@/:")
	m := described(t, `live:
  services: {s: "redis://${env:L_HOST}/1"}
  operations:
    s.set: {redis: [SET, "key:${counter}", "${uuid}"]}
    s.wrong: {redis: [NONSENSE, "${env:L_SECRET}"]}
    s.auth: {at: "redis://user:${env:L_SECRET}@${env:L_HOST}", redis: [PING]}
    s.gone: {at: "redis://127.0.0.1:1", redis: [PING]}
`, "set", "wrong", "auth", "gone")
	r, err := Run(context.Background(), m, Options{Duration: 0.5, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if w := r.Workloads["set"]; len(w.Failures) > 0 || w.Response == nil {
		t.Errorf("%+v", w)
	}
	for name, kind := range map[string]string{"wrong": "status", "auth": "status", "gone": "connection"} {
		if w := r.Workloads[name]; w.Failures[kind] == 0 || len(w.Failures) != 1 {
			t.Errorf("%s: %v, want %s alone", name, w.Failures, kind)
		}
	}
	if !hasCaveat(r, "unexpected status: ERR") {
		t.Errorf("%v", r.Caveats)
	}
	var out bytes.Buffer
	if err := measure.Encode(&out, r); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "s3cret") {
		t.Errorf("a secret in the result: %s", out.String())
	}
}

// TestProtocolsStayOnThisMachine: addresses of other protocols are held against
// the hosts that may be loaded, and wrong ones are told before a request is made.
func TestProtocolsStayOnThisMachine(t *testing.T) {
	for address, want := range map[string]string{
		`s.a: {at: "redis://192.0.2.1", redis: [PING]}`:                                            "--allow 192.0.2.1",
		`s.a: {at: "postgres://192.0.2.1/x", sql: {query: select 1}}`:                              "--allow 192.0.2.1",
		`s.a: {at: "grpc://192.0.2.1:1", grpc: {method: a.B/C}}`:                                   "--allow 192.0.2.1",
		`s.a: {at: "ws://192.0.2.1", websocket: {}}`:                                               "--allow 192.0.2.1",
		`s.a: {at: "kafka://192.0.2.1", kafka: {topic: t, consume: 1}}`:                            "--allow 192.0.2.1",
		`s.a: {at: "grpc://127.0.0.1:1", grpc: {method: a.B/C}}`:                                   "by reflection",
		`s.a: {at: "redis://${env:L_NONE}", redis: [PING]}`:                                        "${env:L_NONE} is not set",
		`s.a: {at: "redis://127.0.0.1:${env:L_PORT}", redis: [PING]}`:                              "none once its holes are filled",
		`s.a: {at: "redis://127.0.0.1/x", redis: [PING]}`:                                          "live.operations.s.a: redis: database",
		`s.a: {at: "kafka://user@127.0.0.1", kafka: {topic: t, value: "${uuid}", key: "${uuid}"}}`: "no way to say who asks",
	} {
		t.Setenv("L_PORT", "s3cret")
		m := described(t, "live:\n  operations:\n    "+address+"\n", "a")
		_, err := Run(context.Background(), m, Options{Duration: 0.1})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v, want %q", address, err, want)
		}
	}
}

// TestPathsHaveTheirBase: a path is added to the address of its operation, or
// its service, before that of the system.
func TestPathsHaveTheirBase(t *testing.T) {
	m := described(t, `live:
  base: http://127.0.0.1:1
  services: {s: "http://127.0.0.1:2/api"}
  operations:
    s.a: {path: /a}
    s.b: {path: /b, at: "http://127.0.0.1:3"}
`, "a", "b")
	system, err := targetOf(m, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for op, want := range []string{"http://127.0.0.1:2/api/a", "http://127.0.0.1:3/b"} {
		r, _, err := system.template(scenarios.OpID(op))
		if err != nil || r.URL.String() != want {
			t.Errorf("%v, %v; want %s", r, err, want)
		}
	}
	m = described(t, "live:\n  operations:\n    s.a: {path: /a}\n    s.b: {at: 'redis://127.0.0.1:1', redis: [PING]}\n", "a", "b")
	if _, err := Run(context.Background(), m, Options{Duration: 0.1}); err == nil || !strings.Contains(err.Error(), "not said on which system") {
		t.Error(err)
	}
}
