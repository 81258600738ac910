// Asks Go's checksum database client what it makes of our notes and proofs: questions as JSON on stdin, answers on stdout.
package main

import (
	"encoding/json"
	"os"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type question struct {
	Kind            string // note, record or tree
	Vkey, Note      string
	Proof           []tlog.Hash
	New, Old        int64 // sizes; of a record, Old is its index
	NewRoot, Before tlog.Hash
	Leaf            []byte
}

func answer(q question) string {
	var err error
	text := ""
	switch q.Kind {
	case "note":
		var verifier note.Verifier
		if verifier, err = note.NewVerifier(q.Vkey); err == nil {
			var opened *note.Note
			if opened, err = note.Open([]byte(q.Note), note.VerifierList(verifier)); err == nil {
				text = opened.Text
			}
		}
	case "record":
		err = tlog.CheckRecord(q.Proof, q.New, q.NewRoot, q.Old, tlog.RecordHash(q.Leaf))
	case "tree":
		err = tlog.CheckTree(q.Proof, q.New, q.NewRoot, q.Old, q.Before)
	default:
		text = "no such question"
	}
	if err != nil {
		return "refused: " + err.Error()
	}
	return "accepted: " + text
}

func main() {
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		panic(err)
	}
	answers := []string{}
	for _, q := range questions {
		answers = append(answers, answer(q))
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		panic(err)
	}
}
