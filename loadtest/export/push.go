package export

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/headroom/headroom/loadtest"
	"github.com/headroom/headroom/measure"
)

// Pusher sends figures of a load to one place while it runs.
type Pusher struct {
	what   string // in words
	url    *url.URL
	header http.Header
	body   func(s *loadtest.Snapshot) ([]byte, error)
	client *http.Client

	mu     sync.Mutex
	newest *loadtest.Snapshot
	sent   int
	failed int
	why    error

	stop chan struct{}
	over sync.WaitGroup
}

// pushEvery is the time between two pushes, and pushPatience how long one may take.
const (
	pushEvery    = 5 * time.Second
	pushPatience = 10 * time.Second
)

func newPusher(what, address string, header http.Header, body func(*loadtest.Snapshot) ([]byte, error)) (*Pusher, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("export: %s: %q is no address; want a URL such as http://localhost:9090/…", what, address)
	}
	header.Set("User-Agent", "headroom")
	return &Pusher{
		what: what, url: u, header: header, body: body, stop: make(chan struct{}),
		client: &http.Client{
			Transport:     &http.Transport{},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Timeout:       pushPatience,
		},
	}, nil
}

// Take gives the pusher the newest snapshot.
func (p *Pusher) Take(s *loadtest.Snapshot) {
	p.mu.Lock()
	p.newest = s
	p.mu.Unlock()
}

// Start sends the newest snapshot every few seconds until [Pusher.Stop].
func (p *Pusher) Start(ctx context.Context) {
	p.over.Go(func() {
		tick := time.NewTicker(pushEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				p.push(ctx)
			case <-p.stop:
				p.push(context.WithoutCancel(ctx)) // the last figures of a run that was interrupted, too
				return
			}
		}
	})
}

// Stop sends the last snapshot and returns what is to be said of the pushes.
func (p *Pusher) Stop() []measure.Caveat {
	close(p.stop)
	p.over.Wait()
	p.client.CloseIdleConnections()
	if p.failed == 0 {
		return nil
	}
	return []measure.Caveat{{
		What:   fmt.Sprintf("export: %s: %d of %d pushes to %s failed, the last one so: %v", p.what, p.failed, p.sent+p.failed, p.url.Redacted(), p.why),
		Effect: "figures are missing there; they are all here",
	}}
}

func (p *Pusher) push(ctx context.Context) {
	p.mu.Lock()
	s := p.newest
	p.mu.Unlock()
	if s == nil {
		return
	}
	body, err := p.body(s)
	if err == nil {
		err = p.post(ctx, body)
	}
	if err != nil {
		p.failed++
		p.why = err
		return
	}
	p.sent++
}

func (p *Pusher) post(ctx context.Context, body []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url.String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header = p.header.Clone()
	response, err := p.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	said, err := io.ReadAll(io.LimitReader(response.Body, 200))
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("it answered %s: %s", response.Status, strings.TrimSpace(string(said)))
	}
	return err
}
