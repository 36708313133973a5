package watch

import (
	"bytes"
	"strings"
)

// plainText turns a page of OpenMetrics 1.0 into the older text format, which
// is what the parser reads; a page in that format stays as it is. What the two
// write differently: counters are declared without their _total, some types
// have other names, samples may carry exemplars, and time stamps are seconds.
//
// The library's own decoder of OpenMetrics parses each line by a grammar into a
// forest of trees; a page a second of that would be a load by itself. The tests
// have it for an oracle.
func plainText(page []byte) []byte {
	if !bytes.HasSuffix(bytes.TrimRight(page, "\n"), []byte("# EOF")) {
		return page
	}
	var out bytes.Buffer
	for line := range strings.Lines(string(page)) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "# TYPE "):
			line = plainType(line)
		case strings.HasPrefix(line, "#"):
			continue // help, unit and end say nothing about figures
		default:
			line = plainSample(line)
		}
		if line != "" {
			out.WriteString(line)
			out.WriteByte('\n')
		}
	}
	return out.Bytes()
}

func plainType(line string) string {
	fields := strings.Fields(line)
	if len(fields) != 4 {
		return ""
	}
	name, kind := fields[2], fields[3]
	switch kind {
	case "counter":
		name += "_total"
	case "gauge", "histogram", "summary":
	default: // unknown, info, stateset, gaugehistogram: read as plain figures
		kind = "untyped"
	}
	return "# TYPE " + name + " " + kind
}

// plainSample cuts what follows the value.
func plainSample(line string) string {
	end := endOfName(line)
	rest := strings.Fields(line[end:])
	if len(rest) == 0 || strings.HasSuffix(nameOf(line[:end]), "_created") {
		return "" // when a series began is no figure of it
	}
	return line[:end] + " " + rest[0]
}

func nameOf(series string) string {
	name, _, _ := strings.Cut(series, "{")
	return strings.TrimSpace(name)
}

// endOfName is where the name and the labels of a sample end.
func endOfName(line string) int {
	quoted, inside := false, false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{':
			inside = true
		case c == '}':
			return i + 1
		case c == ' ' && !inside:
			return i
		}
	}
	return len(line)
}
