package capacity

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/headroom/headroom/queueing"
	"github.com/headroom/headroom/scenarios"
)

// Advice is what to improve.
type Advice struct {
	Bottleneck string  // service that is full first
	Resource   string  // of it
	Bears      float64 // multiple of the load at which it is (1)

	Replicas int     // of it from which on something else is full first; 0 where no number is
	Next     string  // service that is then
	NextAt   float64 // multiple of the load at which it is (1)
	Faster   float64 // by how much less the bottleneck's demands must be for the same; 0 where not known (1)

	Sentences []string
}

// mostDoublings bounds how far replicas of the bottleneck are added.
const mostDoublings = 20

// Advise says which resource to improve, by how much, and what the next
// bottleneck is: of the limits of the system (queueing.Explanation.Limits), and
// of the elasticities of the first of their metrics that is a time.
func Advise(ctx context.Context, m *scenarios.Model, list []Elasticity) (*Advice, error) {
	e, err := queueing.Explain(ctx, m, queueing.Options{Brief: true})
	if err != nil {
		return nil, err
	}
	a := &Advice{}
	a.strongest(list)
	if len(e.Limits) == 0 {
		a.Sentences = append(a.Sentences, "Nothing fills up as the load grows.")
		return a, nil
	}
	first := full(e.Limits)
	a.Bottleneck, a.Resource, a.Bears = first.Service, string(first.Resource), first.Factor
	a.Sentences = append(a.Sentences, fmt.Sprintf("The bottleneck is %s: its %s are full at %s times the load.", first.Service, first.Resource, figure(first.Factor)))
	if first.Resource != queueing.Cores {
		return a, nil
	}
	for _, l := range e.Limits {
		if l.Service != first.Service && l.Resource == queueing.Cores && l.Factor > first.Factor {
			a.Faster = 1 - first.Factor/l.Factor
			break
		}
	}
	if err := a.relieve(ctx, m); err != nil {
		return nil, err
	}
	if a.Replicas > 0 {
		s, _ := m.ServiceByName(a.Bottleneck)
		now := m.Services[s].Replicas
		text := fmt.Sprintf("With %d replicas of %s instead of %d", a.Replicas, a.Bottleneck, now)
		if a.Faster > 0 {
			text += fmt.Sprintf(", or %s %% less work for it", figure(100*a.Faster))
		}
		a.Sentences = append(a.Sentences, text+fmt.Sprintf(", %s becomes the next bottleneck, full at %s times the load; more of %s alone does not help beyond that.", a.Next, figure(a.NextAt), a.Bottleneck))
	}
	return a, nil
}

// full is what is full before all else: threads that run out because what they
// call does come at the same load, and are not it.
func full(limits []queueing.Limit) queueing.Limit {
	if i := slices.IndexFunc(limits, func(l queueing.Limit) bool { return l.First }); i >= 0 {
		return limits[i]
	}
	return limits[0]
}

func figure(v float64) string { return fmt.Sprintf("%.3g", v) }

// relieve adds replicas to the bottleneck until another service is full first.
func (a *Advice) relieve(ctx context.Context, m *scenarios.Model) error {
	id, ok := m.ServiceByName(a.Bottleneck)
	if !ok {
		return nil
	}
	step := max(1, m.Live.Cells)
	firstWith := func(n int) (queueing.Limit, bool, error) {
		c := *m
		c.Services = slices.Clone(m.Services)
		c.Services[id].Replicas = n * step
		if c.Check() != nil {
			return queueing.Limit{}, false, nil
		}
		e, err := queueing.Explain(ctx, &c, queueing.Options{Brief: true})
		if err != nil || len(e.Limits) == 0 {
			return queueing.Limit{}, false, err
		}
		return full(e.Limits), true, nil
	}
	low := m.Services[id].Replicas / step
	high := low
	for i := 0; ; i++ {
		high = low + 1<<i
		l, ok, err := firstWith(high)
		if err != nil || !ok || i > mostDoublings {
			return err
		}
		if l.Service != a.Bottleneck {
			break
		}
	}
	for high-low > 1 {
		mid := (low + high) / 2
		l, ok, err := firstWith(mid)
		if err != nil || !ok {
			return err
		}
		if l.Service == a.Bottleneck {
			low = mid
		} else {
			high = mid
		}
	}
	l, _, err := firstWith(high)
	a.Replicas, a.Next, a.NextAt = high*step, l.Service, l.Factor
	return err
}

// strongest says what moves the first time among the metrics most.
func (a *Advice) strongest(list []Elasticity) {
	at := slices.IndexFunc(list, func(e Elasticity) bool { return e.Metric.Unit() == "s" })
	if at < 0 {
		return
	}
	metric := list[at].Metric
	var best *Elasticity
	for i := range list {
		e := &list[i]
		if e.Metric.String() != metric.String() || !strings.HasPrefix(e.Parameter.Name, "services.") || math.IsNaN(e.Value) || math.IsInf(e.Value, 0) || e.Step {
			continue
		}
		if best == nil || math.Abs(e.Value) > math.Abs(best.Value) {
			best = e
		}
	}
	if best == nil {
		return
	}
	less := "less"
	gain := 1 - best.Low/best.Base
	if best.Value < 0 {
		less, gain = "more", 1-best.High/best.Base
	}
	a.Sentences = append(a.Sentences, fmt.Sprintf("To lower %s, improve %s: 10 %% %s of it makes it %s %% shorter (elasticity %s).", metric, best.Parameter.Name, less, figure(100*gain), figure(best.Value)))
}
