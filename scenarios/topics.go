package scenarios

import "github.com/headroom/headroom/scenarios/dist"

// edgeToTopic is "an operation publishes on a topic".
type edgeToTopic struct {
	from OpID
	to   TopicID
}

func (c *compiler) topicNames() []string {
	names := make([]string, len(c.topics))
	for name, id := range c.topics {
		names[id] = name
	}
	return names
}

func (c *compiler) compileTopics(topics []entry) {
	for _, e := range topics {
		c.m.Topics = append(c.m.Topics, c.topic(e))
	}
	c.checkDeadLetters()
	for op, s := range c.usesBatch {
		if !c.consumers[op] {
			c.fail(s, "write a number, or make the operation the consumer of a topic", "no topic feeds %s, so it has no batch", c.m.Operations[op].Name)
		}
	}
}

func (c *compiler) topic(e entry) Topic {
	t := Topic{Name: e.name, Partitions: 1, Batch: 1}
	f, ok := c.fields(e.spot, topicKeys())
	if !ok {
		return t
	}
	if v, ok := f["partitions"]; ok {
		t.Partitions, _ = c.whole(v, 1, maxCount)
	}
	if v, ok := f["batch"]; ok {
		t.Batch, _ = c.whole(v, 1, maxCount)
	}
	c.consumersOf(e, f, &t)
	c.waitingOn(f, &t)
	c.messageKeys(f, &t)
	c.delivery(f, &t)
	return t
}

func (c *compiler) network(s spot) {
	f, ok := c.fields(s, networkKeys())
	if !ok {
		return
	}
	if v, ok := f["latency"]; ok {
		if d, ok := c.dist(v, dist.Seconds); ok {
			c.m.Network.Latency = d
		}
	}
	if v, ok := f["loss"]; ok {
		c.m.Network.Loss, _ = c.share(v)
	}
}
