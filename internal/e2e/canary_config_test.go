package e2e

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// starts gives the program files that it refuses, each with a key where one was
// put by mistake. Both of its outputs are kept.
func (w *watched) starts(t *testing.T) {
	t.Helper()
	key := quote(canaries["a token of a refused file"])
	bare := key[1 : len(key)-1]
	inURL := url.QueryEscape(canaries["a token of a refused file"])
	model := func(members string) string { return `{"models":[{"name":"system.ai.m",` + members + `}]}` }
	for i, file := range []string{
		`{"users":[{"name":"a","token":` + key + `},{"name":"b","token":` + key + `}]}`,
		`{"users":[{"name":"a","token":"` + bare + ` x"}]}`,
		`{"users":[{"name":"a","token":[` + key + `]}]}`,
		`{"users":[{"name":"a","tokn":` + key + `}]}`,
		`{"users":[{"name":"a","token":` + key + `,"token":` + key + `}]}`,
		`{"users":[{"name":"a","token":` + key + `,"token_env":"X"}]}`,
		`{"users":[{"name":"a","token":` + key,
		`{"users":[{"name":"a","token":` + key + `}]} ` + key,
		`{"users":` + key + `}`,
		`{"users":[{"name":"a","token_env":` + key + `}]}`,
		model(`"base_url":"https://h/v1","api_key_env":` + key),
		key,
		model(`"base_url":"https://user:` + inURL + `@h/v1"`),
		model(`"base_url":"https://` + inURL + `@h/v1"`),
		model(`"base_url":"https://h/v1?key=` + bare + `"`),
		model(`"base_url":"https://h/v1#` + bare + `"`),
		model(`"base_url":` + key),
		model(`"base_url":"https://h:` + bare + `/v1"`),
		model(`"base_url":"https://h/v1","api_key":` + key),
		model(`"base_url":"https://h/v1","api":` + key),
		model(`"base_url":"https://h/v1","api_key_env":[` + key + `]`),
		model(`"base_url":"https://h/v1","api_key_env":"KEY_WITH_SPACE"`),
		`{"token_charging":` + key + `}`,
		`{"timeouts":{"total":` + key + `}}`,
	} {
		must(t, os.WriteFile(w.config, []byte(file), 0o600))
		var out bytes.Buffer
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		start := exec.CommandContext(ctx, w.binary, "-config", w.config)
		start.Dir, start.Stdout, start.Stderr = w.folder, &out, &out
		start.Env = append(environment(), "KEY_WITH_SPACE="+canaries["a token of a refused file"]+" x")
		if err := start.Run(); err == nil || !strings.Contains(out.String(), "gateway.json") {
			t.Errorf("%s: %v, %s", file, err, &out)
		}
		cancel()
		w.saw(fmt.Sprint("file ", i), out.Bytes(), false)
	}
}
