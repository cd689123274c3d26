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

// provider plays the provider of the demo's models, with the answers of a
// script, whole and as streams. Each model has a path of its own, so that it
// can be told to fail alone:
//
//	POST /primary/chat/completions    an answer; also …/responses, …/embeddings
//	POST /claude/messages             one in Anthropic's form
//	PUT  /primary/status              503 in the body: from now on it answers 503;
//	                                  "cut": its streams break off
type provider struct {
	server *http.Server
	url    string

	mu     sync.Mutex
	status map[string]int // by path; 0 stands for 200, cut for streams that break off
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
	mux.HandleFunc("POST /{model}/responses", p.respond)
	mux.HandleFunc("POST /{model}/embeddings", p.embed)
	mux.HandleFunc("POST /{model}/messages", p.message)
	mux.HandleFunc("PUT /{model}/status", p.setStatus)
	p.server = &http.Server{Handler: mux, ReadHeaderTimeout: defaultDoor().headers}
	go p.server.Serve(ln) // until close
	return p, nil
}

func (p *provider) close() { p.server.Close() }

// setStatus tells a model how to answer.
func (p *provider) setStatus(w http.ResponseWriter, r *http.Request) {
	text, _ := io.ReadAll(io.LimitReader(r.Body, 64))
	status, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if strings.TrimSpace(string(text)) == "cut" {
		status, err = cut, nil
	}
	if err != nil || status != cut && (status < 200 || status > 599) {
		http.Error(w, "a status from 200 to 599, or cut, please", http.StatusBadRequest)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status[r.PathValue("model")] = status
	fmt.Fprintf(w, "%s answers %s from now on\n", r.PathValue("model"), strings.TrimSpace(string(text)))
}

func (p *provider) statusOf(model string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.status[model]
}

// cut stands where a status does for a model whose streams break off behind the
// second word.
const cut = 1

// asked is what the script looks at in a request.
type asked struct {
	Model    string `json:"model"`
	Stream   bool   `json:"stream"`
	Messages []struct {
		Content json.RawMessage `json:"content"`
	} `json:"messages"`
	StreamOptions struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
}

// read reads a request, or answers that the model was told to fail.
func (p *provider) read(w http.ResponseWriter, r *http.Request) (request asked, words []string, ok bool) {
	w.Header().Set("Content-Type", "application/json")
	if status := p.statusOf(r.PathValue("model")); status >= 300 {
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"error":{"message":"The model was told to answer %d.","type":"server_error","param":null,"code":null}}`, status)
		return request, nil, false
	}
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"error":{"message":"The body is not JSON.","type":"invalid_request_error","param":null,"code":null}}`)
		return request, nil, false
	}
	return request, strings.SplitAfter("Hello from "+request.Model+".", " "), true
}

func (p *provider) complete(w http.ResponseWriter, r *http.Request) {
	request, words, ok := p.read(w, r)
	if !ok {
		return
	}
	used := usage{Prompt: 4 * len(request.Messages), Completion: len(words)}
	used.Total = used.Prompt + used.Completion
	if request.Stream {
		p.stream(w, r, &request, words, used)
		return
	}
	writeJSON(w, completion{
		ID: "chatcmpl-demo", Object: "chat.completion", Created: time.Now().Unix(), Model: request.Model, Usage: &used,
		Choices: []choice{{Message: &delta{Role: "assistant", Content: strings.Join(words, "")}, FinishReason: stop()}},
	})
}

// stream sends the answer word by word.
func (p *provider) stream(w http.ResponseWriter, r *http.Request, request *asked, words []string, used usage) {
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
	for i, word := range words {
		if i == 2 && p.statusOf(r.PathValue("model")) == cut {
			panic(http.ErrAbortHandler)
		}
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
