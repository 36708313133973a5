package pprof

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Naming says which operation a stack was worked on for.
type Naming struct {
	Label    string    // key of runtime/pprof.Do whose values are operations; empty looks for one
	Patterns []Pattern // where no label says it: the frames of handlers
	Known    []string  // operations that there are, as web.checkout; nil = not known
	Service  string    // whose profile it is; its operations may be labelled without it
}

// Pattern names the operation of stacks that have a function it matches. Of
// several patterns that match a stack the one nearer the root is right.
type Pattern struct {
	Operation string
	Function  *regexp.Regexp
}

// ParsePattern reads web.checkout=REGEXP.
func ParsePattern(text string) (Pattern, error) {
	name, expression, ok := strings.Cut(text, "=")
	if !ok || name == "" || expression == "" {
		return Pattern{}, fmt.Errorf("%q; want OPERATION=REGEXP, as 'web.checkout=\\.handleCheckout$'", text)
	}
	re, err := regexp.Compile(expression)
	if err != nil {
		return Pattern{}, fmt.Errorf("%q: %w", text, err)
	}
	return Pattern{name, re}, nil
}

// customary are keys of labels that people name operations by.
var customary = []string{"operation", "op", "endpoint", "route", "handler", "class"}

// label is the key to go by in these profiles: as asked for, else one with a
// value that is a known operation, else a customary one, else none.
func (n *Naming) label(captures []Capture) string {
	if n.Label != "" {
		return n.Label
	}
	seen, known := map[string]bool{}, ""
	for _, c := range captures {
		for i := range c.Profile.Stacks {
			for key, value := range c.Profile.Stacks[i].Labels {
				seen[key] = true
				if slices.Contains(n.Known, n.full(value)) && (known == "" || key < known) {
					known = key
				}
			}
		}
	}
	if known != "" {
		return known
	}
	for _, key := range customary {
		if seen[key] {
			return key
		}
	}
	return ""
}

// full is the name of an operation with its service: that of the profile, else
// the only one that has such an operation.
func (n *Naming) full(value string) string {
	if slices.Contains(n.Known, value) {
		return value
	}
	found := ""
	for _, k := range n.Known {
		service, op, ok := strings.Cut(k, ".")
		switch {
		case !ok || op != value || n.Service != "" && service != n.Service:
		case found != "":
			return value // it may be either
		default:
			found = k
		}
	}
	if found == "" {
		return value
	}
	return found
}

// operation is what a stack was worked on for, or empty.
func (n *Naming) operation(s *Stack, label string, memory map[string]string) string {
	if v := s.Labels[label]; v != "" {
		return n.full(v)
	}
	if len(n.Patterns) == 0 {
		return ""
	}
	for i := range s.Frames {
		name := s.Frames[i].Function
		of, met := memory[name]
		if !met {
			for _, p := range n.Patterns {
				if p.Function.MatchString(name) {
					of = p.Operation
					break
				}
			}
			memory[name] = of
		}
		if of != "" {
			return of
		}
	}
	return ""
}
