package modelservice

import (
	"context"
	"errors"
	"io"

	"github.com/modelward/modelward/modelservice/internal/wire"
	"github.com/modelward/modelward/routing"
)

// maxHeld is how much of a stream is held back while waiting for content: as
// much as three events may have, because the Responses API repeats the request
// in two before the first content.
const maxHeld = 3 * wire.DefaultMaxEvent

// stream relays one attempt's events.
type stream struct {
	*trial
	run    *run
	events *wire.Reader
	reads  wire.Inspector

	held     []byte // events before the first content
	pending  []byte // events to be handed on together with what is here already
	finished int64  // choices that came to their end
	terminal bool   // the answer came to its end in the API's words (ruling R31)
	done     bool   // the last event was seen
}

// paced is a provider's body. The idle limit runs while its bytes are waited
// for, and not while the caller takes them.
type paced struct {
	body    io.Reader
	attempt *routing.Attempt
}

func (p paced) Read(b []byte) (int, error) {
	p.attempt.Progress()
	defer p.attempt.Hold()
	return p.body.Read(b)
}

func (s *stream) relay() error {
	for {
		event, err := s.events.Next()
		if err != nil {
			return s.ended(err)
		}
		chunk := s.reads.Inspect(s.run.request.form, event)
		s.usage.Merge(chunk.Usage) // also what is reported beside a failure
		switch {
		case chunk.Failure != nil:
			return s.cut(s.inBand(chunk.Failure))
		case event.Name == "error":
			return s.cut(s.malformed("error event in the stream"))
		case chunk.Malformed && s.terminal:
			return s.ended(io.ErrUnexpectedEOF) // as if nothing had come
		case chunk.Malformed:
			return s.cut(s.malformed("event is not JSON"))
		}
		s.text += chunk.TextBytes
		s.finished += chunk.Finished
		s.terminal = s.terminal || chunk.Finish && s.finished >= s.choices()
		s.done = chunk.Done
		switch {
		case s.done && !chunk.Content && !chunk.Finish && !s.attempt.Committed():
			return s.malformed("stream ended without content")
		case chunk.UsageOnly && !s.run.request.parsed.IncludeUsage:
			// We asked for it, not the caller. An event before it may be waiting
			// to be handed on with what is behind it.
			if err := s.send(); err != nil {
				return err
			}
			continue
		}
		if err := s.forward(event.Raw, chunk.Content || chunk.Finish); err != nil {
			return err
		}
		if s.done {
			if err := s.deliver(); err != nil {
				return err
			}
			s.run.complete = true
			return nil
		}
	}
}

// choices is how many choices have to finish before the answer is whole without
// its last event: one of several says nothing about the others.
func (s *stream) choices() int64 {
	if s.run.request.form != wire.ChatCompletions || s.run.request.parsed.N == 1 {
		return 0
	}
	return s.run.request.parsed.N
}

// forward hands an event on, or holds it until content comes.
func (s *stream) forward(raw []byte, content bool) error {
	if !s.attempt.Committed() {
		s.held = append(s.held, raw...)
		if len(s.held) > maxHeld {
			return s.malformed("more than %d bytes before any content", maxHeld)
		}
		if !content {
			return nil
		}
		if !s.commit() {
			return errLate
		}
		s.run.begin(s.response.Status, "text/event-stream", -1)
		raw, s.held = s.held, nil
	}
	if joined, ok := wire.Join(s.pending, raw); ok {
		s.pending = joined
		return s.send()
	}
	if err := s.hand(); err != nil {
		return err
	}
	s.pending = raw
	return s.send()
}

// send hands on what is pending, unless more is here already: then both go
// together.
func (s *stream) send() error {
	if s.events.Ready() || len(s.pending) == 0 {
		return nil
	}
	return s.deliver()
}

// deliver hands on what is pending and sees it on its way.
func (s *stream) deliver() error {
	if err := s.hand(); err != nil {
		return err
	}
	return s.run.flush()
}

func (s *stream) hand() error {
	raw := s.pending
	s.pending = nil
	if len(raw) == 0 {
		return nil
	}
	return s.run.hand(raw)
}

// ended judges the end of the bytes: with a terminal mark it is the end of the
// answer, even if [DONE] was left out (ruling R31).
func (s *stream) ended(err error) error {
	if !s.attempt.Committed() {
		if errors.Is(err, io.EOF) || errors.Is(err, wire.ErrEventTooLarge) {
			return s.malformed("stream without content: %w", err)
		}
		return s.broken(err)
	}
	if err := s.hand(); err != nil {
		return err
	}
	switch {
	case s.terminal:
	case errors.Is(err, wire.ErrEventTooLarge):
		return s.cut(s.malformed("stream: %w", err))
	default:
		return s.cut(s.broken(err))
	}
	if err := errors.Join(s.run.hand(s.run.request.form.Closing()), s.run.flush()); err != nil {
		return err
	}
	s.run.complete = true
	return nil
}

// cut ends a stream that cannot go on. Before content the attempt has failed
// and the next may answer. After it, the caller is told in the API's own form,
// and the body ends without a [DONE] (ruling R30).
func (s *stream) cut(cause error) error {
	if !s.attempt.Committed() {
		return cause
	}
	if errors.Is(s.run.ctx.Err(), context.Canceled) {
		return cause // nobody is there to be told
	}
	if err := s.hand(); err != nil {
		return err
	}
	e := &Error{Code: CodeBadGateway, Message: "The answer broke off: the model's provider failed."}
	if s.run.ctx.Err() != nil {
		e = &Error{Code: CodeDeadlineExceeded, Message: "The answer broke off: the request took too long."}
	}
	if err := s.run.breakOff(e); err != nil {
		return err
	}
	return cause
}

// breakOff ends a stream that had begun with one error event.
func (r *run) breakOff(e *Error) error {
	r.truncated = true
	return errors.Join(r.hand(e.event(r.call.API, r.call.RequestID)), r.flush())
}
