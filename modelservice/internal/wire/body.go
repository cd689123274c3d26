package wire

import "io"

// A Body is a request as it goes to a destination: the caller's bytes with the
// declared changes spliced in. It shares those bytes and is read only.
type Body struct {
	parts [5][]byte
}

// Body is the request with its model replaced. Where the caller wants a stream
// of chat completions and includeUsage is set, stream_options.include_usage
// becomes true, whatever it was: the other APIs report usage unasked. All other
// bytes are the caller's. (A stream_options that is neither an object nor null
// is left for the provider to refuse.)
func (q *Request) Body(model string, includeUsage bool) Body {
	const member = `"stream_options":{"include_usage":true}`
	first := edit{at: q.model, text: quote(make([]byte, 0, len(model)+len(member)+3), model)}
	var second edit
	if includeUsage && q.Stream && q.api == ChatCompletions {
		if !q.options.given {
			first.text = append(append(first.text, ','), member...)
		} else {
			second = q.options.edit()
		}
	}
	if second.text == nil {
		return Body{parts: [5][]byte{q.body[:first.at.start], first.text, q.body[first.at.end:]}}
	}
	if second.at.start < first.at.start {
		first, second = second, first
	}
	return Body{parts: [5][]byte{
		q.body[:first.at.start], first.text,
		q.body[first.at.end:second.at.start], second.text,
		q.body[second.at.end:],
	}}
}

// An edit puts text in place of a span.
type edit struct {
	at   span
	text []byte
}

// Len is the length in bytes.
func (b Body) Len() int64 {
	var n int64
	for _, part := range b.parts {
		n += int64(len(part))
	}
	return n
}

// Reader reads the body from its start; every call gives an independent
// reader, so that each attempt sends the same bytes. Closing it does nothing.
func (b Body) Reader() io.ReadCloser { return &bodyReader{rest: b} }

// AppendTo appends the whole body to dst.
func (b Body) AppendTo(dst []byte) []byte {
	for _, part := range b.parts {
		dst = append(dst, part...)
	}
	return dst
}

type bodyReader struct {
	rest Body
	next int
}

func (r *bodyReader) Read(p []byte) (int, error) {
	n := 0
	for r.next < len(r.rest.parts) {
		part := &r.rest.parts[r.next]
		k := copy(p[n:], *part)
		*part = (*part)[k:]
		n += k
		if len(*part) > 0 {
			return n, nil
		}
		r.next++
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// WriteTo spares io.Copy its buffer.
func (r *bodyReader) WriteTo(w io.Writer) (int64, error) {
	var written int64
	for ; r.next < len(r.rest.parts); r.next++ {
		part := &r.rest.parts[r.next]
		if len(*part) == 0 {
			continue
		}
		n, err := w.Write(*part)
		written += int64(n)
		*part = (*part)[n:]
		if err != nil {
			return written, err
		}
	}
	return written, nil
}

func (r *bodyReader) Close() error { return nil }
