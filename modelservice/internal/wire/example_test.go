package wire_test

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/modelward/modelward/modelservice/internal/wire"
)

// A caller's body goes upstream with another model, and with usage asked for.
func ExampleParseRequest() {
	q, err := wire.ParseRequest(wire.ChatCompletions, []byte(`{"model": "main.default.team-chat", "stream": true, "seed": 9007199254740993}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(q.Model, q.Stream)
	body := q.Body("gpt-x", true)
	if _, err := io.Copy(os.Stdout, body.Reader()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// main.default.team-chat true
	// {"model": "gpt-x","stream_options":{"include_usage":true}, "stream": true, "seed": 9007199254740993}
}

// What a gateway learns from a stream as it passes.
func ExampleReader() {
	stream := `data: {"choices":[{"delta":{"role":"assistant","content":""}}]}

: still thinking

data: {"choices":[{"delta":{"content":"Hello"}}]}

data: {"choices":[{"delta":{},"finish_reason":"stop"}]}

data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":1,"total_tokens":10}}

data: [DONE]

`
	r := wire.NewReader(strings.NewReader(stream), nil)
	for {
		event, err := r.Next()
		if err != nil {
			fmt.Println(err)
			return
		}
		switch chunk := wire.InspectEvent(wire.ChatCompletions, event); {
		case chunk.Content:
			fmt.Println("content, bytes:", chunk.TextBytes)
		case chunk.Finish:
			fmt.Println("finish")
		case chunk.UsageOnly:
			fmt.Println("usage, total:", chunk.Usage.Total)
		case chunk.Done:
			fmt.Println("done")
		default:
			fmt.Println("nothing yet")
		}
	}
	// Output:
	// nothing yet
	// nothing yet
	// content, bytes: 5
	// finish
	// usage, total: 10
	// done
	// EOF
}
