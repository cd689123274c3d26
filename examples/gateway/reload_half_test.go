package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/modelward/modelward/modelservice/authn"
	"go.uber.org/zap"
)

// A file that is refused for its last token changes nothing before it.
func TestReloadRefusedForAToken(t *testing.T) {
	s, err := parse(t, `{"listen": "127.0.0.1:0", "users": [{"name": "ann", "token": "1"}, {"name": "bo", "token": "2"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	g, err := build(t.Context(), s, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	defer g.close(context.Background())
	file := filepath.Join(t.TempDir(), "gateway.json")
	writeFile(t, file, `{"listen": "127.0.0.1:0", "users": [{"name": "ann", "token": "`+strings.Repeat("x", authn.MaxToken+1)+`"}]}`)
	before := g.catalog.Snapshot().Version()
	if err := g.reload(t.Context(), file, os.LookupEnv, s); err == nil || !strings.HasPrefix(err.Error(), "/users/0/token: ") {
		t.Errorf("got %.100v", err)
	}
	if g.catalog.Snapshot().Version() != before {
		t.Error("the catalog has changed")
	}
}

// A stop is heard behind any number of hang-ups.
func TestStopBehindHangUps(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "gateway.json")
	var users []string
	for i := range 1000 {
		name := string(rune('a'+i%26)) + strings.Repeat("x", i/26)
		users = append(users, `{"name": "u`+name+`", "token": "`+name+`"}`)
	}
	writeFile(t, file, `{"listen": "127.0.0.1:0", "data_dir": "`+folder+`/data", "users": [`+strings.Join(users, ",")+`]}`)
	c := startChild(t, nil, "-config", file)
	ended, silent := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(silent)
		for c.cmd.Process.Signal(syscall.SIGHUP) == nil {
		}
	}()
	for !strings.Contains(c.stderrText(), "read again") {
		if t.Context().Err() != nil {
			return
		}
	}
	c.cmd.Process.Signal(syscall.SIGTERM)
	go func() { ended <- c.cmd.Wait() }()
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		t.Error("SIGTERM was not heard")
		c.cmd.Process.Kill()
		<-ended
	}
	<-silent
}
