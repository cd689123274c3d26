package modelservice_test

import (
	"fmt"
	"strings"
)

// ask is a request for the service chat; more are further members.
func ask(more ...string) string { return askOf(chat, more...) }

func askOf(service string, more ...string) string {
	members := append([]string{fmt.Sprintf(`"model": %q`, service), `"messages":[{"role":"user","content":"hello you"}]`}, more...)
	return "{" + strings.Join(members, ", ") + "}"
}

const (
	streamed   = `"stream":true`
	withReport = `"stream_options":{"include_usage":true}`
)

// answer is an unstreamed answer. A negative count leaves the report out.
func answer(model, text string, in, out int) string {
	return fmt.Sprintf(`{"id":"c-1","object":"chat.completion","model":%q,"choices":[{"index":0,"message":{"role":"assistant","content":%q},"finish_reason":"stop"}]%s}`,
		model, text, report(in, out))
}

func report(in, out int) string {
	if in < 0 {
		return ""
	}
	return fmt.Sprintf(`,"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}`, in, out, in+out)
}

// events is a stream: a role, the texts, a finish reason, a report, [DONE].
func events(model string, in, out int, texts ...string) []string {
	chunk := func(choices, rest string) string {
		return fmt.Sprintf("data: {\"id\":\"c-1\",\"object\":\"chat.completion.chunk\",\"model\":%q,\"choices\":[%s]%s}\n\n", model, choices, rest)
	}
	list := []string{chunk(`{"index":0,"delta":{"role":"assistant","content":""}}`, "")}
	for _, text := range texts {
		list = append(list, chunk(fmt.Sprintf(`{"index":0,"delta":{"content":%q}}`, text), ""))
	}
	list = append(list, chunk(`{"index":0,"delta":{},"finish_reason":"stop"}`, ""))
	if in >= 0 {
		list = append(list, chunk("", report(in, out)))
	}
	return append(list, "data: [DONE]\n\n")
}
