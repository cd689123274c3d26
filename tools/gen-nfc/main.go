// Command gen-nfc writes the Unicode tables of package nfc, as read from
// golang.org/x/text/unicode/norm.
//
// It refuses to write tables of another Unicode version than that of the
// standard library's package unicode, by which names are judged.
//
// Usage:
//
//	gen-nfc -o FILE
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	out := flag.String("o", "", "file to write (default: standard output)")
	flag.Parse()
	if err := run(*out); err != nil {
		fmt.Fprintln(os.Stderr, "gen-nfc:", err)
		os.Exit(1)
	}
}

func run(out string) error {
	t, err := readTables()
	if err != nil {
		return err
	}
	source, err := t.source()
	if err != nil {
		return err
	}
	if out == "" {
		_, err = os.Stdout.Write(source)
		return err
	}
	return os.WriteFile(out, source, 0o644)
}
