package query

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"

	"github.com/modelward/modelward/modelservice"
)

// serve runs a call on a goroutine of its own, which ends with the call: that
// is, when the answer is complete, its body is closed, or the request's context
// ends. It returns when the answer begins.
func (t *inProcess) serve(r *http.Request, call *modelservice.Call) (*http.Response, error) {
	ctx, cancel := context.WithCancel(r.Context())
	reader, writer := io.Pipe()
	body := &pipedBody{PipeReader: reader, cancel: cancel, done: make(chan struct{})}
	out := &pipe{w: writer, begun: make(chan *http.Response, 1), request: r, body: body}
	// A write that nobody reads any more must not hold the call.
	stop := context.AfterFunc(ctx, func() { writer.CloseWithError(ctx.Err()) })
	go func() {
		defer close(body.done)
		defer cancel()
		result := t.cfg.Gateway.Serve(ctx, call, out)
		stop()
		if result.Err != nil {
			writer.CloseWithError(ctx.Err()) // nil is the normal end: an error that the caller was told
		}
		writer.Close()
		if !out.started {
			body.err = result.Err
		}
	}()
	select {
	case response := <-out.begun:
		return response, nil
	case <-body.done:
	case <-ctx.Done():
	}
	return body.unanswered(r, out)
}

// unanswered is for a call that ended, or whose context did, before RoundTrip
// has seen an answer. One that had begun all the same counts.
func (b *pipedBody) unanswered(r *http.Request, out *pipe) (*http.Response, error) {
	select {
	case response := <-out.begun:
		return response, nil
	default:
	}
	if err := r.Context().Err(); err != nil {
		b.cancel()
		return nil, err
	}
	<-b.done
	return nil, b.err
}

// pipe is the Output of a call whose answer is read through a pipe.
type pipe struct {
	w       *io.PipeWriter
	begun   chan *http.Response // holds one
	started bool
	request *http.Request
	body    io.ReadCloser
}

// Begin implements modelservice.Output.
func (p *pipe) Begin(status int, header http.Header) {
	length := int64(-1)
	if n, err := strconv.ParseInt(header.Get("Content-Length"), 10, 64); err == nil {
		length = n
	}
	p.started = true
	p.begun <- response(p.request, status, header, p.body, length)
}

// Write implements modelservice.Output.
func (p *pipe) Write(data []byte) (int, error) {
	if len(data) == 0 {
		return 0, nil // a pipe would wait for somebody to read it
	}
	return p.w.Write(data)
}

// Flush implements modelservice.Output. A pipe holds nothing back.
func (p *pipe) Flush() error { return nil }

// pipedBody is the reading end. Closing it ends the call and waits for that.
type pipedBody struct {
	*io.PipeReader
	cancel context.CancelFunc
	done   chan struct{} // closed when the call has ended
	err    error         // set before that: why there is no answer
}

func (b *pipedBody) Close() error {
	b.cancel()
	b.PipeReader.Close()
	<-b.done
	return nil
}

// refusal is an answer that came before the gateway.
func refusal(r *http.Request, e *modelservice.Error, id string) *http.Response {
	body := e.Body(modelservice.ChatCompletions, id)
	return response(r, e.HTTPStatus(), refusalHeader(e, id), io.NopCloser(bytes.NewReader(body)), int64(len(body)))
}

func response(r *http.Request, status int, header http.Header, body io.ReadCloser, length int64) *http.Response {
	return &http.Response{
		Status: strconv.Itoa(status) + " " + http.StatusText(status), StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: body, ContentLength: length, Request: r,
	}
}
