package foreign

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/headroom/headroom/scenarios"
	"github.com/headroom/headroom/scenarios/dist"
)

// draft is a scenario on its way: a model whose steps have no paths yet, and
// names that the language takes.
type draft struct {
	*report
	m     scenarios.Model
	names map[string]bool // of services, topics and workloads; operations with their service
	about []string        // for the head of the file

	remarks map[string][]string // to stand before a service, an operation and so on
}

func newDraft(r *report) *draft {
	d := &draft{report: r, names: map[string]bool{}}
	d.m.Network.Latency = dist.Const(0)
	d.about = []string{"times are in seconds: the file has no units"}
	return d
}

// remark adds a line to the head of the scenario.
func (d *draft) remark(text string) { d.about = append(d.about, text) }

// service adds a service with the defaults of the language.
func (d *draft) service(name string) scenarios.ServiceID {
	d.m.Services = append(d.m.Services, scenarios.Service{Name: d.free("", name), Replicas: 1, Cores: 1, Backlog: scenarios.Unlimited})
	return scenarios.ServiceID(len(d.m.Services) - 1)
}

// operation adds an operation to a service.
func (d *draft) operation(s scenarios.ServiceID, name string, steps ...scenarios.Step) scenarios.OpID {
	service := &d.m.Services[s]
	full := d.free(service.Name+".", name)
	id := scenarios.OpID(len(d.m.Operations))
	d.m.Operations = append(d.m.Operations, scenarios.Operation{Name: full, Service: s, Steps: steps})
	service.Operations = append(service.Operations, id)
	return id
}

// workload adds a workload; it has a name already.
func (d *draft) workload(name string, w scenarios.Workload) {
	w.Name = d.free("", name)
	d.m.Workloads = append(d.m.Workloads, w)
}

// free is a name of the language that is like the given one and not taken, with
// the prefix before it.
func (d *draft) free(prefix, name string) string {
	base := tidy(name)
	out := prefix + base
	for i := 2; d.names[out]; i++ {
		suffix := "-" + strconv.Itoa(i)
		out = prefix + base[:min(len(base), maxName-len(suffix))] + suffix
	}
	d.names[out] = true
	return out
}

// maxName is the longest name of the language.
const maxName = 64

// Letters of ISO-8859-1 with accents, and those without.
const (
	accented = "ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöøùúûüýÿß"
	bare     = "AAAAAACEEEEIIIINOOOOOOUUUUYaaaaaaceeeeiiiinoooooouuuuyys"
)

// tidy makes a name that the language takes: a letter, then letters, digits,
// - and _. Words that YAML reads as something else get a _.
func tidy(name string) string {
	var b strings.Builder
	for _, r := range name {
		if i := strings.IndexRune(accented, r); i >= 0 {
			r = rune(bare[utf8.RuneCountInString(accented[:i])])
		}
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		other := r >= '0' && r <= '9' || r == '_' || r == '-'
		switch {
		case letter, b.Len() > 0 && other:
			b.WriteRune(r)
		case other:
			b.WriteByte('n')
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	out := b.String()
	out = strings.TrimRight(out[:min(len(out), maxName-1)], "-")
	switch strings.ToLower(out) {
	case "":
		return "unnamed"
	case "null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf", "end", "start", "steps", "route":
		return out + "_"
	}
	return out
}

// times is steps that are run so often in the mean (1): whole rounds for
// certain, and one more with the probability that is left.
func times(visits float64, steps ...scenarios.Step) []scenarios.Step {
	whole, rest := math.Floor(visits), fraction(visits)
	var out []scenarios.Step
	switch {
	case whole == 1:
		out = append(out, steps...)
	case whole > 1:
		out = append(out, scenarios.Repeat{Count: count(whole), Steps: steps})
	}
	if rest > 0 {
		out = append(out, scenarios.Choose{Branches: []scenarios.Branch{{P: rest, Steps: steps}, {P: 1 - rest}}})
	}
	return out
}

// fraction is what v has after the point: as few digits as v itself has, where
// that gives v again.
func fraction(v float64) float64 {
	whole := math.Floor(v)
	if _, digits, ok := strings.Cut(strconv.FormatFloat(v, 'f', -1, 64), "."); ok {
		if short, err := strconv.ParseFloat("0."+digits, 64); err == nil && whole+short == v {
			return short
		}
	}
	return v - whole
}

// count is a constant number of rounds.
func count(n float64) dist.Dist { return counts(plain(n)) }

func counts(text string) dist.Dist {
	d, err := dist.Parse(text, dist.Count)
	if err != nil {
		return dist.Const(0) // more rounds than the language knows: the check says so
	}
	return d
}
