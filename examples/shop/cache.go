package main

import (
	"container/list"
	"sync"
)

// cache keeps the answers that were asked for last.
type cache struct {
	mu   sync.Mutex
	most int
	keys map[int]*list.Element
	last *list.List // of entries, the latest in front
}

type entry struct {
	key    int
	answer []byte
}

func newCache(most int) *cache {
	return &cache{most: most, keys: map[int]*list.Element{}, last: list.New()}
}

func (c *cache) get(key int) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.keys[key]
	if !ok {
		return nil, false
	}
	c.last.MoveToFront(e)
	return e.Value.(*entry).answer, true
}

func (c *cache) put(key int, answer []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.keys[key]; ok {
		e.Value.(*entry).answer = answer
		c.last.MoveToFront(e)
		return
	}
	c.keys[key] = c.last.PushFront(&entry{key, answer})
	if c.last.Len() > c.most {
		old := c.last.Remove(c.last.Back()).(*entry)
		delete(c.keys, old.key)
	}
}
