package logs

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Rule gives the requests whose "METHOD path" an expression matches a name.
type Rule struct {
	Match *regexp.Regexp
	Name  string
}

// ParseRule reads REGEXP=NAME.
func ParseRule(text string) (Rule, error) {
	i := strings.LastIndexByte(text, '=')
	if i <= 0 || i == len(text)-1 {
		return Rule{}, fmt.Errorf("route %q: want REGEXP=NAME, as '^GET /shop/=shop'", text)
	}
	re, err := regexp.Compile(text[:i])
	if err != nil {
		return Rule{}, fmt.Errorf("route %q: %w", text, err)
	}
	return Rule{Match: re, Name: text[i+1:]}, nil
}

// Bounds on the routes that are told apart.
const (
	maxSeen     = 20_000 // routes while a log is read
	maxChildren = 1000   // names at one place of a path while a log is read
	fewChildren = 25     // names at one place of a path in the end: more are values, but for those
	oftenEnough = 200    // that one in so many requests asks for
	maxRoutes   = 40     // in the end
	longestPath = 512    // of a template (B)
	notHTTP     = "(not HTTP)"
	otherRoutes = "(other)"
	anyName     = "{name}"
)

// router folds paths into routes: what looks like a number, an identifier, a
// hash or a token becomes a hole, and so do names that are too many at one
// place.
type router struct {
	rules []Rule
	ids   map[string]uint32 // of templates, with their method
	names []string          // by route
	nodes map[string]*node  // by method
	text  []byte
}

// node is a place in a path.
type node struct {
	children map[string]*node
	route    uint32
	ends     bool
	weight   int64 // requests at and below it
}

func newRouter(rules []Rule) *router {
	return &router{rules: rules, ids: map[string]uint32{}, nodes: map[string]*node{}, text: make([]byte, 0, longestPath)}
}

// route is that of a request.
func (r *router) route(e *Entry) uint32 {
	if len(e.Method) == 0 && (len(e.Target) == 0 || e.Target[0] != '/') {
		return r.named(notHTTP)
	}
	path := e.Target
	if i := bytes.IndexAny(path, "?#"); i >= 0 {
		path = path[:i]
	}
	if len(r.rules) > 0 {
		r.text = append(append(append(r.text[:0], e.Method...), ' '), path...)
		for i := range r.rules {
			if r.rules[i].Match.Match(r.text) {
				return r.named(r.rules[i].Name)
			}
		}
	}
	r.text = append(append(r.text[:0], e.Method...), ' ')
	r.template(path)
	if id, ok := r.ids[string(r.text)]; ok {
		return id
	}
	return r.insert(len(e.Method), string(r.text))
}

func (r *router) named(name string) uint32 {
	if id, ok := r.ids[name]; ok {
		return id
	}
	id := uint32(len(r.names))
	r.names = append(r.names, name)
	r.ids[name] = id
	return id
}

// insert makes a new route of a template, unless there are too many already.
func (r *router) insert(methodLength int, template string) uint32 {
	if len(r.names) >= maxSeen {
		return r.named(otherRoutes)
	}
	verb := template[:methodLength]
	at := r.nodes[verb]
	if at == nil {
		if len(r.nodes) >= 50 { // methods are few, unless somebody plays
			return r.named(otherRoutes)
		}
		at = &node{}
		r.nodes[verb] = at
	}
	folded := verb + " "
	for segment := range strings.SplitSeq(strings.TrimPrefix(template[methodLength+1:], "/"), "/") {
		if at.children == nil {
			at.children = map[string]*node{}
		}
		next := at.children[segment]
		if next == nil {
			if len(at.children) >= maxChildren {
				segment = anyName
			}
			if next = at.children[segment]; next == nil {
				next = &node{}
				at.children[segment] = next
			}
		}
		folded += "/" + segment
		at = next
	}
	if !at.ends {
		at.ends, at.route = true, uint32(len(r.names))
		r.names = append(r.names, folded)
		r.ids[folded] = at.route
	}
	return at.route
}

// template appends a path with holes.
func (r *router) template(path []byte) {
	if len(path) == 0 {
		r.text = append(r.text, '/')
		return
	}
	from := 0
	for i := 0; i <= len(path); i++ {
		if i < len(path) && path[i] != '/' {
			continue
		}
		if i > from {
			r.segment(path[from:i])
		}
		if i < len(path) {
			r.text = append(r.text, '/')
		}
		from = i + 1
		if len(r.text) > longestPath {
			r.text = append(r.text[:longestPath], "{long}"...)
			return
		}
	}
}

// segment appends a part of a path, or what it stands for. Its parts between
// points are looked at by themselves, so that an extension stays.
func (r *router) segment(s []byte) {
	if hole := holeOf(s); hole != "" {
		r.text = append(r.text, hole...)
		return
	}
	from := 0
	for i := 0; i <= len(s); i++ {
		if i < len(s) && s[i] != '.' {
			continue
		}
		part := s[from:i]
		switch hole := holeOf(part); {
		case hole != "":
			r.text = append(r.text, hole...)
		default:
			r.numbers(part)
		}
		if i < len(s) {
			r.text = append(r.text, '.')
		}
		from = i + 1
	}
}

// numbers appends a text with its numbers of three digits and more as holes.
func (r *router) numbers(s []byte) {
	for i := 0; i < len(s); {
		j := i
		for j < len(s) && s[j] >= '0' && s[j] <= '9' {
			j++
		}
		switch {
		case j-i >= 3:
			r.text = append(r.text, "{n}"...)
			i = j
		case j > i:
			r.text = append(r.text, s[i:j]...)
			i = j
		default:
			c := s[i]
			if c < ' ' || c >= 0x7f {
				c = '?' // names are for people to read
			}
			r.text = append(r.text, c)
			i++
		}
	}
}

// holeOf is what a part of a path is an instance of; empty for a name.
func holeOf(s []byte) string {
	nDigits, nHex, nLetters, upper, lower := 0, 0, 0, false, false
	for _, c := range s {
		switch {
		case c >= '0' && c <= '9':
			nDigits++
			nHex++
		case c >= 'a' && c <= 'f', c >= 'A' && c <= 'F':
			nHex++
			nLetters++
		case c >= 'g' && c <= 'z', c >= 'G' && c <= 'Z':
			nLetters++
		}
		upper = upper || c >= 'A' && c <= 'Z'
		lower = lower || c >= 'a' && c <= 'z'
	}
	n := len(s)
	switch {
	case n == 0 || nDigits == 0 && n < 16:
		return ""
	case nDigits == n, n > 1 && nDigits == n-1 && s[0] == '-':
		return "{id}"
	case n == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-' && nHex == 32:
		return "{uuid}"
	case nHex == n && (n >= 16 || n >= 6 && nDigits > 0 && nLetters > 0 && nDigits*6 >= n):
		return "{hex}"
	case n >= 20 && nDigits >= 2 && nLetters+nDigits >= n-3 && upper && lower:
		return "{token}"
	case n > 100:
		return "{long}"
	}
	return ""
}

// fold merges what is too much in the end. What it returns is the final route
// by route, and the names of those, by falling counts; merged tells how many
// routes the last one stands for where it is the rest.
func (r *router) fold(counts []int64) (final []int, names []string, merged int) {
	text := make([]string, len(r.names))
	copy(text, r.names)
	total := int64(0)
	for _, n := range counts {
		total += n
	}
	for verb, n := range r.nodes {
		n.weigh(counts)
		foldNodes([]*node{n}, verb+" ", text, total/oftenEnough)
	}
	sums := map[string]int64{}
	for i, t := range text {
		sums[t] += counts[i]
	}
	for t, n := range sums {
		if n > 0 && t != otherRoutes {
			names = append(names, t)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(sums[b], sums[a]), cmp.Compare(a, b))
	})
	rest := sums[otherRoutes] > 0
	if len(names) > maxRoutes {
		merged, rest = len(names)-maxRoutes+1, true
		names = names[:maxRoutes-1]
	}
	if rest {
		names = append(names, otherRoutes)
	}
	index := map[string]int{}
	for i, t := range names {
		index[t] = i
	}
	final = make([]int, len(text))
	for i, t := range text {
		at, ok := index[t]
		if !ok {
			at = len(names) - 1
		}
		final[i] = at
	}
	return final, names, merged
}

// weigh counts the requests at and below a place.
func (n *node) weigh(counts []int64) {
	n.weight = 0
	if n.ends {
		n.weight = counts[n.route]
	}
	for _, c := range n.children {
		c.weigh(counts)
		n.weight += c.weight
	}
}

// foldNodes names the routes at and below places that are told together. Names
// that are too many at one place become a hole, but for those that are asked
// for often.
func foldNodes(places []*node, name string, text []string, often int64) {
	below := map[string][]*node{}
	for _, n := range places {
		if n.ends {
			text[n.route] = name
		}
		for segment, c := range n.children {
			below[segment] = append(below[segment], c)
		}
	}
	var rare []string
	for segment, list := range below {
		weight := int64(0)
		for _, c := range list {
			weight += c.weight
		}
		if weight <= often {
			rare = append(rare, segment)
		}
	}
	if len(rare) > fewChildren {
		for _, segment := range rare {
			if segment != anyName {
				below[anyName] = append(below[anyName], below[segment]...)
				delete(below, segment)
			}
		}
	}
	for segment, list := range below {
		foldNodes(list, name+"/"+segment, text, often)
	}
}
