package scenarios

import "strings"

func (c *compiler) objectives(s spot) {
	for _, e := range c.entries(s, "a mapping from workloads, operations, services or topics to their objectives") {
		kind, ok := c.subject(e.name)
		if !ok {
			find := func(name string) string { return didYouMean(name, c.subjects()) }
			c.fail(e.key, c.hint(find, e.name), "no workload, operation, service or topic %q", shorten(e.name))
			continue
		}
		k := objectiveKeys(kind)
		f, ok := c.fields(e.spot, k)
		if !ok {
			continue
		}
		for _, metric := range k.known {
			v, ok := f[metric]
			if !ok {
				continue
			}
			if limit, ok := c.limit(v, metric); ok {
				c.m.Objectives = append(c.m.Objectives, Objective{Subject: e.name, Kind: kind, Metric: metric, Limit: limit})
			}
		}
	}
}

// subject finds what an objective is about.
func (c *compiler) subject(name string) (SubjectKind, bool) {
	if strings.Contains(name, ".") {
		return OfOperation, c.isOp(name)
	}
	if _, ok := c.services[name]; ok {
		return OfService, true
	}
	if _, ok := c.topics[name]; ok {
		return OfTopic, true
	}
	return OfWorkload, c.serves[name]
}

func (c *compiler) subjects() []string {
	var names []string
	for _, w := range c.m.Workloads {
		names = append(names, w.Name)
	}
	for _, s := range c.m.Services {
		names = append(names, s.Name)
	}
	for _, t := range c.m.Topics {
		names = append(names, t.Name)
	}
	return append(names, c.opNames()...)
}

// limit reads a bound in the unit of its metric.
func (c *compiler) limit(s spot, metric string) (float64, bool) {
	switch metric {
	case "errors", "utilization", "p_wait", "rejected":
		return c.share(s)
	case "depth":
		return c.number(s, 0, "a number of messages of at least 0")
	case "throughput":
		rate := c.arrivalRate(s)
		return rate, rate > 0
	}
	limit, ok := c.duration(s)
	if ok && limit <= 0 {
		c.fail(s, "", "%s; want a duration of more than 0", s.node.Text)
		ok = false
	}
	return limit, ok
}
