package scenarios

import (
	"math"

	"github.com/headroom/headroom/scenarios/dist"
)

// replicasOf reads how the replicas of a service differ, fail and become more or
// fewer: slow, mtbf and mttr, autoscale and cost.
func (c *compiler) replicasOf(of spot, f fields, s *Service) {
	if v, ok := f["slow"]; ok {
		c.slow(v, s)
	}
	c.failuresOf(of, f, s)
	if v, ok := f["autoscale"]; ok {
		s.Scaling = c.autoscale(v, s)
	}
	if v, ok := f["cost"]; ok {
		s.Cost, _ = c.number(v, 0, "a cost of one replica per hour, a number of at least 0")
	}
	if s.Balancing != Shared || s.Threads > 0 {
		return
	}
	for _, word := range []string{"slow", "mtbf", "autoscale"} {
		if v, ok := f[word]; ok {
			c.fail(v, "say how many threads a replica has, or balance otherwise", "shared balancing without threads makes all replicas one station, which %q says nothing about", word)
		}
	}
}

// maxSpeed is how many times faster than another a core may be (1).
const maxSpeed = 1e6

// speed reads how fast the cores of a service are, 1 being what its demands
// are measured on: the demands are divided by it.
func (c *compiler) speed(f fields) float64 {
	v, ok := f["speed"]
	if !ok {
		return 1
	}
	const want = "a speed above 0, as 2 for twice as fast"
	x, ok := c.number(v, 0, want)
	switch {
	case !ok:
		return 1
	case x < 1/maxSpeed || x > maxSpeed:
		c.fail(v, "", "%g; want %s", x, want)
		return 1
	}
	return x
}

// slowed is a demand on the cores of the service at hand, at their speed.
func (c *compiler) slowed(s spot, d dist.Dist) dist.Dist {
	if mean := d.Mean() * c.slowdown; mean > maxTime {
		c.fail(s, "is the speed right?", "a mean of %g s at the speed of the service", mean)
		return d
	}
	return d.Scaled(c.slowdown)
}

func (c *compiler) slow(s spot, out *Service) {
	f, ok := c.fields(s, slowKeys())
	if !ok {
		return
	}
	n, hasN := f["replicas"]
	p, hasP := f["share"]
	switch {
	case hasN == hasP:
		c.fail(s, "write slow: {replicas: 1, speed: 25%}", "want either replicas or share")
	case hasN:
		k, ok := c.whole(n, 1, maxCount)
		if ok && k > out.Replicas {
			c.fail(n, "", "%d slow replicas of %d", k, out.Replicas)
		}
		out.Slow.Replicas = min(k, out.Replicas)
	default:
		share, ok := c.share(p)
		if ok && share == 0 {
			c.fail(p, "remove slow", "0%% are slow")
		}
		out.Slow.Replicas = min(out.Replicas, max(1, int(math.Round(share*float64(out.Replicas)))))
	}
	v, ok := c.required(s, f, "speed", "say how fast they are, as speed: 25%")
	if !ok {
		return
	}
	x, ok := c.share(v)
	if ok && x == 0 {
		c.fail(v, "a replica that does nothing is one that is down: see mtbf", "a speed of 0")
	}
	out.Slow.Speed = x
}

// failuresOf reads mtbf, mttr and down, which need each other.
func (c *compiler) failuresOf(of spot, f fields, s *Service) {
	up, hasUp := f["mtbf"]
	repair, hasRepair := f["mttr"]
	down, hasDown := f["down"]
	switch {
	case !hasUp && !hasRepair && !hasDown:
		return
	case !hasUp:
		c.fail(of, "say how long a replica is up, as mtbf: 30d", "%q is missing", "mtbf")
		return
	case !hasRepair:
		c.fail(up, "say how long a repair takes, as mttr: 10m", "mtbf without mttr")
		return
	}
	out := &Failures{}
	var okUp, okDown bool
	out.Up, okUp = c.lasting(up, "a replica that is never up is not there")
	out.Down, okDown = c.lasting(repair, "a repair takes time; remove mtbf where nothing fails")
	if hasDown {
		w, _ := c.word(down, downWords())
		out.Pause = w == "pause"
	}
	if okUp && okDown {
		s.Failures = out
	}
}

// autoscale reads the rule by which replicas become more and fewer. Its
// defaults are those of the Kubernetes horizontal pod autoscaler.
func (c *compiler) autoscale(s spot, of *Service) *Autoscale {
	f, ok := c.fields(s, autoscaleKeys())
	if !ok {
		return nil
	}
	out := &Autoscale{Min: 1, Interval: 15, Cooldown: 300}
	mark := len(c.diags)
	if v, ok := f["metric"]; ok {
		w, _ := c.word(v, scalingWords())
		out.Metric = map[string]ScalingMetric{"utilization": ScaleByUtilization, "present": ScaleByPresent, "rate": ScaleByRate}[w]
	}
	if v, ok := c.required(s, f, "target", "say what the metric should be, as target: 70%"); ok {
		out.Target = c.scalingTarget(v, out.Metric)
	}
	if v, ok := f["min"]; ok {
		out.Min, _ = c.whole(v, 1, maxCount)
	}
	if v, ok := c.required(s, f, "max", "say how many replicas there may be, as max: 20"); ok {
		out.Max, _ = c.whole(v, 1, maxCount)
	}
	if v, ok := f["interval"]; ok {
		out.Interval = c.positive(v)
	}
	if v, ok := f["delay"]; ok {
		out.Delay, _ = c.duration(v)
	}
	if v, ok := f["cooldown"]; ok {
		out.Cooldown, _ = c.duration(v)
	}
	switch {
	case c.failed(mark):
		return nil
	case out.Max < out.Min:
		c.fail(f["max"], "", "at most %d replicas, and at least %d", out.Max, out.Min)
		return nil
	case of.Replicas < out.Min || of.Replicas > out.Max:
		c.fail(s, "replicas says how many there are at the start", "%d replicas at the start, which is not between %d and %d", of.Replicas, out.Min, out.Max)
		return nil
	}
	return out
}

// scalingTarget reads what an autoscaler wants its metric to be, in its unit.
func (c *compiler) scalingTarget(s spot, metric ScalingMetric) float64 {
	switch metric {
	case ScaleByRate:
		return c.arrivalRate(s)
	case ScaleByPresent:
		x, ok := c.number(s, 0, "a number of requests above 0")
		if ok && x == 0 {
			c.fail(s, "", "0; want a number of requests above 0")
		}
		return x
	}
	x, ok := c.share(s)
	if ok && x == 0 {
		c.fail(s, "", "0; want a utilization above 0%%")
	}
	return x
}
