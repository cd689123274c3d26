package query

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"

	"github.com/modelward/modelward/modelservice"
)

// invoke makes the call on a goroutine of its own, which ends with the call:
// that is, when the answer is complete, its body is closed, or the request's
// context ends. It returns when a stream begins or another answer is complete.
func (x *roundTrip) invoke() (*http.Response, error) {
	ctx, cancel := context.WithCancel(x.r.Context())
	o := &inner{x: x, ctx: ctx, cancel: cancel, begun: make(chan *http.Response, 1), done: make(chan struct{})}
	go o.run()
	select {
	case response := <-o.begun:
		return response, nil
	case <-o.done:
	case <-x.r.Context().Done():
	}
	select {
	case response := <-o.begun: // at the same time; it counts all the same
		return response, nil
	default:
	}
	select {
	case <-o.done:
		if o.status != 0 {
			return x.whole(o.status, o.header, o.body), nil
		}
	default:
	}
	if err := x.r.Context().Err(); err != nil {
		return nil, err
	}
	return nil, o.err
}

// inner is a call and its Output: a stream is read through a pipe, another
// answer is kept until it is whole.
type inner struct {
	x      *roundTrip
	ctx    context.Context
	cancel context.CancelFunc

	begun  chan *http.Response // holds one: that of a stream
	pipe   *io.PipeWriter      // of a stream
	unhook func() bool         // likewise

	status int // 0: there is no answer, or a stream
	header http.Header
	body   []byte

	done chan struct{} // closed when the call has ended
	err  error         // set before that, if there is no answer: why
}

func (o *inner) run() {
	defer close(o.done)
	defer o.cancel()
	result := o.x.t.gateway.Serve(o.ctx, &o.x.call, o)
	if o.pipe != nil {
		o.unhook()
		o.pipe.CloseWithError(o.ending(result))
	} else if o.status == 0 && result.Err != nil {
		o.err = result.Err
	}
}

// ending is what a stream ends with. nil is the normal end, that of an error
// that the caller was told, too.
func (o *inner) ending(result modelservice.Result) error {
	if result.Err == nil {
		return nil
	}
	return o.ctx.Err()
}

// Begin implements modelservice.Output.
func (o *inner) Begin(status int, header http.Header) {
	if header.Get("Content-Type") != "text/event-stream" {
		o.status, o.header = status, header
		return
	}
	reader, writer := io.Pipe()
	o.pipe = writer
	// A write that nobody reads any more must not hold the call.
	o.unhook = context.AfterFunc(o.ctx, func() { writer.CloseWithError(o.ctx.Err()) })
	o.begun <- o.x.response(status, header, &pipedBody{reader, o}, -1)
}

// Write implements modelservice.Output.
func (o *inner) Write(p []byte) (int, error) {
	switch {
	case o.pipe == nil:
		o.body = append(o.body, p...)
		return len(p), nil
	case len(p) == 0:
		return 0, nil // a pipe would wait for somebody to read it
	}
	return o.pipe.Write(p)
}

// Flush implements modelservice.Output. A pipe holds nothing back.
func (o *inner) Flush() error { return nil }

// pipedBody is the reading end of a stream. Closing it ends the call and waits
// for that.
type pipedBody struct {
	*io.PipeReader
	call *inner
}

func (b *pipedBody) Close() error {
	b.call.cancel()
	b.PipeReader.Close()
	<-b.call.done
	return nil
}

// refusal is an answer that came before the gateway.
func (x *roundTrip) refusal(e *modelservice.Error) *http.Response {
	return x.whole(e.HTTPStatus(), refusalHeader(e, x.call.RequestID), e.Body(x.form, x.call.RequestID))
}

func (x *roundTrip) whole(status int, header http.Header, body []byte) *http.Response {
	return x.response(status, header, io.NopCloser(bytes.NewReader(body)), int64(len(body)))
}

func (x *roundTrip) response(status int, header http.Header, body io.ReadCloser, length int64) *http.Response {
	header[idHeader(x.form)] = header[modelservice.RequestIDHeader]
	return &http.Response{
		Status: strconv.Itoa(status) + " " + http.StatusText(status), StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: body, ContentLength: length, Request: x.r,
	}
}
