package modelservice

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice/internal/wire"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
	"go.uber.org/zap"
)

// run is one call on its way. Its steps are methods in the order they are
// taken; none calls an earlier one.
type run struct {
	g    *Gateway
	ctx  context.Context
	call *Call
	out  Output

	own      Call // the caller's, completed
	ids      ids
	request  Request
	snapshot *catalog.Snapshot
	node     catalog.Node // the service
	service  *compiled
	name     catalog.FullName
	lease    ratelimit.Lease
	admitted bool // a row is due, whatever happens from here on
	limited  bool // the limits were asked
	barred   bool // and have refused
	plan     routing.Plan
	steps    []routing.Step

	first     trial                 // the attempt that most calls have
	last      atomic.Pointer[trial] // the attempt that began last
	answering *trial                // the one that has the floor

	delivery // what the caller has received so far
}

// Serve answers one call, into out. It returns when the answer is complete,
// when the caller is gone (ctx, or a failing write), or when it has answered
// with an error; and whichever it is, the call is settled and recorded first.
// A host that cancels ctx with an [*Error] as its cause has the caller told so;
// when ctx ends by a deadline, the caller is told of that.
// Whatever a Backend, an Output or a Trace panics with stays in here.
func (g *Gateway) Serve(ctx context.Context, call *Call, out Output) (result Result) {
	r := &run{g: g, ctx: ctx, own: *call, out: out}
	r.call = &r.own
	r.ids = newIDs(call.RequestID, call.Caller)
	r.own.RequestID = r.ids.request
	if r.own.Received.IsZero() {
		r.own.Received = g.now()
	}
	if r.own.API == "" {
		r.own.API = ChatCompletions
	}
	result = r.guard(func() Result { return r.settle(r.serve()) })
	defer func() {
		if p := recover(); p != nil {
			g.panicked(p, debug.Stack())
		}
	}()
	tell(g.trace.Finished, r.call, result)
	return result
}

// guard runs the call, which strangers' code takes part in. After a panic the
// call is settled as a failure; if that panics too, it is the Output that does,
// and it is not asked again.
func (r *run) guard(step func() Result) (result Result) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		err := r.g.panicked(p, debug.Stack())
		defer func() {
			if p := recover(); p != nil {
				r.g.panicked(p, debug.Stack())
				r.gone = true
				result = r.settle(err)
			}
		}()
		result = r.settle(err)
	}()
	return step()
}

// serve is the way of a request, first step to last.
func (r *run) serve() error {
	if err := r.parse(); err != nil {
		return err
	}
	r.snapshot = r.g.catalog.Snapshot()
	if err := r.authorize(); err != nil {
		return err
	}
	if err := r.admit(); err != nil {
		return err
	}
	r.plan = r.g.router.Plan(&r.service.routing, routing.Request{
		Draw: r.g.draw(), Affinity: affinity(r.node.ID, r.call.Session), Stream: r.request.Stream,
	})
	tell(r.g.trace.Planned, r.call, r.plan)
	var err error
	r.steps, err = r.g.router.Do(r.ctx, &r.plan, r.attempt)
	if err != nil {
		var panicked *routing.PanicError
		if errors.As(err, &panicked) {
			err = r.g.panicked(panicked.Value, panicked.Stack) // whatever it panicked with
		}
	}
	for _, step := range r.steps {
		tell(r.g.trace.Attempted, r.call, step)
	}
	return err
}

// parse reads the little of the body that concerns us.
func (r *run) parse() error {
	form, _, ok := r.call.API.form()
	if !ok {
		return &Error{Code: CodeBadRequest, Message: fmt.Sprintf("The API '%s' is not supported.", r.call.API)}
	}
	parsed, err := wire.ParseRequest(form, r.call.Body)
	if err != nil {
		var bad *wire.Error
		if errors.As(err, &bad) {
			return &Error{Code: CodeInvalidParameter, Field: bad.Param, Message: bad.Message, Err: err}
		}
		return err
	}
	r.request = Request{API: r.call.API, Stream: parsed.Stream, parsed: parsed, form: form}
	return nil
}

// authorize finds the service and checks the caller's rights on it. Whatever
// is wanting, the answer is the one for a service that does not exist (ruling
// R9).
func (r *run) authorize() error {
	model := r.request.parsed.Model
	name, err := ServiceName(model)
	if err != nil {
		return hidden(model)
	}
	id, ok := r.snapshot.Lookup(TypeModelService, name)
	if !ok {
		return hidden(model)
	}
	decision := r.g.authz.Check(r.snapshot, r.call.Caller, catalog.Execute, id)
	tell(r.g.trace.Authorized, r.call, decision)
	if !decision.Allowed {
		return hidden(model)
	}
	if r.service, ok = r.snapshot.Compiled(id).(*compiled); !ok {
		return fmt.Errorf("modelservice: service %d is not compiled", id)
	}
	r.node, _ = r.snapshot.Node(id)
	r.name = name
	return nil
}

// hidden is the answer for a service that is not there for the caller. It says
// the name back, of a name too long for any service the beginning.
func hidden(model string) *Error {
	if longest := 3 * (catalog.MaxNameLength*utf8.UTFMax + 1); len(model) > longest {
		model = strings.ToValidUTF8(model[:longest], "") + "…"
	}
	return &Error{Code: CodeNotFound, Field: "model", Message: fmt.Sprintf("'%s' does not exist", model)}
}

// ServiceName reads the model member of a call: a full name, or databricks-X
// for system.ai.X (spec §7.1). The error is a *catalog.InvalidError.
func ServiceName(model string) (catalog.FullName, error) {
	if bare, ok := strings.CutPrefix(model, "databricks-"); ok && !strings.Contains(bare, ".") {
		return catalog.NewFullName(SystemCatalog, SystemSchema, bare)
	}
	return catalog.ParseFullName(model)
}

// panicked turns a panic into an error, and into a line for a person.
func (g *Gateway) panicked(p any, stack []byte) error {
	what := panicText(p)
	g.zap.Error("panic while serving a call", zap.String("panic", what), zap.ByteString("stack", stack))
	return &Error{Code: CodeInternal, Message: "An internal error occurred.", Err: errors.New("panic: " + what)}
}

// panicText says what somebody panicked with, without repeating words that may be
// a caller's: those of the runtime, and of all else the type.
func panicText(p any) string {
	if err, ok := p.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("%T", p)
}

// since is the time that has passed since the request came.
func (r *run) since() time.Duration { return r.g.now().Sub(r.call.Received) }
