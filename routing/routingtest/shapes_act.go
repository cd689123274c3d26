package routingtest

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// An act is a Reply made ready to be played to one Ask.
type act struct {
	reply  Reply
	status int // 0: there is no answer
	header http.Header
	parts  []part
	length int64 // of the body as announced; below 0: not announced
	ending Ending
}

// A part of a body is a text that comes so many times; below 0: for ever.
type part struct {
	text  string
	times int
}

// An Ending is how a reply ends.
type Ending string

// The endings.
const (
	Ends   Ending = "ends"   // in good order
	Breaks Ending = "breaks" // the connection is lost
	Stalls Ending = "stalls" // nothing more comes
)

// Sends says what r sends to one who asks: the status, 0 for none; the body, in
// the parts that come one after the other; and how it ends. Bodies without an
// end are not said: ok is false.
func (r Reply) Sends(a Ask) (status int, body []string, end Ending, ok bool) {
	t := r.act(a)
	left := t.length
	for _, p := range t.parts {
		if p.times < 0 {
			return 0, nil, "", false
		}
		for range p.times {
			text := p.text
			if t.length >= 0 && t.ending != Breaks {
				text = text[:min(int64(len(text)), left)]
				left -= int64(len(text))
			}
			if text != "" {
				body = append(body, text)
			}
		}
	}
	return t.status, body, t.ending, true
}

const (
	defaultOversize = 5 << 20
	defaultBomb     = 1 << 20
	page            = "<!DOCTYPE html>\n<html><head><title>Welcome</title></head><body><p>Please sign in.</p></body></html>\n"
)

func (r Reply) act(a Ask) act {
	t := act{reply: r, status: http.StatusOK, header: http.Header{}, length: -1, ending: Ends}
	t.header.Set("Content-Type", "application/json")
	if a.streams() {
		t.header.Set("Content-Type", "text/event-stream")
	}
	t.play(a)
	r.put(t.header)
	return t
}

// play sets what the Shape says.
func (t *act) play(a Ask) {
	if n := t.reply.Shape.status(); n != 0 {
		t.refuse(a, n)
		return
	}
	switch t.reply.Shape {
	case Refused, TLSAbort, ResetBeforeHeaders:
		t.status, t.ending = 0, Breaks
	case HeaderStall:
		t.status, t.ending = 0, Stalls
	case ResetAfterHeaders:
		t.ending = Breaks
	case Empty:
		t.length = 0
	case HTML:
		t.header.Set("Content-Type", "text/html; charset=utf-8")
		t.text(page)
	case HeaderBomb:
		t.header.Set("X-Bomb", strings.Repeat("b", t.size(defaultBomb)))
		t.whole(a)
	case Gzip:
		t.header.Set("Content-Encoding", "gzip")
		t.text(compressed(Answer(a)))
	case CutClean:
		t.cut(a, Ends)
	case CutBroken:
		t.cut(a, Breaks)
	case StallAt:
		t.cut(a, Stalls)
	default:
		if a.streams() {
			t.playStream(a.stream())
		} else {
			t.playPlain(a)
		}
		if t.parts == nil {
			t.whole(a)
		}
	}
}

func (t *act) playStream(s stream) {
	t.text(s.opening...)
	switch t.reply.Shape {
	case TwoEnds:
		t.text(s.content...)
		t.text(s.finish...)
		t.text(s.end...)
		t.text(s.end...)
	case NoEnd:
		t.text(s.content...)
		t.text(s.finish...)
	case InvalidUTF8:
		t.text(strings.Replace(s.content[0], "Hello", "Hel\xc3\xff", 1))
		t.text(s.content[1:]...)
		t.text(s.finish...)
		t.text(s.end...)
	case ErrorFirst:
		t.parts = []part{{s.failure, 1}}
	case BadJSONFirst:
		t.parts = []part{{"data: {\"choices\":[{\n\n", 1}}
	case EOFBeforeContent:
	case StallBeforeContent:
		t.ending = Stalls
	case OversizeFirst:
		t.parts = filled("data: {\"text\":\"", t.size(defaultOversize), "\"}\n\n")
	case EndlessLine:
		t.parts = []part{{"data: ", 1}, {strings.Repeat("e", 1<<10), -1}}
	case EndlessBody:
		t.parts = append(t.parts, part{strings.Repeat(": still here\n\n", 64), -1})
	case EOFAfterContent:
		t.text(s.content[0])
	case ResetAfterContent:
		t.text(s.content[0])
		t.ending = Breaks
	case StallAfterContent:
		t.text(s.content[0])
		t.ending = Stalls
	case ErrorAfterContent:
		t.text(s.content[0], s.failure)
	case LongLength:
		t.text(s.content...)
		t.length, t.ending = t.total()+100, Breaks
	case ShortLength:
		t.text(s.content[0])
		t.length = t.total()
		t.text(s.content[1])
	default:
		t.parts = nil
	}
}

func (t *act) playPlain(a Ask) {
	body := a.plain()
	half := body[:len(body)/2]
	switch t.reply.Shape {
	case InvalidUTF8:
		if a.API != Embeddings {
			t.text(strings.Replace(body, "Hello", "Hel\xc3\xff", 1))
		}
	case ErrorFirst:
		t.text(a.refusal(http.StatusServiceUnavailable))
	case BadJSONFirst:
		t.text(`{"choices":[{`)
	case EOFBeforeContent, EOFAfterContent:
		t.text(half)
	case StallBeforeContent, StallAfterContent:
		t.text(half)
		t.ending = Stalls
	case ResetAfterContent:
		t.text(half)
		t.ending = Breaks
	case ErrorAfterContent:
		t.text(half, a.refusal(http.StatusServiceUnavailable))
	case OversizeFirst:
		t.parts = filled(`{"text":"`, t.size(defaultOversize), `"}`)
	case EndlessLine:
		t.parts = []part{{`{"text":"`, 1}, {strings.Repeat("e", 1<<10), -1}}
	case EndlessBody:
		t.parts = []part{{strings.Repeat(" \n", 1<<9), -1}}
	case LongLength:
		t.text(body[:len(body)-1])
		t.length, t.ending = t.total()+100, Breaks
	case ShortLength:
		t.text(body)
		t.length = t.total() / 2
	}
}

// refuse plays a status. 204 and 304 have no body.
func (t *act) refuse(a Ask, status int) {
	t.status = status
	t.header.Set("Content-Type", "application/json")
	if status == http.StatusNoContent || status == http.StatusNotModified {
		return
	}
	body := t.reply.Body
	if body == "" {
		body = a.refusal(status)
	}
	t.text(body)
}

// whole plays an answer as it should be.
func (t *act) whole(a Ask) {
	switch {
	case t.reply.Body != "":
		t.text(t.reply.Body)
	case a.streams():
		t.text(Events(a)...)
	default:
		t.text(a.plain())
	}
	if !a.streams() {
		t.length = t.total()
	}
}

// cut plays the first At bytes of a whole answer.
func (t *act) cut(a Ask, e Ending) {
	t.whole(a)
	t.length, t.ending = -1, e
	left := t.reply.At
	for i, p := range t.parts {
		if left <= len(p.text) {
			t.parts[i].text = p.text[:left]
			t.parts = t.parts[:i+1]
			return
		}
		left -= len(p.text)
	}
}

func (t *act) text(list ...string) {
	for _, s := range list {
		t.parts = append(t.parts, part{s, 1})
	}
}

func (t *act) size(fallback int) int {
	if t.reply.Size > 0 {
		return t.reply.Size
	}
	return fallback
}

// total is the length of the body as it is so far.
func (t *act) total() int64 {
	n := int64(0)
	for _, p := range t.parts {
		n += int64(len(p.text)) * int64(max(p.times, 0))
	}
	return n
}

// announce writes Content-Length.
func (t *act) announce() {
	if t.length >= 0 {
		t.header.Set("Content-Length", strconv.FormatInt(t.length, 10))
	}
}

// filled is a text of size bytes between two others, which count too.
func filled(before string, size int, after string) []part {
	const block = 1 << 10
	left := max(size-len(before)-len(after), 0)
	return []part{{before, 1}, {strings.Repeat("o", block), left / block}, {strings.Repeat("o", left%block) + after, 1}}
}

func compressed(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, s)
	w.Close()
	return b.String()
}

// A source hands out the parts of an act, one piece of one part at a time.
type source struct {
	parts []part
	size  int    // of a piece; 0: the whole part
	text  string // left of the part being read
}

// next returns the next piece, which is not empty; ok is false when there is
// none.
func (s *source) next() (piece string, ok bool) {
	for s.text == "" {
		if len(s.parts) == 0 {
			return "", false
		}
		first := &s.parts[0]
		if first.times == 0 || first.text == "" {
			s.parts = s.parts[1:]
			continue
		}
		s.text = first.text
		if first.times > 0 {
			first.times--
		}
	}
	piece = s.text
	if s.size > 0 && len(piece) > s.size {
		piece = piece[:s.size]
	}
	s.text = s.text[len(piece):]
	return piece, true
}
