package e2e

import (
	"testing"

	"github.com/openai/openai-go/v3/packages/ssestream"
	"github.com/openai/openai-go/v3/responses"
)

func TestSDKResponses(t *testing.T) {
	s, _ := opened(t)
	ways(t, s, func(t *testing.T, c *program) {
		answer, err := c.openai.Responses.New(t.Context(), question(gptService))
		must(t, err)
		if answer.OutputText() != "Hello from opus" || answer.Status != "completed" || answer.ID != "resp_67cb" {
			t.Errorf("answered %s", answer.RawJSON())
		}
		if u := answer.Usage; u.InputTokens != 37 || u.InputTokensDetails.CachedTokens != 11 || u.OutputTokensDetails.ReasoningTokens != 4 || u.TotalTokens != 46 {
			t.Errorf("used %s", u.RawJSON())
		}
	})
}

// A stream arrives event by event, in order and complete: its text is that of the
// response at its end.
func TestSDKResponsesStream(t *testing.T) {
	s, _ := opened(t)
	ways(t, s, func(t *testing.T, c *program) {
		stream := c.openai.Responses.NewStreaming(t.Context(), question(gptService))
		text, last := collect(t, stream)
		if text != "Hello from opus" {
			t.Errorf("received %q", text)
		}
		if u := last.Usage; u.InputTokens != 37 || u.OutputTokens != 9 || u.TotalTokens != 46 || last.OutputText() != "Hello from opus" {
			t.Errorf("completed with %s", last.RawJSON())
		}
	})
}

func TestSDKResponsesFunctionCall(t *testing.T) {
	s, p := opened(t)
	ways(t, s, func(t *testing.T, c *program) {
		request := question(gptService)
		request.Tools = []responses.ToolUnionParam{responses.ToolParamOfFunction("get_weather", map[string]any{
			"type": "object", "properties": map[string]any{"city": map[string]any{"type": "string"}},
			"required": []string{"city"}, "additionalProperties": false,
		}, true)}
		check := func(output []responses.ResponseOutputItemUnion) {
			t.Helper()
			if len(output) != 1 || output[0].Type != "function_call" || output[0].CallID != "call_7" || output[0].Name != "get_weather" ||
				output[0].AsFunctionCall().Arguments != `{"city":"Zürich"}` {
				t.Errorf("output %+v", output)
			}
		}
		p.script(primaryUpstream, object("%s", responseObject("opus", "completed", functionCall("completed", `{"city":"Zürich"}`), responseUsage)))
		answer, err := c.openai.Responses.New(t.Context(), request)
		must(t, err)
		check(answer.Output)

		p.script(primaryUpstream, play(callEvents("opus", `{"city":`, `"Zürich"}`)...))
		_, last := collect(t, c.openai.Responses.NewStreaming(t.Context(), request))
		check(last.Output)
	})
}

// What came of a response that is not complete is an answer; the SDK sees why
// it ended. One that failed before content is the fallback's to answer.
func TestSDKResponsesEnds(t *testing.T) {
	s, p := opened(t)
	cutShort := responseObject("opus", "incomplete", outputMessage("incomplete", outputText("Hel")), responseUsage)
	failed := responseObject("opus", "failed", "", "null")
	ways(t, s, func(t *testing.T, c *program) {
		p.script(primaryUpstream, object("%s", cutShort))
		answer, err := c.openai.Responses.New(t.Context(), question(gptService))
		must(t, err)
		if answer.Status != "incomplete" || answer.OutputText() != "Hel" {
			t.Errorf("answered %s", answer.RawJSON())
		}

		p.script(primaryUpstream, play(numbered(append(responseBegin("opus", "Hel"), `{"type":"response.incomplete","response":`+cutShort+`}`))...))
		stream := c.openai.Responses.NewStreaming(t.Context(), question(gptService))
		text, last := collect(t, stream)
		if text != "Hel" || last.Status != "incomplete" {
			t.Errorf("received %q, then %s", text, last.RawJSON())
		}
		if row := s.latest(t, "gpt", "outcome, total_tokens"); row["outcome"] != "ok" || row["total_tokens"] != "46" {
			t.Errorf("row %v", row)
		}

		for _, answer := range []string{"whole", "stream"} {
			p.script(primaryUpstream, object("%s", failed))
			do := responsesCall
			if answer == "stream" {
				p.script(primaryUpstream, play(numbered(append(responseBegin("opus"), `{"type":"response.failed","response":`+failed+`}`))...))
				do = responsesStreamCall
			}
			if text, err := do(t.Context(), c, gptService); text != "Hello from gpt" || err != nil {
				t.Errorf("%s: received %q, then %v", answer, text, err)
			}
		}
	})
}

// collect reads a stream to its end: its text, put together, and the response
// of the last event. No event is missing, nor there twice.
func collect(t *testing.T, stream *ssestream.Stream[responses.ResponseStreamEventUnion]) (text string, last responses.Response) {
	t.Helper()
	defer stream.Close()
	next := int64(0)
	for ; stream.Next(); next++ {
		e := stream.Current()
		if e.SequenceNumber != next {
			t.Errorf("event %d is %s", next, e.RawJSON())
		}
		if e.Type == "response.output_text.delta" {
			text += e.Delta
		}
		last = e.Response
	}
	must(t, stream.Err())
	return text, last
}
