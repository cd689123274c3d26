package main

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice/upstream"
)

// settings are a configuration that was checked, with its defaults filled in
// and its environment variables read.
type settings struct {
	listen         string
	listenGiven    bool   // on the command line, which goes before the file
	dataDir        string // empty: everything in memory
	doc            *document
	tokens         map[string]string // bearer token to the name of its principal
	models         map[string]upstream.Model
	sessionHeaders []string
	timeouts       limits
	chargeAfter    bool
	logHeaders     []string
	tables         tables
	door           door // not in the file
}

// lookupEnv is os.LookupEnv, or a test's.
type lookupEnv func(name string) (string, bool)

// check returns the settings that a document stands for. What is wrong with it
// is a [*fault], the first one.
func (doc *document) check(ctx context.Context, env lookupEnv) (*settings, error) {
	s := &settings{listen: defaultListen, doc: doc, sessionHeaders: defaultSessionHeaders(), door: defaultDoor()}
	if doc.Listen != nil {
		s.listen = *doc.Listen
	}
	if err := checkListen("/listen", s.listen); err != nil {
		return nil, err
	}
	if doc.DataDir != nil {
		if s.dataDir = *doc.DataDir; s.dataDir == "" {
			return nil, faultf("/data_dir", "must not be empty")
		}
	}
	if err := rehearse(ctx, doc); err != nil {
		return nil, err
	}
	var err error
	if s.tokens, err = doc.accountTokens(env); err != nil {
		return nil, err
	}
	if s.models, err = doc.endpoints(env); err != nil {
		return nil, err
	}
	if doc.SessionHeaders != nil {
		s.sessionHeaders = doc.SessionHeaders
	}
	if err := checkHeaders("/session_headers", s.sessionHeaders); err != nil {
		return nil, err
	}
	if err := checkHeaders("/log_headers", doc.LogHeaders); err != nil {
		return nil, err
	}
	s.logHeaders = doc.LogHeaders
	if s.tables, err = doc.InferenceTables.check(s.dataDir); err != nil {
		return nil, err
	}
	if s.timeouts, err = doc.Timeouts.check(); err != nil {
		return nil, err
	}
	if t := doc.TokenCharging; t != nil {
		switch *t {
		case "reserve":
		case "after":
			s.chargeAfter = true
		default:
			return nil, faultf("/token_charging", `must be "reserve" or "after"`)
		}
	}
	return s, nil
}

func checkListen(pointer, address string) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return faultf(pointer, "%q is not HOST:PORT", address)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return faultf(pointer, "%q is not a port", port)
	}
	return nil
}

// rehearse plays the file into an empty catalog. Names are compared, and
// circles found, as the catalog does it, before anything is changed.
func rehearse(ctx context.Context, doc *document) error {
	c, err := catalog.Open(ctx, nil, nil)
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	_, err = c.Update(ctx, fromFile, func(tx *catalog.Tx) error { return syncPrincipals(tx, doc) })
	return err
}

// checkHeaders checks names of headers (RFC 9110 §5.1).
func checkHeaders(key string, names []string) error {
	seen := map[string]bool{}
	for i, name := range names {
		at := fmt.Sprintf("%s/%d", key, i)
		if name == "" || strings.ContainsFunc(name, func(r rune) bool { return !headerRune(r) }) {
			return faultf(at, "%q is not the name of a header", name)
		}
		if folded := strings.ToLower(name); seen[folded] {
			return faultf(at, "%q is given twice", name)
		} else {
			seen[folded] = true
		}
	}
	return nil
}

func headerRune(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("!#$%&'*+-.^_`|~", r)
}
