// Command curl is as much of curl as the seed page's command takes, for machines
// without it: curl URL [-X method] [-H header]… [-d body].
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "curl:", err)
		os.Exit(2)
	}
}

func run(args []string, out io.Writer) error {
	method, url, body := http.MethodGet, "", ""
	var headers []string
	for len(args) > 0 {
		if !strings.HasPrefix(args[0], "-") {
			url, args = args[0], args[1:]
			continue
		}
		if len(args) < 2 {
			return fmt.Errorf("%s takes a value", args[0])
		}
		switch option, value := args[0], args[1]; option {
		case "-X":
			method = value
		case "-H":
			headers = append(headers, value)
		case "-d":
			body = value
		default:
			return fmt.Errorf("%s is not known", option)
		}
		args = args[2:]
	}
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return err
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ":")
		request.Header.Set(name, strings.TrimSpace(value))
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = io.Copy(out, response.Body)
	return err
}
