package emulate

import (
	"fmt"
	"slices"
	"sync"
	"testing"
)

// comer is a request that comes so long after the first (s), and how urgent it is.
type comer struct {
	at   float64
	rank int
}

// servedInOrder lets requests come by a timetable of the model, and returns them
// in the order in which they ended, with the faults of all.
func servedInOrder(s *System, op string, comers []comer) (order []int, faults []fault) {
	id, _ := s.model.OpByName(op)
	sv := s.services[s.model.Operations[id].Service]
	ends := make([]float64, len(comers))
	faults = make([]fault, len(comers))
	from := s.clock.Now() + 0.05
	var wait sync.WaitGroup
	for i, c := range comers {
		wait.Go(func() {
			_ = s.clock.WaitUntil(s.ctx, from+c.at)
			v := newVisit(sv, id)
			defer v.drop()
			v.rank = c.rank
			ends[i], faults[i] = v.serve(from + c.at)
		})
	}
	wait.Wait()
	for i := range comers {
		if faults[i] == none {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		if ends[a] < ends[b] {
			return -1
		}
		return 1
	})
	return order, faults
}

// Three come while the first is served for 400 ms: the second of them is the
// most urgent.
func TestOrders(t *testing.T) {
	comers := []comer{{0, 1}, {0.1, 2}, {0.2, 0}, {0.3, 1}}
	for words, want := range map[string][]int{
		"discipline: fifo":                {0, 1, 2, 3},
		"discipline: lifo":                {0, 3, 2, 1},
		"discipline: priority":            {0, 2, 3, 1},
		"discipline: preemptive-priority": {2, 0, 3, 1},
		"threads: 1":                      {0, 1, 2, 3},
		"threads: 1, line: lifo":          {0, 3, 2, 1},
		"threads: 1, line: priority":      {0, 2, 3, 1},
		// The first in line has waited 300 ms, and then 600 of which the first 500 are good.
		"threads: 1, line: {adaptive-lifo: {target: 500ms}}": {0, 1, 3, 2},
	} {
		t.Run(words, func(t *testing.T) {
			t.Parallel()
			s := start(t, "web.do", "services: {web: {"+words+", operations: {do: [{cpu: 400ms}]}}}")
			eventually(t, func() error { return sameOrder(s, comers, want) })
		})
	}
}

func sameOrder(s *System, comers []comer, want []int) error {
	if got, _ := servedInOrder(s, "web.do", comers); !slices.Equal(got, want) {
		return fmt.Errorf("served in the order %v, want %v", got, want)
	}
	return nil
}

// One leaves after 100 ms in line, and is not served; the thread is free for the
// next after the first.
func TestPatience(t *testing.T) {
	s := start(t, "web.do", `
services: {web: {threads: 1, patience: uniform(99ms, 101ms), operations: {do: [{wait: 1s}]}}}
`)
	_, faults := servedInOrder(s, "web.do", []comer{{at: 0}, {at: 0.1}, {at: 0.95}})
	if want := []fault{none, abandoned, none}; !slices.Equal(faults, want) {
		t.Errorf("%v, want %v", faults, want)
	}
	emptied(t, s, "web")
}

// A bucket of five tokens that fills by one in 100 s lets five in.
func TestRateLimit(t *testing.T) {
	s := start(t, "web.do", `
services: {web: {rate-limit: {rate: 0.01/s, burst: 5}, operations: {do: []}}}
`)
	if got := endings(t, s, "web.do", 20, 10); got[""] != 5 || got["rejected"] != 15 {
		t.Errorf("%v, want five and fifteen rejected", got)
	}
}

// While the first in line has waited longer than 100 ms all others are turned
// away.
func TestShedding(t *testing.T) {
	s := start(t, "web.do", `
services: {web: {threads: 1, shed: {wait: 100ms}, operations: {do: [{wait: 500ms}]}}}
`)
	_, faults := servedInOrder(s, "web.do", []comer{{at: 0}, {at: 0.1}, {at: 0.15}, {at: 0.3}, {at: 0.4}})
	if want := []fault{none, none, none, shed, shed}; !slices.Equal(faults, want) {
		t.Errorf("%v, want %v", faults, want)
	}
}

// Twice the load that the thread can carry: CoDel drops, whoever is served has
// waited about as long as it likes, and without it the line grows.
func TestCoDel(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 2 s")
	}
	var comers []comer
	for i := range 200 {
		comers = append(comers, comer{at: 0.01 * float64(i)})
	}
	s := start(t, "web.do", `
services: {web: {threads: 1, line: {codel: {target: 20ms, interval: 100ms}}, operations: {do: [{wait: 20ms}]}}}
`)
	s.Begin()
	_, faults := servedInOrder(s, "web.do", comers)
	dropped := 0
	for _, f := range faults {
		if f == shed {
			dropped++
		}
	}
	// Without drops all 200 are served in 4 s; at once, half would be dropped.
	if dropped < 10 || dropped > 110 {
		t.Errorf("%d of 200 dropped", dropped)
	}
}

// A key in use is waited for; those who share it are not, and one who would wait
// for himself fails.
func TestLocks(t *testing.T) {
	s := start(t, "web.one", `
services:
  web:
    operations:
      one: [{lock: row, do: [{wait: 50ms}]}]
      many: [{lock: row, mode: shared, do: [{wait: 50ms}]}]
      try: [{lock: page, mode: optimistic, retry: {attempts: 1}, do: [{wait: 200ms}]}]
      ab: [{lock: a, do: [{wait: 300ms}, {call: web.b}]}]
      ba: [{lock: b, do: [{wait: 300ms}, {call: web.a}]}]
      a: [{lock: a, do: []}]
      b: [{lock: b, do: []}]
`)
	all := make([]comer, 8)
	r := measured(s, func() { servedInOrder(s, "web.one", all) })
	row := r.Services["web"].Locks["row"]
	about(t, "wait of the last of eight", r.Operations["web.one"].Response.Max, 0.4, 0.001)
	about(t, "p_wait", row.PWait, 7./8, 0)
	about(t, "waiting time", row.WaitingTime, 0.05*3.5, 0.001)
	r = measured(s, func() { servedInOrder(s, "web.many", all) })
	about(t, "response of those who share", r.Operations["web.many"].Response.Max, 0.05, 0.001)

	// All begin before the first has ended; it alone finds its key unchanged.
	_, faults := servedInOrder(s, "web.try", all)
	good := 0
	for _, f := range faults {
		switch f {
		case none:
			good++
		case conflict:
		default:
			t.Errorf("an optimistic lock: %v", f)
		}
	}
	if good != 1 {
		t.Errorf("%d of eight changed the same key at once", good)
	}

	ends := make(chan reply, 2)
	for _, op := range []string{"web.ab", "web.ba"} {
		go func() { ends <- ask(t, s, op) }()
	}
	a, b := <-ends, <-ends
	if !(a.fault == "deadlock" && b.fault == "" || b.fault == "deadlock" && a.fault == "") {
		t.Errorf("two who wait for each other: %q and %q, want one deadlock", a.fault, b.fault)
	}
	settled(t, s)
}

// Of two things three get one, as one gives his back; one waits too long, and
// for one there is no room to wait.
func TestPools(t *testing.T) {
	s := start(t, "web.do", `
services:
  web:
    pools: {things: {size: 2, backlog: 2}}
    operations: {do: [{acquire: things, timeout: 300ms}, {wait: 250ms}, {release: things}, {wait: 400ms}]}
`)
	_, faults := servedInOrder(s, "web.do", []comer{{at: 0}, {at: 0.01}, {at: 0.05}, {at: 0.1}, {at: 0.15}})
	if want := []fault{none, none, none, none, rejected}; !slices.Equal(faults, want) {
		t.Errorf("%v, want %v", faults, want)
	}
	s = start(t, "web.do", `
services:
  web:
    pools: {things: 1}
    operations: {do: [{acquire: things, timeout: 100ms}, {wait: 250ms}]}
`)
	r := measured(s, func() {
		_, faults = servedInOrder(s, "web.do", []comer{{at: 0}, {at: 0.05}, {at: 0.3}})
	})
	if want := []fault{none, timeout, none}; !slices.Equal(faults, want) {
		t.Errorf("%v, want %v", faults, want)
	}
	about(t, "failed", r.Services["web"].Pools["things"].Failed, 1./3, 0)
}

// A cache with room for a quarter of keys that are all alike hits a quarter of
// the times, whatever it evicts; one of Zipf keys that keeps the most popular
// (in the long run, LFU) hits their share.
func TestStores(t *testing.T) {
	s := start(t, "web.lru", `
services:
  web: {operations: {lru: [{repeat: {count: 2000, do: [{cache: {keys: 100, size: 25, else: [{call: db.miss}]}}]}}]}}
  other: {operations: {lfu: [{repeat: {count: 20000, do: [{cache: {keys: 100, skew: 1, size: 10, evict: lfu, else: [{wait: 0s}]}}]}}]}}
  old: {operations: {get: [{cache: {keys: 1, ttl: 100ms, else: [{wait: 0s}]}}, {cache: {keys: 1, ttl: 100ms, else: [{wait: 0s}]}}, {wait: 60ms}]}}
  db: {operations: {miss: []}}
`)
	r := measured(s, func() { ask(t, s, "web.lru") })
	hits := r.Services["web"].CacheHits.Value
	if d := hits - 0.25; d > 0.06 || d < -0.06 { // 4.5 standard deviations, and the hundred first
		t.Errorf("hits %.3f, want 0.25", hits)
	}
	if got := visits(s, "db.miss"); got != 2000-int(2000*hits+0.5) {
		t.Errorf("%d misses of 2000, of which %.4f hit", got, hits)
	}
	r = measured(s, func() { ask(t, s, "other.lfu") })
	h10, h100 := 0.0, 0.0
	for k := 1.0; k <= 100; k++ {
		if h100 += 1 / k; k == 10 {
			h10 = h100
		}
	}
	if got := r.Services["other"].CacheHits.Value; got < h10/h100-0.06 || got > h10/h100+0.02 {
		t.Errorf("hits %.3f, want about %.3f", got, h10/h100)
	}
	// Two caches of one key each: asked for at 0, 60, 120 and 180 ms, it is too
	// old at 120.
	r = measured(s, func() {
		at := s.clock.Now()
		for range 4 {
			id, _ := s.model.OpByName("old.get")
			v := newVisit(s.services[2], id)
			at, _ = v.serve(at)
		}
	})
	about(t, "hits of what ages", r.Services["old"].CacheHits, 0.5, 0)
}
