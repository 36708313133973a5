package measure

// topicMore checks what a topic says of messages lost, turned away and
// delivered again.
func (c *checker) topicMore(where string, t *Topic) {
	c.figure(where+".offered", t.Offered)
	c.figure(where+".waiting", t.Waiting)
	c.figure(where+".blocked", t.Blocked)
	c.figure(where+".redelivered", t.Redelivered)
	c.share(where+".rejected", t.Rejected)
	c.share(where+".dropped", t.Dropped)
	c.share(where+".dead", t.Dead)
	c.share(where+".duplicates", t.Duplicates)
	if t.Waiting.Known() && t.Depth.Known() && t.Dead.Value == 0 && t.Duplicates.Value == 0 && t.Waiting.Lo > t.Depth.Hi*(1+c.tolerance)+tiny {
		c.breaks("line and station", where, "waiting ≤ depth", t.Waiting.Value, t.Depth.Value)
	}
	for _, name := range sortedKeys(t.Groups) {
		if g := t.Groups[name]; g != nil {
			c.topic(where+".groups."+name, g)
		}
	}
}

func (c *checker) job(where string, j *Job) {
	c.figure(where+".throughput", j.Throughput)
	c.figure(where+".running", j.Running)
	c.times(where+".makespan", j.Makespan)
	for _, name := range sortedKeys(j.Stages) {
		if s := j.Stages[name]; s != nil {
			c.figure(where+"."+name+".copies", s.Copies)
			c.figure(where+"."+name+".failed", s.Failed)
			c.times(where+"."+name+".time", s.Time)
			c.times(where+"."+name+".task", s.Task)
		}
	}
}
