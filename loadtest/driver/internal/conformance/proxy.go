package conformance

import (
	"context"
	"net"
	"sync"
	"testing"
)

// proxy stands between a client and its server, and does to the connections
// what networks and servers do.
type proxy struct {
	listener net.Listener
	server   string

	mu         sync.Mutex
	turned     *sync.Cond // when stalled or gone changes
	open       map[net.Conn]bool
	now, most  int // clients' connections
	stalled    bool
	gone       bool
	everything sync.WaitGroup
}

func newProxy(t *testing.T, server string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: l, server: server, open: map[net.Conn]bool{}}
	p.turned = sync.NewCond(&p.mu)
	p.everything.Go(p.accept)
	t.Cleanup(p.kill)
	return p
}

// dial leads every connection through the proxy, whatever the address.
func (p *proxy) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, network, p.listener.Addr().String())
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.everything.Go(func() { p.carry(client) })
	}
}

func (p *proxy) carry(client net.Conn) {
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		_ = client.Close()
		return
	}
	p.mu.Lock()
	p.open[client], p.open[server] = true, true
	p.now++
	p.most = max(p.most, p.now)
	gone := p.gone
	p.mu.Unlock()
	if gone {
		p.drop(client, server)
	}
	var back sync.WaitGroup
	back.Go(func() { p.copy(client, server); p.drop(client, server) })
	p.copy(server, client)
	p.drop(client, server)
	back.Wait()
	p.mu.Lock()
	p.now--
	p.mu.Unlock()
}

// copy passes on what comes, unless the proxy is stalled.
func (p *proxy) copy(to, from net.Conn) {
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		p.mu.Lock()
		for p.stalled && !p.gone {
			p.turned.Wait()
		}
		p.mu.Unlock()
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (p *proxy) drop(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		_ = c.Close()
		delete(p.open, c)
	}
}

// stall lets nothing pass any more, or again.
func (p *proxy) stall(yes bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stalled = yes
	p.turned.Broadcast()
}

// cut closes the connections that are open, and takes new ones.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.open {
		_ = c.Close()
	}
}

// kill closes everything.
func (p *proxy) kill() {
	_ = p.listener.Close()
	p.mu.Lock()
	p.gone = true
	p.turned.Broadcast()
	p.mu.Unlock()
	p.cut()
	p.everything.Wait()
}
