// Package web holds the templates of portal, enrolment host and console and the built scripts and styles, embedded
// into the program, and serves the latter.
//
// The sources stand in <surface>/<page>, island/<name> and token; `npm run build` puts
// the result into dist. A tree that was never built compiles and serves pages
// without scripts and styles.
package web

import "embed"

// Templates holds <surface>/<page>/*.html.
//
//go:embed portal/*/*.html console/*/*.html enroll/*/*.html
var Templates embed.FS

//go:embed all:dist
var dist embed.FS

// public holds what is served as it stands, also by a program without a build.
//
//go:embed public/*.svg
var public embed.FS
