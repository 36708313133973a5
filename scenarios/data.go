package scenarios

import (
	"github.com/headroom/headroom/scenarios/dist"
	"github.com/headroom/headroom/scenarios/internal/yamlx"
)

// partitions reads how the data of a service is split: a number of partitions,
// or a mapping.
func (c *compiler) partitions(s spot, out *Service) {
	p := &Partitions{Count: 1}
	out.Partitions = p
	if s.node.Kind != yamlx.Mapping {
		p.Count, _ = c.whole(s, 1, maxCount)
		return
	}
	f, ok := c.fields(s, partitionKeys())
	if !ok {
		return
	}
	switch count, shares := f["count"], f["shares"]; {
	case f.has("count") && f.has("shares"):
		c.fail(count, "the shares say how many there are", "a count and shares of partitions, not both")
	case f.has("shares"):
		c.partitionShares(shares, p)
	case f.has("count"):
		p.Count, _ = c.whole(count, 1, maxCount)
	default:
		c.fail(s, "write partitions: 16", "neither count nor shares")
	}
	if v, ok := f["keys"]; ok {
		p.Keys, _ = c.whole(v, 1, maxUsers)
		if f.has("shares") {
			c.fail(v, "remove it", "the shares say what goes to each partition; keys say it otherwise")
		}
	}
	if v, ok := f["skew"]; ok {
		p.Skew = c.skew(v)
		if !f.has("keys") {
			c.fail(v, "say how many keys there are, as keys: 1000", "a skew without keys")
		}
	}
	if v, ok := f["rebalance"]; ok {
		p.Rebalance = c.positive(v)
	}
}

// partitionShares reads what part of the requests goes to each partition.
func (c *compiler) partitionShares(s spot, p *Partitions) {
	if s.node.Kind != yamlx.Sequence || len(s.node.Items) == 0 {
		c.fail(s, "write shares: [40%, 30%, 20%, 10%]", "%s; want a list of shares", found(s.node))
		return
	}
	sum := 0.0
	for i := range s.node.Items {
		x, _ := c.share(s.item(i))
		p.Shares = append(p.Shares, x)
		sum += x
	}
	p.Count = len(p.Shares)
	if msg := offOne(sum); msg != "" {
		c.fail(s, "", "%s", msg)
		return
	}
	for i := range p.Shares {
		p.Shares[i] /= sum
	}
}

// replication reads how the data of a service is copied.
func (c *compiler) replication(e entry, s spot, out *Service) {
	f, ok := c.fields(s, replicationKeys())
	if !ok {
		return
	}
	if out.Balancing == Shared {
		c.fail(s, "choose another balancing, as random", "under shared balancing replicas are not told apart, and so not their copies")
	}
	r := &Replication{Copies: out.Replicas, Write: 1, Read: 1, Lag: dist.Const(0), Keys: 1}
	out.Replication = r
	if v, ok := c.required(s, f, "mode", "write mode: async, sync or quorum"); ok {
		w, _ := c.word(v, replicationWords())
		r.Mode = map[string]ReplicationMode{"sync": Sync, "quorum": Quorum}[w]
	}
	if v, ok := f["copies"]; ok {
		n, ok := c.whole(v, 1, maxCount)
		if ok && n > out.Replicas {
			c.fail(v, "each copy is a replica", "%d copies, but %d replicas", n, out.Replicas)
		} else if ok {
			r.Copies = n
		}
	}
	c.quorums(s, f, r)
	if v, ok := f["lag"]; ok {
		if d, ok := c.dist(v, dist.Seconds); ok {
			r.Lag = d
		}
	}
	if v, ok := f["keys"]; ok {
		r.Keys, _ = c.whole(v, 1, maxStore)
	}
	if v, ok := f["skew"]; ok {
		r.Skew = c.skew(v)
	}
	if v, ok := f["read-from"]; ok {
		w, _ := c.word(v, readFromWords())
		r.From = map[string]ReadFrom{"leader": Leader, "followers": Followers}[w]
		if r.From == Followers && r.Copies < 2 {
			c.fail(v, "say how many copies there are", "a leader alone has no followers")
		}
	}
	if v, ok := c.required(s, f, "writes", "say which operations change the data, as writes: [write]"); ok {
		r.Writes = c.ofService(e.name, v)
	}
	if v, ok := f["reads"]; ok {
		r.Reads = c.ofService(e.name, v)
	}
}

// quorums reads how many copies a write and a read need.
func (c *compiler) quorums(s spot, f fields, r *Replication) {
	if r.Mode == Sync {
		r.Write = r.Copies
	}
	for key, to := range map[string]*int{"write": &r.Write, "read": &r.Read} {
		v, ok := f[key]
		switch {
		case ok && r.Mode != Quorum:
			c.fail(v, "write mode: quorum", "%s is of a quorum; the mode says it otherwise", key)
		case ok:
			if n, ok := c.whole(v, 1, maxCount); ok && n > r.Copies {
				c.fail(v, "", "%d of %d copies", n, r.Copies)
			} else if ok {
				*to = n
			}
		case r.Mode == Quorum:
			c.required(s, f, key, "say how many copies a "+key+" needs, as "+key+": 2")
		}
	}
}

// ofService reads a list of operations of a service, by their short names.
func (c *compiler) ofService(service string, s spot) []OpID {
	if s.node.Kind != yamlx.Sequence {
		c.fail(s, "write a list, as [write]", "%s; want a list of operations of the service", found(s.node))
		return nil
	}
	var out []OpID
	for i := range s.node.Items {
		item := s.item(i)
		name, ok := c.text(item, "an operation of the service, as write")
		if !ok {
			continue
		}
		id, ok := c.ops[service+"."+name]
		if !ok {
			id, ok = c.ops[name]
		}
		if !ok || c.m.Operations[id].Service != c.services[service] {
			c.fail(item, "", "service %q has no operation %q", service, shorten(name))
			continue
		}
		out = append(out, id)
	}
	return out
}
