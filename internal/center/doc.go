// Package center puts a center (センター) together: it opens database and keys, makes
// the flows, and starts the three listeners for people, for gateways and for
// enrolment. Production, demo and tests start the very same function.
package center
