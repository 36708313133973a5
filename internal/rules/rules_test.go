package rules

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/headroom/headroom/scenarios"
)

// naiveCache keeps keys in a slice, the next to go first.
type naiveCache struct {
	size   int
	policy scenarios.Eviction
	keys   []int32
	uses   map[int32]int
	until  map[int32]float64
	last   map[int32]int // when a key got its number of uses
	turn   int
}

func (c *naiveCache) find(key int32, now, lasts float64) bool {
	c.turn++
	i := slices.Index(c.keys, key)
	if i >= 0 && now < c.until[key] {
		if c.policy == scenarios.LRU {
			c.keys = append(slices.Delete(c.keys, i, i+1), key)
		}
		c.uses[key]++
		c.last[key] = c.turn
		return true
	}
	switch {
	case i >= 0:
		c.keys = slices.Delete(c.keys, i, i+1)
	case len(c.keys) == c.size:
		out := 0
		if c.policy == scenarios.LFU {
			for j, k := range c.keys {
				o := c.keys[out]
				if c.uses[k] < c.uses[o] || c.uses[k] == c.uses[o] && c.last[k] < c.last[o] {
					out = j
				}
			}
		}
		c.keys = slices.Delete(c.keys, out, out+1)
	}
	c.keys = append(c.keys, key)
	c.uses[key], c.until[key], c.last[key] = 1, now+lasts, c.turn
	return false
}

// TestStore holds the cache, which links its keys, against one that searches.
func TestStore(t *testing.T) {
	for _, policy := range []scenarios.Eviction{scenarios.LRU, scenarios.LFU, scenarios.FIFOStore} {
		r := rand.New(rand.NewPCG(1, uint64(policy)))
		keys := Zipf(50, 0.8)
		s := NewStore(keys, 10, policy, true)
		c := &naiveCache{size: 10, policy: policy, uses: map[int32]int{}, until: map[int32]float64{}, last: map[int32]int{}}
		hits := 0
		for i := range 20_000 {
			key, lasts := keys.Pick(r.Float64()), 200*r.ExpFloat64()
			got, want := s.Find(key, float64(i), func() float64 { return lasts }), c.find(key, float64(i), lasts)
			if got != want {
				t.Fatalf("policy %d, look-up %d of key %d: hit %v, want %v", policy, i, key, got, want)
			}
			if got {
				hits++
			}
		}
		if hits < 2000 || hits > 15_000 {
			t.Errorf("policy %d: %d hits of 20000 tell nothing", policy, hits)
		}
	}
}

// TestPopularity: of four keys of skew 1 the shares are 12/25, 6/25, 4/25, 3/25.
func TestPopularity(t *testing.T) {
	z, alike := Zipf(4, 1), Zipf(4, 0)
	for i, want := range []float64{12. / 25, 6. / 25, 4. / 25, 3. / 25} {
		if got := z.Share(i); math.Abs(got-want) > 1e-15 {
			t.Errorf("share %d is %v, want %v", i, got, want)
		}
		if got := alike.Share(i); got != 0.25 {
			t.Errorf("alike: share %d is %v", i, got)
		}
	}
	for u, want := range map[float64]int32{0: 0, 0.47: 0, 0.49: 1, 0.71: 1, 0.73: 2, 0.89: 3, 1: 3} {
		if got := z.Pick(u); got != want {
			t.Errorf("%v picks %d, want %d", u, got, want)
		}
	}
	if got := alike.Pick(1); got != 3 {
		t.Errorf("1 picks %d of four alike", got)
	}
	parts, sum := z.Partitions(3), 0.0
	for i := range 3 {
		sum += parts.Share(i)
	}
	if math.Abs(sum-1) > 1e-12 {
		t.Errorf("partitions add up to %v", sum)
	}
}

// TestMix: the first outputs of SplitMix64 from 0, as its authors publish them,
// are those of the multiples of its constant.
func TestMix(t *testing.T) {
	for i, want := range []uint64{0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4, 0x06c45d188009454f} {
		if got := Mix(uint64(i) * 0x9e3779b97f4a7c15); got != want {
			t.Errorf("output %d is %#x, want %#x", i, got, want)
		}
	}
}

func TestBucketAndPurse(t *testing.T) {
	b := Bucket{Left: 2}
	for _, x := range []struct {
		at   float64
		want bool
	}{{0, true}, {0, true}, {0, false}, {0.4, false}, {0.5, true}, {0.3, false}, {10, true}, {10, true}, {10, false}} {
		if got := b.Take(x.at, 2, 2); got != x.want {
			t.Errorf("a token at %v: %v, want %v", x.at, got, x.want)
		}
	}
	p := FullPurse(0.5)
	for range 10 {
		if !p.Spend() {
			t.Fatal("a full purse holds ten")
		}
	}
	p.Save(0.5)
	if p.Spend() {
		t.Error("half a retry was spent")
	}
	if p.Save(0.5); !p.Spend() {
		t.Error("two halves are no retry")
	}
	if p := FullPurse(3); p != 30 {
		t.Errorf("a purse of a budget of 3 holds %v", p)
	}
}

func TestBackoff(t *testing.T) {
	inf := math.Inf(1)
	for _, x := range []struct {
		b        Backoff
		failures int64
		last, u  float64
		want     float64
	}{
		{Backoff{scenarios.NoJitter, 2, inf}, 4, 0, 0, 8},
		{Backoff{scenarios.NoJitter, 2, 3}, 4, 0, 0, 3},
		{Backoff{scenarios.FullJitter, 1, inf}, 1, 0, 0.25, 0.25},
		{Backoff{scenarios.EqualJitter, 1, inf}, 1, 0, 0.25, 0.625},
		{Backoff{scenarios.Decorrelated, 1, inf}, 1, 0, 0.5, 2},
		{Backoff{scenarios.Decorrelated, 1, inf}, 2, 2, 0.5, 3.5},
		{Backoff{scenarios.Decorrelated, 1, 3}, 2, 2, 0.5, 3},
	} {
		if got := x.b.Wait(x.failures, x.last, 1, x.u); got != x.want {
			t.Errorf("%+v waits %v, want %v", x, got, x.want)
		}
	}
}

func TestBreaker(t *testing.T) {
	s := &scenarios.Breaker{Failures: 0.5, Minimum: 4, Window: 10, Open: 5, Probes: 2}
	var b Breaker
	attempt := func(now float64, good bool) bool {
		p, ok := b.Admit(s, now)
		if ok {
			b.Observe(s, p, now, good)
		}
		return ok
	}
	for i, good := range []bool{true, false, true, false} {
		if !attempt(float64(i), good) {
			t.Fatalf("attempt %d does not pass", i)
		}
	}
	if attempt(7.9, true) {
		t.Error("one passes while it is open")
	}
	first, ok1 := b.Admit(s, 8)
	second, ok2 := b.Admit(s, 8)
	_, ok3 := b.Admit(s, 8)
	if !ok1 || !ok2 || ok3 {
		t.Errorf("of three at half open %v %v %v pass, want two", ok1, ok2, ok3)
	}
	b.Unjudged(second)
	if second, ok2 = b.Admit(s, 8); !ok2 {
		t.Error("what a probe left that nobody hears of is not given on")
	}
	b.Observe(s, first, 9, true)
	b.Observe(s, second, 9, true)
	for range 3 {
		if !attempt(9, false) {
			t.Error("it is not closed after two good probes")
		}
	}
	// Eleven seconds later the three are forgotten.
	for range 3 {
		attempt(20, false)
	}
	if !attempt(20, false) || attempt(20, true) {
		t.Error("it does not open at the fourth bad attempt of the window")
	}
	late := Pass{}
	b.Observe(s, late, 21, true) // of an earlier epoch: does not count
	if !attempt(25, false) || attempt(29, true) {
		t.Error("a bad probe does not open it again")
	}
}

// list is a line of instants since when requests have waited.
type list struct {
	since   []float64
	dropped []float64
}

func (l *list) First() (r, since float64, more, ok bool) {
	if len(l.since) == 0 {
		return 0, 0, false, false
	}
	r = l.since[0]
	l.since = l.since[1:]
	return r, r, len(l.since) > 0, true
}

func (l *list) Drop(r float64) { l.dropped = append(l.dropped, r) }

// TestCoDel: once waits were above the target for an interval, one is dropped,
// the next an interval later, and then after interval/√n each (RFC 8289, 3.2).
func TestCoDel(t *testing.T) {
	var c CoDel
	l := &list{}
	for i := range 4000 {
		l.since = append(l.since, -1+float64(i)/1e4)
	}
	var drops []float64
	for i := range 1000 {
		now := float64(i) / 1000
		before := len(l.dropped)
		if _, ok := Next(&c, l, now, 0.005, 0.1); !ok {
			t.Fatal("the line is empty")
		}
		if len(l.dropped) > before {
			drops = append(drops, now)
		}
	}
	at := 0.1
	want := []float64{at}
	for n := 1.0; at < 0.9; n++ {
		at += 0.1 / math.Sqrt(n)
		want = append(want, at)
	}
	for i := range min(len(drops), len(want)) {
		if math.Abs(drops[i]-want[i]) > 0.0021 {
			t.Errorf("drop %d at %v, want %v", i, drops[i], want[i])
		}
	}
	if len(drops) < len(want)-1 {
		t.Errorf("%d drops, want %d", len(drops), len(want))
	}
	short := &list{since: []float64{2, 2.0001}}
	var fresh CoDel
	if r, ok := Next(&fresh, short, 2.001, 0.005, 0.1); !ok || r != 2 || len(short.dropped) > 0 {
		t.Error("one that has hardly waited is dropped")
	}
}

func TestWanted(t *testing.T) {
	a := &scenarios.Autoscale{Target: 0.5, Min: 2, Max: 8}
	for _, x := range []struct {
		up, metric float64
		want       int
		some       bool
	}{{4, 0.5, 0, false}, {4, 0.54, 0, false}, {4, 0.6, 5, true}, {4, 1, 8, true}, {4, 2, 8, true}, {4, 0, 2, true}, {4, 0.25, 2, true}, {4, 0.375, 3, true}} {
		if got, some := Wanted(a, x.up, x.metric); got != x.want || some != x.some {
			t.Errorf("%v up at %v: %d, %v; want %d, %v", x.up, x.metric, got, some, x.want, x.some)
		}
	}
}

// TestSpread: 7, 6, 5, 4 and 3 go to two replicas as 7+4+3 and 6+5, the most
// asked first.
func TestSpread(t *testing.T) {
	if got := Spread([]int64{3, 4, 5, 6, 7}, 2); !slices.Equal(got, []int32{0, 0, 1, 1, 0}) {
		t.Errorf("%v", got)
	}
}
