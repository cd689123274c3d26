package e2e

import (
	"fmt"
	"net/http"
)

// message answers with a text, which has used 10 + 5 + 7 and 6 tokens.
func message(model, text string) http.HandlerFunc {
	return object(`{"id":"msg_01XF","type":"message","role":"assistant","model":%q,"content":[{"type":"text","text":%s}],`+
		`"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":10,"cache_creation_input_tokens":5,`+
		`"cache_read_input_tokens":7,"cache_creation":{"ephemeral_5m_input_tokens":5,"ephemeral_1h_input_tokens":0},`+
		`"output_tokens":6,"service_tier":"standard"}}`, model, quote(text))
}

// messageEvents is a whole stream of these pieces of text.
func messageEvents(model string, pieces ...string) []string {
	events := append(messageBegin(model), block(0, `{"type":"text","text":""}`, texts(pieces...)...)...)
	return append(events, messageEnd("end_turn")...)
}

func messageBegin(model string) []string {
	return []string{named(fmt.Sprintf(`{"type":"message_start","message":{"id":"msg_01XF","type":"message","role":"assistant","model":%q,`+
		`"content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":10,"cache_creation_input_tokens":5,`+
		`"cache_read_input_tokens":7,"output_tokens":1,"service_tier":"standard"}}}`, model))}
}

// block is a whole content block: its start, its deltas, its end.
func block(index int, start string, deltas ...string) []string {
	events := []string{named(fmt.Sprintf(`{"type":"content_block_start","index":%d,"content_block":%s}`, index, start)), ping()}
	for _, delta := range deltas {
		events = append(events, named(fmt.Sprintf(`{"type":"content_block_delta","index":%d,"delta":%s}`, index, delta)))
	}
	return append(events, named(fmt.Sprintf(`{"type":"content_block_stop","index":%d}`, index)))
}

func ping() string { return named(`{"type":"ping"}`) }

func texts(pieces ...string) (deltas []string) {
	for _, piece := range pieces {
		deltas = append(deltas, `{"type":"text_delta","text":`+quote(piece)+`}`)
	}
	return deltas
}

func messageEnd(reason string) []string {
	return []string{
		named(fmt.Sprintf(`{"type":"message_delta","delta":{"stop_reason":%q,"stop_sequence":null},"usage":{"output_tokens":6}}`, reason)),
		named(`{"type":"message_stop"}`),
	}
}

// overloaded answers as Anthropic does when it has too much to do.
func overloaded() http.HandlerFunc {
	return refuse(529, `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_011CSHoEeqs5C35K2UUqR7Fy"}`)
}
