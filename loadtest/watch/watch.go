// Package watch looks at a system from outside while it is under load: at the
// metrics it publishes for Prometheus or as expvar, at its processes where they
// run on this machine, and, with a CPU profile, at what it does. What it sees
// is a series of [Note]s, which a [Summary] lays on the axis of time of the
// load and turns into part of a [measure.Result].
//
// A monitor that fails or is late is told by a caveat; it never stops a load,
// and it never asks a host that the caller's transport does not admit.
package watch

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// DefaultEvery is the time between two looks where nobody says another.
const DefaultEvery = time.Second

// mostLooks bounds how often a monitor looks in one run, so that a long one
// does not drown its own results.
const mostLooks = 3600

// Options say how a system is watched.
type Options struct {
	Transport http.RoundTripper    // reaches the hosts that may be asked, and no others
	Now       func() time.Duration // since the start of the measured time
	Length    time.Duration        // of the whole run, warm-up included
	// Note takes a [Note] as JSON; it is called by one goroutine at a time.
	Note func([]byte)
	// Profile is how the names of files of CPU profiles begin; empty makes none.
	Profile string
}

// Watcher watches a system until it is stopped.
type Watcher struct {
	options  Options
	client   *http.Client
	monitors []*watched
	profiles []*profiled

	noting sync.Mutex
	all    sync.WaitGroup
	stop   context.CancelFunc
}

// monitor looks at something; what it returns with an error is kept as well.
type monitor interface {
	look(ctx context.Context) ([]sample, error)
}

// sample is one figure at one moment.
type sample struct {
	Column
	value float64
}

// watched is a monitor and what became of it.
type watched struct {
	monitor
	what, part string
	every      time.Duration

	columns map[string]int
	looks   int
	failed  int
	late    int
	why     error // the last failure
	left    int   // figures that there was no room for
}

// URLs are the addresses that a watcher of these observations will ask.
func URLs(watch []scenarios.Observation) ([]*url.URL, error) {
	var out []*url.URL
	add := func(text, path string) error {
		if text == "" {
			return nil
		}
		u, err := address(text, path)
		out = append(out, u)
		return err
	}
	for _, o := range watch {
		for _, m := range o.Metrics {
			if err := add(m.URL, metricsPath); err != nil {
				return nil, err
			}
		}
		if err := add(o.Vars, varsPath); err != nil {
			return nil, err
		}
		if err := add(o.Pprof, profilePath); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// address is a URL with a path for it where it has none.
func address(text, path string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("watch: %q is no address; want a URL such as http://localhost:9090%s", text, path)
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = path
	}
	return u, nil
}

// New makes a watcher of what the observations name. A process that is not
// there yet is looked for again at each look.
func New(watch []scenarios.Observation, o Options) (*Watcher, error) {
	w := &Watcher{options: o, client: &http.Client{
		Transport:     o.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	for i := range watch {
		if err := w.add(&watch[i]); err != nil {
			return nil, err
		}
	}
	return w, nil
}

func (w *Watcher) add(o *scenarios.Observation) error {
	every := max(time.Duration(o.Every*float64(time.Second)), 0)
	if every == 0 {
		every = DefaultEvery
	}
	every = max(every, w.options.Length/mostLooks)
	part := o.Service
	if part == "" {
		part = measure.WholeTarget
	}
	keep := func(what string, m monitor) {
		w.monitors = append(w.monitors, &watched{monitor: m, what: what, part: part, every: every, columns: map[string]int{}})
	}
	for _, m := range o.Metrics {
		u, err := address(m.URL, metricsPath)
		if err != nil {
			return err
		}
		keep("metrics "+u.Redacted(), &metrics{client: w.client, url: u.String(), only: m.Only})
	}
	if o.Vars != "" {
		u, err := address(o.Vars, varsPath)
		if err != nil {
			return err
		}
		keep("vars "+u.Redacted(), &vars{client: w.client, url: u.String()})
	}
	if o.PID > 0 || o.Port > 0 {
		what := fmt.Sprintf("process %d", o.PID)
		if o.Port > 0 {
			what = fmt.Sprintf("processes on port %d", o.Port)
		}
		keep(what, newProcesses(o.PID, o.Port))
	}
	if o.Pprof != "" {
		u, err := address(o.Pprof, profilePath)
		if err != nil {
			return err
		}
		w.profiles = append(w.profiles, &profiled{client: w.client, url: *u, part: part})
	}
	return nil
}

// Start begins to look, at once and then every so often.
func (w *Watcher) Start(ctx context.Context) {
	ctx, w.stop = context.WithCancel(ctx)
	for i, m := range w.monitors {
		w.all.Go(func() { w.keepLooking(ctx, i, m) })
	}
}

func (w *Watcher) keepLooking(ctx context.Context, number int, m *watched) {
	tick := time.NewTicker(m.every)
	defer tick.Stop()
	for {
		began := w.options.Now()
		w.lookOnce(ctx, number, m)
		if took := w.options.Now() - began; took > m.every {
			m.late++
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			w.lookOnce(context.WithoutCancel(ctx), number, m) // the last edge of the last interval
			return
		}
	}
}

// patience is how long one look may take.
const patience = 5 * time.Second

func (w *Watcher) lookOnce(ctx context.Context, number int, m *watched) {
	within, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	began := w.options.Now()
	samples, err := m.look(within)
	at := began + (w.options.Now()-began)/2
	if err != nil && ctx.Err() != nil {
		return // the look was cut, and is made again after the end
	}
	m.looks++
	if err != nil {
		m.failed++
		m.why = err
	}
	if len(samples) > 0 {
		w.note(number, m, at, samples)
	}
}

// note writes down what was seen.
func (w *Watcher) note(number int, m *watched, at time.Duration, samples []sample) {
	n := Note{Monitor: number, At: at}
	m.left = 0
	values := make([]float64, len(m.columns), max(len(m.columns), len(samples)))
	for i := range values {
		values[i] = math.NaN()
	}
	for _, s := range samples {
		i, known := m.columns[s.Name]
		if !known {
			if !room(m.columns, &s.Column) {
				m.left++
				continue
			}
			i = len(m.columns)
			m.columns[s.Name] = i
			n.Columns = append(n.Columns, s.Column)
			values = append(values, math.NaN())
		}
		values[i] = s.value
	}
	if len(n.Columns) > 0 {
		n.Part, n.Every = m.part, m.every
	}
	n.Values = values
	text, err := json.Marshal(&n)
	if err != nil { // a name that is no text cannot come from a page that was read
		m.why = err
		return
	}
	w.noting.Lock()
	defer w.noting.Unlock()
	w.options.Note(text)
}

// Stop looks a last time and returns what is to be said of the monitors.
func (w *Watcher) Stop() []measure.Caveat {
	if w.stop != nil {
		w.stop()
	}
	w.all.Wait()
	var out []measure.Caveat
	for _, m := range w.monitors {
		out = append(out, m.caveats()...)
	}
	for _, p := range w.profiles {
		out = append(out, p.caveats()...)
	}
	return out
}

func (m *watched) caveats() []measure.Caveat {
	var out []measure.Caveat
	say := func(effect, format string, args ...any) {
		out = append(out, measure.Caveat{What: "watch: " + m.what + ": " + fmt.Sprintf(format, args...), Where: where(m.part), Effect: effect})
	}
	if m.failed > 0 {
		say("what it would have shown then is missing", "%d of %d looks failed, the last one so: %v", m.failed, m.looks, m.why)
	}
	if m.late > 0 {
		say("its figures are coarser than asked for", "%d of %d looks took longer than the %v between two", m.late, m.looks, m.every)
	}
	if m.left > 0 {
		say("choose by only: [names]", "%d more figures than are kept", m.left)
	}
	return out
}

func where(part string) string {
	if part == measure.WholeTarget {
		return "live.observe"
	}
	return "live.observe." + part
}
