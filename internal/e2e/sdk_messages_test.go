package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"
	"github.com/anthropics/anthropic-sdk-go/packages/ssestream"
)

func TestSDKMessages(t *testing.T) {
	s, _ := opened(t)
	ways(t, s, func(t *testing.T, c *program) {
		answer, err := c.anthropic.Messages.New(t.Context(), prompt(claudeService))
		must(t, err)
		if answer.Content[0].Text != "Hello from sonnet" || answer.StopReason != "end_turn" || answer.Model != "sonnet" || answer.ID != "msg_01XF" {
			t.Errorf("answered %s", answer.RawJSON())
		}
		if u := answer.Usage; u.InputTokens != 10 || u.CacheCreationInputTokens != 5 || u.CacheReadInputTokens != 7 || u.OutputTokens != 6 {
			t.Errorf("used %s", u.RawJSON())
		}
	})
}

func TestSDKMessagesStream(t *testing.T) {
	s, _ := opened(t)
	ways(t, s, func(t *testing.T, c *program) {
		message, kinds := accumulate(t, c.anthropic.Messages.NewStreaming(t.Context(), prompt(claudeService)))
		if message.Content[0].Text != "Hello from sonnet" || message.StopReason != "end_turn" {
			t.Errorf("received %+v", message)
		}
		if u := message.Usage; u.InputTokens != 10 || u.CacheReadInputTokens != 7 || u.OutputTokens != 6 {
			t.Errorf("used %+v", u)
		}
		if want := "message_start content_block_start content_block_delta content_block_delta content_block_delta content_block_stop message_delta message_stop"; kinds != want {
			t.Errorf("received the events %s", kinds)
		}
		// The SDK does not show the pings.
		if row := s.latest(t, "claude", "response"); strings.Count(row["response"], "event: ping") != 1 {
			t.Errorf("the row has the answer %s", row["response"])
		}
	})
}

// Thinking with its signature, a text, and the use of a tool, each in a block
// of its own, and pings between.
func TestSDKMessagesBlocks(t *testing.T) {
	s, p := opened(t)
	events := messageBegin("sonnet")
	for _, more := range [][]string{
		block(0, `{"type":"thinking","thinking":"","signature":""}`,
			`{"type":"thinking_delta","thinking":"The city "}`, `{"type":"thinking_delta","thinking":"is Zürich."}`,
			`{"type":"signature_delta","signature":"EqQBCgIYAhIM"}`),
		{ping(), ping()},
		block(1, `{"type":"text","text":""}`, texts("I will ", "look.")...),
		block(2, `{"type":"tool_use","id":"toolu_01T1","name":"get_weather","input":{}}`,
			`{"type":"input_json_delta","partial_json":""}`, `{"type":"input_json_delta","partial_json":"{\"city\": \"Zü"}`,
			`{"type":"input_json_delta","partial_json":"rich\"}"}`),
		messageEnd("tool_use"),
	} {
		events = append(events, more...)
	}
	p.script(sonnetUpstream, play(events...))
	ways(t, s, func(t *testing.T, c *program) {
		request := prompt(claudeService)
		request.MaxTokens, request.Thinking = 4096, anthropic.ThinkingConfigParamOfEnabled(2048)
		request.Tools = []anthropic.ToolUnionParam{anthropic.ToolUnionParamOfTool(anthropic.ToolInputSchemaParam{
			Properties: map[string]any{"city": map[string]any{"type": "string"}},
		}, "get_weather")}
		message, _ := accumulate(t, c.anthropic.Messages.NewStreaming(t.Context(), request))
		if len(message.Content) != 3 || message.StopReason != "tool_use" {
			t.Fatalf("received %+v", message)
		}
		thought, text, use := message.Content[0].AsThinking(), message.Content[1].AsText(), message.Content[2].AsToolUse()
		if thought.Thinking != "The city is Zürich." || thought.Signature != "EqQBCgIYAhIM" || text.Text != "I will look." {
			t.Errorf("thought %+v, said %+v", thought, text)
		}
		var input struct{ City string }
		if must(t, json.Unmarshal(use.Input, &input)); use.Name != "get_weather" || use.ID != "toolu_01T1" || input.City != "Zürich" {
			t.Errorf("used %+v", use)
		}

		// The next turn sends all of it back.
		request.Messages = append(request.Messages, message.ToParam(),
			anthropic.NewUserMessage(anthropic.NewToolResultBlock("toolu_01T1", "18 °C", false)))
		accumulate(t, c.anthropic.Messages.NewStreaming(t.Context(), request))
		if arrived := string(p.last().body); !strings.Contains(arrived, "EqQBCgIYAhIM") || !strings.Contains(arrived, "18 °C") {
			t.Errorf("arrived %s", arrived)
		}
	})
}

// A stream that only uses a tool has content before any text, and one that only
// thinks too: what breaks it then is not the fallback's to answer.
func TestSDKMessagesBreakInBlocks(t *testing.T) {
	s, p := opened(t)
	for name, begun := range map[string][]string{
		"thinking": block(0, `{"type":"thinking","thinking":"","signature":""}`, `{"type":"thinking_delta","thinking":"Hm"}`),
		"tool use": block(0, `{"type":"tool_use","id":"toolu_01T1","name":"now","input":{}}`),
	} {
		p.script(sonnetUpstream, breakOff(append(messageBegin("sonnet"), begun...)...))
		ways(t, s, func(t *testing.T, c *program) {
			stream := c.anthropic.Messages.NewStreaming(t.Context(), prompt(claudeService))
			defer stream.Close()
			for stream.Next() {
			}
			if e := (call{claude: true}).refusedBy(t, stream.Err()); e.kind != "api_error" {
				t.Errorf("%s: told %+v", name, e)
			}
			if model := p.last().model; model != sonnetUpstream {
				t.Errorf("%s: the last attempt was at %s", name, model)
			}
		})
	}
}

// The credential may come as either SDK sends it; what else the SDK says of
// itself in headers stays here.
func TestSDKMessagesHeaders(t *testing.T) {
	s, _ := opened(t)
	c := s.overHTTP(alice)
	for name, options := range map[string][]option.RequestOption{
		"x-api-key": {},
		"bearer":    {option.WithHeaderDel("X-Api-Key"), option.WithAuthToken(token(alice))},
		"beta":      {option.WithHeader("anthropic-beta", "context-1m-2025-08-07"), option.WithQuery("beta", "true")},
	} {
		answer, err := c.anthropic.Messages.New(t.Context(), prompt(claudeService), options...)
		if err != nil || answer.Content[0].Text != "Hello from sonnet" {
			t.Errorf("%s: %v, %v", name, answer, err)
		}
	}
}

// accumulate reads a stream to its end with the SDK's accumulator, and returns
// the kinds of its events too.
func accumulate(t *testing.T, stream *ssestream.Stream[anthropic.MessageStreamEventUnion]) (message anthropic.Message, kinds string) {
	t.Helper()
	defer stream.Close()
	var all []string
	for stream.Next() {
		all = append(all, stream.Current().Type)
		must(t, message.Accumulate(stream.Current()))
	}
	must(t, stream.Err())
	return message, strings.Join(all, " ")
}
