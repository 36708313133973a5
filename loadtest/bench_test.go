package loadtest

import (
	"net/http"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// BenchmarkPacing drives 1000 requests a second for a second, again and again,
// and tells how late they were sent (µs).
func BenchmarkPacing(b *testing.B) {
	url := serve(b, func(http.ResponseWriter, *http.Request) {})
	m := shop(poisson("visitors", 1000, only(page)))
	path := filepath.Join(b.TempDir(), "hits")
	var late []time.Duration
	for b.Loop() {
		if _, err := Run(b.Context(), m, Options{Duration: 1, Target: url, Hits: path}); err != nil {
			b.Fatal(err)
		}
		_, hits, err := ReadHits(path)
		if err != nil {
			b.Fatal(err)
		}
		for _, h := range hits {
			late = append(late, h.Sent-h.Due)
		}
	}
	slices.Sort(late)
	b.ReportMetric(float64(late[len(late)/2])/1e3, "p50-µs")
	b.ReportMetric(float64(late[len(late)*99/100])/1e3, "p99-µs")
}

// BenchmarkAttack is the cost of a request from end to end, server included,
// with as many as will go.
func BenchmarkAttack(b *testing.B) {
	url := serve(b, func(http.ResponseWriter, *http.Request) {})
	m := shop(evenly("visitors", float64(b.N)*1e3, only(page))) // all are due within a millisecond
	before := readMachine()
	r, err := Run(b.Context(), m, Options{Duration: 0.001, Target: url, MaxConnections: 64})
	if err != nil {
		b.Fatal(err)
	}
	if n := r.Run.Requests; n > 0 {
		b.ReportMetric((readMachine().own-before.own)*1e6/float64(n), "CPU-µs/request")
	}
}

// BenchmarkSchedule is the cost of one due time of two merged workloads.
func BenchmarkSchedule(b *testing.B) {
	p := newPlan(shop(poisson("a", 100, only(page)), poisson("b", 50, only(item))), nil, 1, 1e12)
	b.ReportAllocs()
	for b.Loop() {
		p.next()
	}
}
