package dist

import (
	"math"
	"strconv"
	"strings"
)

// form is a distribution as it is written: its family and the arguments given,
// in the order given. A law is built from a form and from nothing else, so
// what is printed is what is computed with.
type form struct {
	family Family
	unit   Unit
	args   []arg
	file   string // of empirical(file)
	values []weighted
}

// arg is one argument: "9ms", "cv=2" or "30%: exp(2ms)".
type arg struct {
	name   string // empty for a positional one
	kind   kind
	value  float64
	weight float64 // of a weighted one
	part   *Dist   // of a weighted one of a mixture
}

// kind says what the value of an argument is, and so how it is written and how
// it changes when the unit of the distribution's values does.
type kind uint8

const (
	amount    kind = iota // a value of the distribution: a time or a count
	number                // a bare number, such as a cv
	logAmount             // the logarithm of an amount
	part                  // a whole distribution with a weight
)

// weighted is a value and its weight.
type weighted struct{ value, weight float64 }

func constForm(v float64, u Unit) form {
	return form{family: FamilyConst, unit: u, args: []arg{{kind: amount, value: v}}}
}

// scaled is the form of f times the distribution.
func (fm form) scaled(f float64, l law) form {
	out := fm
	out.file, out.values = "", nil
	if fm.file != "" { // no longer what the file says: write the values out
		out.args = l.(*empirical).args()
	} else {
		out.args = append([]arg(nil), fm.args...)
	}
	for i := range out.args {
		a := &out.args[i]
		switch a.kind {
		case amount:
			a.value *= f
		case logAmount:
			a.value += math.Log(f)
		case part:
			p := a.part.Scaled(f)
			a.part = &p
		case number:
		}
	}
	return out
}

// String writes the distribution in the language; [Parse] reads it back. The
// exception is one built from more values than a text may have.
func (d Dist) String() string {
	if d.law == nil {
		return "0s"
	}
	var b strings.Builder
	d.form.write(&b)
	return b.String()
}

func (fm form) write(b *strings.Builder) {
	if fm.family == FamilyConst {
		b.WriteString(formatAmount(fm.args[0].value, fm.unit))
		return
	}
	b.WriteString(fm.family.String())
	b.WriteByte('(')
	if fm.file != "" {
		b.WriteString(quoteFile(fm.file))
	}
	for i, a := range fm.args {
		if i > 0 {
			b.WriteString(", ")
		}
		a.write(b, fm.unit)
	}
	b.WriteByte(')')
}

func (a arg) write(b *strings.Builder, u Unit) {
	if a.weight > 0 {
		b.WriteString(formatNumber(a.weight))
		b.WriteString(": ")
	}
	if a.name != "" {
		b.WriteString(a.name)
		b.WriteByte('=')
	}
	switch a.kind {
	case amount:
		b.WriteString(formatAmount(a.value, u))
	case part:
		a.part.form.write(b)
	case number, logAmount:
		b.WriteString(formatNumber(a.value))
	}
}

func quoteFile(name string) string {
	if isBareFile(name) {
		return name
	}
	return strconv.Quote(name)
}
