package e2e

import (
	"fmt"
	"net/http"
	"strings"
)

const responseUsage = `{"input_tokens":37,"input_tokens_details":{"cached_tokens":11},"output_tokens":9,` +
	`"output_tokens_details":{"reasoning_tokens":4},"total_tokens":46}`

// responseObject is a response in some state, with its output and its usage.
func responseObject(model, status, output, usage string) string {
	return fmt.Sprintf(`{"id":"resp_67cb","object":"response","created_at":1800000000,"status":%q,"background":false,"error":null,`+
		`"incomplete_details":null,"instructions":null,"max_output_tokens":null,"model":%q,"output":[%s],"parallel_tool_calls":true,`+
		`"previous_response_id":null,"reasoning":{"effort":null,"summary":null},"store":true,"temperature":1.0,`+
		`"text":{"format":{"type":"text"}},"tool_choice":"auto","tools":[],"top_p":1.0,"truncation":"disabled","usage":%s,`+
		`"user":null,"metadata":{}}`, status, model, output, usage)
}

func outputText(text string) string {
	return `{"type":"output_text","text":` + quote(text) + `,"annotations":[],"logprobs":[]}`
}

func outputMessage(status, content string) string {
	return fmt.Sprintf(`{"id":"msg_67cc","type":"message","status":%q,"role":"assistant","content":[%s]}`, status, content)
}

func functionCall(status, arguments string) string {
	return fmt.Sprintf(`{"id":"fc_67ca","type":"function_call","status":%q,"arguments":%s,"call_id":"call_7","name":"get_weather"}`,
		status, quote(arguments))
}

// response answers with a text, which has used 37 and 9 tokens.
func response(model, text string) http.HandlerFunc {
	return object("%s", responseObject(model, "completed", outputMessage("completed", outputText(text)), responseUsage))
}

// responseEvents is a whole stream of these pieces of text.
func responseEvents(model string, pieces ...string) []string {
	text := strings.Join(pieces, "")
	done := outputMessage("completed", outputText(text))
	return numbered(append(responseBegin(model, pieces...),
		`{"type":"response.output_text.done","item_id":"msg_67cc","output_index":0,"content_index":0,"text":`+quote(text)+`,"logprobs":[]}`,
		`{"type":"response.content_part.done","item_id":"msg_67cc","output_index":0,"content_index":0,"part":`+outputText(text)+`}`,
		`{"type":"response.output_item.done","output_index":0,"item":`+done+`}`,
		`{"type":"response.completed","response":`+responseObject(model, "completed", done, responseUsage)+`}`))
}

func responseBegin(model string, pieces ...string) []string {
	begun := responseObject(model, "in_progress", "", "null")
	events := []string{
		`{"type":"response.created","response":` + begun + `}`,
		`{"type":"response.in_progress","response":` + begun + `}`,
		`{"type":"response.output_item.added","output_index":0,"item":` + outputMessage("in_progress", "") + `}`,
		`{"type":"response.content_part.added","item_id":"msg_67cc","output_index":0,"content_index":0,"part":` + outputText("") + `}`,
	}
	for _, piece := range pieces {
		events = append(events, `{"type":"response.output_text.delta","item_id":"msg_67cc","output_index":0,"content_index":0,"delta":`+
			quote(piece)+`,"logprobs":[],"obfuscation":"x8"}`)
	}
	return events
}

// callEvents is a whole stream of a function call.
func callEvents(model string, pieces ...string) []string {
	begun := responseObject(model, "in_progress", "", "null")
	events := []string{
		`{"type":"response.created","response":` + begun + `}`,
		`{"type":"response.in_progress","response":` + begun + `}`,
		`{"type":"response.output_item.added","output_index":0,"item":` + functionCall("in_progress", "") + `}`,
	}
	for _, piece := range pieces {
		events = append(events, `{"type":"response.function_call_arguments.delta","item_id":"fc_67ca","output_index":0,"delta":`+quote(piece)+`}`)
	}
	arguments := strings.Join(pieces, "")
	return numbered(append(events,
		`{"type":"response.function_call_arguments.done","item_id":"fc_67ca","output_index":0,"arguments":`+quote(arguments)+`}`,
		`{"type":"response.output_item.done","output_index":0,"item":`+functionCall("completed", arguments)+`}`,
		`{"type":"response.completed","response":`+responseObject(model, "completed", functionCall("completed", arguments), responseUsage)+`}`))
}

// numbered makes events of their data, with the numbers that OpenAI counts.
func numbered(data []string) []string {
	events := make([]string, len(data))
	for i, d := range data {
		events[i] = named(fmt.Sprintf(`%s,"sequence_number":%d}`, strings.TrimSuffix(d, "}"), i))
	}
	return events
}

// embeddings answers with two vectors, which have used 8 tokens.
func embeddings(model string) http.HandlerFunc {
	return object(`{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.0023064255,-0.009327292,1e-7]},`+
		`{"object":"embedding","index":1,"embedding":[-0.0028842222,0.25,0.5]}],"model":%q,"usage":{"prompt_tokens":8,"total_tokens":8}}`, model)
}
