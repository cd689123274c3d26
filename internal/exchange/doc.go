// Package exchange does not know what is asked or answered: it writes down what
// goes through an http.Handler, so that a test of another module can hold it
// against the description of the API. Tests of the handlers record when they are
// told to; no program does.
package exchange
