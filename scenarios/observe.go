package scenarios

import (
	"net/url"
	"path"
	"slices"

	"github.com/headroom/headroom/scenarios/internal/yamlx"
)

// Observation is what is watched, from outside, of a system or of one of its
// services while it is under load.
type Observation struct {
	Service string // whose; empty: of the system as a whole
	Metrics []MetricsSource
	Vars    string  // URL of Go's expvar, empty without
	Pprof   string  // URL of Go's net/http/pprof, empty without
	PID     int     // a process of this machine and its descendants, 0 without
	Port    int     // the processes of this machine that listen on it, 0 without
	Every   float64 // between two looks (s); 0: as the load test has it
}

// MetricsSource is a page of metrics as Prometheus reads them.
type MetricsSource struct {
	URL  string
	Only []string // patterns of the names that are kept, as http_*; nil keeps all
}

func observeKeys() keys {
	return keys{
		what: "observe", known: []string{"metrics", "vars", "pprof", "process", "every"},
		means: map[string]string{"prometheus": "metrics", "openmetrics": "metrics", "expvar": "vars", "profile": "pprof", "pid": "process", "port": "process", "interval": "every"},
	}
}

func metricsKeys() keys {
	return keys{what: "metrics", known: []string{"url", "only"}, means: map[string]string{"names": "only", "select": "only", "match": "only"}}
}

func processKeys() keys {
	return keys{what: "process", known: []string{"pid", "port"}, means: map[string]string{"id": "pid", "listens": "port"}}
}

// shortestLook is the least time between two looks at a target (s): closer ones
// would be a load of their own.
const shortestLook = 0.1

// observe reads what is watched: of the system, and of services by their names.
func (c *compiler) observe(s spot) {
	whole := Observation{}
	f := fields{}
	for _, e := range c.entries(s, "what to watch, as {metrics: http://localhost:9090/metrics}") {
		if slices.Contains(observeKeys().known, e.name) {
			f[e.name] = e.spot
			continue
		}
		if _, ok := c.services[e.name]; !ok {
			k := observeKeys()
			for _, service := range c.m.Services {
				k.known = append(k.known, service.Name)
			}
			c.unknownKey(e.key, e.name, k)
			continue
		}
		if of, ok := c.fields(e.spot, observeKeys()); ok {
			o := Observation{Service: e.name}
			c.observation(e.spot, of, &o)
			c.m.Live.Observe = append(c.m.Live.Observe, o)
		}
	}
	if len(f) == 0 {
		return
	}
	c.observation(s, f, &whole)
	if v, ok := f["every"]; ok && len(f) == 1 { // it is for all
		if len(c.m.Live.Observe) == 0 {
			c.fail(v, "add metrics, vars, pprof or process", "there is nothing to look at")
		}
	} else {
		c.m.Live.Observe = append([]Observation{whole}, c.m.Live.Observe...)
	}
	for i := range c.m.Live.Observe {
		if o := &c.m.Live.Observe[i]; o.Every == 0 {
			o.Every = whole.Every
		}
	}
}

func (c *compiler) observation(s spot, f fields, out *Observation) {
	if v, ok := f["metrics"]; ok {
		out.Metrics = c.metrics(v)
	}
	if v, ok := f["vars"]; ok {
		out.Vars = c.base(v)
	}
	if v, ok := f["pprof"]; ok {
		out.Pprof = c.base(v)
	}
	if v, ok := f["process"]; ok {
		c.observedProcess(v, out)
	}
	if v, ok := f["every"]; ok {
		if out.Every, ok = c.duration(v); ok && (out.Every < shortestLook || out.Every > maxTime) {
			c.fail(v, "", "%s; want %v s or more", v.node.Text, shortestLook)
		}
	}
	if out.Service != "" && (len(f) == 0 || len(f) == 1 && f.has("every")) {
		c.fail(s, "add metrics, vars, pprof or process", "there is nothing to look at")
	}
}

// metrics reads one page of metrics, or a list of them.
func (c *compiler) metrics(s spot) []MetricsSource {
	if s.node.Kind != yamlx.Sequence {
		return []MetricsSource{c.metricsSource(s)}
	}
	var out []MetricsSource
	for i := range s.node.Items {
		out = append(out, c.metricsSource(s.item(i)))
	}
	if len(out) == 0 {
		c.fail(s, "", "an empty list; want a URL, as http://localhost:9090/metrics")
	}
	return out
}

func (c *compiler) metricsSource(s spot) MetricsSource {
	if s.node.Kind == yamlx.Scalar {
		return MetricsSource{URL: c.base(s)}
	}
	f, ok := c.fields(s, metricsKeys())
	if !ok {
		return MetricsSource{}
	}
	var out MetricsSource
	if v, ok := c.required(s, f, "url", "write url: http://localhost:9090/metrics"); ok {
		out.URL = c.base(v)
	}
	if v, ok := f["only"]; ok {
		for _, p := range c.nameList(v, "a pattern of names, as http_*") {
			if _, err := path.Match(p.node.Text, ""); err != nil || p.node.Text == "" {
				c.fail(p, "* stands for anything, ? for one character", "%q is no pattern of names", shorten(p.node.Text))
			}
			out.Only = append(out.Only, p.node.Text)
		}
	}
	return out
}

// observedProcess reads which processes of this machine are meant.
func (c *compiler) observedProcess(s spot, out *Observation) {
	f, ok := c.fields(s, processKeys())
	if !ok {
		return
	}
	if len(f) != 1 {
		c.fail(s, "write {port: 8080} or {pid: 1234}", "want one of pid and port")
		return
	}
	if v, ok := f["pid"]; ok {
		out.PID, _ = c.whole(v, 1, mostPID)
	}
	if v, ok := f["port"]; ok {
		out.Port, _ = c.whole(v, 1, 65535)
	}
}

const mostPID = 1 << 22 // as Linux has it

// observe checks what a model made by hand wants watched.
func (c *checker) observe() {
	for _, o := range c.m.Live.Observe {
		where := "live observe " + o.Service
		_, found := c.m.ServiceByName(o.Service)
		c.want(o.Service == "" || found, where, "there is no such service")
		c.want(o.Every == 0 || o.Every >= shortestLook && o.Every <= maxTime, where, "every %v s; want %v s or more", o.Every, shortestLook)
		c.want(o.PID >= 0 && o.PID <= mostPID && o.Port >= 0 && o.Port <= 65535, where, "no process %d or port %d", o.PID, o.Port)
		urls := []string{o.Vars, o.Pprof}
		for _, m := range o.Metrics {
			urls = append(urls, m.URL)
			c.want(m.URL != "", where, "metrics without a URL")
			for _, p := range m.Only {
				_, err := path.Match(p, "")
				c.want(err == nil, where, "%q is no pattern of names", p)
			}
		}
		for _, text := range urls {
			u, err := url.Parse(text)
			c.want(text == "" || err == nil && u.Host != "", where, "%q is no URL", text)
		}
	}
}
