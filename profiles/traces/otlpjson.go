package traces

import "io"

// otlpJSON reads traces as OTLP has them in JSON [OTel24]: one request, or many
// one after the other, as the collector's file exporter writes them. Ids are
// hexadecimal there, and integers of 64 bits strings.
type otlpJSON struct {
	*scanner
	*filler
	give found
}

func readOTLPJSON(in io.Reader, f *filler, give found) error {
	r := &otlpJSON{scanner: newScanner(in), filler: f, give: give}
	for r.peek() != 0 {
		if err := r.object(r.request); err != nil {
			return err
		}
	}
	return r.broken()
}

func (r *otlpJSON) request(key []byte) error {
	switch string(key) {
	case "resourceSpans", "resource_spans":
		return r.array(r.resourceSpans)
	}
	return r.skip()
}

func (r *otlpJSON) resourceSpans() error {
	o, told := new(Origin), false
	return r.object(func(key []byte) error {
		switch string(key) {
		case "resource":
			told = true
			var said Origin
			err := r.object(func(key []byte) error {
				if string(key) != "attributes" {
					return r.skip()
				}
				return r.attributes(func(k, v []byte) { r.resource(&said, k, v) })
			})
			*o = said
			return err
		case "scopeSpans", "scope_spans", "instrumentationLibrarySpans":
			from := o
			if told {
				from = r.origin(*o)
			}
			return r.array(func() error { return r.object(func(key []byte) error { return r.scope(key, from) }) })
		}
		return r.skip()
	})
}

func (r *otlpJSON) scope(key []byte, from *Origin) error {
	if string(key) != "spans" {
		return r.skip()
	}
	return r.array(func() error { return r.span(from) })
}

func (r *otlpJSON) span(from *Origin) error {
	s := span{from: from}
	var t traceID
	err := r.object(func(key []byte) (err error) {
		switch string(key) {
		case "traceId", "trace_id":
			t, err = r.traceID("traceId")
		case "spanId", "span_id":
			s.id, err = r.spanID("spanId")
		case "parentSpanId", "parent_span_id":
			s.parent, err = r.spanID("parentSpanId")
		case "name":
			var text []byte
			text, err = r.scalar()
			s.name = r.names.of(text)
		case "kind":
			var text []byte
			text, err = r.scalar()
			s.kind = kindNamed(text)
		case "startTimeUnixNano", "start_time_unix_nano":
			s.begin, err = r.whole("startTimeUnixNano")
		case "endTimeUnixNano", "end_time_unix_nano":
			s.end, err = r.whole("endTimeUnixNano")
		case "attributes":
			err = r.attributes(func(k, v []byte) { r.attribute(&s, k, v) })
		case "status":
			err = r.object(func(key []byte) error {
				if string(key) != "code" {
					return r.skip()
				}
				text, err := r.scalar()
				s.failed = s.failed || string(text) == "2" || string(text) == "STATUS_CODE_ERROR"
				return err
			})
		case "links":
			err = r.array(func() error {
				s.links += min(1, ^s.links)
				return r.skip()
			})
		case "traceState", "trace_state":
			var text []byte
			text, err = r.scalar()
			s.state(text)
		default:
			err = r.skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	return r.give(t, &s)
}

// attributes gives every attribute that is a text or a number.
func (r *otlpJSON) attributes(each func(key, value []byte)) error {
	return r.pairs(func(give func(text []byte)) error {
		return r.object(func([]byte) error { return r.given(give) }) // one field, named for what it is
	}, each)
}
