package message

import (
	"fmt"

	"github.com/headroom/headroom/loadtest/driver"
	"github.com/headroom/headroom/scenarios"
)

// Texts makes what fills the texts of one request of an operation; where says
// which key of it they stand under. With constant they are the same each time.
func (s *Source) Texts(name, where string, how scenarios.Escape, sources ...string) (fill driver.Fill, constant bool, err error) {
	all := make([]*text, len(sources))
	constant = true
	for i, source := range sources {
		if all[i], err = s.compile(source, bodyEscape(how)); err != nil {
			return nil, false, fmt.Errorf("loadtest: live.operations.%s.%s: %w", name, where, err)
		}
		constant = constant && all[i].constant
	}
	if constant {
		fixed := make([]string, len(all))
		for i, t := range all {
			fixed[i] = t.literal()
		}
		return driver.Fixed(fixed...), true, nil
	}
	return func(values *driver.Values) ([]string, error) {
		if values == nil {
			values = &driver.Values{} // so that one request is filled from one row of data
		}
		f := &filling{source: s, values: values}
		out := make([]string, len(all))
		for i, t := range all {
			filled, err := t.fill(f)
			if err != nil {
				return nil, s.unfilled(name, err)
			}
			out[i] = string(filled)
		}
		return out, nil
	}, false, nil
}

// Address fills the holes of an address, which are of the environment. What
// fills them cannot change any other part of it.
func (s *Source) Address(what, source string) (string, error) {
	t, err := s.compile(source, escapeAddress)
	if err == nil && !t.constant {
		err = fmt.Errorf("only the environment is known before the first request")
	}
	if err != nil {
		return "", fmt.Errorf("loadtest: %s: %w", what, err)
	}
	return t.literal(), nil
}

// Fixed fills the holes of a text which are of the environment.
func (s *Source) Fixed(name, where, source string) (string, error) {
	t, err := s.compile(source, escapeHeader)
	if err == nil && !t.constant {
		err = fmt.Errorf("only the environment is known before the first request")
	}
	if err != nil {
		return "", fmt.Errorf("loadtest: live.operations.%s.%s: %w", name, where, err)
	}
	return t.literal(), nil
}
