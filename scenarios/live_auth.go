package scenarios

import (
	"encoding/pem"
	"net/url"

	"github.com/headroom/headroom/scenarios/internal/yamlx"
)

// maxFollow bounds the redirects of one request; browsers give up at 20.
const maxFollow = 20

// liveWide reads what holds for all live requests.
func (c *compiler) liveWide(f fields) {
	if v, ok := f["data"]; ok {
		c.data(v)
	}
	if v, ok := f["auth"]; ok {
		c.m.Live.Auth = c.auth(v)
	}
	if v, ok := f["tls"]; ok {
		c.m.Live.TLS = c.tls(v)
	}
	if v, ok := f["follow"]; ok {
		c.m.Live.Follow, _ = c.whole(v, 0, maxFollow)
	}
	if v, ok := f["compress"]; ok {
		c.m.Live.Compress, _ = c.yes(v)
	}
	if v, ok := f["cookies"]; ok {
		c.m.Live.Cookies, _ = c.yes(v)
	}
}

// yes reads true or false.
func (c *compiler) yes(s spot) (value, ok bool) {
	text, ok := c.text(s, "true or false")
	if ok && text != "true" && text != "false" {
		c.fail(s, "", "%q; want true or false", shorten(text))
		return false, false
	}
	return text == "true", ok
}

// auth reads how requests say who asks.
func (c *compiler) auth(s spot) *Auth {
	a := &Auth{}
	if s.node.Kind == yamlx.Scalar && s.node.Text == "none" {
		return a
	}
	f, ok := c.fields(s, authKeys())
	if !ok {
		return a
	}
	if len(f) != 1 {
		c.fail(s, "", "want one of basic, bearer and oauth2, or none")
		return a
	}
	switch {
	case f.has("basic"):
		a.Kind = BasicAuth
		c.basic(f["basic"], a)
	case f.has("bearer"):
		a.Kind, a.Token = BearerAuth, c.secret(f["bearer"])
	default:
		a.Kind = OAuth2
		c.oauth2(f["oauth2"], a)
	}
	return a
}

func (c *compiler) basic(s spot, a *Auth) {
	f, ok := c.fields(s, basicKeys())
	if !ok {
		return
	}
	if v, ok := c.required(s, f, "user", ""); ok {
		a.User, _ = c.withHoles(v, "a text")
	}
	if v, ok := c.required(s, f, "password", "write password: ${env:PASSWORD}"); ok {
		a.Password = c.secret(v)
	}
}

func (c *compiler) oauth2(s spot, a *Auth) {
	f, ok := c.fields(s, oauth2Keys())
	if !ok {
		return
	}
	if v, ok := c.required(s, f, "token-url", "write token-url: http://localhost:8080/token"); ok {
		a.TokenURL = c.base(v)
		if u, err := url.Parse(a.TokenURL); err == nil && u.User != nil {
			c.fail(v, "write client-id and client-secret", "a URL with a user")
		}
	}
	if v, ok := c.required(s, f, "client-id", ""); ok {
		a.ClientID = c.fixed(v)
	}
	if v, ok := c.required(s, f, "client-secret", "write client-secret: ${env:CLIENT_SECRET}"); ok {
		a.ClientSecret = c.secret(v)
		c.onlyEnv(v)
	}
	if v, ok := f["scope"]; ok {
		a.Scope = c.fixed(v)
	}
	if v, ok := f["audience"]; ok {
		a.Audience = c.fixed(v)
	}
}

// tls reads certificates, which stand beside the scenario.
func (c *compiler) tls(s spot) TLS {
	var t TLS
	f, ok := c.fields(s, tlsKeys())
	if !ok {
		return t
	}
	for key, to := range map[string]*[]byte{"cert": &t.Cert, "key": &t.Key, "ca": &t.CA} {
		v, ok := f[key]
		if !ok {
			continue
		}
		*to = c.besideFile(v)
		if block, _ := pem.Decode(*to); block == nil && *to != nil {
			c.fail(v, "", "not a PEM file")
		}
	}
	if f.has("cert") != f.has("key") {
		c.fail(s, "", "want cert and key together")
	}
	if v, ok := f["verify"]; ok {
		verify, ok := c.yes(v)
		t.SkipVerify = ok && !verify
		if t.SkipVerify && f.has("ca") {
			c.fail(v, "remove one of them", "a ca, and verify: false")
		}
	}
	return t
}
