package query

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/modelward/modelward/modelservice"
)

// TagsHeader carries the caller's own tags for the log, as a JSON object of
// strings (spec §7.1).
const TagsHeader = "Databricks-Ai-Gateway-Request-Tags"

// maxTags is the greatest length of the header in bytes.
const maxTags = 16 << 10

// requestTags reads the tags; nil when there are none. It is strict, as
// everywhere where the shape is ours (ruling R14).
func requestTags(h http.Header) (map[string]string, error) {
	values := h[TagsHeader]
	if len(values) == 0 {
		return nil, nil
	}
	if len(values) > 1 {
		return nil, badTags(errors.New("it is given twice"))
	}
	if len(values[0]) > maxTags {
		return nil, badTags(fmt.Errorf("it is longer than %d bytes", maxTags))
	}
	tags, err := parseTags(values[0])
	if err != nil {
		return nil, badTags(err)
	}
	return tags, nil
}

func parseTags(text string) (map[string]string, error) {
	if !utf8.ValidString(text) {
		return nil, errors.New("it is not UTF-8")
	}
	d := json.NewDecoder(strings.NewReader(text))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return nil, errors.New("it is not a JSON object")
	}
	tags := map[string]string{}
	folded := map[string]bool{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, errors.New("it is not a JSON object")
		}
		key, _ := token.(string) // inside an object nothing else comes first
		fold := strings.ToLower(key)
		if folded[fold] {
			return nil, fmt.Errorf("key %q is given twice", key)
		}
		folded[fold] = true
		token, err = d.Token()
		if err != nil {
			return nil, errors.New("it is not a JSON object")
		}
		value, ok := token.(string)
		if !ok {
			return nil, fmt.Errorf("the value of %q is not a string", key)
		}
		// What package json could not decode, half a surrogate pair, it replaces.
		if strings.ContainsRune(key+value, utf8.RuneError) {
			return nil, fmt.Errorf("the tag %q is not Unicode", key)
		}
		tags[key] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, errors.New("it is not a JSON object")
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("something follows the JSON object")
	}
	return tags, nil
}

func badTags(err error) error {
	return &modelservice.Error{Code: modelservice.CodeInvalidParameter, Field: TagsHeader, Err: err,
		Message: fmt.Sprintf("Header %s is invalid: %v.", TagsHeader, err)}
}
