package simulate

import "testing"

// A lock or a pool of one is a station: with requests that hold it for exp(10ms)
// at a load of a half, they wait for it as long (M/M/1). As in
// TestBreakdownOfOneStation, one figure is off by 8 % for one seed in 16 000.
func TestBreakdownOfData(t *testing.T) {
	o := Options{Seed: 5, Duration: 400, Warmup: 20, Replications: 8, MaxTime: -1}
	const users = "workloads:\n  users: {arrivals: poisson(50/s), does: web.get}\n"
	web := func(rest string) string { return "headroom: 1\nname: data\nservices:\n  web: " + rest + "\n" }
	t.Run("lock", func(t *testing.T) {
		p := apartOf(t, web("{operations: {get: [{lock: row, do: [{wait: exp(10ms)}]}]}}")+users, o).Workloads["users"].Breakdown.Services["web"]
		near(t, "the line for the lock", p.Lock.Value, 0.010, 0.08)
		near(t, "the wait", p.Wait.Value, 0.010, 0.04)
	})
	t.Run("pool", func(t *testing.T) {
		p := apartOf(t, web("{pools: {one: 1}, operations: {get: [{acquire: one}, {wait: exp(10ms)}, {release: one}]}}")+users, o).Workloads["users"].Breakdown.Services["web"]
		near(t, "the line for the pool", p.Pool.Value, 0.010, 0.08)
		near(t, "the wait", p.Wait.Value, 0.010, 0.04)
	})
	t.Run("optimistic lock", func(t *testing.T) {
		// Those that find a change wait 4 ms before they try again: what is in
		// waits is that of the rounds alone, 10 ms each.
		p := apartOf(t, web("{operations: {get: [{lock: row, keys: 4, mode: optimistic, retry: {attempts: 100, backoff: 4ms}, do: [{wait: 10ms}]}]}}")+users, o).Workloads["users"].Breakdown.Services["web"]
		rounds := p.Wait.Value / 0.010
		if rounds < 1.02 {
			t.Errorf("%v rounds: nothing was tried again", rounds)
		}
		near(t, "the time between rounds", p.Lock.Value, 0.004*(rounds-1), 1e-6)
	})
	t.Run("quorum", func(t *testing.T) {
		p := apartOf(t, web("{replicas: 3, replication: {mode: quorum, write: 2, read: 2, lag: 4ms, keys: 10, writes: [get]}, operations: {get: [{wait: 1ms}]}}")+users, o).Workloads["users"].Breakdown.Services["web"]
		near(t, "the wait for copies", p.Copies.Value, 0.004, 1e-9)
		near(t, "the wait", p.Wait.Value, 0.001, 1e-9)
	})
	t.Run("barrier", func(t *testing.T) {
		// The first of two of exp(10ms) waits for the other, for 10 ms again.
		b := apartOf(t, web("{operations: {get: [{wait: exp(10ms)}]}}")+"workloads:\n  users: {users: 2, does: {steps: [{call: web.get}, {barrier: {}}]}}\n", o).Workloads["users"].Breakdown
		near(t, "the barrier", b.Session.Barrier.Value, 0.005, 0.04)
		near(t, "the wait", b.Services["web"].Wait.Value, 0.010, 0.04)
	})
	t.Run("route", func(t *testing.T) {
		b := apartOf(t, web("{operations: {get: [{wait: exp(10ms)}]}}\n  db: {operations: {read: [{wait: 5ms}]}}")+
			"workloads:\n  users: {arrivals: poisson(50/s), does: {route: {start: web.get, web.get: {db.read: 30%, end: 70%}, db.read: web.get}}}\n", o).Workloads["users"].Breakdown
		near(t, "web", b.Services["web"].Wait.Value, 0.010/0.7, 0.04)
		near(t, "db", b.Services["db"].Wait.Value, 0.005*0.3/0.7, 0.04)
	})
	t.Run("a full topic", func(t *testing.T) {
		p := apartOf(t, web("{operations: {get: [{publish: work}, {wait: 1ms}]}}\n  sink: {operations: {take: [{wait: exp(10ms)}]}}\ntopics:\n  work: {consumer: sink.take, capacity: 1}")+users, o).Workloads["users"].Breakdown.Services["web"]
		if p.Publish.Value <= 0 {
			t.Error("nobody waits for room")
		}
		near(t, "the wait", p.Wait.Value, 0.001, 1e-9)
	})
	t.Run("failures", func(t *testing.T) {
		// The law is held in spite of crashes; what is given up is in retries.
		b := apartOf(t, web("{operations: {get: [{call: db.read, timeout: 50ms, retry: {attempts: 5, backoff: 5ms}}]}}\n  db: {replicas: 2, mtbf: 1s, mttr: 100ms, operations: {read: [{cpu: exp(10ms)}, {wait: exp(5ms)}]}}")+users, o).Workloads["users"].Breakdown
		if b.Services["db"].Retry.Value <= 0 {
			t.Error("nothing was tried again")
		}
	})
}
