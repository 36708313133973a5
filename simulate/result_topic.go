package simulate

import (
	"fmt"

	"github.com/headroom/headroom/measure"
)

// topicsOf adds the figures of all topics. Where several groups of consumers
// get every message, those of the topic are of all groups together.
func (s *study) topicsOf(r *measure.Result, w []totals) {
	for i := range s.channels {
		if r.Topics == nil {
			r.Topics = make(map[string]*measure.Topic)
		}
		c := &s.channels[i]
		all := s.groupsOf(i)
		out := s.topic(all, w)
		col := s.channelCol(i)
		out.Offered = rate(over(w, col+chOffered, atTime))
		if c.capacity > 0 {
			out.Rejected = over(w, col+chRejected, col+chOffered).share()
			out.Blocked = rate(over(w, col+chBlocked, atTime))
		}
		if len(all) > 1 {
			out.Groups = make(map[string]*measure.Topic)
			for _, t := range all {
				out.Groups[s.operations[s.topics[t].consumer].name] = s.topic([]int{t}, w)
			}
		}
		r.Topics[c.name] = out
	}
}

// topic is what some groups of consumers of a topic do together.
func (s *study) topic(groups []int, w []totals) *measure.Topic {
	sum := func(num, den int) ratio { return s.sumOf(groups, w, num, den) }
	first := &s.topics[groups[0]]
	out := &measure.Topic{
		Throughput: rate(sum(toConsumed, perTime)),
		Batch:      rate(sum(toHeld, toBatches)),
		Dropped:    sum(toDropped, toPublished).share(),
	}
	if first.again {
		ended := sum(toDead, perTime).plus(sum(toConsumed, perTime))
		died, again := sum(toDead, perTime), sum(toRedelivered, perTime)
		for i := range ended {
			died[i].den, again[i].den = ended[i].num, ended[i].num
		}
		out.Dead = died.share()
		out.Redelivered = rate(again)
		out.Duplicates = sum(toDuplicates, toDeliveries).share()
	}
	if !s.limited() {
		return out
	}
	out.Depth = rate(sum(toDepth, perTime))
	out.Waiting = rate(sum(toWaiting, perTime))
	out.Delay = s.delaysOf(groups).times()
	return out
}

// groupsOf are the topics that a channel feeds.
func (p *program) groupsOf(channel int) []int {
	c := &p.channels[channel]
	out := make([]int, c.groups)
	for g := range out {
		out[g] = int(c.first) + g
	}
	return out
}

// perTime stands for the time as what a sum is divided by.
const perTime = -1

// sumOf is the ratio of two columns of topics, each summed over groups.
func (s *study) sumOf(groups []int, w []totals, num, den int) ratio {
	out := make(ratio, len(w))
	for i, row := range w {
		for _, g := range groups {
			out[i].num += row[s.topicCol(g)+num]
			if den != perTime {
				out[i].den += row[s.topicCol(g)+den]
			}
		}
		if den == perTime {
			out[i].den = row[atTime]
		}
	}
	return out
}

// delaysOf are the delays of the messages of groups, together.
func (s *study) delaysOf(groups []int) sample {
	if len(groups) == 1 {
		return s.delays(groups[0])
	}
	out := make(sample, len(s.reps))
	for j, r := range s.reps {
		out[j] = &histogram{}
		for _, g := range groups {
			out[j].merge(&r.k.tally.delays[g])
		}
	}
	return out
}

// muchAgain is how many deliveries after the first, of one message, are pointed out.
const muchAgain = 0.05

// deliveryCaveats point out messages that are delivered again and again.
func (s *study) deliveryCaveats(i int) []measure.Caveat {
	t, c := &s.topics[i], s.topicCol(i)
	var again, ended, dead float64
	for _, w := range s.windows() {
		again += w[c+toRedelivered]
		dead += w[c+toDead]
		ended += w[c+toConsumed] + w[c+toDead]
	}
	var out []measure.Caveat
	if t.ackTimeout > 0 && again > muchAgain*ended {
		out = append(out, measure.Caveat{
			What: "simulate: messages are worked on again", Where: "topics." + t.name,
			Effect: fmt.Sprintf("%.3g deliveries after the first, of one message: a backlog that makes consumers later than the ack-timeout grows by what it has delivered again, and a peak may not be recovered from (metastable)", again/max(ended, 1)),
		})
	}
	if dead > 0 && t.deadTo == nobody {
		out = append(out, measure.Caveat{
			What: "simulate: messages given up", Where: "topics." + t.name,
			Effect: fmt.Sprintf("%.0f messages used up their %d deliveries and are lost", dead, t.attempts),
		})
	}
	return out
}
