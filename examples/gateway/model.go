package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// provider plays the provider of the demo's models: chat completions in
// OpenAI's form, whole and as a stream, with the answers of a script. Each
// model has a path of its own, so that it can be told to fail alone:
//
//	POST /primary/chat/completions    an answer
//	PUT  /primary/status              503 in the body: from now on it answers 503
type provider struct {
	server *http.Server
	url    string

	mu     sync.Mutex
	status map[string]int // by path; 0 stands for 200
}

// startProvider listens on a free port of the loopback.
func startProvider() (*provider, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &provider{url: "http://" + ln.Addr().String(), status: map[string]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /{model}/chat/completions", p.complete)
	mux.HandleFunc("PUT /{model}/status", p.setStatus)
	p.server = &http.Server{Handler: mux, ReadHeaderTimeout: headerTimeout}
	go p.server.Serve(ln) // until close
	return p, nil
}

func (p *provider) close() { p.server.Close() }

// setStatus tells a model how to answer.
func (p *provider) setStatus(w http.ResponseWriter, r *http.Request) {
	text, _ := io.ReadAll(io.LimitReader(r.Body, 64))
	status, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || status < 200 || status > 599 {
		http.Error(w, "a status from 200 to 599, please", http.StatusBadRequest)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status[r.PathValue("model")] = status
	fmt.Fprintf(w, "%s answers %d from now on\n", r.PathValue("model"), status)
}

func (p *provider) statusOf(model string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.status[model]
}

// chatRequest is what the script looks at in a request.
type chatRequest struct {
	Model    string `json:"model"`
	Stream   bool   `json:"stream"`
	Messages []struct {
		Content json.RawMessage `json:"content"`
	} `json:"messages"`
	StreamOptions struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
}

func (p *provider) complete(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if status := p.statusOf(r.PathValue("model")); status >= 300 {
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"error":{"message":"The model was told to answer %d.","type":"server_error","param":null,"code":null}}`, status)
		return
	}
	var request chatRequest
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"error":{"message":"The body is not JSON.","type":"invalid_request_error","param":null,"code":null}}`)
		return
	}
	words := strings.SplitAfter("Hello from "+request.Model+".", " ")
	used := usage{Prompt: 4 * len(request.Messages), Completion: len(words)}
	used.Total = used.Prompt + used.Completion
	if request.Stream {
		stream(w, &request, words, used)
		return
	}
	writeJSON(w, completion{
		ID: "chatcmpl-demo", Object: "chat.completion", Created: time.Now().Unix(), Model: request.Model, Usage: &used,
		Choices: []choice{{Message: &delta{Role: "assistant", Content: strings.Join(words, "")}, FinishReason: stop()}},
	})
}

// stream sends the answer word by word.
func stream(w http.ResponseWriter, request *chatRequest, words []string, used usage) {
	w.Header().Set("Content-Type", "text/event-stream")
	flush := http.NewResponseController(w).Flush
	send := func(choices []choice, used *usage) {
		fmt.Fprint(w, "data: ")
		writeJSON(w, completion{ID: "chatcmpl-demo", Object: "chat.completion.chunk", Created: time.Now().Unix(),
			Model: request.Model, Choices: choices, Usage: used})
		fmt.Fprint(w, "\n")
		flush()
	}
	send([]choice{{Delta: &delta{Role: "assistant"}}}, nil)
	for _, word := range words {
		send([]choice{{Delta: &delta{Content: word}}}, nil)
	}
	send([]choice{{Delta: &delta{}, FinishReason: stop()}}, nil)
	if request.StreamOptions.IncludeUsage {
		send([]choice{}, &used)
	}
	fmt.Fprint(w, "data: [DONE]\n\n")
}

type completion struct {
	ID      string   `json:"id"`
	Object  string   `json:"object"`
	Created int64    `json:"created"`
	Model   string   `json:"model"`
	Choices []choice `json:"choices"`
	Usage   *usage   `json:"usage,omitempty"`
}

type choice struct {
	Index        int     `json:"index"`
	Message      *delta  `json:"message,omitempty"`
	Delta        *delta  `json:"delta,omitempty"`
	FinishReason *string `json:"finish_reason"`
}

type delta struct {
	Role    string `json:"role,omitempty"`
	Content string `json:"content,omitempty"`
}

type usage struct {
	Prompt     int `json:"prompt_tokens"`
	Completion int `json:"completion_tokens"`
	Total      int `json:"total_tokens"`
}

func stop() *string {
	reason := "stop"
	return &reason
}

// writeJSON writes one line of JSON.
func writeJSON(w io.Writer, v any) { json.NewEncoder(w).Encode(v) }
