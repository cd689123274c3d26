package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

const synopsis = `Usage:

  gateway [-listen HOST:PORT]                       a demo with scripted models
  gateway -tour [-listen HOST:PORT]                 play the tour against itself
  gateway -config gateway.json [-listen HOST:PORT]  serve
`

const help = synopsis + `
Examples:

  gateway -listen 127.0.0.1:0                       any free port
  gateway -config gateway.json                      SIGHUP reads the file again
  curl http://127.0.0.1:8080/healthz
  curl http://127.0.0.1:8080/openapi.json           every path, described

The keys of the configuration file are in the README. Its timeouts, as Go
durations, and their defaults:

  connect      5s    to a connection with the provider
  first_token  30s   of a stream, to its first content
  idle         60s   of a stream, between two events after that
  attempt      120s  of one attempt, to its first content or its whole answer
  total        300s  of all attempts, likewise
  cooldown     5s    how long a failing destination is left alone at first; 0s: never

Flags:

`

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// command is a command line.
type command struct {
	config string
	listen string
	tour   bool
}

// signals are those that the process is sent.
type signals struct{ stop, again chan os.Signal }

// run is the program. It returns the exit status.
func run(args []string, stdout, stderr io.Writer) int {
	var c command
	flags := flag.NewFlagSet("gateway", flag.ContinueOnError)
	flags.StringVar(&c.config, "config", "", "serve as this configuration `file` says")
	flags.StringVar(&c.listen, "listen", "", "listen on this `address`, whatever the file says (default 127.0.0.1:8080; a free port for the tour)")
	flags.BoolVar(&c.tour, "tour", false, "play the tour against a server of its own, and exit")
	flags.SetOutput(io.Discard) // what is wrong is said below, in one place
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, help)
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return 0
	}
	if err == nil {
		err = c.check(flags)
	}
	if err != nil {
		fmt.Fprintf(stderr, "gateway: %v\n\n%s\ngateway -h says more.\n", err, synopsis)
		return 2
	}
	if err := c.run(stdout, stderr); err != nil {
		fmt.Fprintln(stderr, "gateway:", err)
		return 1
	}
	return 0
}

// check refuses what cannot be meant. An empty value is a variable of the shell
// that is not set.
func (c *command) check(flags *flag.FlagSet) (err error) {
	flags.Visit(func(f *flag.Flag) {
		if f.Value.String() == "" && err == nil {
			err = fmt.Errorf("-%s must not be empty", f.Name)
		}
	})
	switch {
	case err != nil:
		return err
	case flags.NArg() > 0:
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case c.tour && c.config != "":
		return errors.New("-tour takes no -config")
	}
	return nil
}

func (c *command) run(stdout, stderr io.Writer) error {
	// From here on no signal goes unheard: what comes while the server starts
	// stops it once it has started.
	// A signal that finds its channel full is dropped. Of hang-ups one says as much
	// as many; none of them may take the place of a stop.
	signals := signals{stop: make(chan os.Signal, 2), again: make(chan os.Signal, 1)}
	signal.Notify(signals.stop, os.Interrupt, syscall.SIGTERM)
	signal.Notify(signals.again, syscall.SIGHUP)
	defer signal.Stop(signals.stop)
	defer signal.Stop(signals.again)
	logger := newLogger(stderr)
	// net/http writes what a provider sends unasked to the standard logger.
	log.SetFlags(0)
	log.SetOutput(quotesNothing{logger.Named("std")})
	switch {
	case c.tour:
		return c.playTour(signals, stdout, logger)
	case c.config != "":
		return c.serve(signals, stdout, logger)
	}
	return c.demo(signals, stdout, logger)
}

// serve serves as a configuration file says.
func (c *command) serve(signals signals, stdout io.Writer, logger *zap.Logger) error {
	ctx := context.Background()
	doc, err := readDocument(c.config)
	if err != nil {
		return inFile(c.config, err)
	}
	s, err := c.settings(ctx, doc, os.LookupEnv)
	if err != nil {
		return inFile(c.config, err)
	}
	r, err := start(ctx, s, logger)
	if err != nil {
		return inFile(c.config, err)
	}
	fmt.Fprintln(stdout, "listening on", r.url)
	return r.untilSignal(signals, stdout, func() {
		if err := r.reload(ctx, c.config, os.LookupEnv, s); err != nil {
			logger.Error("configuration refused, the old one stays: " + inFile(c.config, err).Error())
			return
		}
		logger.Info("configuration read again")
	})
}

// settings checks a document under the command line, which goes before it.
func (c *command) settings(ctx context.Context, doc *document, env lookupEnv) (*settings, error) {
	if c.listen != "" {
		if err := checkListen("-listen", c.listen); err != nil {
			return nil, err
		}
		doc.Listen = &c.listen
	}
	s, err := doc.check(ctx, env)
	if err != nil {
		return nil, err
	}
	s.listenGiven = c.listen != ""
	return s, nil
}

// inFile says in which file a fault is. Other errors stay as they are.
func inFile(path string, err error) error {
	var f *fault
	if errors.As(err, &f) {
		return fmt.Errorf("%s: %w", path, f)
	}
	return err
}

// untilSignal serves until it is told to stop, and stops. A second signal ends
// the process at once.
func (r *running) untilSignal(signals signals, stdout io.Writer, reload func()) error {
	for {
		select {
		case err := <-r.failed:
			return errors.Join(err, r.end(stdout))
		case <-signals.again:
			reload()
		case <-signals.stop:
			signal.Reset(os.Interrupt, syscall.SIGTERM)
			return r.end(stdout)
		}
	}
}

// end stops, and writes the last line.
func (r *running) end(stdout io.Writer) error {
	lost, err := r.stop(defaultGrace())
	fmt.Fprintln(stdout, "rows lost:", lost)
	return err
}

// quotesNothing passes lines of the standard logger on, up to the first quote:
// behind it stands what a stranger has sent.
type quotesNothing struct{ logger *zap.Logger }

func (q quotesNothing) Write(line []byte) (int, error) {
	text, _, _ := strings.Cut(strings.TrimSpace(string(line)), `"`)
	q.logger.Warn(strings.TrimSpace(text))
	return len(line), nil
}

// newLogger writes lines for people.
func newLogger(stderr io.Writer) *zap.Logger {
	layout := zap.NewProductionEncoderConfig()
	layout.EncodeTime = zapcore.ISO8601TimeEncoder
	layout.EncodeLevel = zapcore.CapitalLevelEncoder
	return zap.New(zapcore.NewCore(zapcore.NewConsoleEncoder(layout), zapcore.Lock(zapcore.AddSync(stderr)), zap.InfoLevel))
}
