package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"
)

const (
	tourTime = 45 * time.Second // for all steps
	stepTime = 10 * time.Second // for one request
	patience = 2 * time.Second  // until a row is readable
	interval = 50 * time.Millisecond
)

// playTour starts a server in a folder of its own, and plays the script
// against it over HTTP.
func (c *command) playTour(signals signals, stdout io.Writer, logger *zap.Logger) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), tourTime)
	defer cancel()
	folder, err := os.MkdirTemp("", "gateway-tour-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	provider, err := startProvider()
	if err != nil {
		return err
	}
	defer provider.close()

	who := newPeople()
	doc := who.document(provider.url)
	dataDir, parquetDir := filepath.Join(folder, "data"), filepath.Join(folder, "parquet")
	doc.DataDir, doc.InferenceTables.ParquetDir = &dataDir, &parquetDir
	if c.listen == "" {
		c.listen = "127.0.0.1:0"
	}
	s, err := c.settings(ctx, doc, os.LookupEnv)
	if err != nil {
		return err
	}
	r, err := start(ctx, s, logger)
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, "listening on", r.url)
	go func() {
		select {
		case <-signals.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	played := play(ctx, stdout, script(), who.expand(r.url, provider.url))
	lost, err := r.stop(defaultGrace())
	if err = errors.Join(played, err); err == nil {
		err = readFiles(ctx, stdout, dataDir, parquetDir)
	}
	fmt.Fprintln(stdout, "rows lost:", lost)
	return err
}

// play makes the requests of a script and those that their answers call for,
// prints each with its answer, and stops at the first wrong one.
func play(ctx context.Context, stdout io.Writer, steps []exchange, expand func(string) string) error {
	client := &http.Client{Timeout: stepTime, Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	done := 0
	for ; done < len(steps); done++ {
		x := &steps[done]
		fmt.Fprintf(stdout, "\n%d. %s\n%s\n", done+1, x.says, indent(x.curl()))
		a, err := x.ask(ctx, client, expand)
		if a != nil {
			fmt.Fprintln(stdout, indent(a.String()))
		}
		if err != nil {
			return fmt.Errorf("tour: step %d (%s): %w", done+1, x.says, err)
		}
		if x.then != nil {
			steps = slices.Insert(steps, done+1, x.then(a)...)
		}
	}
	fmt.Fprintf(stdout, "\nAll %d steps went as they must.\n", done)
	return nil
}

// ask sends a request and checks the answer; what may take a while is asked
// again until it is right.
func (x *exchange) ask(ctx context.Context, client *http.Client, expand func(string) string) (*answer, error) {
	began := time.Now()
	for {
		a, err := x.send(ctx, client, expand)
		if err != nil {
			return a, err
		}
		err = x.check(a)
		if err == nil || !x.later || time.Since(began) > patience {
			return a, err
		}
		select {
		case <-time.After(interval):
		case <-ctx.Done():
			return a, ctx.Err()
		}
	}
}

func indent(text string) string {
	return "   " + strings.ReplaceAll(text, "\n", "\n   ")
}
