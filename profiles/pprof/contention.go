package pprof

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/headroom/headroom/measure"
)

// Site is a place where requests wait for each other.
type Site struct {
	What     string           `json:"what,omitzero"`     // lock, read-write lock, channel, select, condition, pool of database connections, …
	Function string           `json:"function,omitzero"` // outside the standard library, where it waits or lets go
	Place    string           `json:"place,omitzero"`    // file and line
	Under    string           `json:"under,omitzero"`    // the operation it waits for, or empty
	Waiting  measure.Estimate `json:"waiting,omitzero"`
	Times    float64          `json:"times,omitzero"` // contentions a request, or in all (1)

	// Hold is how long the lock is held each time (s), worked out from the
	// waiting: see [holding]. Absent where the rate is not known or it is no lock.
	Hold measure.Estimate `json:"hold,omitzero"`
}

// Contention is who waited for what, a request (s) where their number is known.
type Contention struct {
	Kind     Kind    `json:"kind"`
	Captures int     `json:"captures"`
	Length   float64 `json:"length,omitzero"`
	Requests float64 `json:"requests,omitzero"`
	Sites    []Site  `json:"sites,omitzero"` // the longest waits first
	// Idle is waiting outside of requests, as of workers for work (s); it is no demand.
	Idle    float64          `json:"idle,omitzero"`
	Caveats []measure.Caveat `json:"caveats,omitzero"`
}

// waits tell by a function of the standard library what a goroutine waits for,
// the more telling first.
var waits = []struct{ function, what string }{
	{"database/sql.(*DB).conn", "pool of database connections"},
	{"net/http.(*Transport).getConn", "pool of HTTP connections"},
	{"pgxpool.(*Pool).Acquire", "pool of database connections"},
	{"sync/semaphore", "semaphore"},
	{"golang.org/x/sync/semaphore", "semaphore"},
	{"sync.(*RWMutex)", "read-write lock"},
	{"sync.(*Mutex)", "lock"},
	{"internal/sync.(*Mutex)", "lock"},
	{"sync.(*Cond)", "condition"},
	{"sync.(*WaitGroup)", "group of goroutines"},
	{"sync.(*Once)", "first use"},
	{"runtime.selectgo", "select"},
	{"runtime.chanrecv", "channel, receiving"},
	{"runtime.chansend", "channel, sending"},
	{"runtime._LostContendedRuntimeLock", "lock of the runtime"},
	{"runtime.unlock", "lock of the runtime"},
}

// waitsFor is what a stack waits for, and the index of the frame that does.
func waitsFor(frames []Frame) (what string, at int) {
	for _, w := range waits {
		for i := len(frames) - 1; i >= 0; i-- {
			if strings.HasPrefix(frames[i].Function, w.function) || strings.Contains(frames[i].Function, "/"+w.function) {
				return w.what, i
			}
		}
	}
	return "something else", len(frames) - 1
}

// ContentionOf adds up captures of mutex or block profiles. Of block profiles
// only what was waited for on behalf of a request counts: below a frame that
// names an operation, or of a server of HTTP or gRPC.
func ContentionOf(captures []Capture, naming Naming) (*Contention, error) {
	a, err := newAdding(captures, "delay", naming)
	if err != nil {
		return nil, err
	}
	c := &Contention{Kind: a.d.Kind, Captures: a.d.Captures, Length: a.d.Length, Requests: a.d.Requests}
	type sum struct {
		Site
		each  []float64
		delay float64
	}
	sums := map[[4]string]*sum{}
	for k := range captures {
		p := captures[k].Profile
		times := p.column("contentions")
		for i := range p.Stacks {
			s := &p.Stacks[i]
			op := naming.operation(s, a.label, a.memory)
			if c.Kind == Block && op == "" && !serves(s.Frames) {
				c.Idle += a.figures[k].Each[i]
				continue
			}
			site := siteOf(s.Frames)
			site.Under = op
			key := [4]string{site.What, site.Function, site.Place, op}
			if sums[key] == nil {
				sums[key] = &sum{Site: site, each: make([]float64, len(captures))}
			}
			x := sums[key]
			x.delay += a.figures[k].Each[i]
			x.each[k] += a.figures[k].Each[i] / a.per[k]
			if times >= 0 {
				x.Times += s.Values[times] / a.divisor()
			}
		}
	}
	for _, x := range sums {
		v := x.delay / a.divisor()
		x.Waiting = hull(v, shifted(between(x.each), v, a.d.Requests > 0))
		if strings.HasSuffix(x.What, "lock") && c.Requests > 0 && c.Length > 0 {
			rate := c.Requests / c.Length
			x.Hold = measure.Exactly(holding(rate, v))
			if x.Waiting.Uncertain() {
				x.Hold = measure.Between(x.Hold.Value, holding(rate, x.Waiting.Lo), holding(rate, x.Waiting.Hi), confidence)
			}
		}
		c.Sites = append(c.Sites, x.Site)
	}
	slices.SortFunc(c.Sites, func(x, y Site) int {
		return cmp.Or(cmp.Compare(y.Waiting.Value, x.Waiting.Value), cmp.Compare(x.Function, y.Function), cmp.Compare(x.What, y.What), cmp.Compare(x.Place, y.Place), cmp.Compare(x.Under, y.Under))
	})
	c.caveats()
	return c, nil
}

func (c *Contention) caveats() {
	if c.Requests == 0 {
		c.Caveats = append(c.Caveats, measure.Caveat{What: "the number of requests is not known", Effect: "waiting is that of the whole capture; give --requests, --throughput or --run"})
		return
	}
	if slices.ContainsFunc(c.Sites, func(s Site) bool { return s.Hold.Known() }) {
		c.Caveats = append(c.Caveats, measure.Caveat{
			What:   "how long locks are held is worked out from how long they are waited for",
			Effect: "as of one lock that every request takes once, at random instants, for an exponential time (Pollaczek–Khinchine)",
		})
	}
}

// serves reports whether a stack is a server's that works on a request.
func serves(frames []Frame) bool {
	conn, found := false, false
	for i := range frames {
		switch name := frames[i].Function; {
		case strings.HasPrefix(name, "net/http/pprof."): // the profile itself
			return false
		case strings.HasPrefix(name, "net/http.(*conn).serve"):
			conn = true
		case conn && (strings.HasPrefix(name, "net/http.serverHandler.ServeHTTP") || strings.HasPrefix(name, "net/http.HandlerFunc.ServeHTTP")):
			found = true
		case strings.Contains(name, "grpc.(*Server).processUnaryRPC"), strings.Contains(name, "grpc.(*Server).processStreamingRPC"),
			strings.HasPrefix(name, "net/http.(*http2serverConn).runHandler"):
			found = true
		}
	}
	return found
}

// siteOf is the place of a wait: the innermost frame outside the standard
// library, or that which waits itself.
func siteOf(frames []Frame) Site {
	if len(frames) == 0 {
		return Site{What: "something else", Function: "(no stack)"}
	}
	what, at := waitsFor(frames)
	for i := at; i >= 0; i-- {
		if f := frames[i]; !Standard(Package(f.Function)) {
			return Site{What: what, Function: f.Function, Place: f.Place()}
		}
	}
	for i := at; i >= 0; i-- { // all of the library: who of it, at least
		if f := frames[i]; !ofRuntime(f.Function) && !strings.HasSuffix(Package(f.Function), "sync") {
			return Site{What: what, Function: f.Function, Place: f.Place()}
		}
	}
	return Site{What: what, Function: frames[at].Function, Place: frames[at].Place()}
}

// holding is how long a lock is held each time, of which requests at a rate λ
// wait W each: the wait of M/M/1 by Pollaczek and Khinchine, W = λh²/(1 − λh),
// solved for h [Klei75]. That is the demand at a station of one server.
func holding(rate, waiting float64) float64 {
	if !(rate > 0) || !(waiting > 0) {
		return 0
	}
	x := rate * waiting
	return waiting * 2 / (x + math.Sqrt(x*x+4*x)) // = (√(x² + 4x) − x) / 2λ, without cancelling
}
