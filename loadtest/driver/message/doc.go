// Package message makes requests of texts with holes, and judges and keeps what
// is answered. It knows HTTP's words and no connection: whoever sends hands in a
// [Send], so that every engine asks and judges alike.
package message
