package foreign

import (
	"regexp"
	"strings"
)

// assignment is a variable that a program beside the model gives a plain value.
var assignment = regexp.MustCompile(`^\s*(\$\w+)\s*=\s*([0-9][0-9.eE+-]*)\s*;?\s*$`)

// changed is any assignment to a variable.
var changed = regexp.MustCompile(`(\$\w+)\s*=[^=]`)

// variables reads the programs beside a model as far as they give variables a
// single value.
func (l *lqnReader) variables(root *element) {
	for _, k := range root.kids {
		if k.name != "lqx" && k.name != "spex-parameters" {
			continue
		}
		for line := range strings.Lines(k.text) {
			all := changed.FindAllStringSubmatch(line+" ", -1)
			if m := assignment.FindStringSubmatch(line); m != nil {
				if _, twice := l.vars[m[1]]; !twice {
					l.vars[m[1]] = m[2]
					continue
				}
			}
			for _, m := range all {
				l.vars[m[1]] = ""
			}
		}
		l.note(k.line, k.name, "a program beside the model is not carried over", "variables that it gives one plain value have that value")
	}
}

// resolve is the value of a text that may be a variable.
func (l *lqnReader) resolve(text string) string {
	if v := l.vars[text]; v != "" {
		return v
	}
	return text
}

// variable reads an attribute that is a number of at least 0 or a variable.
func (l *lqnReader) variable(e *element, attr string) (float64, bool) {
	name := e.attr("name")
	if name == "" {
		name = e.attr("dest")
	}
	return l.number(e.line, e.name+" "+shorten(name)+": "+attr, l.resolve(e.attr(attr)))
}
