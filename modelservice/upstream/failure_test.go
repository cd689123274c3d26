package upstream_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modelward/modelward/modelservice/upstream"
	"github.com/modelward/modelward/routing"
)

// What goes wrong before an answer says what it was, and whether the provider
// may have seen the request (rulings R3 and R28).
func TestFailures(t *testing.T) {
	to, request := captured(t, whole)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()

	for _, test := range []struct {
		name, says string
		base       func(t *testing.T) string
		change     func(*upstream.Config)
		cause      routing.Cause
		class      routing.Class
		status     int
	}{{
		name: "refused", says: "nobody listens: nothing was sent",
		base:  func(*testing.T) string { return "http://" + closed.Addr().String() },
		cause: routing.CauseRefused, class: routing.ClassNotSent,
	}, {
		name: "no such host", says: "a name that cannot be found: nothing was sent",
		base: func(*testing.T) string { return "http://provider.invalid" },
		change: func(c *upstream.Config) {
			c.Dial = func(context.Context, string, string) (net.Conn, error) {
				return nil, &net.DNSError{Err: "no such host", Name: "provider.invalid", IsNotFound: true}
			}
		},
		cause: routing.CauseRefused, class: routing.ClassNotSent,
	}, {
		name: "connect timeout", says: "no connection in time: nothing was sent",
		base: func(*testing.T) string { return "http://192.0.2.1" },
		change: func(c *upstream.Config) {
			c.ConnectTimeout = time.Millisecond
			c.Dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}
		},
		cause: routing.CauseTimeoutConnect, class: routing.ClassNotSent,
	}, {
		name: "silent TLS", says: "a handshake that gets no answer in time: nothing was sent",
		base: func(t *testing.T) string {
			return "https://" + serveRaw(t, func(c net.Conn) { io.Copy(io.Discard, c) })
		},
		change: func(c *upstream.Config) { c.ConnectTimeout = 20 * time.Millisecond },
		cause:  routing.CauseTimeoutConnect, class: routing.ClassNotSent,
	}, {
		name: "TLS to a plain port", says: "no handshake: nothing was sent",
		base: func(t *testing.T) string {
			return strings.Replace(serve(t, func(http.ResponseWriter, *http.Request) {}).URL, "http:", "https:", 1)
		},
		cause: routing.CauseTLS, class: routing.ClassNotSent,
	}, {
		name: "broken TLS", says: "a connection that ends in the handshake: nothing was sent",
		base: func(t *testing.T) string {
			return "https://" + serveRaw(t, func(c net.Conn) { c.Read(make([]byte, 1)); reset(c) })
		},
		cause: routing.CauseTLS, class: routing.ClassNotSent,
	}, {
		name: "unwritable connection", says: "a connection that takes no byte: nothing was sent",
		base: func(*testing.T) string { return "http://provider.test" },
		change: func(c *upstream.Config) {
			c.Dial = func(context.Context, string, string) (net.Conn, error) {
				ours, theirs := net.Pipe()
				return &failing{Conn: ours, other: theirs}, nil
			}
		},
		cause: routing.CauseRefused, class: routing.ClassNotSent,
	}, {
		name: "half-written", says: "a connection that breaks inside the request: uncertain",
		base: func(*testing.T) string { return "http://provider.test" },
		change: func(c *upstream.Config) {
			c.Dial = func(context.Context, string, string) (net.Conn, error) {
				ours, theirs := net.Pipe()
				return &failing{Conn: ours, other: theirs, after: 50}, nil
			}
		},
		cause: routing.CauseReset, class: routing.ClassUncertain,
	}, {
		name: "reset before headers", says: "the request was read, then the connection was reset: uncertain",
		base: func(t *testing.T) string {
			return "http://" + serveRaw(t, func(c net.Conn) { readRequest(c); reset(c) })
		},
		cause: routing.CauseReset, class: routing.ClassUncertain,
	}, {
		name: "reset inside headers", says: "an answer that breaks off in its headers: uncertain",
		base: func(t *testing.T) string {
			return "http://" + serveRaw(t, func(c net.Conn) {
				readRequest(c)
				io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Ty")
			})
		},
		cause: routing.CauseReset, class: routing.ClassUncertain,
	}, {
		name: "header bomb", says: "headers beyond the limit are no answer",
		base: func(t *testing.T) string {
			return "http://" + serveRaw(t, endless("HTTP/1.1 200 OK\r\n", "X-Filler: "+strings.Repeat("x", 8000)+"\r\n"))
		},
		cause: routing.CauseReset, class: routing.ClassUncertain,
	}, {
		name: "endless status line", says: "a status line beyond the limit is no answer",
		base: func(t *testing.T) string {
			return "http://" + serveRaw(t, endless("HTTP/1.1 200 ", strings.Repeat("x", 8000)))
		},
		cause: routing.CauseReset, class: routing.ClassUncertain,
	}, {
		name: "endless hints", says: "informational answers count as headers",
		base: func(t *testing.T) string {
			return "http://" + serveRaw(t, endless("", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"))
		},
		cause: routing.CauseReset, class: routing.ClassUncertain,
	}, {
		name: "not HTTP", says: "an answer that is no HTTP, and repeats the request",
		base: func(t *testing.T) string {
			return "http://" + serveRaw(t, func(c net.Conn) {
				readRequest(c)
				io.WriteString(c, "HTTP/1.1 200 OK\r\nAuthorization Bearer "+canary+"\r\n\r\n")
			})
		},
		cause: routing.CauseReset, class: routing.ClassUncertain,
	}, {
		name: "gzip", says: "a compressed answer, which was not asked for, is malformed",
		base: func(t *testing.T) string {
			return serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", "gzip")
				var b bytes.Buffer
				z := gzip.NewWriter(&b)
				io.WriteString(z, `{"choices":[{}]}`)
				z.Close()
				w.Write(b.Bytes())
			}).URL
		},
		cause: routing.CauseMalformed, class: "", status: 200,
	}, {
		name: "switched protocols", says: "101 is no answer, and nobody waits for what follows",
		base: func(t *testing.T) string {
			return "http://" + serveRaw(t, func(c net.Conn) {
				readRequest(c)
				io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
				io.Copy(io.Discard, c)
			})
		},
		cause: routing.CauseMalformed, class: "", status: 101,
	}} {
		t.Run(test.name, func(t *testing.T) {
			change := func(*upstream.Config) {}
			if test.change != nil {
				change = test.change
			}
			b := backendFor(t, test.base(t), change)
			response, err := b.Send(t.Context(), to, request)
			if err == nil {
				t.Fatalf("%s; got an answer of status %d", test.says, response.Status)
			}
			var f *routing.Failure
			if !errors.As(err, &f) {
				t.Fatalf("got %T, no *routing.Failure: %v", err, err)
			}
			if f.Cause != test.cause || f.Class != test.class || f.Status != test.status {
				t.Errorf("%s: got %s, class %q, status %d; want %s, %q, %d\n%v", test.says, f.Cause, f.Class, f.Status, test.cause, test.class, test.status, err)
			}
			for e := err; e != nil; e = errors.Unwrap(e) {
				noCanary(t, "the error", fmt.Sprintf("%v %+v %#v", e, e, e))
			}
		})
	}
}

// endless is a provider that reads a request and says something, and something
// else again and again until nobody listens.
func endless(first, again string) func(net.Conn) {
	return func(c net.Conn) {
		readRequest(c)
		_, err := io.WriteString(c, first)
		for err == nil {
			_, err = io.WriteString(c, again)
		}
	}
}

// failing is a connection that breaks after some bytes were written.
type failing struct {
	net.Conn
	other net.Conn
	after int
}

func (c *failing) Write(p []byte) (int, error) {
	n := min(c.after, len(p))
	c.after -= n
	if n == len(p) {
		return n, nil
	}
	return n, errors.New("broken pipe")
}

// A certificate nobody vouches for is no connection; with its root it is one,
// and HTTP/2 is spoken where the provider offers it.
func TestTLS(t *testing.T) {
	to, request := captured(t, whole)
	server := newTLS(t)
	_, err := backendFor(t, server.URL).Send(t.Context(), to, request)
	var f *routing.Failure
	if !errors.As(err, &f) || f.Cause != routing.CauseTLS || f.Class != routing.ClassNotSent {
		t.Errorf("an unknown authority: got %v; want tls, not sent", err)
	}
	response, err := backendFor(t, server.URL, trusting(server)).Send(t.Context(), to, request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if got := readAll(t, response.Body); got != "HTTP/2.0" {
		t.Errorf("the provider was asked in %s; want HTTP/2.0", got)
	}
}

// A connection that dies over HTTP/2 leaves it open whether the request was
// seen, because it is shared.
func TestHTTP2Reset(t *testing.T) {
	to, request := captured(t, whole)
	server := newTLS(t)
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		panic(http.ErrAbortHandler)
	})
	_, err := backendFor(t, server.URL, trusting(server)).Send(t.Context(), to, request)
	var f *routing.Failure
	if !errors.As(err, &f) || f.Cause != routing.CauseReset || f.Class != routing.ClassUncertain {
		t.Errorf("got %v; want reset, uncertain", err)
	}
}

// When the context ends, Send returns at once and says so.
func TestCancelBeforeHeaders(t *testing.T) {
	to, request := captured(t, whole)
	asked := make(chan struct{})
	address := serveRaw(t, func(c net.Conn) {
		readRequest(c)
		close(asked)
		io.Copy(io.Discard, c)
	})
	b := backendFor(t, "http://"+address)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	_, err := b.Send(ctx, to, request)
	var f *routing.Failure
	if !errors.As(err, &f) || f.Cause != routing.CauseCanceled || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v; want canceled", err)
	}
}

// A limit of the router's ends an attempt that waits for headers.
func TestSlowHeaders(t *testing.T) {
	to, request := captured(t, whole)
	address := serveRaw(t, func(c net.Conn) {
		readRequest(c)
		io.WriteString(c, "HTTP/1.1 200 OK\r\n")
		io.Copy(io.Discard, c)
	})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := backendFor(t, "http://"+address).Send(ctx, to, request)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v; want a deadline that passed", err)
	}
}

// A connection kept from before that takes no byte any more costs nothing: the
// request goes out again on another, whole.
func TestStaleConnection(t *testing.T) {
	for _, size := range []int{0, 100_000} {
		to, request := captured(t, strings.Replace(whole, "hello", strings.Repeat("h", size), 1))
		sent, _ := request.Body("m")
		want := readAll(t, sent)
		server := serve(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			w.Write(body)
		})
		var dialled []*stale
		b := backendFor(t, server.URL, func(c *upstream.Config) {
			c.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
				c, err := new(net.Dialer).DialContext(ctx, network, address)
				dialled = append(dialled, &stale{Conn: c})
				return dialled[len(dialled)-1], err
			}
		})
		for i := range 3 {
			response, err := b.Send(t.Context(), to, request)
			if err != nil {
				t.Fatalf("size %d: request %d: %v", size, i, err)
			}
			if got := readAll(t, response.Body); got != want {
				t.Errorf("size %d: request %d: the provider received %d bytes; want %d", size, i, len(got), len(want))
			}
			response.Body.Close()
			dialled[i].broken.Store(true)
		}
		if len(dialled) != 3 {
			t.Errorf("size %d: %d connections; want 3", size, len(dialled))
		}
	}
}

// stale is a connection that at some moment takes nothing any more.
type stale struct {
	net.Conn
	broken atomic.Bool
}

func (c *stale) Write(p []byte) (int, error) {
	if c.broken.Load() {
		return 0, errors.New("broken pipe")
	}
	return c.Conn.Write(p)
}
