package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/ssestream"
	"github.com/openai/openai-go/v3/responses"
)

// A call is one way to ask one of the SDKs for an answer.
type call struct {
	name   string
	api    string // the last column of its row
	claude bool   // Anthropic's SDK, and a service whose models speak its API
	stream bool
	input  int64 // the tokens that the provider reports for it
	output int64
	do     func(ctx context.Context, c *program, service string) (text string, err error)
}

// calls are those that an SDK has: of each API, whole and as a stream.
func calls() []call {
	return []call{
		{name: "chat", api: "openai/v1/chat/completions", input: 12, output: 3, do: chatCall},
		{name: "chat stream", api: "openai/v1/chat/completions", stream: true, input: 12, output: 3, do: chatStreamCall},
		{name: "responses", api: "openai/v1/responses", input: 37, output: 9, do: responsesCall},
		{name: "responses stream", api: "openai/v1/responses", stream: true, input: 37, output: 9, do: responsesStreamCall},
		{name: "embeddings", api: "openai/v1/embeddings", input: 8, do: embeddingsCall},
		{name: "messages", api: "anthropic/v1/messages", claude: true, input: 22, output: 6, do: messagesCall},
		{name: "messages stream", api: "anthropic/v1/messages", claude: true, stream: true, input: 22, output: 6, do: messagesStreamCall},
	}
}

// family is the last part of the name of the service that c calls.
func (c call) family() string {
	if c.claude {
		return "claude"
	}
	return "gpt"
}

func (c call) service() string { return "main.default." + c.family() }

// first and second are the provider's names of the service's models.
func (c call) first() string {
	if c.claude {
		return sonnetUpstream
	}
	return primaryUpstream
}

func (c call) second() string {
	if c.claude {
		return haikuUpstream
	}
	return fallbackUpstream
}

// hello is what a model of that name answers.
func (c call) hello(model string) string {
	if c.name == "embeddings" {
		return model + " [0.0023064255 -0.009327292 1e-07]"
	}
	return "Hello from " + model
}

// begin is the beginning of a stream with these pieces of content.
func (c call) begin(pieces ...string) []string {
	switch c.api {
	case "openai/v1/responses":
		return numbered(responseBegin(c.first(), pieces...))
	case "anthropic/v1/messages":
		whole := messageEvents(c.first(), pieces...)
		return whole[:len(whole)-3] // up to the end of the block
	}
	return chatBegin(pieces...)
}

func chatCall(ctx context.Context, c *program, service string) (string, error) {
	answer, err := c.openai.Chat.Completions.New(ctx, ask(service))
	if err != nil {
		return "", err
	}
	return answer.Choices[0].Message.Content, nil
}

func chatStreamCall(ctx context.Context, c *program, service string) (text string, err error) {
	stream := c.openai.Chat.Completions.NewStreaming(ctx, ask(service))
	defer stream.Close()
	for stream.Next() {
		for _, choice := range stream.Current().Choices {
			text += choice.Delta.Content
		}
	}
	return text, stream.Err()
}

// question asks a service through the Responses API.
func question(service string) responses.ResponseNewParams {
	return responses.ResponseNewParams{
		Model: service, MaxOutputTokens: openai.Int(50), Instructions: openai.String("Be brief."),
		Input: responses.ResponseNewParamsInputUnion{OfString: openai.String("Hello?")},
	}
}

func responsesCall(ctx context.Context, c *program, service string) (string, error) {
	answer, err := c.openai.Responses.New(ctx, question(service))
	if err != nil {
		return "", err
	}
	return answer.OutputText(), nil
}

func responsesStreamCall(ctx context.Context, c *program, service string) (text string, err error) {
	stream := c.openai.Responses.NewStreaming(ctx, question(service))
	defer stream.Close()
	for stream.Next() {
		if e := stream.Current(); e.Type == "response.output_text.delta" {
			text += e.Delta
		}
	}
	return text, stream.Err()
}

// vectors asks for the vectors of two texts.
func vectors(service string) openai.EmbeddingNewParams {
	return openai.EmbeddingNewParams{
		Model: service, EncodingFormat: openai.EmbeddingNewParamsEncodingFormatFloat,
		Input: openai.EmbeddingNewParamsInputUnion{OfArrayOfStrings: []string{"one", "zwölf"}},
	}
}

func embeddingsCall(ctx context.Context, c *program, service string) (string, error) {
	answer, err := c.openai.Embeddings.New(ctx, vectors(service))
	if err != nil {
		return "", err
	}
	return fmt.Sprint(answer.Model, " ", answer.Data[0].Embedding), nil
}

// prompt asks a service through the Messages API.
func prompt(service string) anthropic.MessageNewParams {
	return anthropic.MessageNewParams{
		Model: service, MaxTokens: 50, System: []anthropic.TextBlockParam{{Text: "Be brief."}},
		Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock("Hello?"))},
	}
}

func messagesCall(ctx context.Context, c *program, service string) (string, error) {
	answer, err := c.anthropic.Messages.New(ctx, prompt(service))
	if err != nil {
		return "", err
	}
	return answer.Content[0].Text, nil
}

func messagesStreamCall(ctx context.Context, c *program, service string) (text string, err error) {
	stream := c.anthropic.Messages.NewStreaming(ctx, prompt(service))
	defer stream.Close()
	for stream.Next() {
		text += stream.Current().Delta.Text
	}
	return text, stream.Err()
}

// told is what an error of an SDK says of a refusal.
type told struct {
	status              int
	kind, code, message string
	header              http.Header
}

// refusedBy returns what an error says, which has to be of the type that the
// SDK has for what a server answers.
func (c call) refusedBy(t *testing.T, err error) told {
	t.Helper()
	if !c.claude {
		var e *openai.Error
		if !errors.As(err, &e) {
			t.Fatalf("not the SDK's error: %T %v", err, err)
		}
		return told{e.StatusCode, e.Type, e.Code, e.Message, e.Response.Header}
	}
	var e *anthropic.Error
	if !errors.As(err, &e) {
		t.Fatalf("not the SDK's error: %T %v", err, err)
	}
	var body struct {
		Type  string
		Error struct{ Message string }
	}
	if json.Unmarshal([]byte(e.RawJSON()), &body) != nil || body.Type != "error" {
		t.Errorf("not an error in Anthropic's form: %s", e.RawJSON())
	}
	return told{e.StatusCode, string(e.Type()), "", body.Error.Message, e.Response.Header}
}

// brokenBy returns what an error says that came in a stream.
func (c call) brokenBy(t *testing.T, err error) told {
	t.Helper()
	if c.claude {
		return c.refusedBy(t, err)
	}
	var e *ssestream.StreamError
	if !errors.As(err, &e) {
		t.Fatalf("not the SDK's error: %T %v", err, err)
	}
	var body struct {
		Error struct{ Type, Code, Message string }
	}
	must(t, json.Unmarshal(e.Event.Data, &body))
	return told{0, body.Error.Type, body.Error.Code, body.Error.Message, nil}
}
