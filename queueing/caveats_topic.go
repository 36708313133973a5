package queueing

import "fmt"

// topicCaveats are those about lines that are too long to be looked at, and about
// consumers that share cores. Each partition is a
// line of its own whose batches take as long as those of a busy service do on
// average. Where more of them are worked on by one replica than it has cores, a
// long batch of one is a long one of all, and lines are long together: the delay
// has a longer tail than that of one line.
func (x *solver) topicCaveats(add func(what, where, effect string)) {
	for t := range x.m.Topics {
		topic := &x.m.Topics[t]
		id := x.p.ops[topic.Consumer].service
		if x.rates.messages[t] == 0 || x.late[t] || x.down[id] {
			continue
		}
		if x.bulk[t].Cut {
			add("more messages wait in a partition at times than are looked at",
				"topics."+topic.Name, "depth and delays are too small, by any factor; simulate the model for them")
		}
		s := &x.m.Services[id]
		beside := (topic.Partitions + s.Replicas - 1) / s.Replicas
		if beside <= s.Cores || x.stations[id].load()/float64(s.Replicas*s.Cores) < felt {
			continue
		}
		add(fmt.Sprintf("%d partitions share the cores of one replica, and are taken as lines that know nothing of each other", beside),
			"topics."+topic.Name, "delays are too short, the mean by up to some ten per cent and p99 by up to some forty")
	}
}
