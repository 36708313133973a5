package traces

import "io"

// jaeger reads traces as Jaeger's interface hands them out: {"data": [{"spans":
// […], "processes": {…}}]}, one after the other, or lists of traces or single ones without
// what is around them. Times are in microseconds.
type jaeger struct {
	*scanner
	*filler
	give found
}

func readJaeger(in io.Reader, f *filler, give found) error {
	r := &jaeger{scanner: newScanner(in), filler: f, give: give}
	for {
		var err error
		switch r.peek() {
		case 0:
			return r.broken()
		case '[':
			err = r.array(r.trace)
		default:
			err = r.trace()
		}
		if err != nil {
			return err
		}
	}
}

// trace is one, or what is around some.
func (r *jaeger) trace() error {
	processes := map[string]*Origin{}
	return r.object(func(key []byte) error {
		switch string(key) {
		case "data":
			return r.array(r.trace)
		case "spans":
			return r.array(func() error { return r.span(processes) })
		case "processes":
			return r.object(func(key []byte) error {
				o := processOf(processes, string(key))
				var said Origin
				err := r.object(func(key []byte) error {
					switch string(key) {
					case "serviceName":
						text, err := r.scalar()
						said.Service = r.names.of(text)
						return err
					case "tags":
						return r.tags(func(k, v []byte) { r.resource(&said, k, v) })
					}
					return r.skip()
				})
				*o = said
				return err
			})
		}
		return r.skip()
	})
}

// processOf is one of those of a trace, which may be told after its spans.
func processOf(of map[string]*Origin, id string) *Origin {
	o, ok := of[id]
	if !ok {
		o = new(Origin)
		of[id] = o
	}
	return o
}

func (r *jaeger) span(processes map[string]*Origin) error {
	var s span
	var t traceID
	var lasted int64
	err := r.object(func(key []byte) (err error) {
		switch string(key) {
		case "traceID":
			t, err = r.traceID("traceID")
		case "spanID":
			s.id, err = r.spanID("spanID")
		case "parentSpanID":
			s.parent, err = r.spanID("parentSpanID")
		case "operationName":
			var text []byte
			text, err = r.scalar()
			s.name = r.names.of(text)
		case "references":
			err = r.array(func() error { return r.reference(&s) })
		case "startTime":
			s.begin, err = r.whole("startTime")
		case "duration":
			lasted, err = r.whole("duration")
		case "tags":
			err = r.tags(func(k, v []byte) { r.attribute(&s, k, v) })
		case "processID":
			var text []byte
			text, err = r.scalar()
			s.from = processOf(processes, string(text))
		case "process":
			s.from = new(Origin)
			err = r.object(func(key []byte) error {
				if string(key) != "serviceName" {
					return r.skip()
				}
				text, err := r.scalar()
				s.from.Service = r.names.of(text)
				return err
			})
		default:
			err = r.skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	s.begin, s.end = micros(s.begin, lasted)
	return r.give(t, &s)
}

// reference reads where a span comes from: the parent, or something that it
// follows from, which did not wait for it.
func (r *jaeger) reference(s *span) error {
	var id uint64
	follows := false
	err := r.object(func(key []byte) (err error) {
		switch string(key) {
		case "spanID":
			id, err = r.spanID("spanID of a reference")
		case "refType":
			var text []byte
			text, err = r.scalar()
			follows = string(text) == "FOLLOWS_FROM"
		default:
			err = r.skip()
		}
		return err
	})
	switch {
	case err != nil:
	case follows:
		s.links += min(1, ^s.links)
	default:
		s.parent = id
	}
	return err
}

// tags gives the tags that are texts, numbers or truths.
func (r *jaeger) tags(each func(key, value []byte)) error {
	return r.pairs(r.given, each)
}

// micros turns a start and a length (µs) into a start and an end (ns).
func micros(start, lasted int64) (int64, int64) {
	const most = 1 << 52 // 142 years
	start = min(max(start, -most), most)
	lasted = min(max(lasted, -most), most)
	return start * 1000, (start + lasted) * 1000
}
