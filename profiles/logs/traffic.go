package logs

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/headroom/headroom/measure"
)

// Fewer requests than these tell nothing.
const leastRequests = 2

const (
	shownRoutes = 5                     // with a rate of their own over time
	longestSpan = 10 * 365 * 86400      // (s): beyond, some stamp is wrong
	day         = float64(24 * 60 * 60) // (s)
)

// Traffic is what the logs that were read tell.
func (r *Reader) Traffic() (*measure.Traffic, error) {
	l := &r.log
	name := "no log"
	if len(r.files) > 0 {
		name = r.files[0]
	}
	if len(l.records) < leastRequests {
		msg := fmt.Sprintf("%d requests, which tell nothing of a load", len(l.records))
		if !r.options.Since.IsZero() || !r.options.Until.IsZero() {
			msg += " (between --since and --until)"
		}
		return nil, &Error{File: name, Msg: msg, Shown: r.shown}
	}
	names, merged := r.settle()
	records := l.records
	first, last := records[0].at, records[len(records)-1].at
	span := float64(last-first) / second
	if span <= 0 || span > longestSpan {
		return nil, &Error{File: name, Msg: fmt.Sprintf("its requests span %s, from %s to %s; choose a time by --since and --until", seconds(span), moment(first), moment(last))}
	}
	zone := time.FixedZone("", l.zone)
	grain := float64(l.grain) / second
	t := &measure.Traffic{
		Schema: measure.TrafficSchema, Sources: r.files, Format: r.format.Name, Began: time.Unix(0, first).In(zone), Span: span,
		Requests: int64(len(records)), Lines: r.lines, Bad: r.bad, Grain: grain,
		Ended: r.format.AtEnd && l.timed == 0,
	}
	t.Rate = stretch{records, first, last + 1}.rate()
	busy := busyHour(records)
	t.Busy = measure.Busy{From: float64(busy.from-first) / second, Span: busy.span(), Rate: busy.rate()}
	t.Routes = l.routesOf(names, merged)
	t.Statuses = statusesOf(records, -1)
	t.Errors = errorsOf(records, first, last)
	t.Gaps = busy.gaps(grain)
	t.Dispersion = busy.dispersion(grain)
	t.Popularity = l.addresses.popularity()
	if by := l.sessionsBy(r.options.Session); by != "" || r.format.Name == "har" {
		t.Sessions = sessions(records, busy, r.options.Idle, l.timed > 0)
		if t.Sessions != nil {
			t.Sessions.By = by
		}
	}
	t.Series = seriesOf(records, t.Routes, span)
	for _, x := range t.Series.Rate {
		if x > t.PeakRate {
			t.PeakRate = x
		}
	}
	t.Day, t.Week = shapeOf(records, l.zone)
	var why string
	t.Arrivals, why = busy.arrivals(t.Busy.Rate.Value, t.Gaps, t.Dispersion)
	r.caveats(t, why)
	return t, nil
}

func moment(at int64) string { return time.Unix(0, at).UTC().Format(time.RFC3339) }

func (r *Reader) caveats(t *measure.Traffic, why string) {
	say := func(what, where, effect string) {
		t.Caveats = append(t.Caveats, measure.Caveat{What: what, Where: where, Effect: effect})
	}
	say("arrivals are those of the busy hour: "+why, "arrivals", "")
	if r.bad > 0 {
		say(fmt.Sprintf("%d of %d lines could not be read, the first: %s", r.bad, r.lines, r.shown[0]), "lines", "they are missing everywhere")
	}
	if t.Gaps == nil {
		say("stamps have a grain of "+seconds(t.Grain)+", and gaps are "+seconds(1/t.Busy.Rate.Value)+" in the mean", "gaps", "the variance of the times between arrivals cannot be had; the index of dispersion tells of bursts from "+seconds(t.Grain)+" on")
	}
	if t.Ended {
		say("the log is stamped when requests end and does not tell how long they took", "rate", "requests came earlier than told, and response times are not known")
	}
	if r.log.timed > 0 && r.log.timed < t.Requests {
		say(fmt.Sprintf("%d of %d requests do not tell how long they took", t.Requests-r.log.timed, t.Requests), "response", "times are those of the others")
	}
	if p := t.Popularity; p != nil {
		if !p.Skew.Known() {
			say("too few addresses were asked for often enough to be ranked", "popularity", "no exponent is given")
		}
		if p.Other > 0 {
			say(fmt.Sprintf("more than %d different addresses", maxAddresses), "popularity", figure(100*p.Other)+" % of the requests are for addresses that are not counted")
		}
	}
	if s := t.Sessions; s != nil {
		if s.Duration != nil && s.Duration.P95 > t.Span/4 {
			say("sessions are long beside the log", "sessions", "those that had begun before it or went on after it are cut: lengths are too small")
		}
		if t.Grain >= 1 && s.Think != nil {
			say("stamps have a grain of "+seconds(t.Grain), "sessions", "shorter think times are not told apart")
		}
		if !s.Measured && s.Think != nil {
			say("the log does not tell how long requests took", "sessions", "think times run from request to request")
		}
	}
}

// routesOf are the figures of all routes.
func (l *collected) routesOf(names []string, merged int) []measure.Route {
	out := make([]measure.Route, len(names))
	times := make([]histogram, len(names))
	statuses := make([]map[uint16]int64, len(names))
	for i := range l.records {
		r := &l.records[i]
		out[r.route].Requests++
		if statuses[r.route] == nil {
			statuses[r.route] = map[uint16]int64{}
		}
		statuses[r.route][r.status]++
		if r.took >= 0 {
			times[r.route].add(float64(r.took), float64(i)/float64(len(l.records)))
		}
	}
	for i := range out {
		o := &out[i]
		o.Name, o.Share, o.Statuses = names[i], float64(o.Requests)/float64(len(l.records)), map[string]int64{}
		for s, n := range statuses[i] {
			o.Statuses[statusName(s)] += n
			if s >= 500 {
				o.Errors += float64(n) / float64(o.Requests)
			}
		}
		o.Response = times[i].spread()
		if n := &l.routes[i]; n.sized > 0 {
			o.Bytes = float64(n.bytes) / float64(n.sized)
		}
		if e := l.routes[i].example; plainPath(e) {
			o.Example = e
		}
		if o.Name == otherRoutes {
			o.Merged = merged
		}
	}
	return out
}

func statusName(s uint16) string {
	if s == 0 {
		return "none"
	}
	return strconv.Itoa(int(s))
}

// statusesOf counts statuses, of one route or of all (-1).
func statusesOf(records []record, route int) map[string]int64 {
	counts := [1000]int64{}
	for i := range records {
		if route < 0 || int(records[i].route) == route {
			counts[min(records[i].status, 999)]++
		}
	}
	out := map[string]int64{}
	for s, n := range counts {
		if n > 0 {
			out[statusName(uint16(s))] = n
		}
	}
	return out
}

func errorsOf(records []record, first, last int64) measure.Estimate {
	parts := make([]sums, blocks)
	for i := range records {
		at := int(float64(records[i].at-first) / float64(last-first+1) * blocks)
		bad := 0.0
		if records[i].status >= 500 {
			bad = 1
		}
		parts[min(at, blocks-1)].add(bad)
	}
	return overBlocks(parts, sums.mean, false)
}

// seriesOf lays the requests on an axis of time.
func seriesOf(records []record, routes []measure.Route, span float64) *measure.TrafficSeries {
	interval := measure.NiceInterval(span)
	n := int(math.Ceil(span/interval)) + 1
	if rest := span - float64(n-1)*interval; rest < interval/5 {
		n-- // a last interval that is hardly begun says nothing
	}
	n = max(n, 1)
	s := &measure.TrafficSeries{Interval: interval, Rate: make(measure.Values, n), Errors: make(measure.Values, n), Routes: map[string]measure.Values{}}
	took, timed := make(measure.Values, n), make([]float64, n)
	shown := make([]measure.Values, min(len(routes), shownRoutes))
	for i := range shown {
		shown[i] = make(measure.Values, n)
		s.Routes[routes[i].Name] = shown[i]
	}
	for i := range records {
		r := &records[i]
		at := int(float64(r.at-records[0].at) / second / interval)
		if at >= n {
			continue
		}
		s.Rate[at]++
		if r.status >= 500 {
			s.Errors[at]++
		}
		if r.took >= 0 {
			took[at] += float64(r.took)
			timed[at]++
		}
		if int(r.route) < len(shown) {
			shown[r.route][at]++
		}
	}
	anyTime := false
	for i := range n {
		length := math.Min(interval, span-float64(i)*interval)
		s.Errors[i] /= s.Rate[i] // unknown where there are no requests
		took[i] /= timed[i]
		anyTime = anyTime || timed[i] > 0
		s.Rate[i] /= length
		for _, v := range shown {
			v[i] /= length
		}
	}
	if anyTime {
		s.Response = took
	}
	return s
}

// shapeOf is the mean rate by hour of the day and by day of the week; nil where
// the log does not see each of them.
func shapeOf(records []record, zone int) (hours, week measure.Values) {
	first, last := records[0].at+int64(zone)*second, records[len(records)-1].at+int64(zone)*second
	span := float64(last-first) / second
	if span < day-1800 {
		return nil, nil
	}
	hours, week = make(measure.Values, 24), make(measure.Values, 7)
	for i := range records {
		at := (records[i].at + int64(zone)*second) / second
		hours[at/3600%24]++
		week[(at/86400+3)%7]++ // 1 January 1970 was a Thursday
	}
	var seenHours, seenDays [24]float64
	for at := first / second / 3600 * 3600; at <= last/second; at += 3600 {
		length := math.Min(float64(at+3600), float64(last)/second) - math.Max(float64(at), float64(first)/second)
		seenHours[at/3600%24] += length
		seenDays[(at/86400+3)%7] += length
	}
	for i := range hours {
		hours[i] /= seenHours[i]
	}
	for i := range week {
		week[i] /= seenDays[i]
	}
	if span < 6.5*day {
		week = nil
	}
	return hours, week
}

// IsError reports whether an error is of a log, and not of the machine.
func IsError(err error) bool {
	var e *Error
	return errors.As(err, &e)
}
