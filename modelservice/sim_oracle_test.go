package modelservice_test

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/routing/routingtest"
)

// simEnd is what an attempt comes to.
type simEnd string

const (
	simMoves     simEnd = "moves"     // the next destination, or status
	simTells     simEnd = "tells"     // the caller is told status
	simLate      simEnd = "late"      // the whole request took too long: 504
	simOK        simEnd = "ok"        // a whole answer
	simTruncated simEnd = "truncated" // broken off behind content
)

// simVerdict is what an attempt comes to by rulings R28 to R32, how and when.
type simVerdict struct {
	end    simEnd
	status int
	at     time.Time

	// frames are what reached the caller, and when. Not streamed it is one.
	// Those before content are held until content comes.
	frames    []simFrame
	committed time.Time // when content came; zero: it did not
	finished  int       // the frames up to the first with a terminal mark; 0: there is none
	closed    bool      // the stream came to its last event
}

type simFrame struct {
	text string
	at   time.Time
}

// text is what the caller has got at a moment.
func (v simVerdict) text(until time.Time) string {
	var b strings.Builder
	if v.committed.IsZero() || v.committed.After(until) {
		return ""
	}
	for _, f := range v.frames {
		if !f.at.After(until) {
			b.WriteString(f.text)
		}
	}
	return b.String()
}

// simAttempt plays a reply to one attempt, on paper. begun is when the request
// began, at when the attempt did.
func simAttempt(r routingtest.Reply, ask routingtest.Ask, begun, at time.Time) simVerdict {
	status, parts, ending, _ := r.Sends(ask)
	limit, late := at.Add(simLimits.Attempt), simEnd(simMoves)
	if first := at.Add(simLimits.FirstToken); ask.Stream && first.Before(limit) {
		limit = first
	}
	if total := begun.Add(simLimits.Total); total.Before(limit) {
		limit, late = total, simLate
	}
	tooLate := simVerdict{end: late, status: 504, at: limit}

	now := at.Add(time.Duration(r.Wait))
	switch {
	case status == 0 && ending == routingtest.Stalls, now.After(limit):
		return tooLate
	case status == 0:
		return simVerdict{end: simMoves, status: 502, at: now}
	case status < 200 || status > 299:
		end, told := simStatus(status)
		return simVerdict{end: end, status: told, at: now}
	case ask.Stream:
		return simStream(r, ask, now, parts, ending, limit, tooLate)
	}
	body := ""
	for _, piece := range simPieces(r, parts) {
		if now = now.Add(time.Duration(r.Every)); now.After(limit) {
			return tooLate
		}
		body += piece
	}
	switch {
	case ending == routingtest.Stalls:
		return tooLate
	case ending == routingtest.Breaks || !simIsAnswer(ask.API, body):
		return simVerdict{end: simMoves, status: 502, at: now}
	}
	return simVerdict{end: simOK, status: 200, at: now, frames: []simFrame{{body, now}}, committed: now, closed: true}
}

func simStream(r routingtest.Reply, ask routingtest.Ask, now time.Time, parts []string, ending routingtest.Ending, limit time.Time, tooLate simVerdict) simVerdict {
	v := simVerdict{end: simMoves, status: 502}
	content, body, used := false, "", 0
	// over says what an end in this moment means.
	over := func() simVerdict {
		switch {
		case v.finished > 0:
			v.end, v.status = simOK, 200
		case content:
			v.end, v.status = simTruncated, 200
		default:
			v.frames = nil
		}
		v.at = now
		return v
	}
	for _, piece := range simPieces(r, parts) {
		next := now.Add(time.Duration(r.Every))
		if idle := now.Add(simLimits.Idle); content && next.After(idle) {
			now = idle
			return over()
		} else if !content && next.After(limit) {
			return tooLate
		}
		now = next
		body += piece
		for ends := frameEnds(body[used:]); len(ends) > 0; ends = frameEnds(body[used:]) {
			text := body[used : used+ends[0]]
			has, finish, last, fails := simEvent(ask.API, text)
			if fails {
				return over()
			}
			v.frames = append(v.frames, simFrame{text, now})
			if has && !content {
				content, v.committed = true, now
			}
			if finish && v.finished == 0 {
				v.finished = len(v.frames)
			}
			if last {
				v.end, v.status, v.at, v.closed = simOK, 200, now, true
				return v
			}
			used += ends[0]
		}
	}
	if ending == routingtest.Stalls {
		if !content {
			return tooLate
		}
		now = now.Add(simLimits.Idle)
	}
	return over()
}

// simPieces are the pieces in which the parts of a body come.
func simPieces(r routingtest.Reply, parts []string) []string {
	var list []string
	for _, p := range parts {
		for r.Piece > 0 && len(p) > r.Piece {
			list = append(list, p[:r.Piece])
			p = p[r.Piece:]
		}
		list = append(list, p)
	}
	return list
}

// simStatus is what a provider's status leads to (ruling R28).
func simStatus(status int) (simEnd, int) {
	switch {
	case status == 429 || status >= 500:
		return simMoves, status
	case status == 401 || status == 402 || status == 403 || status == 404:
		return simMoves, 502
	case status >= 400:
		return simTells, status
	}
	return simMoves, 502
}

// simIsAnswer reports whether an unstreamed body is an answer.
func simIsAnswer(api routingtest.API, body string) bool {
	var a struct {
		Error   any
		Choices []any
		Output  []any
		Content []any
	}
	if json.Unmarshal([]byte(body), &a) != nil || a.Error != nil {
		return false
	}
	switch api {
	case routingtest.Responses:
		return a.Output != nil
	case routingtest.Messages:
		return a.Content != nil
	}
	return len(a.Choices) > 0
}

// simEvent says what an event means (rulings R30, R31).
func simEvent(api routingtest.API, text string) (content, finish, last, fails bool) {
	name, data := "", ""
	for _, line := range strings.Split(text, "\n") {
		if rest, ok := strings.CutPrefix(line, "data: "); ok {
			data = rest
		} else if rest, ok := strings.CutPrefix(line, "event: "); ok {
			name = rest
		}
	}
	if data == "[DONE]" {
		return false, true, true, false
	}
	var e struct {
		Type    string
		Error   any
		Choices []struct {
			Delta        struct{ Content string }
			FinishReason *string `json:"finish_reason"`
		}
		Delta any
	}
	if json.Unmarshal([]byte(data), &e) != nil || e.Error != nil || name == "error" {
		return false, false, false, true
	}
	switch api {
	case routingtest.Responses:
		return e.Type == "response.output_text.delta", e.Type == "response.completed", e.Type == "response.completed", false
	case routingtest.Messages:
		return e.Type == "content_block_delta", e.Type == "message_delta", e.Type == "message_stop", false
	}
	for _, c := range e.Choices {
		content = content || c.Delta.Content != ""
		finish = finish || c.FinishReason != nil
	}
	return content, finish, false, false
}

// simComplete reports whether got is a whole answer as v allows it: all frames,
// or, once one had a terminal mark, some that came behind it, and the end added
// where the provider's was not among them.
func (v simVerdict) simComplete(api routingtest.API, got string) bool {
	whole, allowed := "", false
	for i, f := range v.frames {
		whole += f.text
		if v.finished > 0 && i >= v.finished-1 && got == whole+simAdded(api) {
			allowed = true
		}
	}
	if v.closed {
		return got == whole || allowed && v.slow()
	}
	return allowed
}

// slow reports whether time passed behind the terminal mark: how long a stream
// is waited for then is not ruled.
func (v simVerdict) slow() bool {
	return v.finished > 0 && v.frames[v.finished-1].at != v.frames[len(v.frames)-1].at
}

// simAdded is the end that the gateway adds (ruling R31). A stream of the
// Responses API has no mark but its last event.
func simAdded(api routingtest.API) string {
	if api == routingtest.Responses {
		return ""
	}
	return missingEnd(modelservice.API(api))
}
