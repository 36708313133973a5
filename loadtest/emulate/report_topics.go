package emulate

import (
	"fmt"

	"github.com/headroom/headroom/measure"
	"github.com/headroom/headroom/scenarios"
)

// report says the figures of a topic, of all groups of consumers together.
func (t *topic) report(b blocks) *measure.Topic {
	t.mu.Lock()
	defer t.mu.Unlock()
	var sum topicMeter
	for _, g := range t.groups {
		sum.add(&g.meter)
	}
	out := t.figures(b, &sum)
	out.Delay = t.meter.delay.report(b.ratio(ofResponse, ofTimes))
	out.Offered = measure.Exactly(float64(t.meter.offered) / (b.track.to() - b.track.from()))
	if t.model.Capacity > 0 {
		out.Rejected = portion(t.meter.rejected, t.meter.offered)
		out.Blocked = measure.Exactly(t.meter.blocked.area(b.track.to()) / (b.track.to() - b.track.from()))
	}
	return out
}

func (g *group) report(b blocks) *measure.Topic {
	g.topic.mu.Lock()
	defer g.topic.mu.Unlock()
	out := g.topic.figures(b, &g.meter)
	out.Delay = g.meter.delay.report(b.ratio(ofResponse, ofTimes))
	return out
}

// add adds the counts of another group.
func (m *topicMeter) add(o *topicMeter) {
	m.messages += o.messages
	m.dead += o.dead
	m.deliveries += o.deliveries
	m.redelivered += o.redelivered
	m.duplicates += o.duplicates
}

// figures are those of one group, or of all with their counts added.
func (t *topic) figures(b blocks, m *topicMeter) *measure.Topic {
	out := &measure.Topic{
		Throughput: b.rate(ofEnded, 1),
		Depth:      b.rate(ofPresent, 1),
		Waiting:    b.rate(ofLined, 1),
		Batch:      b.ratio(ofBatched, ofBatches),
		Dropped:    share(b.ratio(ofDropped, ofArrivals)),
	}
	if t.model.Delivery == scenarios.AtLeastOnce {
		ended := m.dead + m.messages
		out.Dead = portion(m.dead, ended)
		out.Redelivered = portion(m.redelivered, ended)
		out.Duplicates = portion(m.duplicates, m.deliveries)
	}
	return out
}

func (t *topic) caveats() []measure.Caveat {
	t.mu.Lock()
	defer t.mu.Unlock()
	dropped := int64(0)
	for _, g := range t.groups {
		dropped += g.meter.dropped
	}
	if dropped == 0 {
		return nil
	}
	return []measure.Caveat{{
		What:   "emulate: messages dropped",
		Where:  "topics." + t.model.Name,
		Effect: fmt.Sprintf("%d messages were lost: with batches that failed, for want of room, or on the network", dropped),
	}}
}

// portion is how much one count is of another, without an interval; unknown
// where that is 0.
func portion(n, of int64) measure.Estimate {
	if of == 0 {
		return measure.Estimate{}
	}
	return measure.Exactly(float64(n) / float64(of))
}

// scaled is an estimate times a factor.
func scaled(e measure.Estimate, by float64) measure.Estimate {
	e.Value, e.Lo, e.Hi = e.Value*by, e.Lo*by, e.Hi*by
	return e
}
