// Package profiling joins profiles with what a program served while they were
// taken, and sets what follows on a page. It computes nothing of its own.
package profiling

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/profiles/pprof"
)

// Served is what a program served while it was profiled: requests in all, or a
// rate, by operation too where that is known, or the run that it was part of.
type Served struct {
	Requests, Throughput []string // numbers, or OPERATION=number
	CPU                  float64  // processor time of the process (s); 0 = not known
	Run                  *measure.Result
	Service              string // of the run, whose profile it is; empty: of the system as a whole
}

// figure is a number in all, and by operation.
type figure struct {
	all float64
	by  map[string]float64
}

func parseFigures(flag string, texts []string) (*figure, error) {
	if len(texts) == 0 {
		return nil, nil
	}
	f := &figure{}
	for _, text := range texts {
		op, number := "", text
		if i := strings.LastIndexByte(text, '='); i >= 0 {
			op, number = text[:i], text[i+1:]
		}
		v, err := strconv.ParseFloat(strings.TrimSuffix(number, "/s"), 64)
		if err != nil || !(v > 0) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("--%s %q: want a number above 0, or OPERATION=number", flag, text)
		}
		switch {
		case op == "" && f.all > 0:
			return nil, fmt.Errorf("--%s %q: the number of all requests is given twice", flag, text)
		case op == "":
			f.all = v
		default:
			if f.by == nil {
				f.by = map[string]float64{}
			}
			if f.by[op] > 0 {
				return nil, fmt.Errorf("--%s: %s is given twice", flag, op)
			}
			f.by[op] = v
		}
	}
	if f.all == 0 {
		for _, v := range f.by {
			f.all += v
		}
	}
	return f, nil
}

func (f *figure) times(seconds float64) (all float64, by map[string]float64) {
	if f.by != nil {
		by = map[string]float64{}
		for op, v := range f.by {
			by[op] = v * seconds
		}
	}
	return f.all * seconds, by
}

// Captures joins profiles with what was served. Requests given are those of
// each profile, in turn where there are as many as profiles.
func (s *Served) Captures(profiles []*pprof.Profile) ([]pprof.Capture, error) {
	given := 0
	for _, is := range []bool{len(s.Requests) > 0, len(s.Throughput) > 0, s.Run != nil} {
		if is {
			given++
		}
	}
	if given > 1 {
		return nil, errors.New("--requests, --throughput and --run say the same: give one")
	}
	each, err := s.requestsOfEach(profiles)
	if err != nil {
		return nil, err
	}
	rate, err := s.rate()
	if err != nil {
		return nil, err
	}
	var out []pprof.Capture
	for i, p := range profiles {
		c := pprof.Capture{Profile: p, CPU: cmp.Or(s.CPU, p.Process)}
		switch {
		case each != nil:
			c.Requests, c.Operations = each[i].times(1)
		case rate != nil && !(p.Length > 0):
			return nil, fmt.Errorf("%s does not say how long it took; give --requests, the number served meanwhile", p.Name)
		case rate != nil:
			c.Requests, c.Operations = rate.times(p.Length)
		}
		if s.Run != nil && c.CPU == 0 && p.Kind() == pprof.CPU {
			c.CPU = s.cores() * p.Length
		}
		out = append(out, c)
	}
	return out, nil
}

// requestsOfEach are those of each profile: the same for all, or a plain number
// for each.
func (s *Served) requestsOfEach(profiles []*pprof.Profile) ([]*figure, error) {
	if len(s.Requests) == 0 {
		return nil, nil
	}
	if n := len(s.Requests); n > 1 && n == len(profiles) && !strings.Contains(strings.Join(s.Requests, ""), "=") {
		var out []*figure
		for _, text := range s.Requests {
			f, err := parseFigures("requests", []string{text})
			if err != nil {
				return nil, err
			}
			out = append(out, f)
		}
		return out, nil
	}
	f, err := parseFigures("requests", s.Requests)
	if err != nil {
		return nil, fmt.Errorf("%w; or as many numbers as profiles, %d", err, len(profiles))
	}
	out := make([]*figure, len(profiles))
	for i := range out {
		out[i] = f
	}
	return out, nil
}

func (s *Served) rate() (*figure, error) {
	if s.Run == nil {
		return parseFigures("throughput", s.Throughput)
	}
	f := &figure{by: map[string]float64{}}
	for name, o := range s.Run.Operations {
		if service, _, _ := strings.Cut(name, "."); s.Service != "" && service != s.Service || !o.Throughput.Known() {
			continue
		}
		f.by[name] = o.Throughput.Value
		f.all += o.Throughput.Value
	}
	if s.Service == "" { // requests of users, whatever they visit
		all := 0.0
		for _, w := range s.Run.Workloads {
			all += w.Throughput.Value
		}
		if all > 0 {
			f.all = all
		}
	} else if v, ok := s.Run.Services[s.Service]; ok && f.all == 0 {
		f.all = v.Throughput.Value
	}
	if len(f.by) == 0 {
		f.by = nil
	}
	if !(f.all > 0) {
		return nil, fmt.Errorf("the run says nothing of the throughput of %s", orSystem(s.Service))
	}
	return f, nil
}

func orSystem(service string) string {
	if service == "" {
		return "the system"
	}
	return service
}

// cores is how many the profiled process used, as its monitor saw; 0 = not known.
func (s *Served) cores() float64 {
	part := s.Service
	if part == "" {
		part = measure.WholeTarget
	}
	if t := s.Run.Target[part]; t != nil {
		if r := t.Resources["cpu"]; r != nil && r.Unit == "cores" {
			return r.Use.Value
		}
	}
	return 0
}
