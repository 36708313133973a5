package message

import (
	"encoding/base64"
	"net/http"

	"github.com/headroom/headroom/scenarios"
)

// authorizer makes the header that says who asks.
type authorizer struct {
	fixed          string // the same for all
	user, password *text
	bearer         *text
	token          *token
}

// authorize compiles how a request says who asks: as it says itself, or else as
// all do. A header of its own is left as it is.
func (r *Request) authorize(all, own *scenarios.Auth) error {
	a := all
	if own != nil {
		a = own
	}
	if a == nil || a.Kind == scenarios.NoAuth || r.has("Authorization") {
		return nil
	}
	out := &authorizer{}
	var err error
	switch a.Kind {
	case scenarios.BasicAuth:
		if out.user, err = r.source.compile(a.User, asItIs); err != nil {
			return err
		}
		if out.password, err = r.source.compile(a.Password, asItIs); err != nil {
			return err
		}
		if out.user.constant && out.password.constant {
			out.fixed = basic(out.user.literal(), out.password.literal())
		}
	case scenarios.BearerAuth:
		if out.bearer, err = r.source.compile(a.Token, escapeHeader); err != nil {
			return err
		}
		if out.bearer.constant {
			out.fixed = "Bearer " + out.bearer.literal()
		}
	case scenarios.OAuth2:
		if out.token, err = r.source.token(a); err != nil {
			return err
		}
	}
	r.auth = out
	return nil
}

func (r *Request) has(header string) bool {
	for _, f := range r.filled {
		if f.name == http.CanonicalHeaderKey(header) {
			return true
		}
	}
	return r.header.Get(header) != ""
}

// basic is the header of [Resc15] §2.
func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

func (a *authorizer) value(f *filling) (string, error) {
	switch {
	case a.fixed != "":
		return a.fixed, nil
	case a.token != nil:
		return a.token.header()
	case a.bearer != nil:
		value, err := a.bearer.fill(f)
		return "Bearer " + string(value), err
	}
	user, err := a.user.fill(f)
	if err != nil {
		return "", err
	}
	password, err := a.password.fill(f)
	return basic(string(user), string(password)), err
}
