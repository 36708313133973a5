package logs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// record is a request as it is kept.
type record struct {
	at     int64   // when it came (ns since 1970)
	who    uint64  // hash of who asked
	took   float32 // (s); negative where it is not told
	route  uint16
	status uint16
}

// collected are the requests of all logs.
type collected struct {
	records   []record
	routes    []routeNote // by route
	addresses addresses
	zone      int   // of the first stamp (s)
	grain     int64 // of the stamps (ns)
	timed     int64 // requests that tell how long they took
	named     int64 // requests that tell whose session they are of
	agents    bool
	clients   bool
}

// routeNote is what is kept of a route while logs are read.
type routeNote struct {
	bytes   int64
	sized   int64
	example string
	good    bool // the example was answered well
}

// addresses counts what is asked for, by the hash of path and query. Requests
// take turns between two halves, so that ranks of one can be told from the other.
type addresses struct {
	keys  map[uint64]seen
	turn  bool
	other int64
}

type seen struct{ a, b uint32 }

const maxAddresses = 1 << 20

func (a *addresses) add(key uint64) {
	s, known := a.keys[key]
	if !known && len(a.keys) >= maxAddresses {
		a.other++
		return
	}
	if a.turn = !a.turn; a.turn {
		s.a++
	} else {
		s.b++
	}
	a.keys[key] = s
}

// take keeps a request.
func (r *Reader) take(e *Entry) error {
	at := e.At
	o := &r.options
	if !o.Since.IsZero() && at < o.Since.UnixNano() || !o.Until.IsZero() && at >= o.Until.UnixNano() {
		return nil
	}
	l := &r.log
	if len(l.records) >= MaxRequests {
		return fmt.Errorf("more than %d million requests; choose a time by --since and --until, or give fewer files", MaxRequests/1_000_000)
	}
	if len(l.records) == 0 {
		l.zone, l.grain = e.Zone, second
	}
	for l.grain > 1 && at%l.grain != 0 {
		l.grain /= 1000
	}
	took := float32(-1)
	if e.Took >= 0 {
		l.timed++
		took = float32(e.Took)
		if r.format != nil && r.format.AtEnd {
			at -= int64(e.Took * second)
		}
	}
	id := r.router.route(e)
	for int(id) >= len(l.routes) {
		l.routes = append(l.routes, routeNote{})
	}
	l.routes[id].add(e)
	if len(e.Target) > 0 && e.Target[0] == '/' {
		l.addresses.add(hash(fnvBasis, e.Target))
	}
	l.records = append(l.records, record{at: at, who: l.whose(e), took: took, route: uint16(id), status: uint16(e.Status)})
	return nil
}

func (l *collected) whose(e *Entry) uint64 {
	if len(e.Who) > 0 && string(e.Who) != "-" {
		l.named++
		return hash(fnvBasis, e.Who)
	}
	l.agents = l.agents || len(e.Agent) > 0
	l.clients = l.clients || len(e.Client) > 0
	who := e.Client
	if i := lastColon(who); i > 0 { // address and port
		who = who[:i]
	}
	return hash(hash(fnvBasis, who), e.Agent)
}

// lastColon is where the port of an address begins: its only colon, or the one
// after a bracket.
func lastColon(t []byte) int {
	at, n := -1, 0
	for i, c := range t {
		if c == ':' {
			at = i
			n++
		}
	}
	if n == 1 || at > 0 && t[at-1] == ']' {
		return at
	}
	return -1
}

// longestExample bounds the path that stands for a route (B).
const longestExample = 200

func (n *routeNote) add(e *Entry) {
	if e.Bytes >= 0 {
		n.bytes += e.Bytes
		n.sized++
	}
	if n.good || len(e.Target) > longestExample || len(e.Target) == 0 || e.Target[0] != '/' {
		return
	}
	if good := e.Status >= 200 && e.Status < 300; n.example == "" || good {
		n.example, n.good = string(e.Target), good
	}
}

// settle puts the requests in order of time, and their routes in their final
// form.
func (r *Reader) settle() (names []string, merged int) {
	l := &r.log
	inOrder := func(a, b record) int { return cmp.Compare(a.at, b.at) }
	if !slices.IsSortedFunc(l.records, inOrder) {
		slices.SortStableFunc(l.records, inOrder)
	}
	counts := make([]int64, len(r.router.names))
	for i := range l.records {
		counts[l.records[i].route]++
	}
	final, names, merged := r.router.fold(counts)
	notes := make([]routeNote, len(names))
	best := make([]int64, len(names))
	for i := range l.routes {
		to, from := &notes[final[i]], &l.routes[i]
		to.bytes += from.bytes
		to.sized += from.sized
		if better := from.good && !to.good || from.good == to.good && counts[i] > best[final[i]]; from.example != "" && (to.example == "" || better) {
			to.example, to.good, best[final[i]] = from.example, from.good, counts[i]
		}
	}
	l.routes = notes
	for i := range l.records {
		l.records[i].route = uint16(final[l.records[i].route])
	}
	return names, merged
}

const fnvBasis = 14695981039346656037

// hash is FNV-1a of 64 bits ([Fowl12]), going on from a value.
func hash(h uint64, text []byte) uint64 {
	for _, c := range text {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h
}

// sessionsBy says what tells sessions apart, in words.
func (l *collected) sessionsBy(field string) string {
	switch {
	case field != "" && l.named > 0:
		return field
	case l.clients && l.agents:
		return "address and agent"
	case l.clients:
		return "address"
	}
	return ""
}

// plainPath reports whether a path can be shown and asked for as it is.
func plainPath(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '"' || r == '\\' })
}
