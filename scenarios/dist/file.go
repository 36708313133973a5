package dist

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Bounds on a file of samples.
const (
	mostFile = 64 << 20 // bytes
	mostRows = 1 << 17  // a transform takes 25 ns a row
)

// isBareFile reports whether a file name may stand without quotes: it ends in
// .csv or .txt and holds nothing that ends an argument.
func isBareFile(name string) bool {
	if !strings.HasSuffix(name, ".csv") && !strings.HasSuffix(name, ".txt") {
		return false
	}
	for _, c := range name {
		if c <= ' ' || c == 0x7f || c > 0x7e || strings.ContainsRune(`,()"=:`, c) {
			return false
		}
	}
	return true
}

// file reads a file name, quoted or bare, if one comes next.
func (p *parser) file() (name string, ok bool) {
	rest := p.text[p.pos:]
	if strings.HasPrefix(rest, `"`) {
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil {
			return "", false
		}
		name, err = strconv.Unquote(quoted)
		if err != nil || name == "" {
			return "", false
		}
		p.pos += len(quoted)
		return name, true
	}
	end := strings.IndexAny(rest, ",) \t\r\n")
	if end < 0 || !isBareFile(rest[:end]) {
		return "", false
	}
	p.pos += end
	return rest[:end], true
}

func (p *parser) readFile(fm *form, name string, at int) *ParseError {
	if len(fm.args) > 0 || fm.file != "" {
		return p.errorAt(at, "", "empirical takes values or one file, not both")
	}
	p.space()
	if p.pos < len(p.text) && p.text[p.pos] != ')' {
		return p.errorAt(p.pos, "", "empirical takes nothing beside a file%s", p.butSee())
	}
	if p.env.ReadFile == nil {
		return p.errorAt(at, "write the values out: empirical(1ms, 2ms, 5ms)", "files cannot be read here")
	}
	data, err := p.env.ReadFile(name)
	if err != nil {
		return p.errorAt(at, "", "cannot read %q: %v", name, err)
	}
	list, err := readSamples(data, p.env.Unit)
	if err != nil {
		return p.errorAt(at, "want a value a line, with a unit or in seconds, and its weight after a comma if it has one", "%s:%v", name, err)
	}
	fm.file, fm.values = name, list
	return nil
}

// readSamples reads a value a line, each with an optional weight after a
// comma. Values without a unit are in seconds. Empty lines and those that
// begin with # are skipped, as is a first line of words.
func readSamples(data []byte, u Unit) ([]weighted, error) {
	if len(data) > mostFile {
		return nil, fmt.Errorf(" %d bytes; want at most %d", len(data), mostFile)
	}
	var list []weighted
	line, header := 0, true
	for row := range bytes.Lines(data) {
		line++
		text := strings.TrimSpace(string(row))
		if text == "" || text[0] == '#' {
			continue
		}
		v, err := readRow(text, u)
		if err != nil && header && isLetter(text[0]) {
			header = false
			continue
		}
		if header = false; err != nil {
			return nil, fmt.Errorf("%d: %w", line, err)
		}
		if v.weight == 0 {
			continue
		}
		if len(list) == mostRows {
			return nil, fmt.Errorf("%d: more than %d values", line, mostRows)
		}
		list = append(list, v)
	}
	if len(list) == 0 {
		return nil, errors.New(" no values")
	}
	return list, nil
}

// readRow reads "3ms" or "0.003, 12".
func readRow(text string, u Unit) (weighted, error) {
	value, weight, has := strings.Cut(text, ",")
	out := weighted{weight: 1}
	p := &parser{text: strings.TrimSpace(value)}
	var err *ParseError
	if last := len(p.text) - 1; u == Seconds && last >= 0 && isLetter(p.text[last]) {
		out.value, err = p.amount(Seconds)
	} else {
		out.value, err = p.amount(Count)
	}
	if err == nil {
		err = p.end()
	}
	if err == nil && has {
		p = &parser{text: strings.TrimSpace(weight)}
		if out.weight, err = p.amount(Count); err == nil {
			err = p.end()
		}
	}
	if err != nil {
		return weighted{}, errors.New(err.Msg)
	}
	return out, nil
}
