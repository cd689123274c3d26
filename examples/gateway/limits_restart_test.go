package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// What a caller has used of a limit is used after a restart.
func TestLimitsSurviveRestart(t *testing.T) {
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"choices": [{"message": {"content": "well"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}`)
	}))
	defer provider.Close()
	folder := t.TempDir()
	file := filepath.Join(folder, "gateway.json")
	writeFile(t, file, `{"listen": "127.0.0.1:0", "data_dir": "`+folder+`/data", "admins": ["ann"], "users": [{"name": "ann", "token": "ann"}],
		"models": [{"name": "system.ai.m", "base_url": "`+provider.URL+`"}]}`)
	const chat, body = "/ai-gateway/mlflow/v1/chat/completions", `{"model": "main.default.s", "messages": [{"role": "user", "content": "hello"}]}`
	c := startChild(t, nil, "-config", file)
	c.must(200, "ann", "POST", unityCatalog+"/catalogs", `{"name": "main"}`)
	c.must(200, "ann", "POST", unityCatalog+"/schemas", `{"catalog_name": "main", "name": "default"}`)
	c.must(200, "ann", "POST", unityCatalog+"/model-services?parent=schemas/main.default&model_service_id=s",
		`{"config": {"routing": {"destinations": [{"name": "d", "destination_type": "DESTINATION_TYPE_PAY_PER_TOKEN_FOUNDATION_MODEL",
			"pay_per_token_config": {"model": "models/system.ai.m"}}]},
			"rate_limits": [{"key": "RATE_LIMIT_KEY_SERVICE", "renewal_period": "RATE_LIMIT_RENEWAL_PERIOD_HOUR", "requests": 2}]}}`)
	for range 2 {
		c.must(200, "ann", "POST", chat, body)
		c.end(syscall.SIGTERM)
		c = startChild(t, nil, "-config", file)
	}
	if a := c.must(429, "ann", "POST", chat, body); a.at("error_code") != "REQUEST_LIMIT_EXCEEDED" {
		t.Errorf("after two restarts: %v", a)
	}
	c.end(syscall.SIGTERM)

	writeFile(t, filepath.Join(folder, "data", "limits.db"), strings.Repeat("damaged", 1000))
	second := launch(t, nil, "-config", file)
	if status, _ := second.wait(); status == 0 || !strings.Contains(second.stderrText(), "limits.db") {
		t.Errorf("with a damaged file: status %d, %s", status, second.stderrText())
	}
}
