package pprof

import (
	"bytes"
	"math"
	"runtime"
	rtpprof "runtime/pprof"
	"sync"
	"testing"
	"time"
)

var sink [64][]byte

//go:noinline
func allocateA(n int) {
	for i := range n {
		sink[i%64] = make([]byte, 64)
	}
}

//go:noinline
func allocateB(n int) {
	for i := range n {
		sink[i%64] = make([]byte, 96)
	}
}

// serveOnce is a request that allocates so many times in each.
//
//go:noinline
func serveOnce(a, b int) {
	allocateA(a)
	allocateB(b)
}

// allocations is the real heap profile of this process after so many requests,
// with every allocation counted.
func allocations(t *testing.T) *Profile {
	t.Helper()
	runtime.GC()
	runtime.GC() // what was allocated is in the profile after two
	var b bytes.Buffer
	if err := rtpprof.Lookup("allocs").WriteTo(&b, 0); err != nil {
		t.Fatal(err)
	}
	p, err := Read(&b, "allocs", Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// less takes an earlier profile of the same process from a later one: both
// count from the start.
func less(later, earlier *Profile) *Profile {
	out := *later
	out.Stacks = append([]Stack(nil), later.Stacks...)
	for _, s := range earlier.Stacks {
		n := Stack{Frames: s.Frames, Values: make([]float64, len(s.Values))}
		for i, v := range s.Values {
			n.Values[i] = -v
		}
		out.Stacks = append(out.Stacks, n)
	}
	merged := map[string]*Stack{}
	var order []string
	for _, s := range out.Stacks {
		key := ""
		for _, f := range s.Frames {
			key += f.Function + f.Place() + "|"
		}
		m := merged[key]
		if m == nil {
			m = &Stack{Frames: s.Frames, Values: make([]float64, len(s.Values))}
			merged[key] = m
			order = append(order, key)
		}
		for i, v := range s.Values {
			m.Values[i] += v
		}
	}
	out.Stacks = nil
	for _, key := range order {
		s := merged[key]
		for i := range s.Values {
			s.Values[i] = math.Max(0, s.Values[i])
		}
		out.Stacks = append(out.Stacks, *s)
	}
	return &out
}

// TestRealSlowdown makes one function of this process do 10 % more, counted in
// allocations and not in time, and wants real profiles to name it first.
func TestRealSlowdown(t *testing.T) {
	rate := runtime.MemProfileRate
	runtime.MemProfileRate = 1
	defer func() { runtime.MemProfileRate = rate }()
	take := func(requests, a, b int) Capture {
		before := allocations(t)
		for range requests {
			serveOnce(a, b)
		}
		return Capture{Profile: less(allocations(t), before), Requests: float64(requests)}
	}
	var base, head []Capture
	for range 3 {
		base = append(base, take(40, 100, 100))
		head = append(head, take(60, 100, 110)) // more requests: it is a request's cost that counts
	}
	d, err := Compare(base, head, "alloc_objects", false)
	if err != nil {
		t.Fatal(err)
	}
	const name = "github.com/headroom/headroom/profiles/pprof.allocateB"
	if first := d.Self[0]; first.Name != name || !first.Sure || math.Abs(first.Relative()-0.1) > 0.01 {
		t.Errorf("named first: %+v; want %s, 10 %% dearer", first, name)
	}
}

// TestContention lets goroutines wait for a lock, and wants real mutex and
// block profiles to say where.
func TestContention(t *testing.T) {
	defer runtime.SetMutexProfileFraction(runtime.SetMutexProfileFraction(1))
	runtime.SetBlockProfileRate(1)
	defer runtime.SetBlockProfileRate(0)
	var (
		mu  sync.Mutex
		all sync.WaitGroup
	)
	for range 4 {
		all.Go(func() {
			for range 5 {
				holdLock(&mu)
			}
		})
	}
	all.Wait()
	for kind, name := range map[Kind]string{Mutex: "mutex", Block: "block"} {
		var b bytes.Buffer
		if err := rtpprof.Lookup(name).WriteTo(&b, 0); err != nil {
			t.Fatal(err)
		}
		p, err := Read(&b, name, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if p.Kind() != kind {
			t.Fatalf("%s is taken for %s", name, p.Kind())
		}
		p.Length = 1
		pattern, err := ParsePattern(`test.hold=\.holdLock$`)
		if err != nil {
			t.Fatal(err)
		}
		c, err := ContentionOf([]Capture{{Profile: p, Requests: 20}}, Naming{Patterns: []Pattern{pattern}})
		if err != nil {
			t.Fatal(err)
		}
		site := c.Sites[0]
		// Of 20 holds of 2 ms each, most waited for three others.
		if site.What != "lock" || site.Function != "github.com/headroom/headroom/profiles/pprof.holdLock" || site.Under != "test.hold" || site.Waiting.Value < 0.001 {
			t.Errorf("%s: %+v", name, site)
		}
	}
}

//go:noinline
func holdLock(mu *sync.Mutex) {
	mu.Lock()
	time.Sleep(2 * time.Millisecond)
	mu.Unlock()
}

// TestHolding turns the wait of M/M/1 back into its service time: at ρ = 0.5 of
// 10 ms, that is 10 ms.
func TestHolding(t *testing.T) {
	near(t, "held", holding(50, 0.010), 0.010)
	near(t, "no wait", holding(50, 0), 0)
}
