package scenarios

import (
	"fmt"
	"math"
)

// topicMore checks what a topic says beyond who takes its messages.
func (c *checker) topicMore(where string, id TopicID) {
	t := &c.m.Topics[id]
	for _, op := range t.Groups {
		c.op(where+" consumers", op)
	}
	c.want(t.Linger >= 0 && t.Linger <= maxTime, where, "a linger of %v s", t.Linger)
	c.want(t.Capacity >= 0, where, "room for %d messages; want at least 0, which is no bound", t.Capacity)
	c.want(t.Full <= Reject, where, "no rule %d for a full topic", t.Full)
	c.want(t.Keys >= 0 && t.Keys <= maxStore && t.Skew >= 0 && t.Skew <= maxSkew, where, "%d keys of skew %v", t.Keys, t.Skew)
	c.want(t.Delivery <= AtLeastOnce, where, "no delivery %d", t.Delivery)
	c.want(t.AckTimeout >= 0 && t.AckTimeout <= maxTime && t.Attempts >= 0, where, "delivered again after %v s, at most %d times", t.AckTimeout, t.Attempts)
	c.want(t.Delivery == AtLeastOnce || t.AckTimeout == 0 && t.Attempts == 0 && t.DeadLetter == nil, where, "a topic that delivers at most once delivers nothing again")
	if t.DeadLetter != nil {
		c.want(*t.DeadLetter >= 0 && int(*t.DeadLetter) < len(c.m.Topics), where, "dead letters go to topic %d", *t.DeadLetter)
		c.want(!c.m.deadLettersReturn(id), where, "dead letters come back to it")
	}
}

func (c *checker) jobs() {
	names := map[string]bool{}
	for i := range c.m.Jobs {
		j := &c.m.Jobs[i]
		where := fmt.Sprintf("jobs[%d] %q", i, j.Name)
		c.want(j.Name != "" && !names[j.Name], where, "the name is empty or taken")
		names[j.Name] = true
		c.want(j.Every.IsZero() || j.Every.Mean() <= maxTime, where, "a start every %v", j.Every)
		c.want(len(j.Stages) > 0, where, "no stages")
		for n := range j.Stages {
			c.stage(fmt.Sprintf("%s stage %d", where, n), n, &j.Stages[n])
		}
	}
}

func (c *checker) stage(where string, n int, s *Stage) {
	c.op(where, s.Op)
	c.want(s.Tasks >= 1 && s.Slots >= 0, where, "%d tasks on %d slots", s.Tasks, s.Slots)
	c.want(s.Speculate == 0 || s.Speculate >= 1 && !math.IsInf(s.Speculate, 1), where, "a second copy after %v medians", s.Speculate)
	c.share(where, s.Local)
	for _, before := range s.After {
		c.want(before >= 0 && before < n, where, "it comes after stage %d, which is not before it", before)
	}
}
