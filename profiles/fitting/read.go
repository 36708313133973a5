package fitting

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/headroom/headroom/scenarios/dist"
)

// mostSamples bounds what is read: 80 MB of memory.
const mostSamples = 10_000_000

// Read reads samples: one a line, as "3.2ms" or, with a unit such as "ms", as a
// bare number; or, with a column, those of a CSV file, by the name in its first
// line or by number from 1. Empty lines and those that begin with # are skipped.
// An error names file, line and column.
//
// The unit "count" is for bare numbers that are no times.
func Read(name string, in io.Reader, column, unit string) ([]float64, dist.Unit, error) {
	of := dist.Seconds
	if unit == "count" {
		of, unit = dist.Count, ""
	} else if unit != "" {
		if _, err := dist.ParseDuration("1" + unit); err != nil {
			return nil, of, fmt.Errorf("no unit %q; want count, or one of ns us ms s m h d", unit)
		}
	}
	parse := func(text string) (float64, error) {
		if of == dist.Count {
			return dist.ParseCount(text)
		}
		if _, err := strconv.ParseFloat(text, 64); err == nil {
			if unit == "" && text != "0" {
				return 0, errors.New("a number without a unit; write 3ms, or give --unit ms (--unit count where it is no time)")
			}
			text += unit
		}
		return dist.ParseDuration(text)
	}
	if column != "" {
		out, err := readColumn(name, in, column, parse)
		return out, of, err
	}
	var out []float64
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<16)
	line := 0
	for lines.Scan() {
		line++
		raw := lines.Text()
		if line == 1 {
			raw = strings.TrimPrefix(raw, "\ufeff")
		}
		text := strings.TrimSpace(raw)
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		v, err := parse(text)
		if err != nil {
			return nil, of, fmt.Errorf("%s:%d:%d: %s: %w", name, line, 1+strings.Index(raw, text), clip(text), plainly(err))
		}
		if out = append(out, v); len(out) > mostSamples {
			return nil, of, fmt.Errorf("%s:%d: more than %d samples; a tenth of them, drawn at random, tells the same", name, line, mostSamples)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, of, fmt.Errorf("%s:%d: %w", name, line+1, err)
	}
	return out, of, nil
}

func readColumn(name string, in io.Reader, column string, parse func(string) (float64, error)) ([]float64, error) {
	r := csv.NewReader(in)
	r.ReuseRecord, r.FieldsPerRecord, r.TrimLeadingSpace, r.Comment = true, -1, true, '#'
	head, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: no first line: %w", name, err)
	}
	head = slices.Clone(head)
	head[0] = strings.TrimPrefix(head[0], "\ufeff")
	at := slices.Index(head, column)
	var out []float64
	if at < 0 {
		n, err := strconv.Atoi(column)
		if err != nil || n < 1 || n > len(head) {
			return nil, fmt.Errorf("%s:1:1: no column %q; there are %s", name, column, clip(strings.Join(head, ", ")))
		}
		at = n - 1
		if v, err := parse(strings.TrimSpace(head[at])); err == nil { // no heading
			out = append(out, v)
		}
	}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if at >= len(record) {
			line, _ := r.FieldPos(0)
			return nil, fmt.Errorf("%s:%d:1: %d columns; want %d or more", name, line, len(record), at+1)
		}
		v, err := parse(strings.TrimSpace(record[at]))
		if err != nil {
			line, col := r.FieldPos(at)
			return nil, fmt.Errorf("%s:%d:%d: %s: %w", name, line, col, clip(record[at]), plainly(err))
		}
		if out = append(out, v); len(out) > mostSamples {
			return nil, fmt.Errorf("%s: more than %d samples; a tenth of them, drawn at random, tells the same", name, mostSamples)
		}
	}
}

// plainly is an error of the language without a place of its own.
func plainly(err error) error {
	if wrong := (*dist.ParseError)(nil); errors.As(err, &wrong) {
		if wrong.Hint != "" {
			return errors.New(wrong.Msg + "; " + wrong.Hint)
		}
		return errors.New(wrong.Msg)
	}
	return err
}

func clip(text string) string {
	const most = 40
	if r := []rune(text); len(r) > most {
		return strconv.Quote(string(r[:most]) + "…")
	}
	return strconv.Quote(text)
}
