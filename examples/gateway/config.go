package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/internal/strictjson"
)

// document is the configuration file as it is written. A key that is absent or
// null is at its default.
type document struct {
	// Listen is the address to listen on. Default: "127.0.0.1:8080". Port 0
	// is any free port.
	Listen *string `json:"listen"`
	// DataDir is the folder of the catalog and the inference tables; it is
	// made when it is not there. Default: everything is kept in memory.
	DataDir *string `json:"data_dir"`
	// Admins are the names of the metastore admins: users or groups of this
	// file. Default: nobody is.
	Admins []string `json:"admins"`

	Users             []account `json:"users"`
	ServicePrincipals []account `json:"service_principals"`
	Groups            []group   `json:"groups"`
	Models            []model   `json:"models"`

	// SessionHeaders are the headers that name a session, whose requests are
	// to stay with one destination of a traffic split (spec §4.2). Default:
	// x-session-id, session_id, x-claude-code-session-id.
	SessionHeaders []string `json:"session_headers"`
	Timeouts       timeouts `json:"timeouts"`
	// TokenCharging is "reserve" or "after": whether a limit on tokens is
	// charged before the call, from an estimate, or when the answer is there
	// (ruling R24). Default: "reserve".
	TokenCharging *string `json:"token_charging"`
	// LogHeaders are headers of requests whose values are kept in inference tables. Those of credentials cannot be.
	// Default: none.
	LogHeaders []string `json:"log_headers"`
	// InferenceTables says how long and where inference tables are kept.
	InferenceTables keeping `json:"inference_tables"`
}

// account is a user or a service principal. Exactly one of Token and TokenEnv
// is given: the bearer token itself, or the environment variable that has it.
type account struct {
	Name     string               `json:"name"`
	Token    *inferencelog.Secret `json:"token"`
	TokenEnv *string              `json:"token_env"`
}

// group is a group. Its members are users, service principals and groups of
// the file, and never itself, also not through other groups.
type group struct {
	Name    string   `json:"name"`
	Members []string `json:"members"`
}

// model is a model of system.ai and where it is reached.
type model struct {
	// Name is "system.ai." and the model's own name.
	Name string `json:"name"`
	// BaseURL ends before /chat/completions or /messages.
	BaseURL string `json:"base_url"`
	// UpstreamModel is what the provider calls it. Default: its own name.
	UpstreamModel *string `json:"upstream_model"`
	// APIKeyEnv is the environment variable that has the provider's key.
	// Default: no key is sent.
	APIKeyEnv *string `json:"api_key_env"`
	// API is "openai" or "anthropic". Default: "openai".
	API *string `json:"api"`
}

// timeouts bound the phases of a call (ruling R32). They are Go durations such
// as "1m30s", more than zero; a cooldown of "0s" switches cooling off.
type timeouts struct {
	Connect    *duration `json:"connect"`     // to a connection with the provider. Default: 5s.
	FirstToken *duration `json:"first_token"` // of a stream, to its first content. Default: 30s.
	Idle       *duration `json:"idle"`        // of a stream, between two events after that. Default: 60s.
	Attempt    *duration `json:"attempt"`     // of one attempt, to its first content or its whole answer. Default: 120s.
	Total      *duration `json:"total"`       // of all attempts, likewise. Default: 300s.
	Cooldown   *duration `json:"cooldown"`    // how long a failing destination is left alone at first. Default: 5s.
}

const (
	defaultListen     = "127.0.0.1:8080"
	defaultConnect    = 5 * time.Second
	defaultFirstToken = 30 * time.Second
	defaultIdle       = 60 * time.Second
	defaultAttempt    = 120 * time.Second
	defaultTotal      = 300 * time.Second
	defaultCooldown   = 5 * time.Second
)

func defaultSessionHeaders() []string {
	return []string{"x-session-id", "session_id", "x-claude-code-session-id"}
}

// duration is a Go duration in a JSON string.
type duration time.Duration

func (d *duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil {
		return errors.New(`must be a duration such as "30s"`)
	}
	*d = duration(parsed)
	return nil
}

// readDocument reads a configuration file, strictly: an unknown or repeated key
// is refused, and so is a value of the wrong kind.
func readDocument(path string) (*document, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parseDocument(data)
}

func parseDocument(data []byte) (*document, error) {
	doc := new(document)
	err := strictjson.Unmarshal(data, doc)
	var bad *strictjson.Error
	if errors.As(err, &bad) {
		line := 1 + bytes.Count(data[:min(max(bad.Offset, 0), int64(len(data)))], []byte("\n"))
		return nil, &fault{bad.Pointer, fmt.Sprintf("%s (line %d)", bad.Reason, line)}
	}
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("null")) {
		return nil, faultf("", "must be an object, not null")
	}
	return doc, err
}

// fault is what is wrong with a configuration, and where: as a JSON pointer.
type fault struct {
	pointer string
	reason  string
}

func (f *fault) Error() string {
	text := f.reason
	if f.pointer != "" {
		text = f.pointer + ": " + f.reason
	}
	// A key of the file may hold a line break; the message is one line.
	return strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(text)
}

func faultf(pointer, format string, args ...any) *fault {
	return &fault{pointer, fmt.Sprintf(format, args...)}
}
