package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/ssestream"
	"github.com/openai/openai-go/v3/shared"
)

// ask is a chat completion that asks a service for something short.
func ask(service string) openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{
		Model: service, MaxCompletionTokens: openai.Int(50),
		Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("Hello?")},
	}
}

// gather reads a stream to its end with the SDK's accumulator, and returns the
// pieces of the first choice's content too.
func gather(t *testing.T, stream *ssestream.Stream[openai.ChatCompletionChunk]) (*openai.ChatCompletionAccumulator, []string) {
	t.Helper()
	defer stream.Close()
	all := new(openai.ChatCompletionAccumulator)
	var pieces []string
	for stream.Next() {
		chunk := stream.Current()
		if !all.AddChunk(chunk) {
			t.Errorf("the SDK does not take the chunk %s", chunk.RawJSON())
		}
		for _, choice := range chunk.Choices {
			if choice.Index == 0 && choice.Delta.Content != "" {
				pieces = append(pieces, choice.Delta.Content)
			}
		}
	}
	return all, pieces
}

func TestSDKChat(t *testing.T) {
	s, _ := opened(t)
	ways(t, s, func(t *testing.T, c *program) {
		answer, err := c.openai.Chat.Completions.New(t.Context(), ask(gptService))
		must(t, err)
		if got := answer.Choices[0].Message.Content; got != "Hello from opus" || answer.Choices[0].FinishReason != "stop" {
			t.Errorf("answered %q, finished with %q", got, answer.Choices[0].FinishReason)
		}
		if u := answer.Usage; u.PromptTokens != 12 || u.CompletionTokens != 3 || u.TotalTokens != 15 || u.PromptTokensDetails.CachedTokens != 4 {
			t.Errorf("used %s", u.RawJSON())
		}
		if !strings.Contains(answer.RawJSON(), `"fp_50cad350e4"`) || answer.Model != "gpt-5.2-2026-01-09" {
			t.Errorf("of the rest arrived %s", answer.RawJSON())
		}
		if row, id := s.latest(t, "gpt", "request_id"), c.header("X-Databricks-Request-Id"); id == "" || row["request_id"] != id {
			t.Errorf("the row is of request %q, the answer of %q", row["request_id"], id)
		}
	})
}

// The usage is in the stream for those who asked for it; the provider reports
// it always.
func TestSDKChatStream(t *testing.T) {
	s, p := opened(t)
	ways(t, s, func(t *testing.T, c *program) {
		for _, usage := range []bool{false, true} {
			request := ask(gptService)
			if usage {
				request.StreamOptions.IncludeUsage = openai.Bool(true)
			}
			stream := c.openai.Chat.Completions.NewStreaming(t.Context(), request)
			all, pieces := gather(t, stream)
			must(t, stream.Err())
			if got := strings.Join(pieces, "|"); got != "Hello| from| opus" || all.Choices[0].FinishReason != "stop" {
				t.Errorf("received %q, finished with %q", got, all.Choices[0].FinishReason)
			}
			if want := map[bool]int64{true: 15}[usage]; all.Usage.TotalTokens != want {
				t.Errorf("usage asked for: %v, %d tokens reported", usage, all.Usage.TotalTokens)
			}
			if !p.last().usage {
				t.Error("the provider was not asked to report its usage")
			}
		}
	})
}

func TestSDKToolCalls(t *testing.T) {
	s, p := opened(t)
	// Two calls side by side, in pieces.
	call := func(index int, rest string) string {
		return chatEvent(0, `{"tool_calls":[{"index":`+string(rune('0'+index))+`,`+rest+`}]}`, "")
	}
	p.script(primaryUpstream, play(
		chatEvent(0, `{"role":"assistant","content":null,"refusal":null}`, ""),
		call(0, `"id":"call_a","type":"function","function":{"name":"get_weather","arguments":""}`),
		call(0, `"function":{"arguments":"{\"city\":"}`),
		call(1, `"id":"call_b","type":"function","function":{"name":"get_time","arguments":""}`),
		call(1, `"function":{"arguments":"{}"}`),
		call(0, `"function":{"arguments":"\"Zürich\"}"}`),
		chatEvent(0, `{}`, "tool_calls"),
		"data: [DONE]"))
	ways(t, s, func(t *testing.T, c *program) {
		request := ask(gptService)
		request.Tools = []openai.ChatCompletionToolUnionParam{
			openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{Name: "get_weather", Parameters: shared.FunctionParameters{
				"type": "object", "properties": map[string]any{"city": map[string]string{"type": "string"}},
			}}),
			openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{Name: "get_time"}),
		}
		stream := c.openai.Chat.Completions.NewStreaming(t.Context(), request)
		all, _ := gather(t, stream)
		must(t, stream.Err())
		var calls []string
		for _, call := range all.Choices[0].Message.ToolCalls {
			calls = append(calls, call.ID+" "+call.Function.Name+" "+call.Function.Arguments)
		}
		if want := []string{`call_a get_weather {"city":"Zürich"}`, "call_b get_time {}"}; !slices.Equal(calls, want) {
			t.Errorf("calls %q, want %q", calls, want)
		}
		if reason := all.Choices[0].FinishReason; reason != "tool_calls" {
			t.Errorf("finished with %q", reason)
		}
	})
}

// Of two choices each is whole, streamed or not.
func TestSDKTwoChoices(t *testing.T) {
	s, p := opened(t)
	ways(t, s, func(t *testing.T, c *program) {
		request := ask(gptService)
		request.N = openai.Int(2)

		p.script(primaryUpstream, completions("one", "two"))
		answer, err := c.openai.Chat.Completions.New(t.Context(), request)
		must(t, err)
		if len(answer.Choices) != 2 || answer.Choices[0].Message.Content != "one" || answer.Choices[1].Message.Content != "two" {
			t.Errorf("answered %s", answer.RawJSON())
		}

		p.script(primaryUpstream, play(
			chatEvent(0, `{"role":"assistant","content":""}`, ""), chatEvent(1, `{"role":"assistant","content":""}`, ""),
			chatEvent(1, say("tw"), ""), chatEvent(0, say("one"), ""), chatEvent(0, `{}`, "stop"),
			chatEvent(1, say("o"), ""), chatEvent(1, `{}`, "length"), "data: [DONE]"))
		stream := c.openai.Chat.Completions.NewStreaming(t.Context(), request)
		all, _ := gather(t, stream)
		must(t, stream.Err())
		if len(all.Choices) != 2 || all.Choices[0].Message.Content != "one" || all.Choices[1].Message.Content != "two" || all.Choices[1].FinishReason != "length" {
			t.Errorf("received %+v", all.Choices)
		}
	})
}

// A mebibyte in either direction arrives whole, as one answer, as one event,
// and as many.
func TestSDKLongContent(t *testing.T) {
	s, p := opened(t)
	line := `Zürich, 東京, "🦊" \n and so on` + "\n"
	long := strings.Repeat(line, 1<<20/len(line)+1)
	ways(t, s, func(t *testing.T, c *program) {
		request := ask(gptService)
		request.Messages[0] = openai.UserMessage(long)

		p.script(primaryUpstream, whole(long))
		answer, err := c.openai.Chat.Completions.New(t.Context(), request)
		must(t, err)
		if answer.Choices[0].Message.Content != long {
			t.Error("the answer is another")
		}
		var arrived struct{ Messages []struct{ Content string } }
		must(t, json.Unmarshal(p.last().body, &arrived))
		if arrived.Messages[0].Content != long {
			t.Error("the request is another")
		}

		for _, pieces := range [][]string{{long}, strings.SplitAfter(long, "\n")} {
			p.script(primaryUpstream, play(chatEvents(true, pieces...)...))
			stream := c.openai.Chat.Completions.NewStreaming(t.Context(), request)
			all, _ := gather(t, stream)
			must(t, stream.Err())
			if all.Choices[0].Message.Content != long {
				t.Errorf("the answer in %d pieces is another", len(pieces))
			}
		}
	})
}
