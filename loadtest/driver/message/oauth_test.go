package message

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/headroom/headroom/scenarios"
)

// TestTokensAreRenewed: a token is renewed when four fifths of its life are
// over, again and again; when there is none to be had it is asked for at longer
// and longer intervals, and the old one stays. The clock is not the real one.
func TestTokensAreRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sourceOf(&scenarios.Live{Auth: &scenarios.Auth{Kind: scenarios.OAuth2, TokenURL: "http://localhost/token", ClientID: "app", ClientSecret: "${env:KEY}"}})
		r := compiled(t, s, scenarios.Request{Path: "/"})
		began := time.Now()
		var asked []time.Duration
		broken := false
		send := func(_ context.Context, _ *Message, _ int64) (*Reply, error) {
			asked = append(asked, time.Since(began))
			if broken {
				return nil, errors.New("no way there")
			}
			return &Reply{Status: 200, Body: fmt.Appendf(nil, `{"access_token": "t%d", "expires_in": 100}`, len(asked))}, nil
		}
		if err := s.Fetch(t.Context(), send); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { s.Refresh(ctx, send); close(ended) }()
		bearer := func() string {
			a := ok("")
			r.Ask(ctx, a.send, nil)
			return a.sent[0].Header.Get("Authorization")
		}
		time.Sleep(165 * time.Second)
		if got := fmt.Sprintf("%v %s", asked, bearer()); got != "[0s 1m20s 2m40s] Bearer t3" {
			t.Error(got)
		}
		broken = true
		time.Sleep(85 * time.Second)
		if got := fmt.Sprintf("%v %s", asked[3:], bearer()); !strings.HasPrefix(got, "[4m0s 4m1s 4m3s 4m7s") || !strings.HasSuffix(got, "Bearer t3") {
			t.Error(got)
		}
		if p := s.Problems(); len(p) != 1 || p[0].Times != int64(len(asked))-3 || p[0].What != "live.auth.oauth2: the token could not be renewed" {
			t.Errorf("problems %v", p)
		}
		cancel()
		<-ended
	})
}

// TestTokensWithoutAnEnd are fetched once.
func TestTokensWithoutAnEnd(t *testing.T) {
	for _, life := range []string{"", `, "expires_in": 0`, `, "expires_in": -5`, `, "expires_in": 1e300`} {
		s := sourceOf(&scenarios.Live{Auth: &scenarios.Auth{Kind: scenarios.OAuth2, TokenURL: "http://localhost/token", ClientSecret: "${env:KEY}"}})
		compiled(t, s, scenarios.Request{Path: "/"})
		compiled(t, s, scenarios.Request{Path: "/other"}) // shares the token
		a := ok(`{"access_token": "t"` + life + `}`)
		if err := s.Fetch(t.Context(), a.send); err != nil {
			t.Fatal(err)
		}
		s.Refresh(t.Context(), a.send)
		if len(a.sent) != 1 {
			t.Errorf("%s: %d fetched", life, len(a.sent))
		}
	}
}
