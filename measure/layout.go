package measure

import "bytes"

// lineWidth is how long a line of laid out JSON may get before an object or an
// array is spread over several.
const lineWidth = 100

// layOut indents compact JSON so that people can read it: what fits on a line
// stays on one (an estimate, a point of a distribution), and long arrays of
// numbers fill lines instead of taking one line for each. The input must be
// valid and compact, as json.Marshal writes it.
func layOut(compact []byte) []byte {
	l := layout{in: compact, flat: flatEnds(compact)}
	l.value(0)
	l.out.WriteByte('\n')
	return l.out.Bytes()
}

type layout struct {
	in   []byte
	pos  int
	flat map[int]int // start of a container that holds no other → its end
	out  bytes.Buffer
}

// value writes the value at pos, at the given depth of indentation.
func (l *layout) value(depth int) {
	switch c := l.in[l.pos]; c {
	case '{', '[':
		end, flat := l.flat[l.pos]
		switch {
		case flat && end-l.pos < lineWidth-2*depth:
			l.spaced(end)
		case flat && c == '[':
			l.filled(end, depth)
		default:
			l.spread(depth)
		}
	default:
		end := scalarEnd(l.in, l.pos)
		l.out.Write(l.in[l.pos:end])
		l.pos = end
	}
}

// spaced copies up to end on one line, with a space after each comma and colon.
func (l *layout) spaced(end int) {
	for l.pos < end {
		c := l.in[l.pos]
		if c == '"' {
			stop := scalarEnd(l.in, l.pos)
			l.out.Write(l.in[l.pos:stop])
			l.pos = stop
			continue
		}
		l.out.WriteByte(c)
		if c == ',' || c == ':' {
			l.out.WriteByte(' ')
		}
		l.pos++
	}
}

// filled writes an array of scalars over as few lines as hold it.
func (l *layout) filled(end, depth int) {
	l.out.WriteByte('[')
	l.pos++
	column := lineWidth
	for l.in[l.pos] != ']' {
		stop := scalarEnd(l.in, l.pos)
		if column+stop-l.pos+2 > lineWidth {
			l.newline(depth + 1)
			column = 2 * (depth + 1)
		} else {
			l.out.WriteByte(' ')
			column++
		}
		l.out.Write(l.in[l.pos:stop])
		column += stop - l.pos + 1
		l.pos = stop
		if l.in[l.pos] == ',' {
			l.out.WriteByte(',')
			l.pos++
		}
	}
	l.newline(depth)
	l.out.WriteByte(']')
	l.pos = end
}

// spread writes a container with one entry a line.
func (l *layout) spread(depth int) {
	object := l.in[l.pos] == '{'
	l.out.WriteByte(l.in[l.pos])
	l.pos++
	for l.in[l.pos] != '}' && l.in[l.pos] != ']' {
		l.newline(depth + 1)
		if object {
			stop := scalarEnd(l.in, l.pos)
			l.out.Write(l.in[l.pos:stop])
			l.out.WriteString(": ")
			l.pos = stop + 1
		}
		l.value(depth + 1)
		if l.in[l.pos] == ',' {
			l.out.WriteByte(',')
			l.pos++
		}
	}
	l.newline(depth)
	l.out.WriteByte(l.in[l.pos])
	l.pos++
}

func (l *layout) newline(depth int) {
	l.out.WriteByte('\n')
	for range depth {
		l.out.WriteString("  ")
	}
}

// scalarEnd is the index after the string, number or word at start.
func scalarEnd(in []byte, start int) int {
	if in[start] == '"' {
		for i := start + 1; ; i++ {
			switch in[i] {
			case '\\':
				i++
			case '"':
				return i + 1
			}
		}
	}
	i := start
	for i < len(in) && bytes.IndexByte([]byte(",]}"), in[i]) < 0 {
		i++
	}
	return i
}

// flatEnds finds the containers that hold scalars only.
func flatEnds(in []byte) map[int]int {
	ends := map[int]int{}
	var open []int
	nested := false // whether the innermost open container holds another
	for i := 0; i < len(in); i++ {
		switch in[i] {
		case '"':
			i = scalarEnd(in, i) - 1
		case '{', '[':
			open = append(open, i)
			nested = false
		case '}', ']':
			if !nested {
				ends[open[len(open)-1]] = i + 1
			}
			open = open[:len(open)-1]
			nested = true
		}
	}
	return ends
}
