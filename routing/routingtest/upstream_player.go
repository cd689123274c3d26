package routingtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/modelward/modelward/routing"
)

// A Player plays a [Schedule] in process: no sockets, and every wait on the
// clock of a testing/synctest bubble if it is used in one. It is what a scripted
// modelservice.Backend is made of. It is safe for concurrent use.
type Player struct {
	schedule Schedule

	mu       sync.Mutex
	used     map[string]int // replies by model
	arrivals []*Arrival
}

// An Arrival is one request as the upstream saw it.
type Arrival struct {
	Ask
	Reply  Reply       // what it met
	Path   string      // of the URL; empty in process
	Header http.Header // of the request; nil in process
	Body   []byte      // as much of it as came; for [Refused] and [TLSAbort], what would have come
	Sum    string      // SHA-256 of Body, in hexadecimal

	// Complete says that the whole body came: the provider may do, and bill,
	// the work.
	Complete bool

	At        time.Time // when it came
	Ended     time.Time // when the upstream was done with it; zero: it is not yet
	Cancelled bool      // the other side gave up before the reply was played to its end
	Sent      int64     // bytes of the body that were handed over
}

// Response is the head of an answer and its body, which must be closed.
type Response struct {
	Status int
	Header http.Header
	Body   io.ReadCloser
}

// NewPlayer returns a Player of s, which must not change. The error is that of
// [Schedule.Validate].
func NewPlayer(s Schedule) (*Player, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	return &Player{schedule: s, used: make(map[string]int)}, nil
}

// Send plays the next reply of the request's model. body is the request as it
// would be sent; its members model and stream say what it asks for. An error is
// a [*routing.Failure], as a modelservice.Backend returns it. Send and all reads
// of the body return when ctx ends.
func (p *Player) Send(ctx context.Context, api API, body []byte) (*Response, error) {
	ask := askOf(api, body)
	a := p.arrive(&Arrival{Ask: ask, Body: body, Sum: sum(body), Complete: true})
	t := a.Reply.act(ask)
	if err := p.open(ctx, a, &t); err != nil {
		return nil, err
	}
	t.announce()
	b := &playedBody{ctx: ctx, player: p, arrival: a, act: t, source: source{parts: t.parts, size: t.reply.Piece}}
	return &Response{Status: t.status, Header: t.header, Body: b}, nil
}

// Arrivals returns the requests so far, in the order they came.
func (p *Player) Arrivals() []Arrival {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]Arrival, len(p.arrivals))
	for i, a := range p.arrivals {
		list[i] = *a
	}
	return list
}

// Models returns the models of Arrivals.
func (p *Player) Models() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]string, len(p.arrivals))
	for i, a := range p.arrivals {
		list[i] = a.Model
	}
	return list
}

// Open returns how many requests the upstream is not done with.
func (p *Player) Open() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, a := range p.arrivals {
		if a.Ended.IsZero() {
			n++
		}
	}
	return n
}

// open is what happens before the head of an answer.
func (p *Player) open(ctx context.Context, a *Arrival, t *act) error {
	err := wait(ctx, time.Duration(t.reply.Wait))
	switch {
	case err != nil:
	case t.status != 0:
		return nil
	case t.ending == Stalls:
		<-ctx.Done()
		err = cut(ctx)
	case t.reply.Shape.early():
		err = &routing.Failure{Cause: routing.CauseRefused, Class: routing.ClassNotSent, Err: fmt.Errorf("routingtest: %s", t.reply.Shape)}
	default:
		err = &routing.Failure{Cause: routing.CauseReset, Err: errReset}
	}
	p.end(a, ctx.Err() != nil)
	return err
}

// arrive notes a request and finds its reply.
func (p *Player) arrive(a *Arrival) *Arrival {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.used[a.Model]
	p.used[a.Model] = n + 1
	a.Reply, a.At = p.schedule.reply(a.Model, n), time.Now()
	a.Complete = a.Complete && !a.Reply.Shape.early()
	p.arrivals = append(p.arrivals, a)
	return a
}

func (p *Player) change(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

// end notes, once, that the upstream is done with a request.
func (p *Player) end(a *Arrival, cancelled bool) {
	p.change(func() {
		if a.Ended.IsZero() {
			a.Ended, a.Cancelled = time.Now(), cancelled
		}
	})
}

// A playedBody is the body of an answer in process.
type playedBody struct {
	ctx     context.Context //nolint:containedctx // a body is read under the context of its request
	player  *Player
	arrival *Arrival
	act     act
	source  source
	piece   []byte // come, and not yet read
	sent    int64
	ended   error
}

func (b *playedBody) Read(p []byte) (int, error) {
	if b.ended != nil {
		return 0, b.ended
	}
	if err := b.ctx.Err(); err != nil {
		return 0, b.end(err)
	}
	if len(p) == 0 {
		return 0, nil
	}
	if len(b.piece) == 0 {
		if err := b.next(); err != nil {
			return 0, b.end(err)
		}
	}
	n := copy(p, b.piece)
	b.piece = b.piece[n:]
	b.sent += int64(n)
	b.player.change(func() { b.arrival.Sent = b.sent })
	return n, nil
}

// next waits for a piece, or returns how the body ends.
func (b *playedBody) next() error {
	piece, ok := b.source.next()
	left := b.act.length - b.sent
	if b.act.length >= 0 && b.act.ending != Breaks && left < int64(len(piece)) {
		piece = piece[:left] // no client looks further than was announced
		ok = left > 0
	}
	if ok {
		b.piece = []byte(piece)
		if wait(b.ctx, time.Duration(b.act.reply.Every)) != nil {
			return b.ctx.Err()
		}
		return nil
	}
	switch b.act.ending {
	case Stalls:
		<-b.ctx.Done()
		return b.ctx.Err()
	case Breaks:
		return io.ErrUnexpectedEOF
	}
	return io.EOF
}

// Close gives the answer up, unless it was read to its end.
func (b *playedBody) Close() error {
	b.player.end(b.arrival, true)
	return nil
}

func (b *playedBody) end(err error) error {
	b.ended = err
	b.player.end(b.arrival, !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF))
	return err
}

// askOf reads what a request asks for. What is no such request asks a model
// without a name.
func askOf(api API, body []byte) Ask {
	var r struct {
		Model  string `json:"model"`
		Stream bool   `json:"stream"`
	}
	if json.Unmarshal(body, &r) != nil {
		r.Model, r.Stream = "", false
	}
	return Ask{API: api, Model: r.Model, Stream: r.Stream}
}

func sum(body []byte) string {
	s := sha256.Sum256(body)
	return hex.EncodeToString(s[:])
}
