package routingtest

import (
	"bufio"
	"bytes"
	"embed"
	"fmt"
	"io"
	"net/textproto"
	"strconv"
	"strings"

	"github.com/modelward/modelward/routing"
)

// A Refusal is an answer as a provider, or what stands before one, writes it
// when it does not do what was asked, and what it means.
type Refusal struct {
	Name     string // unique, for example "openai-insufficient-quota"
	Provider string
	Status   int
	Header   map[string]string // by canonical name
	Body     []byte

	// Code, Type and Message are what the body says, see [routing.Said]. Of
	// Amazon Bedrock the Type is in the header X-Amzn-Errortype.
	Code, Type, Message string

	// Cause is what a Router without Options makes of it.
	Cause routing.Cause
}

//go:embed refusals/*.txt
var refusals embed.FS

// Refusals returns refusals of many providers, by ascending Name. Each call
// returns new values. Identifiers in them are made up.
//
// They lie in the folder refusals, each in a file: what it means as header
// lines, a blank line, and the answer as HTTP writes it, with bare line ends.
func Refusals() []Refusal {
	entries, err := refusals.ReadDir("refusals")
	if err != nil {
		panic(err) // it is compiled in
	}
	list := make([]Refusal, 0, len(entries))
	for _, entry := range entries {
		file, err := refusals.ReadFile("refusals/" + entry.Name())
		if err == nil {
			var r Refusal
			r, err = parseRefusal(file)
			r.Name = strings.TrimSuffix(entry.Name(), ".txt")
			list = append(list, r)
		}
		if err != nil {
			panic(fmt.Sprintf("routingtest: %s: %v", entry.Name(), err))
		}
	}
	return list
}

func parseRefusal(file []byte) (r Refusal, err error) {
	buffered := bufio.NewReader(bytes.NewReader(file))
	lines := textproto.NewReader(buffered)
	means, err := lines.ReadMIMEHeader()
	if err != nil {
		return r, err
	}
	r.Provider, r.Cause = means.Get("Provider"), routing.Cause(means.Get("Cause"))
	r.Code, r.Type, r.Message = means.Get("Code"), means.Get("Type"), means.Get("Message")

	status, err := lines.ReadLine()
	if err != nil {
		return r, err
	}
	_, after, _ := strings.Cut(status, " ")
	number, _, _ := strings.Cut(after, " ")
	if r.Status, err = strconv.Atoi(number); err != nil {
		return r, err
	}
	header, err := lines.ReadMIMEHeader()
	if err != nil {
		return r, err
	}
	r.Header = make(map[string]string, len(header))
	for name := range header {
		r.Header[name] = header.Get(name)
	}
	r.Body, err = io.ReadAll(buffered)
	return r, err
}
