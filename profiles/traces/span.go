package traces

// Kind is what a span is the time of; the numbers are those of OTLP [OTel24].
type Kind uint8

// The kinds.
const (
	Unsaid   Kind = iota
	Internal      // something within a service
	Server        // the answering side of a call
	Client        // the asking side of a call
	Producer      // a message is published
	Consumer      // a message is worked on
)

// Origin is what emitted spans. It may become known after its spans.
type Origin struct {
	Service  string
	Instance string // one of the service's replicas, where it says
}

// traceID names a trace. Ids of 64 bits have zeros in front.
type traceID [16]byte

// span is what is kept of one, whatever format it came in.
type span struct {
	id, parent uint64 // 0 is none
	begin, end int64  // since 1970 (ns)
	from       *Origin
	name       string
	peer       string // service asked, as the client knows it, or the topic of a message
	links      uint16 // spans of other traces it comes from
	attempt    uint16 // of a call that may be tried again, from 1; 0 where unsaid
	replica    uint16 // of the service, from 1; 0 where unsaid
	kind       Kind
	failed     bool
	told       bool // the emitter says what time was spent on
	cpu        float32
	wait       float32 // of a wait step (s)
	line       float32 // waiting for a core (s)
	thread     float32 // waiting for a thread (s)
	share      float32 // share of traces that sampling kept; 0 is all
}

// seconds is how long a span lasted; one that ends before it begins counts as 0.
func (s *span) seconds() float64 { return float64(max(s.end-s.begin, 0)) / 1e9 }

// found takes each span as it is read.
type found func(t traceID, s *span) error

// names keeps one copy of each text, of so many at most.
type names struct {
	kept map[string]string
	full int // texts that found no room
}

const (
	maxNames   = 1 << 16
	maxNameLen = 256 // (B)
	otherName  = "other"
)

func (n *names) of(text []byte) string {
	if s, ok := n.kept[string(text)]; ok {
		return s
	}
	if len(n.kept) >= maxNames {
		n.full++
		return otherName
	}
	if n.kept == nil {
		n.kept = make(map[string]string)
	}
	s := string(text[:min(len(text), maxNameLen)])
	n.kept[s] = s
	return s
}
