package main

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

// environment is the one of these tests.
func environment(name string) (string, bool) {
	value, ok := map[string]string{"TOKEN": "from-env", "KEY": "sk-1", "EMPTY": "", "BROKEN": "two words"}[name]
	return value, ok
}

func parse(t *testing.T, text string) (*settings, error) {
	t.Helper()
	doc, err := parseDocument([]byte(text))
	if err != nil {
		return nil, err
	}
	return doc.check(t.Context(), environment)
}

func TestRefused(t *testing.T) {
	const user = `{"name": "a", "token": "1"}`
	for _, c := range []struct {
		says, text    string
		pointer, word string
	}{
		{"not JSON", `{"listen"`, "/listen", "line 1"},
		{"an empty file", ``, "", ""},
		{"a second document", `{} {}`, "", "line 1"},
		{"not an object", `[]`, "", "object"},
		{"an unknown key", `{"listens": "x"}`, "/listens", "not known"},
		{"a key in another case", `{"Listen": "127.0.0.1:1"}`, "/Listen", `"listen"`},
		{"a key given twice", `{"listen": "127.0.0.1:1", "listen": "127.0.0.1:2"}`, "/listen", "more than once"},
		{"a key given twice, deep", "{\"users\": [{\"name\": \"a\",\n\"name\": \"b\"}]}", "/users/0/name", "line 2"},
		{"an unknown key, deep", `{"models": [{"nam": "x"}]}`, "/models/0/nam", "not known"},
		{"a key that breaks lines", `{"a\nb": 1}`, `/a\nb`, "not known"},
		{"a value of another kind", `{"admins": "a"}`, "/admins", "array"},

		{"an empty address", `{"listen": ""}`, "/listen", "HOST:PORT"},
		{"an address without port", `{"listen": "127.0.0.1"}`, "/listen", "HOST:PORT"},
		{"a port that is none", `{"listen": "127.0.0.1:99999"}`, "/listen", "port"},
		{"an empty folder", `{"data_dir": ""}`, "/data_dir", "empty"},

		{"a user without name", `{"users": [{"token": "1"}]}`, "/users/0/name", "empty"},
		{"null for a user", `{"users": [null]}`, "/users/0/name", "empty"},
		{"a name with a line break", `{"users": [{"name": "a\nb", "token": "1"}]}`, "/users/0/name", "must not contain"},
		{"a name that is too long", `{"users": [{"name": "` + strings.Repeat("x", 256) + `", "token": "1"}]}`, "/users/0/name", "255"},
		{"the same user twice", `{"users": [` + user + `, {"name": "a", "token": "2"}]}`, "/users/1/name", "twice"},
		{"twice by case", `{"users": [{"name": "Ä", "token": "1"}, {"name": "ä", "token": "2"}]}`, "/users/1/name", "twice"},
		{"a user and a service principal", `{"users": [` + user + `], "service_principals": [{"name": "A", "token": "2"}]}`, "/service_principals/0/name", "twice"},
		{"a user and a group", `{"users": [` + user + `], "groups": [{"name": "a"}]}`, "/groups/0/name", "twice"},
		{"account users", `{"groups": [{"name": "Account Users"}]}`, "/groups/0/name", "built in"},
		{"metastore admins", `{"groups": [{"name": "metastore admins"}]}`, "/groups/0/name", "built in"},
		{"System user", `{"users": [{"name": "system user", "token": "1"}]}`, "/users/0/name", "built in"},

		{"no token", `{"users": [{"name": "a"}]}`, "/users/0", "token"},
		{"two tokens", `{"users": [{"name": "a", "token": "1", "token_env": "TOKEN"}]}`, "/users/0/token_env", "beside"},
		{"an empty token", `{"users": [{"name": "a", "token": ""}]}`, "/users/0/token", "empty"},
		{"a token no header can hold", `{"users": [{"name": "a", "token": "x y"}]}`, "/users/0/token", "ASCII"},
		{"a token that is a number", `{"users": [{"name": "a", "token": 1}]}`, "/users/0/token", "string"},
		{"the same token twice", `{"users": [` + user + `], "service_principals": [{"name": "b", "token": "1"}]}`, "/service_principals/0/token", `"a"`},
		{"the same token twice, by environment", `{"users": [{"name": "a", "token": "from-env"}, {"name": "b", "token_env": "TOKEN"}]}`, "/users/1/token_env", `"a"`},
		{"an unset variable", `{"users": [{"name": "a", "token_env": "NOT_THERE"}]}`, "/users/0/token_env", "NOT_THERE is not set"},
		{"an empty variable", `{"users": [{"name": "a", "token_env": "EMPTY"}]}`, "/users/0/token_env", "EMPTY is empty"},
		{"no variable", `{"users": [{"name": "a", "token_env": ""}]}`, "/users/0/token_env", "empty"},

		{"an unknown member", `{"groups": [{"name": "g", "members": ["nobody"]}]}`, "/groups/0/members/0", "nobody"},
		{"a member twice", `{"users": [` + user + `], "groups": [{"name": "g", "members": ["a", "A"]}]}`, "/groups/0/members/1", "twice"},
		{"a built-in member", `{"groups": [{"name": "g", "members": ["account users"]}]}`, "/groups/0/members/0", "of this file"},
		{"a group in itself", `{"groups": [{"name": "g", "members": ["G"]}]}`, "/groups/0/members/0", "contain itself"},
		{"a circle of groups", `{"groups": [{"name": "g", "members": ["h"]}, {"name": "h", "members": ["i"]}, {"name": "i", "members": ["g"]}]}`, "/groups/2/members/0", "contain itself"},
		{"an unknown admin", `{"admins": ["nobody"]}`, "/admins/0", "nobody"},
		{"an admin twice", `{"users": [` + user + `], "admins": ["a", "a"]}`, "/admins/1", "twice"},
		{"a service principal as admin", `{"service_principals": [` + user + `], "admins": ["a"]}`, "/admins/0", "service principal"},
		{"everybody as admin", `{"admins": ["account users"]}`, "/admins/0", "of this file"},

		{"a model elsewhere", `{"models": [{"name": "main.ai.m", "base_url": "http://x/v1"}]}`, "/models/0/name", "system.ai"},
		{"a bare model", `{"models": [{"name": "m", "base_url": "http://x/v1"}]}`, "/models/0/name", "system.ai"},
		{"a model of four parts", `{"models": [{"name": "system.ai.m.n", "base_url": "http://x/v1"}]}`, "/models/0/name", "system.ai"},
		{"a model twice", `{"models": [{"name": "system.ai.m", "base_url": "http://x/v1"}, {"name": "System.AI.M", "base_url": "http://x/v1"}]}`, "/models/1/name", "twice"},
		{"no base_url", `{"models": [{"name": "system.ai.m"}]}`, "/models/0/base_url", ""},
		{"another scheme", `{"models": [{"name": "system.ai.m", "base_url": "ftp://x"}]}`, "/models/0/base_url", "http"},
		{"no host", `{"models": [{"name": "system.ai.m", "base_url": "http:///v1"}]}`, "/models/0/base_url", "host"},
		{"user information", `{"models": [{"name": "system.ai.m", "base_url": "https://me:hunter2@x/v1"}]}`, "/models/0/base_url", "user information"},
		{"a user alone", `{"models": [{"name": "system.ai.m", "base_url": "https://me@x/v1"}]}`, "/models/0/base_url", "user information"},
		{"a query", `{"models": [{"name": "system.ai.m", "base_url": "https://x/v1?key=hunter2"}]}`, "/models/0/base_url", "query"},
		{"a fragment", `{"models": [{"name": "system.ai.m", "base_url": "https://x/v1#"}]}`, "/models/0/base_url", "fragment"},
		{"the whole address", `{"models": [{"name": "system.ai.m", "base_url": "https://x/v1/chat/completions"}]}`, "/models/0/base_url", "end before"},
		{"an empty upstream model", `{"models": [{"name": "system.ai.m", "base_url": "http://x", "upstream_model": ""}]}`, "/models/0/upstream_model", "empty"},
		{"an unset key", `{"models": [{"name": "system.ai.m", "base_url": "http://x", "api_key_env": "NO_KEY"}]}`, "/models/0/api_key_env", "NO_KEY is not set"},
		{"a key no header can hold", `{"models": [{"name": "system.ai.m", "base_url": "http://x", "api_key_env": "BROKEN"}]}`, "/models/0/api_key_env", "ASCII"},
		{"another API", `{"models": [{"name": "system.ai.m", "base_url": "http://x", "api": "soap"}]}`, "/models/0/api", "openai"},
		{"an empty API", `{"models": [{"name": "system.ai.m", "base_url": "http://x", "api": ""}]}`, "/models/0/api", "empty"},

		{"a header that is none", `{"session_headers": ["x y"]}`, "/session_headers/0", "header"},
		{"a header without name", `{"session_headers": [""]}`, "/session_headers/0", "header"},
		{"a header twice", `{"session_headers": ["x-s", "X-S"]}`, "/session_headers/1", "twice"},
		{"a number for a timeout", `{"timeouts": {"idle": 5}}`, "/timeouts/idle", "string"},
		{"a timeout without unit", `{"timeouts": {"idle": "5"}}`, "/timeouts/idle", "duration"},
		{"a timeout of nothing", `{"timeouts": {"connect": "0s"}}`, "/timeouts/connect", "more than"},
		{"a negative timeout", `{"timeouts": {"total": "-1s"}}`, "/timeouts/total", "more than"},
		{"a negative cooldown", `{"timeouts": {"cooldown": "-1s"}}`, "/timeouts/cooldown", "negative"},
		{"an unknown timeout", `{"timeouts": {"read": "1s"}}`, "/timeouts/read", "not known"},
		{"tables kept without a folder", `{"inference_tables": {"age": "1h"}}`, "/inference_tables", "data_dir"},
		{"tables kept for no time", `{"data_dir": "d", "inference_tables": {"age": "0s"}}`, "/inference_tables/age", "more than"},
		{"tables of no size", `{"data_dir": "d", "inference_tables": {"bytes": 0}}`, "/inference_tables/bytes", "more than"},
		{"Parquet nowhere", `{"data_dir": "d", "inference_tables": {"parquet_dir": ""}}`, "/inference_tables/parquet_dir", "empty"},
		{"Parquet among the rest", `{"data_dir": "d", "inference_tables": {"parquet_dir": "./d/"}}`, "/inference_tables/parquet_dir", "of its own"},
		{"another header that is none", `{"log_headers": ["x y"]}`, "/log_headers/0", "header"},
		{"another way of charging", `{"token_charging": "never"}`, "/token_charging", "reserve"},
	} {
		t.Run(c.says, func(t *testing.T) {
			s, err := parse(t, c.text)
			var f *fault
			if !errors.As(err, &f) {
				t.Fatalf("%v, %v: not refused", s, err)
			}
			if f.pointer != strings.ReplaceAll(c.pointer, `\n`, "\n") || !strings.Contains(f.reason, c.word) {
				t.Errorf("refused at %q for %q, want %q for %q", f.pointer, f.reason, c.pointer, c.word)
			}
			if text := f.Error(); strings.ContainsAny(text, "\n\r") || strings.Contains(text, "hunter2") || !strings.HasPrefix(text, c.pointer) {
				t.Errorf("the message is %q", text)
			}
		})
	}
}

// null is the same as nothing, and so are the documented defaults.
func TestDefaults(t *testing.T) {
	for _, text := range []string{
		`{}`,
		`{"listen": null, "data_dir": null, "admins": null, "users": null, "service_principals": null, "groups": null, "models": null,
		  "session_headers": null, "timeouts": null, "token_charging": null}`,
		`{"listen": "127.0.0.1:8080", "session_headers": ["x-session-id", "session_id", "x-claude-code-session-id"], "token_charging": "reserve",
		  "timeouts": {"connect": "5s", "first_token": "30s", "idle": "60s", "attempt": "120s", "total": "300s", "cooldown": "5s"}}`,
	} {
		s, err := parse(t, text)
		if err != nil {
			t.Fatal(err)
		}
		want := limits{5 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 5 * time.Second}
		if s.listen != "127.0.0.1:8080" || s.dataDir != "" || s.timeouts != want || s.chargeAfter || len(s.sessionHeaders) != 3 {
			t.Errorf("%s: %+v", text, s)
		}
	}
}

func TestExampleFile(t *testing.T) {
	doc, err := readDocument("gateway.example.json")
	if err != nil {
		t.Fatal(err)
	}
	s, err := doc.check(t.Context(), func(name string) (string, bool) { return "value-of-" + name, true })
	if err != nil {
		t.Fatal(err)
	}
	if len(s.tokens) == 0 || len(s.models) == 0 || s.dataDir == "" || s.timeouts.cooldown != 10*time.Second {
		t.Errorf("%+v", s)
	}
	if key := s.models["system.ai.databricks-gpt-5-2"].APIKey; key.Reveal() != "value-of-OPENAI_API_KEY" {
		t.Error("the key is not the variable's")
	}
	if doc, err := parseDocument([]byte(`{"session_headers": [], "timeouts": {"cooldown": "0s"}, "token_charging": "after"}`)); err != nil {
		t.Error(err)
	} else if s, err := doc.check(t.Context(), os.LookupEnv); err != nil || len(s.sessionHeaders) != 0 || s.timeouts.cooldown != 0 || !s.chargeAfter {
		t.Errorf("%+v, %v", s, err)
	}
}

// Whatever is in the file, the answer is settings or a fault.
func FuzzDocument(f *testing.F) {
	f.Add(`{"users": [{"name": "a", "token": "1"}], "groups": [{"name": "g", "members": ["a"]}], "admins": ["g"]}`)
	f.Add(`{"models": [{"name": "system.ai.m", "base_url": "http://x", "api_key_env": "KEY"}]}`)
	f.Add(`{"timeouts": {"idle": "1h"}, "session_headers": ["a"]}`)
	f.Fuzz(func(t *testing.T, text string) {
		_, err := parse(t, text)
		var bad *fault
		if err != nil && !errors.As(err, &bad) {
			t.Errorf("%q: %v", text, err)
		}
		if err != nil && strings.ContainsAny(err.Error(), "\n\r") {
			t.Errorf("%q is not one line", err)
		}
	})
}
