package scenarios

import (
	"net/url"
	"slices"
	"strings"

	"github.com/headroom/headroom/scenarios/holes"
)

// httpSchemes are those of operations with a path.
func httpSchemes() []string { return []string{"http", "https"} }

// protocols are all of them beside HTTP.
func protocols() []Asked { return []Asked{&GRPC{}, &WebSocket{}, &SQL{}, &Redis{}, &Kafka{}} }

// schemesFor are those of the protocol that a request is of.
func schemesFor(f fields) []string {
	for _, p := range protocols() {
		if f.has(p.Word()) {
			return p.Schemes()
		}
	}
	return httpSchemes()
}

// liveServices reads where services are.
func (c *compiler) liveServices(s spot) {
	c.m.Live.Services = map[ServiceID]string{}
	for _, e := range c.entries(s, "a mapping from services to their addresses") {
		id, ok := c.services[e.name]
		if !ok {
			c.fail(e.key, "", "no service %q", shorten(e.name))
			continue
		}
		schemes := httpSchemes()
		for _, p := range protocols() {
			schemes = append(schemes, p.Schemes()...)
		}
		c.m.Live.Services[id] = c.address(e.spot, schemes)
	}
}

// address reads the address of a server, as a URL of one of the schemes. Holes
// are for the environment; a password is one.
func (c *compiler) address(s spot, schemes []string) string {
	want := "a URL, as " + schemes[0] + "://localhost:" + portFor(schemes[0])
	text, ok := c.withHoles(s, want)
	if !ok {
		return ""
	}
	mark := len(c.diags)
	c.onlyEnv(s)
	if c.failed(mark) {
		return ""
	}
	u, err := url.Parse(filledWith(text, "1"))
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "":
		c.fail(s, "", "%q is not %s", shorten(text), want)
		return ""
	case !slices.Contains(schemes, u.Scheme):
		c.fail(s, "", "%q; want %s", shorten(u.Scheme+"://"), strings.Join(schemes, "://, ")+"://")
		return ""
	}
	password, _ := u.User.Password()
	if other, err := url.Parse(filledWith(text, "2")); err == nil && password != "" {
		if same, _ := other.User.Password(); same == password {
			c.fail(s, "write ${env:NAME} for it and set it where the load is started", "a password in a scenario is none")
			return ""
		}
	}
	return text
}

// filledWith is a text with the same in every hole.
func filledWith(text, fill string) string {
	t, err := holes.Parse(text)
	if err != nil {
		return text // noted where it was read
	}
	var b strings.Builder
	for _, p := range t {
		if p.Kind == holes.Literal {
			b.WriteString(p.Text)
			continue
		}
		b.WriteString(fill)
	}
	return b.String()
}

func portFor(scheme string) string {
	switch scheme {
	case "grpc":
		return "50051"
	case "postgres":
		return "5432/shop"
	case "redis":
		return "6379"
	case "kafka":
		return "9092"
	}
	return "8080"
}

// addressed wants an address that speaks the protocol of an operation.
func (c *compiler) addressed(s spot, op OpID, r *Request) {
	schemes, how := httpSchemes(), "path is HTTP"
	if r.Ask != nil {
		schemes, how = r.Ask.Schemes(), r.Ask.Word()+" is not HTTP"
	}
	at, of := r.At, c.m.Operations[op].Service
	if at == "" {
		var said bool
		if at, said = c.m.Live.Services[of]; said && at == "" {
			return // it is wrong, and noted
		}
	}
	service := c.m.Services[of].Name
	scheme, _, _ := strings.Cut(at, "://")
	switch {
	case at == "" && r.Ask != nil:
		c.fail(s, "write  at: "+schemes[0]+"://localhost:"+portFor(schemes[0])+"  here, or under live.services."+service, "%s, and it is not said where it is asked for", how)
	case at != "" && !slices.Contains(schemes, scheme):
		c.fail(s, "write  at: "+schemes[0]+"://…", "%s, and the address of %s is %s://", how, service, shorten(scheme))
	}
}
