// Checks a served log as a client of Go's checksum database does, from its address and key alone.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var following = regexp.MustCompile(`<([^>]+)>; rel="next"`)

type site struct {
	host, log string
	verifier  note.Verifier
	tiles     int
}

func must[T any](value T, err error) T {
	if err != nil {
		refuse(err.Error())
	}
	return value
}

func refuse(sentence string) {
	fmt.Println("refused: " + sentence)
	os.Exit(1)
}

func (s *site) get(path string) ([]byte, http.Header) {
	answer := must(http.Get(s.host + path))
	defer answer.Body.Close()
	body := must(io.ReadAll(answer.Body))
	if answer.StatusCode != 200 {
		refuse(fmt.Sprintf("%s: %d %s", path, answer.StatusCode, body))
	}
	return body, answer.Header
}

func (s *site) Height() int                         { return 8 }
func (s *site) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (s *site) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	read := [][]byte{}
	for _, tile := range tiles {
		content, _ := s.get(s.log + "/tile/" + strings.TrimPrefix(tile.Path(), "tile/8/"))
		read = append(read, content)
		s.tiles++
	}
	return read, nil
}

// open verifies a checkpoint and reads it.
func (s *site) open(content []byte) tlog.Tree {
	opened := must(note.Open(content, note.VerifierList(s.verifier)))
	lines := strings.Split(opened.Text, "\n")
	if lines[0] != s.verifier.Name() || len(lines) != 4 {
		refuse("no checkpoint of this log: " + opened.Text)
	}
	return tlog.Tree{N: must(strconv.ParseInt(lines[1], 10, 64)), Hash: must(tlog.ParseHash(lines[2]))}
}

// parted parts a proof into the lines before the checkpoint, and the checkpoint.
func parted(content []byte) ([]string, []byte) {
	head, rest, _ := bytes.Cut(content, []byte("\n\n"))
	return strings.Split(string(head), "\n"), rest
}

func hashes(lines []string) []tlog.Hash {
	found := []tlog.Hash{}
	for _, line := range lines {
		found = append(found, must(tlog.ParseHash(line)))
	}
	return found
}

// entries reads all entries, and tells the hash of each and how many are withheld.
func (s *site) entries() ([]tlog.Hash, int) {
	found, withheld := []tlog.Hash{}, 0
	for path := s.log + "/entries?limit=100"; path != ""; {
		body, header := s.get(path)
		for _, line := range bytes.Split(bytes.TrimSuffix(body, []byte("\n")), []byte("\n")) {
			var told struct {
				Position int64
				Hash     string `json:"leaf_hash"`
			}
			if err := json.Unmarshal(line, &told); err != nil || told.Position != int64(len(found))+1 {
				refuse("no entry in its turn: " + string(line))
			}
			hash := tlog.RecordHash(line)
			if told.Hash != "" {
				copy(hash[:], must(hex.DecodeString(told.Hash)))
				withheld++
			}
			found = append(found, hash)
		}
		path = ""
		if link := following.FindStringSubmatch(header.Get("Link")); link != nil {
			path = link[1]
		}
	}
	return found, withheld
}

func main() {
	s := &site{host: os.Args[1], log: "/api/v1/log", verifier: must(note.NewVerifier(os.Args[2]))}
	content, _ := s.get(s.log + "/checkpoint")
	newest := s.open(content)
	reader := tlog.TileHashReader(newest, s)
	if must(tlog.TreeHash(newest.N, reader)) != newest.Hash {
		refuse("the tiles give another root")
	}
	found, withheld := s.entries()
	for index, hash := range found[:newest.N] {
		if must(reader.ReadHashes([]int64{tlog.StoredHashIndex(0, int64(index))}))[0] != hash {
			refuse(fmt.Sprintf("the entry at position %d is not the tree's", index+1))
		}
		proof, _ := s.get(fmt.Sprintf("%s/proof/%d", s.log, index+1))
		lines, checkpoint := parted(proof)
		if lines[0] != "c2sp.org/tlog-proof@v1" || lines[1] != fmt.Sprintf("index %d", index) {
			refuse("no proof: " + lines[0])
		}
		signed := s.open(checkpoint)
		if err := tlog.CheckRecord(hashes(lines[2:]), signed.N, signed.Hash, int64(index), hash); err != nil {
			refuse(err.Error())
		}
		old := int64(index) + 1
		growth, _ := s.get(fmt.Sprintf("%s/consistency?old=%d", s.log, old))
		lines, checkpoint = parted(growth)
		grown := s.open(checkpoint)
		if err := tlog.CheckTree(hashes(lines[1:]), grown.N, grown.Hash, old, must(tlog.TreeHash(old, reader))); err != nil {
			refuse(err.Error())
		}
	}
	root := base64.StdEncoding.EncodeToString(newest.Hash[:])
	fmt.Printf("accepted: %d entries, %d withheld, %s\n", newest.N, withheld, root)
}
