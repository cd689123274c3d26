package modelservice

import (
	"bytes"
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

// attempt makes one attempt. It is the only way to a model: the right to use
// the destination is checked here, at the moment of use, for every attempt
// (ruling R6).
func (r *run) attempt(ctx context.Context, a *routing.Attempt) error {
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
		var stop context.CancelFunc
		ctx, stop = context.WithCancel(ctx)
		defer stop()
		r.stop = stop
	}
	r.sent = true
	r.source = source{} // what an earlier attempt said is void
	response, err := r.g.backend.Send(ctx, target, &r.request)
	if err != nil {
		return failure(err)
	}
	defer response.Body.Close()
	a.Status = response.Status
	if response.Status < 200 || response.Status > 299 {
		return r.refused(response)
	}
	r.destination = d
	r.model = target.Model
	if r.request.Stream {
		return r.relay(a, response)
	}
	return r.pass(a, response)
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
		r.stopped = true
		return Target{}, &Error{Code: CodePermissionDenied, Message: fmt.Sprintf("'%s' has no owner any more, so nobody's right to its destinations can be checked.", r.name)}
	case !r.g.authz.Check(s, owner, catalog.Execute, d.Model).Allowed:
		whose = "owner"
	case r.service.invokerRights && !r.g.authz.Check(s, r.call.Caller, catalog.Execute, d.Model).Allowed:
		whose = "caller"
	}
	if whose != "" {
		r.stopped = true
		return Target{}, &Error{Code: CodePermissionDenied, Message: fmt.Sprintf("The %s of '%s' does not have EXECUTE on destination '%s'.", whose, r.name, d.Name)}
	}
	return Target{Model: s.FullName(d.Model), ID: d.Model}, nil
}

// failure makes sure that what a backend could not do is told to the router.
// An error for the caller stays what it is: no other destination is asked.
func failure(err error) error {
	var f *routing.Failure
	var own *Error
	if errors.As(err, &f) || errors.As(err, &own) {
		return err
	}
	return &routing.Failure{Cause: routing.CauseReset, Err: err}
}

// refused reads a provider's refusal.
func (r *run) refused(response *Response) error {
	body, err := io.ReadAll(io.LimitReader(response.Body, maxErrorBody))
	body = bytes.ToValidUTF8(body, []byte("\uFFFD")) // a part of it goes into an answer of ours
	f := &routing.Failure{Cause: routing.CauseOfStatus(response.Status), Status: response.Status}
	if wait, ok := routing.ParseRetryAfter(response.Header.Get("Retry-After"), r.g.now()); ok {
		f.RetryAfter = wait
	}
	refusal := &refusal{status: response.Status, message: wire.ErrorMessage(body)}
	if failure := wire.InspectFailure(body); failure != nil {
		f.ErrorCode = failure.Code
	}
	if err == nil {
		if object, ok := wire.ErrorObject(body); ok {
			refusal.object = bytes.Clone(object)
		}
	}
	f.Err = refusal
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
func malformed(status int, format string, args ...any) error {
	return &routing.Failure{Cause: routing.CauseMalformed, Status: status, Err: fmt.Errorf("modelservice: "+format, args...)}
}

// inBand is an error that a provider reports inside a success.
func inBand(in *Response, reported *wire.Failure) error {
	return &routing.Failure{Cause: routing.CauseMalformed, Status: in.Status, ErrorCode: in.scrub(reported.Code),
		Err: fmt.Errorf("modelservice: provider reports in its answer: %s", in.scrub(reported.Message))}
}

// broken is an answer whose bytes stopped coming.
func broken(status int, err error) error {
	return &routing.Failure{Cause: routing.CauseReset, Status: status, Err: err}
}

// pass reads an answer whole, makes sure that it is one, and hands it on.
func (r *run) pass(a *routing.Attempt, response *Response) error {
	var buffer bytes.Buffer
	if length, err := strconv.ParseInt(response.Header.Get("Content-Length"), 10, 64); err == nil && length >= 0 {
		if length > r.g.maxResponse {
			return malformed(response.Status, "answer of %d bytes, longer than %d", length, r.g.maxResponse)
		}
		// What is announced is read without growing, as far as it is to be
		// believed.
		buffer.Grow(int(min(length, maxErrorBody)) + bytes.MinRead)
	}
	// Read one byte beyond the cap, to tell an answer of that length from a
	// longer one.
	_, err := io.Copy(&buffer, io.LimitReader(response.Body, r.g.maxResponse+1))
	body := buffer.Bytes()
	switch {
	case err != nil:
		return broken(response.Status, err)
	case int64(len(body)) > r.g.maxResponse:
		return malformed(response.Status, "answer longer than %d bytes", r.g.maxResponse)
	}
	answer := wire.InspectAnswer(r.request.form, body)
	if answer.Failure != nil {
		return inBand(response, answer.Failure)
	}
	if !answer.Valid {
		return malformed(response.Status, "answer is no chat completion")
	}
	a.Commit()
	a.Hold() // all is here; what follows is the caller's pace
	r.usage, r.text = answer.Usage, answer.TextBytes
	r.begin(response.Status, "application/json", len(body))
	if err := r.handWhole(body); err != nil {
		return err
	}
	r.complete = true
	return nil
}

// relay passes a stream on, event by event. Until there is content nothing
// reaches the caller, so that another destination may still answer (ruling
// R30).
func (r *run) relay(a *routing.Attempt, response *Response) error {
	if kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type")); kind != "text/event-stream" {
		body, _ := io.ReadAll(io.LimitReader(response.Body, maxErrorBody))
		return malformed(response.Status, "answer is %q and no stream: %s", kind, response.scrub(wire.ErrorMessage(body)))
	}
	stream := stream{run: r, attempt: a, response: response, status: response.Status, events: wire.NewReader(paced{response.Body, a}, nil)}
	err := stream.relay()
	if err == nil {
		r.finishReading(response.Body)
	}
	return err
}

// finishReading reads what little may follow the end of a stream, so that the
// connection can be used again. A provider that holds it open is not waited
// for.
func (r *run) finishReading(body io.Reader) {
	limit := time.AfterFunc(20*time.Millisecond, r.stop)
	defer limit.Stop()
	io.CopyN(io.Discard, body, 4096)
}
