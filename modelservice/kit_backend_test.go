package modelservice_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/modelservice"
)

var errCut = errors.New("the line was cut")

// reply is what the backend does with one attempt. The zero reply answers well.
type reply struct {
	status int // default 200
	header http.Header
	body   string        // default for a status of 200: an answer
	empty  bool          // no default body
	cut    bool          // the body ends with an error
	stall  bool          // the body never ends by itself
	chunk  int           // bytes in one read at most; default: as many as fit
	pause  time.Duration // before each read
	wait   time.Duration // before Send returns
	hang   bool          // Send waits for its context
	err    error         // what Send returns
	panics string        // "send", "read" or "close"
	do     func()        // called when the attempt arrives
}

// sent is one attempt as the backend saw it.
type sent struct {
	model, body string
	length      int64
	ctx         context.Context //nolint:containedctx // to see that it ends
}

// backend plays replies by the leaf of the model; the last of a model repeats.
type backend struct {
	mu     sync.Mutex
	script map[string][]reply
	calls  []sent
	opened int
	closed int
}

func newBackend() *backend { return &backend{script: map[string][]reply{}} }

func (b *backend) plays(model string, replies ...reply) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.script[model] = replies
}

func (b *backend) seen() []sent {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]sent(nil), b.calls...)
}

func (b *backend) models() string {
	var leaves []string
	for _, s := range b.seen() {
		leaves = append(leaves, s.model)
	}
	return strings.Join(leaves, " ")
}

// balance checks that every body was closed.
func (b *backend) balance(tb rapid.TB) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.opened != b.closed {
		tb.Errorf("%d bodies were opened, %d closed", b.opened, b.closed)
	}
}

func (b *backend) next(ctx context.Context, to modelservice.Target, r *modelservice.Request) (reply, error) {
	body, length := r.Body(to.Model.Leaf())
	text, err := io.ReadAll(body)
	if err != nil {
		return reply{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	leaf := to.Model.Leaf()
	b.calls = append(b.calls, sent{leaf, string(text), length, ctx})
	list := b.script[leaf]
	if len(list) == 0 {
		return reply{}, nil
	}
	if len(list) > 1 {
		b.script[leaf] = list[1:]
	}
	return list[0], nil
}

// Send implements [modelservice.Backend].
func (b *backend) Send(ctx context.Context, to modelservice.Target, r *modelservice.Request) (*modelservice.Response, error) {
	re, err := b.next(ctx, to, r)
	if err != nil {
		return nil, err
	}
	if re.do != nil {
		re.do()
	}
	if re.panics == "send" {
		panic("the backend panics in Send")
	}
	if err := pause(ctx, re.wait); err != nil {
		return nil, err
	}
	if re.hang {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if re.err != nil {
		return nil, re.err
	}
	if re.status == 0 {
		re.status = http.StatusOK
	}
	if re.status == http.StatusOK && re.body == "" && !re.empty {
		re.body = answer(to.Model.Leaf(), "well", 3, 4)
		if r.Stream {
			re.body = strings.Join(events(to.Model.Leaf(), 3, 4, "well", " done"), "")
		}
	}
	if re.header == nil {
		re.header = http.Header{"Content-Type": {"application/json"}}
		if strings.HasPrefix(re.body, "data:") || strings.HasPrefix(re.body, ":") {
			re.header.Set("Content-Type", "text/event-stream")
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.opened++
	return &modelservice.Response{Status: re.status, Header: re.header, Body: &replyBody{ctx: ctx, reply: re, backend: b}}, nil
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

type replyBody struct {
	ctx     context.Context //nolint:containedctx // a body reads under its attempt's
	reply   reply
	backend *backend
	at      int
	closed  bool
}

func (r *replyBody) Read(p []byte) (int, error) {
	if err := errors.Join(pause(r.ctx, r.reply.pause), r.ctx.Err()); err != nil {
		return 0, err
	}
	rest := r.reply.body[r.at:]
	if rest == "" {
		switch {
		case r.reply.panics == "read":
			panic("the backend panics in Read")
		case r.reply.stall:
			<-r.ctx.Done()
			return 0, r.ctx.Err()
		case r.reply.cut:
			return 0, errCut
		}
		return 0, io.EOF
	}
	if r.reply.chunk > 0 {
		p = p[:min(len(p), r.reply.chunk)]
	}
	n := copy(p, rest)
	r.at += n
	return n, nil
}

func (r *replyBody) Close() error {
	if !r.closed {
		r.closed = true
		r.backend.mu.Lock()
		r.backend.closed++
		r.backend.mu.Unlock()
	}
	if r.reply.panics == "close" {
		panic("the backend panics in Close")
	}
	return nil
}
