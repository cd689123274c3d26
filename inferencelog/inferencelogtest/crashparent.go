package inferencelogtest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// crashPatience is how long a child may live, and how long it may take to store what the children left.
const crashPatience = time.Minute

// plan is when and how a child ends.
type plan struct {
	early bool          // count from its first line, before anything is open; else from the first acknowledged row
	after time.Duration // then it is killed or asked to stop
	stop  bool          // it is asked to stop: to take no more rows and to close
	grace time.Duration // so long after being asked it is killed; below 0 it is not
}

func newPlan() plan {
	switch rand.IntN(10) {
	case 0:
		return plan{after: rand.N(100 * time.Millisecond), stop: true, grace: -1}
	case 1:
		return plan{after: rand.N(100 * time.Millisecond), stop: true, grace: rand.N(10 * time.Millisecond)}
	case 2, 3, 4:
		return plan{early: true, after: rand.N(40 * time.Millisecond)}
	}
	return plan{after: rand.N(150 * time.Millisecond)}
}

// crashed is what the children of one folder said.
type crashed struct {
	kills, books int
	acked        map[string]bool
}

// round runs one child to its end, and notes what it said.
func (c *crashed) round(t *testing.T, dir, round string) error {
	if err := os.MkdirAll(filepath.Join(dir, "sink"), 0o700); err != nil {
		return err
	}
	child := exec.Command(os.Args[0], "-test.run="+testPattern(t.Name()), "-test.count=1")
	child.Env = append(os.Environ(), crashDir+"="+dir, crashRound+"="+round)
	var complaints bytes.Buffer
	child.Stderr = &complaints
	stdin, err := child.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := child.StdoutPipe()
	if err != nil {
		return err
	}
	if err := child.Start(); err != nil {
		return err
	}
	var killed, stuck atomic.Bool
	kill := func() {
		killed.Store(true)
		_ = child.Process.Kill()
	}
	defer time.AfterFunc(crashPatience, func() {
		stuck.Store(true)
		kill()
	}).Stop()
	p := newPlan()
	closed, saidErr := c.listen(stdout, func(word string) bool {
		if word != saidAcked && !(p.early && word == saidUp) {
			return false
		}
		time.AfterFunc(p.after, func() {
			if !p.stop {
				kill()
				return
			}
			_ = stdin.Close()
			if p.grace >= 0 {
				time.AfterFunc(p.grace, kill)
			}
		})
		return true
	})
	err = child.Wait()
	switch {
	case saidErr != nil:
		return saidErr
	case stuck.Load():
		return fmt.Errorf("child %s does not come to an end", round)
	case complaints.Len() > 0:
		return fmt.Errorf("child %s: %s", round, complaints.Bytes())
	case closed || killed.Load():
		if !closed {
			c.kills++
		}
		return nil
	}
	return fmt.Errorf("child %s ended by itself: %v", round, err)
}

// listen notes what a child says until it is no more, and whether it closed everything. It calls strike with the first
// word of each line until that returns true.
func (c *crashed) listen(from io.Reader, strike func(word string) bool) (closed bool, err error) {
	lines := bufio.NewReader(from)
	struck := false
	for {
		line, readErr := lines.ReadString('\n')
		if readErr != nil {
			return closed, err
		}
		word, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		switch word {
		case saidAcked:
			c.acked[rest] = true
		case saidBooks:
			var accepted, stored, pending, lost int64
			if n, _ := fmt.Sscan(rest, &accepted, &stored, &pending, &lost); n != 4 || accepted != stored+pending+lost || lost != 0 || pending < 0 {
				err = fmt.Errorf("a child's books do not balance, or it lost rows: accepted, stored, pending, lost are %s", rest)
			}
			c.books++
		case saidClosed:
			closed = true
		}
		struck = struck || strike(word)
	}
}

// testPattern returns the argument that runs one test, or one test within another, alone.
func testPattern(name string) string {
	parts := strings.Split(name, "/")
	for i := range parts {
		parts[i] = "^" + regexp.QuoteMeta(parts[i]) + "$"
	}
	return strings.Join(parts, "/")
}
