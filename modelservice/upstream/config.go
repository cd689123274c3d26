package upstream

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Config says what a [Backend] is made of.
type Config struct {
	// Models says where each model is reached, by its full name
	// ("system.ai.databricks-gpt-5-2"). Required; it may be empty.
	Models map[string]Model

	// ConnectTimeout bounds the name look-up together with the TCP connection,
	// and by itself the TLS handshake after it. Default 0 or less: 5 s.
	ConnectTimeout time.Duration
	// IdleTimeout is how long a connection is kept for the next attempt. It
	// should be shorter than the providers' own limit, lest an attempt be sent
	// to a connection that is just being closed. Default 0 or less: 50 s.
	IdleTimeout time.Duration
	// MaxIdlePerHost is how many idle connections are kept per host. Default 0
	// or less: 256.
	MaxIdlePerHost int
	// MaxHeader is the greatest size in bytes of an answer's status line and
	// headers; a longer one is no answer. Default 0 or less: 64 KiB.
	MaxHeader int64
	// TLS holds the roots to trust and the certificates to show. It is copied.
	// Default nil: the system's roots, TLS 1.2 or newer.
	TLS *tls.Config
	// Proxy says through which proxy an attempt goes. Default nil: through
	// none; the environment is not read.
	Proxy func(*http.Request) (*url.URL, error)
	// Dial makes connections. It must return soon after its context is done.
	// Default nil: a net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// readBuffer is what a connection reads at once, in bytes: the better part of a
// stream that comes fast.
const readBuffer = 16 << 10

// transport returns the connection pool that cfg describes.
func (cfg *Config) transport() *http.Transport {
	connect := positive(cfg.ConnectTimeout, 5*time.Second)
	return &http.Transport{
		Proxy:                  cfg.Proxy,
		DialContext:            cfg.dial(connect),
		TLSHandshakeTimeout:    connect,
		TLSClientConfig:        cfg.TLS.Clone(),
		DisableCompression:     true,
		MaxIdleConnsPerHost:    positive(cfg.MaxIdlePerHost, 256),
		IdleConnTimeout:        positive(cfg.IdleTimeout, 50*time.Second),
		ReadBufferSize:         readBuffer,
		MaxResponseHeaderBytes: positive(cfg.MaxHeader, 64<<10),
		ForceAttemptHTTP2:      true,
		// A connection shared by many attempts that has died without a word
		// would take all of them with it.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 15 * time.Second},
	}
}

// dial returns the function that makes connections, each of which counts what
// is written to it.
func (cfg *Config) dial(timeout time.Duration) func(context.Context, string, string) (net.Conn, error) {
	dial := cfg.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		c, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return newConn(c), nil
	}
}

func positive[T int | int64 | time.Duration](v, otherwise T) T {
	if v > 0 {
		return v
	}
	return otherwise
}
