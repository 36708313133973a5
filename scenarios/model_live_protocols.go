package scenarios

// Asked is how an operation is asked for over another protocol than HTTP: a
// [GRPC], [WebSocket], [SQL], [Redis] or [Kafka]. Their texts have holes where
// nothing else is said.
type Asked interface {
	// Word is that of the language, as "redis".
	Word() string
	// Schemes are those of the addresses that speak the protocol.
	Schemes() []string
}

// GRPC is a call of a method, unary or a stream.
type GRPC struct {
	Method      string   // package.Service/Method, without holes
	Messages    []string // JSON, sent one after the other; none = an empty one
	Metadata    []Pair
	Descriptors []byte // a FileDescriptorSet; nil = the server is asked by reflection
	Code        int    // expected; 0 = OK
}

// WebSocket is an exchange of messages.
type WebSocket struct {
	Path    string // added to that of the address, without holes
	Headers []Pair // of the handshake; holes of the environment only
	Send    []string
	Until   string // an expression that the last message matches; empty = the first is the last
	Fresh   bool   // each exchange opens a connection of its own
}

// SQL is a query with arguments $1, $2 and so on.
type SQL struct {
	Query string // without holes
	Args  []string
}

// Redis is one command.
type Redis struct{ Words []string }

// Kafka is one record produced, or Consume records consumed where that is not 0.
type Kafka struct {
	Topic   string  // without holes
	Key     *string // nil = none
	Value   string
	Consume int
}

// Word implements [Asked].
func (*GRPC) Word() string { return "grpc" }

// Word implements [Asked].
func (*WebSocket) Word() string { return "websocket" }

// Word implements [Asked].
func (*SQL) Word() string { return "sql" }

// Word implements [Asked].
func (*Redis) Word() string { return "redis" }

// Word implements [Asked].
func (*Kafka) Word() string { return "kafka" }

// Schemes implements [Asked].
func (*GRPC) Schemes() []string { return []string{"grpc", "grpcs"} }

// Schemes implements [Asked].
func (*WebSocket) Schemes() []string { return []string{"ws", "wss"} }

// Schemes implements [Asked].
func (*SQL) Schemes() []string { return []string{"postgres", "postgresql"} }

// Schemes implements [Asked].
func (*Redis) Schemes() []string { return []string{"redis", "rediss"} }

// Schemes implements [Asked].
func (*Kafka) Schemes() []string { return []string{"kafka", "kafkas"} }

// Addressed reports whether any operation has an address of its own, or by its
// service.
func (m *Model) Addressed() bool {
	for op := range m.Live.Operations {
		if m.AddressOf(op) != "" {
			return true
		}
	}
	return false
}

// AddressOf is where an operation is asked for: its own address, that of its
// service, or empty where only the base URL of the system can be meant.
func (m *Model) AddressOf(op OpID) string {
	if at := m.Live.Operations[op].At; at != "" {
		return at
	}
	if int(op) >= len(m.Operations) {
		return ""
	}
	return m.Live.Services[m.Operations[op].Service]
}
