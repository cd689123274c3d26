package routingtest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/modelward/modelward/routing/routingtest"
)

// A schedule kept as data, played in process.
func ExamplePlayer() {
	var schedule routingtest.Schedule
	text := `{"gpt": [{"shape": "503", "retry_after": "2"}, {"shape": "cut_broken", "at": 6, "body": "data: {}\n\n"}]}`
	if err := json.Unmarshal([]byte(text), &schedule); err != nil {
		fmt.Println(err)
		return
	}
	player, err := routingtest.NewPlayer(schedule)
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		r, err := player.Send(context.Background(), routingtest.ChatCompletions, []byte(`{"model": "gpt", "stream": true}`))
		if err != nil {
			fmt.Println(err)
			return
		}
		body, err := io.ReadAll(r.Body)
		fmt.Printf("%d %.8q %v\n", r.Status, body, err)
		r.Body.Close()
	}
	for _, a := range player.Arrivals() {
		fmt.Println(a.Model, a.Reply.Shape, a.Sent)
	}
	// Output:
	// 503 "{\"error\"" <nil>
	// 200 "data: " unexpected EOF
	// gpt 503 92
	// gpt cut_broken 6
}
