package traces

import "io"

// zipkin reads spans as version 2 of Zipkin's interface has them: lists of spans
// or of lists of them, one after the other. Times are in microseconds.
type zipkin struct {
	*scanner
	*filler
	give found
}

func readZipkin(in io.Reader, f *filler, give found) error {
	r := &zipkin{scanner: newScanner(in), filler: f, give: give}
	for r.peek() != 0 {
		if err := r.any(); err != nil {
			return err
		}
	}
	return r.broken()
}

func (r *zipkin) any() error {
	if r.peek() == '[' {
		return r.array(r.any)
	}
	return r.span()
}

// sharedSalt tells the answering half of a call from the asking half where both
// have the same id.
const sharedSalt = 0x9e3779b97f4a7c15

func (r *zipkin) span() error {
	var s span
	var t traceID
	var lasted int64
	var local Origin
	var remote string
	shared := false
	err := r.object(func(key []byte) (err error) {
		var text []byte
		switch string(key) {
		case "traceId":
			t, err = r.traceID("traceId")
		case "id":
			s.id, err = r.spanID("id")
		case "parentId":
			s.parent, err = r.spanID("parentId")
		case "name":
			text, err = r.scalar()
			s.name = r.names.of(text)
		case "kind":
			text, err = r.scalar()
			s.kind = kindNamed(text)
		case "timestamp":
			s.begin, err = r.whole("timestamp")
		case "duration":
			lasted, err = r.whole("duration")
		case "shared":
			text, err = r.scalar()
			shared = string(text) == "true"
		case "localEndpoint":
			local, err = r.endpoint()
		case "remoteEndpoint":
			var o Origin
			o, err = r.endpoint()
			remote = o.Service
		case "tags":
			err = r.object(func(key []byte) error {
				r.key = append(r.key[:0], key...)
				text, err := r.scalar()
				if err == nil {
					if string(r.key) == "error" { // whatever it says
						text = []byte("true")
					}
					r.attribute(&s, r.key, text)
				}
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
	s.from = r.origin(local)
	if remote != "" && (s.kind == Client || s.peer == "") {
		s.peer = remote
	}
	if shared && s.kind == Server && s.id != 0 {
		s.parent = s.id
		s.id ^= sharedSalt
	}
	s.begin, s.end = micros(s.begin, lasted)
	return r.give(t, &s)
}

func (r *zipkin) endpoint() (o Origin, err error) {
	err = r.object(func(key []byte) error {
		switch string(key) {
		case "serviceName":
			text, err := r.scalar()
			o.Service = r.names.of(text)
			return err
		case "ipv4", "ipv6":
			text, err := r.scalar()
			if o.Instance == "" {
				o.Instance = r.names.of(text)
			}
			return err
		}
		return r.skip()
	})
	return o, err
}
