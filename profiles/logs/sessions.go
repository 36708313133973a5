package logs

import (
	"math"

	"github.com/headroom/headroom/measure"
)

// visit is a session that goes on.
type visit struct {
	began, ended int64 // (ns)
	requests     int
}

// visitors finds the sessions in requests that stand in order of time.
type visitors struct {
	idle     int64 // (ns)
	open     map[uint64]*visit
	clients  int64
	count    int64
	busy     stretch
	from     int64
	whole    float64 // span of the log (ns)
	present  float64 // time of sessions within the busy hour (s)
	starts   [blocks]sums
	length   histogram
	duration histogram
	think    histogram
	timed    bool
}

// sessions are the requests of one client without a pause as long as idle (s),
// as by the rule of 30 minutes ([CaPi95]).
func sessions(records []record, busy stretch, idle float64, timed bool) *measure.Sessions {
	first, last := records[0].at, records[len(records)-1].at
	v := &visitors{idle: int64(idle * second), open: map[uint64]*visit{}, busy: busy, from: first, whole: math.Max(float64(last-first), 1), timed: timed}
	for i := range records {
		v.see(&records[i])
	}
	for _, s := range v.open {
		v.close(s)
	}
	span := float64(last-first) / second
	if v.count == 0 || span <= 0 {
		return nil
	}
	for i := range v.starts {
		v.starts[i].n = span / blocks
	}
	return &measure.Sessions{
		Idle: idle, Count: v.count, Clients: v.clients, Rate: overBlocks(v.starts[:], sums.mean, false),
		Present: v.present / busy.span(),
		Length:  wholes(v.length.spread()), Duration: v.duration.spread(), Think: v.think.spread(), Measured: timed,
	}
}

func (v *visitors) place(at int64) float64 {
	return math.Min(math.Max(float64(at-v.from)/v.whole, 0), 1)
}

func (v *visitors) see(r *record) {
	ended := r.at
	if r.took > 0 {
		ended += int64(float64(r.took) * second)
	}
	s := v.open[r.who]
	if s == nil {
		v.clients++
		s = &visit{}
		v.open[r.who] = s
	}
	switch {
	case s.requests == 0:
	case r.at-s.ended >= v.idle:
		v.close(s)
		*s = visit{}
	default:
		v.think.add(math.Max(float64(r.at-s.ended)/second, 0), v.place(r.at))
	}
	if s.requests == 0 {
		s.began, s.ended = r.at, ended
		v.starts[min(int(v.place(r.at)*blocks), blocks-1)].x++
	}
	s.requests++
	s.ended = max(s.ended, ended)
}

func (v *visitors) close(s *visit) {
	v.count++
	at := v.place(s.began)
	v.length.add(float64(s.requests), at)
	v.duration.add(float64(s.ended-s.began)/second, at)
	if both := min(s.ended, v.busy.to) - max(s.began, v.busy.from); both > 0 {
		v.present += float64(both) / second
	}
}

// wholes rounds the quantiles of counts.
func wholes(s *measure.Spread) *measure.Spread {
	if s != nil {
		s.P50, s.P95, s.P99 = math.Round(s.P50), math.Round(s.P95), math.Round(s.P99)
		for i := range s.Curve {
			s.Curve[i] = math.Round(s.Curve[i])
		}
	}
	return s
}
