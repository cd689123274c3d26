package main

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"strconv"

	"github.com/modelward/modelward/modelservice"
)

// framing hands out connections on which requests that are none are refused in
// the words of the API. No handler sees them: a path whose percent signs mean
// nothing, headers that are too long, two lengths of one body. Package http
// answers them itself, as text and without an id (ruling R35).
type framing struct{ net.Listener }

func (l framing) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if tcp, ok := c.(*net.TCPConn); ok {
		return framed{tcp}, err
	}
	return c, err
}

type framed struct{ *net.TCPConn }

// Write replaces an answer of package http's own, which comes in one piece.
func (c framed) Write(p []byte) (int, error) {
	own, ok := refusalOf(p)
	if !ok {
		return c.TCPConn.Write(p)
	}
	if _, err := c.TCPConn.Write(own); err != nil {
		return 0, err
	}
	return len(p), nil
}

// ownHeaders follow the first line of package http's own answers at once. In a
// handler's answer they never do: it has a date.
const ownHeaders = "Content-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"

// refusalOf returns what is to be said instead of an answer of package http's
// own.
func refusalOf(answer []byte) ([]byte, bool) {
	line, rest, _ := bytes.Cut(answer, []byte("\r\n"))
	if !bytes.HasPrefix(rest, []byte(ownHeaders)) || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) || len(line) < len("HTTP/1.1 400") {
		return nil, false
	}
	status, err := strconv.Atoi(string(line[len("HTTP/1.1 "):][:3]))
	if err != nil {
		return nil, false
	}
	e := &modelservice.Error{Code: modelservice.CodeBadRequest, Status: status, Message: "The request is not one that HTTP knows."}
	switch status {
	case http.StatusRequestHeaderFieldsTooLarge:
		e.Message = "The headers of the request are too long."
	case http.StatusNotImplemented:
		e.Code, e.Message = modelservice.CodeNotImplemented, "The transfer encoding of the request is not known."
	}
	id := modelservice.NewRequestID()
	body := e.ManagementBody(id)
	var own bytes.Buffer
	fmt.Fprintf(&own, "HTTP/1.1 %d %s\r\n", status, http.StatusText(status))
	header := e.Header(id)
	header.Set("Content-Length", strconv.Itoa(len(body)))
	header.Set("Connection", "close")
	header.Write(&own) // to memory
	own.WriteString("\r\n")
	own.Write(body)
	return own.Bytes(), true
}
