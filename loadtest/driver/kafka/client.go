// Package kafka produces records to a broker of Kafka, and consumes them.
package kafka

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/headroom/headroom/loadtest/driver"
)

// maxBuffered bounds the records that wait to be sent.
const maxBuffered = 1 << 20

// Client is the producer and the consumers of one cluster.
type Client struct {
	options  []kgo.Opt
	lost     atomic.Pointer[error] // why the last connection was not to be had
	producer *kgo.Client

	mu        sync.Mutex
	consumers map[string]*consumer // by topic
}

// New makes a client of kafka://host:9092, or kafkas:// with TLS. It connects
// when it is first asked. All requests share one connection for each broker and
// kind of use, as the protocol means it: no cap on requests in flight is one on
// connections here.
func New(u *url.URL, dial driver.Dial, secured *tls.Config) (*Client, error) {
	if u.Scheme != "kafka" && u.Scheme != "kafkas" || u.Hostname() == "" {
		return nil, fmt.Errorf("kafka: %s is no address; want kafka://host:9092", u.Redacted())
	}
	if u.User != nil {
		return nil, fmt.Errorf("kafka: %s: there is no way to say who asks; want an address without a user", u.Redacted())
	}
	port := u.Port()
	if port == "" {
		port = "9092"
	}
	if u.Scheme == "kafkas" && secured == nil {
		secured = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if u.Scheme == "kafka" {
		secured = nil
	}
	c := &Client{consumers: map[string]*consumer{}}
	c.options = []kgo.Opt{
		kgo.SeedBrokers(net.JoinHostPort(u.Hostname(), port)),
		kgo.ClientID("headroom-loadtest"),
		kgo.Dialer(c.dialer(dial, secured)),
		kgo.DisableClientMetrics(),
		// What fails has failed: trying again would be load that nobody asked for.
		kgo.RequestRetries(0), kgo.RecordRetries(0), kgo.UnknownTopicRetries(0),
		// Each record is sent when it is due. Records that are given up can be
		// given up only without idempotence.
		kgo.ProducerLinger(0), kgo.DisableIdempotentWrite(), kgo.MaxBufferedRecords(maxBuffered),
	}
	var err error
	c.producer, err = kgo.NewClient(c.options...)
	return c, err
}

func (c *Client) dialer(dial driver.Dial, secured *tls.Config) driver.Dial {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		made, err := dial(ctx, network, address)
		if err == nil && secured != nil {
			config := secured.Clone()
			if host, _, e := net.SplitHostPort(address); e == nil && config.ServerName == "" {
				config.ServerName = host
			}
			over := tls.Client(made, config)
			if err = over.HandshakeContext(ctx); err != nil {
				_ = made.Close() // of no use
			}
			made = over
		}
		if err != nil {
			c.lost.Store(&err)
			return nil, err
		}
		c.lost.Store(nil)
		return made, nil
	}
}

// Close closes the connections.
func (c *Client) Close() {
	c.producer.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, of := range c.consumers {
		of.client.Close()
	}
}

// Produce sends one record, and has its answer when all replicas in sync have
// it. The texts are its value and, if there are two, its key.
func (c *Client) Produce(topic string, texts driver.Fill) driver.Call {
	return &produce{c, topic, texts}
}

type produce struct {
	client *Client
	topic  string
	texts  driver.Fill
}

// Do implements [driver.Call].
func (p *produce) Do(ctx context.Context, values *driver.Values) driver.Answer {
	texts, err := p.texts(values)
	if err != nil {
		return driver.Answer{Err: err}
	}
	r := &kgo.Record{Topic: p.topic}
	if len(texts) > 0 {
		r.Value = []byte(texts[0])
	}
	if len(texts) > 1 {
		r.Key = []byte(texts[1])
	}
	done := make(chan error, 1)
	p.client.producer.Produce(ctx, r, func(_ *kgo.Record, err error) { done <- err })
	select {
	case err = <-done:
	case <-ctx.Done(): // a record on its way is not taken back
		err = ctx.Err()
	}
	return p.client.answer(0, err)
}

// Consume reads so many records of a topic, from its beginning. All calls of a
// topic share one reader: each record is read once. Where there are none left,
// the next is waited for.
func (c *Client) Consume(topic string, records int) (driver.Call, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	of, ok := c.consumers[topic]
	if !ok {
		options := append([]kgo.Opt{
			kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.KeepRetryableFetchErrors(),
		}, c.options...)
		client, err := kgo.NewClient(options...)
		if err != nil {
			return nil, err
		}
		of = &consumer{client: client, turn: make(chan struct{}, 1)}
		c.consumers[topic] = of
	}
	return &consume{c, of, max(records, 1)}, nil
}

type consumer struct {
	client *kgo.Client
	turn   chan struct{} // those who poll do so one after the other
}

type consume struct {
	client  *Client
	of      *consumer
	records int
}

// Do implements [driver.Call].
func (c *consume) Do(ctx context.Context, _ *driver.Values) driver.Answer {
	var n int64
	for left := c.records; left > 0; {
		got, err := c.of.poll(ctx, left)
		if err != nil {
			return c.client.answer(n, err)
		}
		for _, r := range got {
			n += int64(len(r.Key) + len(r.Value))
		}
		left -= len(got)
	}
	return driver.Answer{Bytes: n}
}

func (c *consumer) poll(ctx context.Context, most int) ([]*kgo.Record, error) {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	got := c.client.PollRecords(ctx, most)
	if records := got.Records(); len(records) > 0 {
		return records, nil
	}
	return nil, got.Err()
}

// answer judges what the library says. The status is the code of the broker's error.
func (c *Client) answer(n int64, err error) driver.Answer {
	out := driver.Answer{Bytes: n, Err: err}
	var said *kerr.Error
	var lost *kgo.ErrFirstReadEOF
	switch {
	case err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
	case errors.As(err, &said):
		out.Status, out.Err = max(int(said.Code), 1), fmt.Errorf("%w: %s", driver.ErrUnexpected, said.Message)
		if errors.Is(said, kerr.ThrottlingQuotaExceeded) {
			out.Err = driver.ErrRejected
		}
	case errors.As(err, &lost):
		out.Err = fmt.Errorf("%w: %w", driver.ErrConnection, err)
	default:
		switch why := c.lost.Load(); {
		case why != nil:
			out.Err = *why
		case errors.Is(err, kgo.ErrRecordRetries) || errors.Is(err, kgo.ErrClientClosed):
			// The library keeps back why it gave up on its only attempt: the
			// connection was lost, or its broker does not lead the partition any more.
			out.Err = fmt.Errorf("%w: %w", driver.ErrConnection, err)
		}
	}
	return out
}
