package modelservice

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"strconv"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice/internal/wire"
	"github.com/modelward/modelward/routing"
)

// maxErrorBody is how much of a provider's refusal is read.
const maxErrorBody = 1 << 20

// A trial is one attempt at a destination, and what its answer says of itself.
// Two may be under way at once, when the router hedges: so nothing of a trial
// is the call's before it has the floor.
type trial struct {
	run      *run
	attempt  *routing.Attempt
	before   *trial // the attempt that began before it
	response *Response
	stop     context.CancelFunc // ends a stream's attempt

	destination *boundDestination // nil: it has not answered with a success
	model       catalog.FullName
	usage       wire.Usage
	text        int64 // bytes of text in the answer, for an estimate
}

// attempt makes one attempt. It is the only way to a model: the right to use
// the destination is checked here, at the moment of use, for every attempt
// (ruling R6).
func (r *run) attempt(ctx context.Context, a *routing.Attempt) error {
	t := &r.first
	if a.Index > 0 {
		t = new(trial)
	}
	t.run, t.attempt = r, a
	for {
		t.before = r.last.Load()
		if r.last.CompareAndSwap(t.before, t) {
			break
		}
	}
	return t.make(ctx)
}

func (t *trial) make(ctx context.Context) error {
	r, a := t.run, t.attempt
	d := r.service.destinations[a.Destination.Name]
	if d == nil {
		return fmt.Errorf("modelservice: the strategy named an unknown destination %q", a.Destination.Name)
	}
	target, err := r.permit(d)
	if err != nil {
		return err
	}
	if r.request.Stream {
		// A stream that is left behind ends by its context.
		ctx, t.stop = context.WithCancel(ctx)
		defer t.stop()
	}
	t.response, err = r.g.backend.Send(ctx, target, &r.request)
	if err != nil {
		return r.unsent(err)
	}
	defer t.response.Body.Close()
	a.Status = t.response.Status
	if r.g.router.Observes() {
		if left, ok := routing.HeadroomOf(t.response.Header.Get, r.g.now()); ok {
			a.Headroom(left)
		}
	}
	if a.Status < 200 || a.Status > 299 {
		return t.refused()
	}
	t.destination, t.model = d, target.Model
	if r.request.Stream {
		return t.relay()
	}
	return t.pass()
}

// errLate is for an attempt that another one came before.
var errLate = errors.New("modelservice: another attempt answered first")

// commit asks for the floor: from then on this attempt's answer is the call's,
// and no other destination is asked.
func (t *trial) commit() bool {
	if !t.attempt.Commit() {
		return false
	}
	t.attempt.Hold() // content is here; what follows is the caller's pace
	t.run.answering = t
	return true
}

// trial is the attempt that answered. If none did, it is the one whose failure
// ended the call, and of two that a hang-up ended the one that had an answer;
// nil when there was none.
func (r *run) trial() *trial {
	last := r.last.Load()
	if r.answering != nil || last == nil || last.before == nil {
		return cmp.Or(r.answering, last)
	}
	for i := len(r.steps) - 1; i >= 0; i-- {
		step := &r.steps[i]
		t := last.find(step.Index)
		switch {
		case t == nil || step.Cause == routing.CauseSuperseded:
		case step.Cause != routing.CauseCanceled || t.destination != nil:
			return t
		}
	}
	return last
}

// find returns the attempt of an index among t and those before it.
func (t *trial) find(index int) *trial {
	for ; t != nil && t.attempt.Index != index; t = t.before {
	}
	return t
}

// permit checks, as of now, that the destination still exists and that the
// service's owner may use it, and its caller too where the service says so.
func (r *run) permit(d *boundDestination) (Target, error) {
	s := r.g.catalog.Snapshot()
	if _, ok := s.Node(d.Model); !ok {
		return Target{}, &Error{Code: CodeFailedPrecondition, Message: fmt.Sprintf("Destination '%s' of '%s' was deleted.", d.Name, r.name)}
	}
	owner := r.node.Owner
	if now, ok := s.Node(r.node.ID); ok {
		owner = now.Owner // ownership may have changed since the call came
	}
	whose := ""
	switch _, alive := s.Principal(owner); {
	case !alive:
		return Target{}, &Error{refused: true, Code: CodePermissionDenied, Message: fmt.Sprintf("'%s' has no owner any more, so nobody's right to its destinations can be checked.", r.name)}
	case !r.g.authz.Check(s, owner, catalog.Execute, d.Model).Allowed:
		whose = "owner"
	case r.service.invokerRights && !r.g.authz.Check(s, r.call.Caller, catalog.Execute, d.Model).Allowed:
		whose = "caller"
	}
	if whose != "" {
		return Target{}, &Error{refused: true, Code: CodePermissionDenied, Message: fmt.Sprintf("The %s of '%s' does not have EXECUTE on destination '%s'.", whose, r.name, d.Name)}
	}
	return Target{Model: s.FullName(d.Model), ID: d.Model}, nil
}

// unsent makes sure that what a backend could not do is told to the router. An
// error for the caller stays what it is: no other destination is asked.
func (r *run) unsent(err error) error {
	var f *routing.Failure
	var own *Error
	switch {
	case errors.Is(err, ErrNotSpoken):
		return r.notSpoken(err)
	case errors.As(err, &f), errors.As(err, &own):
		return err
	}
	return &routing.Failure{Cause: routing.CauseReset, Err: err}
}

// refused reads a provider's refusal.
func (t *trial) refused() error {
	status := t.response.Status
	body, err := io.ReadAll(io.LimitReader(t.response.Body, maxErrorBody))
	body = bytes.ToValidUTF8(body, []byte("\uFFFD")) // a part of it goes into an answer of ours
	f := &routing.Failure{Status: status}
	if wait, ok := routing.ParseRetryAfter(t.response.Header.Get("Retry-After"), t.run.g.now()); ok {
		f.RetryAfter = wait
	}
	refusal := &refusal{status: status}
	var words routing.Said
	if said := wire.InspectFailure(body); said != nil {
		words = routing.Said{Code: said.Code, Type: said.Type, Message: said.Message}
		f.ErrorCode = cmp.Or(said.Code, said.Type)
		refusal.message = said.Message
		if err == nil {
			refusal.object = bytes.Clone(said.Object)
		}
	}
	if words.Type == "" {
		words.Type = t.response.Header.Get("X-Amzn-Errortype") // where Amazon says it
	}
	f.Cause, f.Err = t.run.g.router.CauseOf(status, words), refusal
	return f
}

// refusal is a provider's answer that was not a success.
type refusal struct {
	status  int
	message string
	object  []byte // the error object, as JSON
}

func (e *refusal) Error() string {
	return fmt.Sprintf("modelservice: provider answered %d: %s", e.status, e.message)
}

// malformed is a success that is no answer (ruling R28).
func (t *trial) malformed(format string, args ...any) error {
	return &routing.Failure{Cause: routing.CauseMalformed, Status: t.response.Status, Err: fmt.Errorf("modelservice: "+format, args...)}
}

// inBand is an error that a provider reports inside a success.
func (t *trial) inBand(reported *wire.Failure) error {
	return &routing.Failure{Cause: routing.CauseMalformed, Status: t.response.Status, ErrorCode: t.response.scrub(cmp.Or(reported.Code, reported.Type)),
		Err: fmt.Errorf("modelservice: provider reports in its answer: %s", t.response.scrub(reported.Message))}
}

// broken is an answer whose bytes stopped coming.
func (t *trial) broken(err error) error {
	return &routing.Failure{Cause: routing.CauseReset, Status: t.response.Status, Err: err}
}

// pass reads an answer whole, makes sure that it is one, and hands it on.
func (t *trial) pass() error {
	r := t.run
	length := int64(-1)
	if text := t.response.Header.Get("Content-Length"); text != "" {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 {
			length = n
		}
	}
	if length > r.g.maxResponse {
		return t.malformed("answer of %d bytes, longer than %d", length, r.g.maxResponse)
	}
	body, err := readWhole(t.response.Body, length, r.g.maxResponse)
	switch {
	case err != nil:
		return t.broken(err)
	case int64(len(body)) > r.g.maxResponse:
		return t.malformed("answer longer than %d bytes", r.g.maxResponse)
	}
	answer := wire.InspectAnswer(r.request.form, body)
	if answer.Failure != nil {
		return t.inBand(answer.Failure)
	}
	if !answer.Valid {
		return t.malformed("the body is no answer")
	}
	t.usage, t.text = answer.Usage, answer.TextBytes
	if !t.commit() {
		return errLate
	}
	r.begin(t.response.Status, "application/json", len(body))
	if err := r.handWhole(body); err != nil {
		return err
	}
	r.complete = true
	return nil
}

// Room for an answer whose length is not announced, and what is made room for
// on the word of the provider alone, in bytes.
const (
	firstRead = 2 << 10
	trusted   = 1 << 20
)

// readWhole reads a body to its end, or to one byte beyond the limit, which
// tells a body of that length from a longer one. The length is what is
// announced, -1 if nothing.
func readWhole(from io.Reader, length, limit int64) ([]byte, error) {
	room := min(length, trusted) + 1 // the byte more sees the end without growing
	if length < 0 {
		room = firstRead
	}
	body := make([]byte, 0, room)
	for idle := 0; int64(len(body)) <= limit; {
		if len(body) == cap(body) {
			body = append(body, 0)[:len(body)]
		}
		n, err := from.Read(body[len(body):min(int64(cap(body)), limit+1)])
		body = body[:len(body)+n]
		switch {
		case err == io.EOF:
			return body, nil
		case err != nil:
			return body, err
		case n > 0:
			idle = 0
		default:
			if idle++; idle == maxIdleReads {
				return body, io.ErrNoProgress
			}
		}
	}
	return body, nil
}

// maxIdleReads is how often in a row a body may give nothing, not even an end.
const maxIdleReads = 100

// relay passes a stream on, event by event. Until there is content nothing
// reaches the caller, so that another destination may still answer (ruling
// R30).
func (t *trial) relay() error {
	if kind, _, _ := mime.ParseMediaType(t.response.Header.Get("Content-Type")); kind != "text/event-stream" {
		body, _ := io.ReadAll(io.LimitReader(t.response.Body, maxErrorBody))
		return t.malformed("answer is %q and no stream: %s", kind, t.response.scrub(wire.ErrorMessage(body)))
	}
	stream := stream{trial: t, run: t.run, events: wire.NewReader(paced{t.response.Body, t.attempt}, nil)}
	err := stream.relay()
	stream.events.Release()
	if err == nil {
		t.finishReading()
	}
	return err
}

// finishReading reads what little may follow the end of a stream, so that the
// connection can be used again. A provider that holds it open is not waited
// for.
func (t *trial) finishReading() {
	limit := time.AfterFunc(20*time.Millisecond, t.stop)
	defer limit.Stop()
	io.CopyN(io.Discard, t.response.Body, 4096)
}
