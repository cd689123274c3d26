// Package openapi holds the description of the whole API over HTTP.
package openapi
