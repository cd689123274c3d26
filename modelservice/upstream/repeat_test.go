package upstream_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modelward/modelward/modelservice/upstream"
	"github.com/modelward/modelward/routing"
)

// bodies are of the two sizes that go out in different ways: in one packet with
// the headers, and after them, over HTTP/2 in more than one window.
var bodies = []string{whole, strings.Replace(whole, "hello", strings.Repeat("h", 200_000), 1)}

// A provider receives a request once, however it goes wrong afterwards: on a
// connection kept from before, package http would like to send some requests
// again (invariant I6).
func TestNothingIsRepeated(t *testing.T) {
	for name, end := range map[string]func(net.Conn){
		"reset":  reset,
		"closed": func(c net.Conn) { c.Close() },
	} {
		for _, body := range bodies {
			to, request := captured(t, body)
			var received atomic.Int64
			address := serveRaw(t, func(c net.Conn) {
				in := bufio.NewReader(c)
				for n := 0; ; n++ {
					r, err := http.ReadRequest(in)
					if err != nil {
						return
					}
					if _, err := io.Copy(io.Discard, r.Body); err != nil {
						return
					}
					received.Add(1)
					if n > 0 {
						end(c)
						return
					}
					io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
				}
			})
			b := backendFor(t, "http://"+address)
			response, err := b.Send(t.Context(), to, request)
			if err != nil {
				t.Fatal(err)
			}
			readAll(t, response.Body)
			response.Body.Close()
			_, err = b.Send(t.Context(), to, request)
			var f *routing.Failure
			if !errors.As(err, &f) || f.Cause != routing.CauseReset || f.Class != routing.ClassUncertain {
				t.Errorf("%s, %d bytes: got %v; want reset, uncertain", name, len(body), err)
			}
			if n := received.Load(); n != 2 {
				t.Errorf("%s, %d bytes: of two requests %d were received", name, len(body), n)
			}
		}
	}
}

// The same over HTTP/2, where package http repeats what a provider says it has
// not looked at, and more.
func TestNothingIsRepeatedOverHTTP2(t *testing.T) {
	for name, end := range map[string]func(*provider2, uint32){
		"refused":        func(p *provider2, stream uint32) { p.write(frameReset, 0, stream, []byte{0, 0, 0, 7}) },
		"protocol error": func(p *provider2, stream uint32) { p.write(frameReset, 0, stream, []byte{0, 0, 0, 1}) },
		"cancelled":      func(p *provider2, stream uint32) { p.write(frameReset, 0, stream, []byte{0, 0, 0, 8}) },
		"going away":     func(p *provider2, stream uint32) { p.write(frameGoAway, 0, 0, make([]byte, 8)) },
		"closed":         func(p *provider2, stream uint32) { p.c.Close() },
	} {
		for _, kept := range []bool{false, true} {
			for _, body := range bodies {
				t.Run(fmt.Sprintf("%s, kept %v, %d bytes", name, kept, len(body)), func(t *testing.T) {
					to, request := captured(t, body)
					var requests atomic.Int64
					url, config := serveHTTP2(t, func(p *provider2, stream uint32) {
						if requests.Add(1) == 1 && kept {
							p.answer(stream)
						} else {
							end(p, stream)
						}
					}, nil)
					b := backendFor(t, url, config)
					want := int64(1)
					if kept {
						response, err := b.Send(t.Context(), to, request)
						if err != nil {
							t.Fatal(err)
						}
						response.Body.Close()
						want = 2
					}
					ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
					defer cancel()
					_, err := b.Send(ctx, to, request)
					var f *routing.Failure
					if !errors.As(err, &f) || f.Cause != routing.CauseReset || f.Class != routing.ClassUncertain {
						t.Errorf("got %v; want reset, uncertain", err)
					}
					if n := requests.Load(); n != want {
						t.Errorf("%d requests were received; want %d", n, want)
					}
				})
			}
		}
	}
}

// What a provider turned away before it had the whole of it goes out again,
// and arrives once.
func TestRefusedEarlyOverHTTP2(t *testing.T) {
	to, request := captured(t, bodies[1])
	var whole, begun atomic.Int64
	url, config := serveHTTP2(t, func(p *provider2, stream uint32) {
		whole.Add(1)
		p.answer(stream)
	}, func(p *provider2, stream uint32) bool {
		if begun.Add(1) == 1 {
			p.write(frameReset, 0, stream, []byte{0, 0, 0, 7})
			return false
		}
		return true
	})
	response, err := backendFor(t, url, config).Send(t.Context(), to, request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if whole.Load() != 1 || begun.Load() != 2 {
		t.Errorf("%d requests were received whole, of %d begun; want 1 of 2", whole.Load(), begun.Load())
	}
}

// The frames that the provider below reads or writes.
const (
	frameData     = 0
	frameHeaders  = 1
	frameReset    = 3
	frameSettings = 4
	framePing     = 6
	frameGoAway   = 7
	frameWindow   = 8
)

// provider2 is one connection of a provider that speaks just enough HTTP/2 to
// misbehave at a moment of its choice.
type provider2 struct {
	c  net.Conn
	mu sync.Mutex
}

// serveHTTP2 starts such a provider. For each stream begun is asked, if there
// is one, whether to read on; received is told when the whole request has come.
func serveHTTP2(t *testing.T, received func(*provider2, uint32), begun func(*provider2, uint32) bool) (url string, trust func(*upstream.Config)) {
	t.Helper()
	certified := newTLS(t)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: certified.TLS.Certificates, NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				(&provider2{c: c}).serve(received, begun)
			}()
		}
	}()
	return "https://" + l.Addr().String(), trusting(certified)
}

func (p *provider2) serve(received func(*provider2, uint32), begun func(*provider2, uint32) bool) {
	in := bufio.NewReader(p.c)
	preface := make([]byte, len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
	if _, err := io.ReadFull(in, preface); err != nil {
		return
	}
	p.write(frameSettings, 0, 0, nil)
	dropped := map[uint32]bool{}
	for {
		var head [9]byte
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return
		}
		length := int(head[0])<<16 | int(head[1])<<8 | int(head[2])
		kind, flags, stream := head[3], head[4], binary.BigEndian.Uint32(head[5:])
		payload := make([]byte, length)
		if _, err := io.ReadFull(in, payload); err != nil {
			return
		}
		switch {
		case kind == frameSettings && flags&1 == 0:
			p.write(frameSettings, 1, 0, nil)
		case kind == framePing && flags&1 == 0:
			p.write(framePing, 1, 0, payload)
		case kind == frameHeaders && begun != nil && !begun(p, stream):
			dropped[stream] = true
		case kind == frameData && length > 0:
			more := binary.BigEndian.AppendUint32(nil, uint32(length))
			p.write(frameWindow, 0, 0, more)
			if !dropped[stream] {
				p.write(frameWindow, 0, stream, more)
			}
		}
		if (kind == frameData || kind == frameHeaders) && flags&1 != 0 && !dropped[stream] {
			received(p, stream)
		}
	}
}

// answer is an empty 200.
func (p *provider2) answer(stream uint32) { p.write(frameHeaders, 4|1, stream, []byte{0x88}) }

func (p *provider2) write(kind, flags byte, stream uint32, payload []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var frame bytes.Buffer
	frame.Write([]byte{byte(len(payload) >> 16), byte(len(payload) >> 8), byte(len(payload)), kind, flags})
	frame.Write(binary.BigEndian.AppendUint32(nil, stream))
	frame.Write(payload)
	p.c.Write(frame.Bytes())
}
