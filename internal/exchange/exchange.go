package exchange

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
)

// Exchange is a request and its answer.
type Exchange struct {
	Method   string      `json:"method"`
	Target   string      `json:"target"` // path and query, as they were sent
	Header   http.Header `json:"header,omitempty"`
	Body     []byte      `json:"body,omitempty"`
	Whole    bool        `json:"whole"` // the body was read to its end, and is here
	Status   int         `json:"status"`
	Answer   http.Header `json:"answer"`
	Answered []byte      `json:"answered,omitempty"`
	Cut      bool        `json:"cut,omitempty"` // the answer was longer than is here
}

// Read returns the exchanges in a file that a [Recorder] has written.
func Read(file string) ([]Exchange, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var all []Exchange
	for line := range bytes.Lines(data) {
		var x Exchange
		if err := json.Unmarshal(line, &x); err != nil {
			return nil, err
		}
		all = append(all, x)
	}
	return all, nil
}
