package bench

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The rows over HTTP run each server in a process of its own, which is this
// program again with these flags.
var (
	role     = flag.String("role", "", "serve as one of the processes of the rows over HTTP, not for use by hand")
	provider = flag.String("provider", "", "address of the provider that a process asks")
	profiles = flag.String("profiles", "", "folder to write the CPU and memory profiles of the processes to")
)

// TestProcess is what a process does. Without a role it has nothing to do.
//
// It writes its address, then for every line that it reads what it has used so
// far, and ends when there are no more lines.
func TestProcess(t *testing.T) {
	if *role == "" {
		return
	}
	serve, ok := servers()[*role]
	if !ok {
		t.Fatalf("no process is a %q", *role)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: serve(t, *provider, scale(*ratios))}
	ended := make(chan error, 1)
	forgetPeak()
	go func() { ended <- server.Serve(listener) }()
	fmt.Println(listener.Addr())
	for asked := bufio.NewScanner(os.Stdin); asked.Scan(); {
		used, err := cpuTime()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println(used.Nanoseconds(), resident())
	}
	server.Close()
	if err := <-ended; err != http.ErrServerClosed {
		t.Error(err)
	}
}

// forgetPeak gives back what making a world has left over, so that resident
// counts from here on, where the system can do that.
func forgetPeak() {
	debug.FreeOSMemory()
	os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
}

// resident is the most memory that this process has had, in bytes, without the
// pages of its program: those are of all rivals too. 0 where the system does not
// say so in the way of Linux.
func resident() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	var most, program int64
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		n, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")), 10, 64)
		switch name {
		case "VmHWM":
			most = n << 10
		case "RssFile":
			program = n << 10
		}
	}
	return most - program
}

// process is a server that runs beside this one.
type process struct {
	role    string
	address string
	asks    io.Writer
	says    *bufio.Scanner
	errors  bytes.Buffer
}

// start starts a process, which ends with tb.
func start(tb testing.TB, role, provider string, scale scale) *process {
	tb.Helper()
	program, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	args := []string{"-test.run=^TestProcess$", "-test.timeout=0", "-role=" + role, "-provider=" + provider}
	if scale == full {
		args = append(args, "-ratios")
	}
	if *profiles != "" {
		file := filepath.Join(*profiles, strings.ReplaceAll(tb.Name(), "/", "-")+"-"+role)
		args = append(args, "-test.cpuprofile="+file+".cpu", "-test.memprofile="+file+".mem")
	}
	cmd := exec.Command(program, args...)
	p := &process{role: role}
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0") // else each takes a second to end
	cmd.Stderr = &p.errors
	asks, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	says, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	p.asks, p.says = asks, bufio.NewScanner(says)
	tb.Cleanup(func() {
		asks.Close()
		rest, _ := io.ReadAll(says)
		if err := cmd.Wait(); err != nil {
			tb.Errorf("the %s: %v: %s%s", role, err, rest, p.errors.String())
		}
	})
	p.address = p.line(tb)
	return p
}

// line is the next line that the process writes.
func (p *process) line(tb testing.TB) string {
	tb.Helper()
	if !p.says.Scan() {
		tb.Fatalf("the %s wrote nothing: %v", p.role, p.says.Err())
	}
	return p.says.Text()
}

// used asks a process for the processor time that it has used so far, and for
// the most memory that it has had, in bytes.
func (p *process) used(tb testing.TB) (cpu time.Duration, memory int64) {
	tb.Helper()
	if _, err := io.WriteString(p.asks, "used\n"); err != nil {
		tb.Fatal(err)
	}
	line := p.line(tb)
	if _, err := fmt.Sscan(line, (*int64)(&cpu), &memory); err != nil {
		tb.Fatalf("the %s says %q: %v", p.role, line, err)
	}
	return cpu, memory
}
