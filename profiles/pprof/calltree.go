package pprof

import (
	"cmp"
	"slices"

	"github.com/headroom/headroom/measure"
)

// smallest is the share of all below which a branch of a tree is put together
// with others: nobody can see it, and pages stay small.
const smallest = 0.0005

// small is the name of branches put together.
const small = "(smaller ones)"

// CallTree is where captures spent what they spent, a request where the number
// of requests is known, all of it else. Those to compare with may be none.
func CallTree(captures, with []Capture, value string) (*measure.CallTree, error) {
	root := &branch{name: "all"}
	for _, side := range []struct {
		captures []Capture
		add      func(b *branch, v float64)
	}{
		{captures, func(b *branch, v float64) { b.self += v }},
		{with, func(b *branch, v float64) { b.base += v }},
	} {
		if len(side.captures) == 0 {
			continue
		}
		a, err := newAdding(side.captures, value, Naming{})
		if err != nil {
			return nil, err
		}
		for k := range side.captures {
			for i := range side.captures[k].Profile.Stacks {
				s := &side.captures[k].Profile.Stacks[i]
				side.add(root.follow(s.Frames), a.figures[k].Each[i]*a.scale[k]/a.divisor())
			}
		}
	}
	self, base := root.sum()
	return root.prune(smallest*self, smallest*base), nil
}

// branch is a CallTree under construction.
type branch struct {
	name       string
	self, base float64
	calls      map[string]*branch
	allSelf    float64
	allBase    float64
}

// follow is the branch that frames lead to.
func (b *branch) follow(frames []Frame) *branch {
	for i := range frames {
		next := b.calls[frames[i].Function]
		if next == nil {
			if b.calls == nil {
				b.calls = map[string]*branch{}
			}
			next = &branch{name: frames[i].Function}
			b.calls[frames[i].Function] = next
		}
		b = next
	}
	return b
}

func (b *branch) sum() (self, base float64) {
	b.allSelf, b.allBase = b.self, b.base
	for _, c := range b.calls {
		s, t := c.sum()
		b.allSelf += s
		b.allBase += t
	}
	return b.allSelf, b.allBase
}

func (b *branch) prune(self, base float64) *measure.CallTree {
	t := &measure.CallTree{Name: b.name, Self: b.self, Base: b.base}
	if b.name != "all" {
		t.Group = Package(b.name)
	}
	rest := &measure.CallTree{Name: small}
	for _, c := range b.calls {
		if c.allSelf < self && c.allBase <= base || c.allSelf <= self && c.allBase < base {
			rest.Self += c.allSelf
			rest.Base += c.allBase
			continue
		}
		t.Calls = append(t.Calls, c.prune(self, base))
	}
	if rest.Self > 0 || rest.Base > 0 {
		t.Calls = append(t.Calls, rest)
	}
	slices.SortFunc(t.Calls, func(x, y *measure.CallTree) int { return cmp.Compare(x.Name, y.Name) })
	return t
}
