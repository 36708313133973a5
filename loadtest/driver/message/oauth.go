package message

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"sync"
	"time"

	"github.com/headroom/headroom/scenarios"
)

// token is a token of the client credentials grant, [Hard12] §4.4. It is fetched
// before the run and refreshed beside it: no request waits for one.
type token struct {
	auth   scenarios.Auth // holes filled
	source *Source

	mu      sync.Mutex
	value   string
	renewAt time.Time // zero = never
}

// token is the one that requests with such credentials share.
func (s *Source) token(a *scenarios.Auth) (*token, error) {
	filled := *a
	for _, one := range []*string{&filled.ClientID, &filled.ClientSecret, &filled.Scope, &filled.Audience} {
		t, err := s.compile(*one, asItIs)
		if err != nil {
			return nil, err
		}
		if !t.constant {
			return nil, errors.New("oauth2: only the environment is known before the first request")
		}
		*one = t.literal()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if t, ok := s.tokens[filled]; ok {
		return t, nil
	}
	t := &token{auth: filled, source: s}
	s.tokens[filled] = t
	return t, nil
}

func (t *token) header() (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.value == "" {
		return "", errors.New("there is no token")
	}
	return "Bearer " + t.value, nil
}

// tokenList are the tokens of the run.
func (s *Source) tokenList() []*token {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*token
	for _, t := range s.tokens {
		out = append(out, t)
	}
	return out
}

// Fetch gets the tokens that requests need.
func (s *Source) Fetch(ctx context.Context, send Send) error {
	for _, t := range s.tokenList() {
		if err := t.fetch(ctx, send); err != nil {
			return fmt.Errorf("loadtest: live.auth.oauth2: %s: %w", t.auth.TokenURL, err)
		}
	}
	return nil
}

// Refresh gets new tokens before those there are expire, until ctx ends.
func (s *Source) Refresh(ctx context.Context, send Send) {
	var all sync.WaitGroup
	for _, t := range s.tokenList() {
		all.Go(func() { t.keep(ctx, send) })
	}
	all.Wait()
}

const (
	renewShare  = 0.8 // of its life, after which a token is renewed
	renewNever  = 365 * 24 * time.Hour
	renewSoon   = 500 * time.Millisecond // between two fetches of one token, at least
	tokenTime   = 30 * time.Second       // that fetching one may take
	maxTokenLen = 64 << 10               // of the answer with it (B)
)

// keep renews a token, and tries again after a while when it gets none.
func (t *token) keep(ctx context.Context, send Send) {
	pause := renewSoon
	for {
		t.mu.Lock()
		at := t.renewAt
		t.mu.Unlock()
		if at.IsZero() {
			return
		}
		timer := time.NewTimer(max(time.Until(at), pause))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		if err := t.fetch(ctx, send); err == nil {
			pause = renewSoon
			continue
		}
		if ctx.Err() == nil {
			t.source.problem("", "live.auth.oauth2: the token could not be renewed")
		}
		pause = min(2*pause, tokenTime)
	}
}

// errorCode is what [Hard12] §5.2 lets an error of a token endpoint be; anything
// else of its answer is not repeated.
var errorCode = regexp.MustCompile(`^[a-z_]{1,40}$`)

func (t *token) fetch(ctx context.Context, send Send) error {
	u, err := url.Parse(t.auth.TokenURL)
	if err != nil {
		return errors.New("not a URL")
	}
	if err := t.source.admits(ctx, u); err != nil {
		return err
	}
	form := url.Values{"grant_type": {"client_credentials"}}
	if t.auth.Scope != "" {
		form.Set("scope", t.auth.Scope)
	}
	if t.auth.Audience != "" {
		form.Set("audience", t.auth.Audience)
	}
	ctx, cancel := context.WithTimeout(ctx, tokenTime)
	defer cancel()
	reply, err := send(ctx, &Message{
		Method: http.MethodPost, URL: u, Body: []byte(form.Encode()),
		Header: http.Header{
			"Content-Type": {"application/x-www-form-urlencoded"}, "Accept": {"application/json"},
			// [Hard12] §2.3.1 has both encoded as a form's values are.
			"Authorization": {basic(url.QueryEscape(t.auth.ClientID), url.QueryEscape(t.auth.ClientSecret))},
		},
	}, maxTokenLen)
	if err != nil {
		return fmt.Errorf("no token: %w", err)
	}
	var got struct {
		AccessToken string      `json:"access_token"`
		TokenType   string      `json:"token_type"`
		ExpiresIn   json.Number `json:"expires_in"`
		Error       string      `json:"error"`
	}
	malformed := json.Unmarshal(reply.Body, &got) != nil
	switch {
	case reply.Status != http.StatusOK && errorCode.MatchString(got.Error):
		return fmt.Errorf("no token: status %d, %s", reply.Status, got.Error)
	case reply.Status != http.StatusOK:
		return fmt.Errorf("no token: status %d", reply.Status)
	case malformed || got.AccessToken == "":
		return errors.New("no token: the answer has no access_token")
	}
	if _, err := escapeHeader.apply(got.AccessToken); err != nil {
		return errors.New("a token that no header can hold")
	}
	life, _ := got.ExpiresIn.Float64() // what is missing or odd is 0
	t.mu.Lock()
	defer t.mu.Unlock()
	t.value, t.renewAt = got.AccessToken, time.Time{}
	if life > 0 && life < renewNever.Seconds() {
		t.renewAt = time.Now().Add(time.Duration(renewShare * life * float64(time.Second)))
	}
	return nil
}
