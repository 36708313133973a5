package scenarios

import "github.com/headroom/headroom/scenarios/dist"

// store reads a cache that holds some of many keys, rather than hits with a
// known probability; nil when the cache is one of those.
func (c *compiler) store(s spot, f fields) *Store {
	if f.has("hit") {
		for _, key := range []string{"keys", "skew", "size", "evict", "ttl"} {
			if v, ok := f[key]; ok {
				c.fail(v, "remove hit, or what follows from it", "a cache has a hit ratio or keys, not both")
				break
			}
		}
		return nil
	}
	keys, ok := f["keys"]
	if !ok {
		return nil
	}
	out := &Store{TTL: dist.Const(0)}
	out.Keys, _ = c.whole(keys, 1, maxStore)
	if v, ok := f["skew"]; ok {
		out.Skew = c.skew(v)
	}
	if v, ok := f["size"]; ok {
		out.Size, ok = c.whole(v, 1, maxStore)
		if ok && out.Keys > 0 && out.Size > out.Keys {
			c.fail(v, "", "room for %d of %d keys", out.Size, out.Keys)
		}
	}
	if v, ok := f["evict"]; ok {
		w, _ := c.word(v, evictionWords())
		out.Policy = map[string]Eviction{"lfu": LFU, "fifo": FIFOStore}[w]
	}
	if v, ok := f["ttl"]; ok {
		if d, ok := c.dist(v, dist.Seconds); ok {
			out.TTL = d
			if d.IsZero() {
				c.fail(v, "remove it for objects that stay", "a time to live of 0: nothing is ever found")
			}
		}
	}
	if !f.has("size") && !f.has("ttl") {
		c.fail(keys, "write size: 1000, or ttl: 60s", "neither size nor ttl: after a while everything is found")
	}
	return out
}

// maxStore is how many keys a cache may know; an interpreter keeps each.
const maxStore = 100_000_000
