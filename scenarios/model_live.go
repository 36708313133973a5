package scenarios

// Live says where the real system is and how its operations are asked for.
type Live struct {
	Base       string // URL of the system, empty when it has none
	Operations map[OpID]Request
	Services   map[ServiceID]string // URLs of single services, in place of Base; holes of the environment only
	Observe    []Observation        // what is watched while the system is under load
	// Cells is the number of equal cells the system is made of; live runs
	// bring up one of them. 1 when the system is not made of cells.
	Cells int

	Data     []Feed
	Auth     *Auth // of every request that does not say otherwise; nil = none
	TLS      TLS
	Follow   int  // redirects that one request follows; 0 = none
	Compress bool // answers may come compressed
	Cookies  bool // a session sends back the cookies that it was given
}

// Request is how one operation is asked for: over HTTP, unless Ask says
// otherwise. Path, Query, Headers and Template are texts with holes (package
// holes).
type Request struct {
	At  string // URL, in place of that of the service or the system; holes of the environment only
	Ask Asked  // over another protocol; nothing below holds then. nil = HTTP

	Method  string
	Path    string
	Query   []Pair
	Headers map[string]string
	Body    []byte // as it is sent; where Template is empty
	// Template is a body with holes, and Escape how what fills them is escaped.
	Template string
	Escape   Escape

	Auth   *Auth // in place of that of [Live]; a kind of [NoAuth] is none
	Follow *int  // in place of that of [Live]

	Status   int           // expected; 0 = any 2xx
	Statuses []StatusRange // any of these, in place of Status
	Checks   []Check
	Captures []Capture
}

// Pair is a name with its value.
type Pair struct{ Name, Value string }

// Escape says how values are written into a body.
type Escape uint8

const (
	Verbatim   Escape = iota // as they are
	EscapeJSON               // within a string as its characters; elsewhere as a JSON value
	EscapeXML
	EscapeForm // as a value of a form or of a query
)

// StatusRange is the status codes from Lo to Hi, both included.
type StatusRange struct{ Lo, Hi int }

// Feed is a file of data that requests are filled with: rows of named columns.
type Feed struct {
	Name    string
	Columns []string
	Rows    [][]string // as many values each as there are columns; at least one row
	Pick    Pick
}

// Pick says which row a session, or a request by itself, gets.
type Pick uint8

const (
	PickSequential Pick = iota // one after the other, over and over
	PickRandom                 // any, with equal probability
	PickUnique                 // each row once; a run ends when there are none left
)

// Auth is how a request says who asks. Its texts have holes: secrets come from
// the environment and do not stand in a scenario.
type Auth struct {
	Kind AuthKind

	User, Password string // of [BasicAuth]
	Token          string // of [BearerAuth]

	// Of [OAuth2]: the client credentials grant.
	TokenURL, ClientID, ClientSecret, Scope, Audience string
}

// AuthKind is a scheme of authentication.
type AuthKind uint8

const (
	NoAuth AuthKind = iota
	BasicAuth
	BearerAuth
	OAuth2
)

// TLS is how connections are secured; contents are PEM.
type TLS struct {
	Cert, Key  []byte // of the client; both or none
	CA         []byte // whose servers are trusted; nil = those this machine trusts
	SkipVerify bool   // any server is trusted
}

// Capture keeps a part of an answer under a name, for later requests of the
// same session.
type Capture struct {
	Name string
	From Source
	At   string // the path, the name of the header or the cookie, the expression
}

// Source is a part of an answer.
type Source uint8

const (
	FromJSON   Source = iota // the value at a path of the body
	FromHeader               // a header
	FromCookie               // a cookie that is set
	FromRegexp               // what the first group of an expression matches in the body, or all of it
)

// Check is something expected of an answer besides its status.
type Check struct {
	Path string // where it stands: "expect.body.contains"
	Of   Subject
	Name string // of the header; the path of a JSON value
	How  Relation
	Want string // a text with holes; JSON with holes, of a JSON value; an expression
	// The length of the body is from Lo to Hi (B).
	Lo, Hi int64
}

// Subject is what a check looks at.
type Subject uint8

const (
	CheckHeader Subject = iota
	CheckBody
	CheckJSON // a value of the body, which is JSON
	CheckSize // the length of the body, decompressed (B)
)

// Relation is how what is found and what is wanted belong together.
type Relation uint8

const (
	Equals Relation = iota
	Contains
	Matches // a regular expression
)
