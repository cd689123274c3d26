package inferencelog_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/modelward/modelward/inferencelog"
)

const canary = "sk-canary/0123+4567"

// No way of printing shows a secret, nor a struct around it, whether its fields are exported or not.
func TestSecretCannotPrintItself(t *testing.T) {
	secret := inferencelog.NewSecret(canary)
	type open struct{ Token inferencelog.Secret }
	type hidden struct {
		token inferencelog.Secret
		more  []inferencelog.Secret
	}
	for _, v := range []any{
		secret, &secret, open{secret}, &open{secret}, hidden{secret, []inferencelog.Secret{secret}},
		&hidden{token: secret}, []inferencelog.Secret{secret}, map[string]inferencelog.Secret{"k": secret}, errors.New("e: " + fmt.Sprint(secret)),
	} {
		var out strings.Builder
		for _, verb := range "vsqxXdbctTpUeg" {
			fmt.Fprintf(&out, "%"+string(verb)+" %+"+string(verb)+" %#"+string(verb)+" % "+string(verb)+" %40"+string(verb)+"\n", v, v, v, v, v)
		}
		if text, err := json.Marshal(v); err == nil {
			out.Write(text)
		}
		if text, err := xml.Marshal(v); err == nil {
			out.Write(text)
		}
		var lines bytes.Buffer
		slog.New(slog.NewJSONHandler(&lines, nil)).Info("m", "v", v)
		slog.New(slog.NewTextHandler(&lines, nil)).Info("m", "v", v)
		core := zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(&lines), zap.DebugLevel)
		zap.New(core).Info("m", zap.Any("v", v), zap.Reflect("r", v))
		out.Write(lines.Bytes())
		for _, form := range []string{canary, "canary", fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), base64.StdEncoding.EncodeToString([]byte(canary)), url.QueryEscape(canary)} {
			if strings.Contains(out.String(), form) {
				t.Errorf("%T shows the secret as %q:\n%s", v, form, out.String())
			}
		}
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if got := fmt.Sprintf(format, secret); got != "REDACTED" {
			t.Errorf("%s gives %q", format, got)
		}
	}
}

func TestSecretHoldsItsText(t *testing.T) {
	var read struct{ Token inferencelog.Secret }
	if err := json.Unmarshal([]byte(`{"Token":"`+canary+`"}`), &read); err != nil {
		t.Fatal(err)
	}
	secret := inferencelog.NewSecret(canary)
	var zero inferencelog.Secret
	switch {
	case secret.Reveal() != canary, read.Token.Reveal() != canary:
		t.Error("the text is not what was put in")
	case !secret.Equal(read.Token), secret.Equal(zero), !zero.Equal(inferencelog.NewSecret("")):
		t.Error("Equal is wrong")
	case !zero.IsZero(), secret.IsZero(), zero.Reveal() != "", zero.String() != "REDACTED":
		t.Error("the zero secret is wrong")
	}
}
