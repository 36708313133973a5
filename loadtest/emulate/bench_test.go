package emulate

import "testing"

// BenchmarkHop is one request between services over HTTP, with the least of
// demands: what the machine spends beside the model.
func BenchmarkHop(b *testing.B) {
	s := start(b, "web.do", `
services: {web: {operations: {do: [{cpu: 1ns}]}}}
`)
	client := newClient()
	defer client.CloseIdleConnections()
	b.ReportAllocs()
	for b.Loop() {
		if a, _ := s.send(b.Context(), client, order{at: s.clock.Now(), replica: anyReplica}); a.fault != none {
			b.Fatal(a.fault)
		}
	}
}
