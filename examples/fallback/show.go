package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/modelward/modelward/inferencelog"
)

// show prints the texts and errors of an answer, of a stream event by event.
func show(out io.Writer, body io.ReadCloser) error {
	defer body.Close()
	lines := bufio.NewScanner(body)
	for lines.Scan() {
		line := strings.TrimPrefix(lines.Text(), "data: ")
		if line == "" {
			continue
		}
		var said struct {
			Choices []struct {
				Message, Delta struct{ Content string }
			}
			Error struct{ Message string }
		}
		switch err := json.Unmarshal([]byte(line), &said); {
		case err != nil: // [DONE]
			fmt.Fprintf(out, "    %s\n", line)
		case said.Error.Message != "":
			fmt.Fprintf(out, "    error: %s\n", said.Error.Message)
		}
		for _, c := range said.Choices {
			if text := c.Message.Content + c.Delta.Content; text != "" {
				fmt.Fprintf(out, "    %s\n", text)
			}
		}
	}
	return lines.Err()
}

// attempts prints what the column of that name has, an attempt a line.
func attempts(column string) string {
	var all []inferencelog.Attempt
	if err := json.Unmarshal([]byte(column), &all); err != nil {
		return "    " + err.Error() + "\n"
	}
	var text strings.Builder
	for _, a := range all {
		line := fmt.Sprintf("    %s %s %d %s", a.Action, a.Destination, a.Status, a.ErrorCode)
		text.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return text.String()
}
