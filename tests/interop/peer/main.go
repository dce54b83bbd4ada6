// Command peer runs real memberlist nodes for the interoperability tests and the bench: any number of them in one
// process, told by lines of JSON on standard input, telling by lines of JSON on standard output.
package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/rand"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/hashicorp/memberlist"
)

// request is one line of standard input. Byte strings are base64, as encoding/json has them.
type request struct {
	Seq int    `json:"seq"`
	Do  string `json:"do"`
	ID  string `json:"id"`

	// start
	Name       string   `json:"name"`
	Bind       string   `json:"bind"`
	Port       int      `json:"port"`
	Profile    string   `json:"profile"`
	Label      string   `json:"label"`
	Keys       [][]byte `json:"keys"`
	Meta       []byte   `json:"meta"`
	StateBytes int      `json:"stateBytes"`
	ProbeMs    int      `json:"probeMs"`
	TimeoutMs  int      `json:"timeoutMs"`
	GossipMs   int      `json:"gossipMs"`
	PushPullMs int      `json:"pushPullMs"`
	ReclaimMs  int      `json:"reclaimMs"`
	NoTCPPings bool     `json:"noTcpPings"`

	Addresses []string `json:"addresses"`
	To        string   `json:"to"`
	Payload   []byte   `json:"payload"`
	Key       []byte   `json:"key"`
	Loss      float64  `json:"loss"`
	BlockTo   []string `json:"blockTo"`
}

type member struct {
	Name  string `json:"name"`
	Addr  string `json:"addr"`
	Port  int    `json:"port"`
	Meta  []byte `json:"meta"`
	State string `json:"state"`
}

type answer struct {
	Seq     int      `json:"seq,omitempty"`
	Event   string   `json:"event"`
	ID      string   `json:"id,omitempty"`
	AtMs    float64  `json:"atMs"`
	Name    string   `json:"name,omitempty"`
	State   string   `json:"state,omitempty"`
	Port    int      `json:"port,omitempty"`
	Error   string   `json:"error,omitempty"`
	Payload []byte   `json:"payload,omitempty"`
	Meta    []byte   `json:"meta,omitempty"`
	Digest  string   `json:"digest,omitempty"`
	Bytes   int64    `json:"bytes,omitempty"`
	Packets int64    `json:"packets,omitempty"`
	Streams int64    `json:"streams,omitempty"`
	Join    bool     `json:"join,omitempty"`
	Count   int      `json:"count,omitempty"`
	Health  int      `json:"health,omitempty"`
	CPUMs   float64  `json:"cpuMs,omitempty"`
	Version string   `json:"version,omitempty"`
	Members []member `json:"members,omitempty"`
}

var out struct {
	sync.Mutex
	*json.Encoder
}
var begun = time.Now()

func tell(a answer) {
	out.Lock()
	defer out.Unlock()
	a.AtMs = float64(time.Since(begun).Microseconds()) / 1000
	if err := out.Encode(a); err != nil {
		os.Exit(1)
	}
}

// node is one memberlist node with its counters.
type node struct {
	id        string
	list      *memberlist.Memberlist
	keyring   *memberlist.Keyring
	queue     *memberlist.TransmitLimitedQueue
	transport *countingTransport
	meta      atomic.Value
	state     []byte
}

func (n *node) NodeMeta(int) []byte { return n.meta.Load().([]byte) }
func (n *node) NotifyMsg(b []byte) {
	tell(answer{Event: "message", ID: n.id, Payload: append([]byte(nil), b...)})
}
func (n *node) GetBroadcasts(overhead, limit int) [][]byte {
	return n.queue.GetBroadcasts(overhead, limit)
}
func (n *node) LocalState(bool) []byte { return n.state }
func (n *node) MergeRemoteState(b []byte, join bool) {
	sum := sha256.Sum256(b)
	tell(answer{Event: "userState", ID: n.id, Digest: hex.EncodeToString(sum[:]), Bytes: int64(len(b)), Join: join})
}
func (n *node) NotifyJoin(m *memberlist.Node) {
	tell(answer{Event: "joined", ID: n.id, Name: m.Name, Meta: m.Meta})
}
func (n *node) NotifyLeave(m *memberlist.Node) {
	tell(answer{Event: "left", ID: n.id, Name: m.Name, State: stateName(m.State)})
}
func (n *node) NotifyUpdate(m *memberlist.Node) {
	tell(answer{Event: "updated", ID: n.id, Name: m.Name, Meta: m.Meta})
}
func (n *node) NotifyConflict(existing, _ *memberlist.Node) {
	tell(answer{Event: "conflict", ID: n.id, Name: existing.Name})
}

func stateName(s memberlist.NodeStateType) string {
	return []string{"alive", "suspect", "dead", "left"}[s]
}

type broadcast struct{ payload []byte }

func (b *broadcast) Invalidates(memberlist.Broadcast) bool { return false }
func (b *broadcast) Message() []byte                       { return b.payload }
func (b *broadcast) Finished()                             {}

// countingTransport counts what is sent and loses what it is told to lose.
type countingTransport struct {
	*memberlist.NetTransport
	packets, bytes, streams atomic.Int64
	mu                      sync.Mutex
	loss                    float64
	blocked                 map[string]bool
}

func (t *countingTransport) loses(to string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.blocked[to] || (t.loss > 0 && rand.Float64() < t.loss)
}
func (t *countingTransport) WriteTo(b []byte, addr string) (time.Time, error) {
	return t.WriteToAddress(b, memberlist.Address{Addr: addr})
}
func (t *countingTransport) WriteToAddress(b []byte, a memberlist.Address) (time.Time, error) {
	t.packets.Add(1)
	t.bytes.Add(int64(len(b)))
	if t.loses(a.Addr) {
		return time.Now(), nil
	}
	return t.NetTransport.WriteToAddress(b, a)
}
func (t *countingTransport) DialTimeout(addr string, timeout time.Duration) (net.Conn, error) {
	return t.DialAddressTimeout(memberlist.Address{Addr: addr}, timeout)
}
func (t *countingTransport) DialAddressTimeout(a memberlist.Address, timeout time.Duration) (net.Conn, error) {
	t.streams.Add(1)
	return t.NetTransport.DialAddressTimeout(a, timeout)
}

func start(r request) (*node, error) {
	n := &node{id: r.ID}
	n.meta.Store(r.Meta)
	if r.StateBytes > 0 {
		n.state = make([]byte, r.StateBytes)
		rand.New(rand.NewSource(int64(r.StateBytes))).Read(n.state)
	}
	config := memberlist.DefaultLANConfig()
	if r.Profile == "local" {
		config = memberlist.DefaultLocalConfig()
	}
	config.Name, config.BindAddr, config.BindPort = r.Name, r.Bind, r.Port
	config.AdvertiseAddr = r.Bind
	config.Label = r.Label
	config.Logger = log.New(io.Discard, "", 0)
	if os.Getenv("PEER_LOG") != "" {
		config.Logger = log.New(os.Stderr, r.Name+" ", log.Lmicroseconds)
	}
	config.DisableTcpPings = r.NoTCPPings
	config.DeadNodeReclaimTime = time.Duration(r.ReclaimMs) * time.Millisecond
	for _, set := range []struct {
		ms int
		to *time.Duration
	}{
		{r.ProbeMs, &config.ProbeInterval}, {r.TimeoutMs, &config.ProbeTimeout},
		{r.GossipMs, &config.GossipInterval}, {r.PushPullMs, &config.PushPullInterval},
	} {
		if set.ms > 0 {
			*set.to = time.Duration(set.ms) * time.Millisecond
		}
	}
	if len(r.Keys) > 0 {
		ring, err := memberlist.NewKeyring(r.Keys, r.Keys[0])
		if err != nil {
			return nil, err
		}
		n.keyring, config.Keyring = ring, ring
	}
	inner, err := memberlist.NewNetTransport(&memberlist.NetTransportConfig{
		BindAddrs: []string{r.Bind}, BindPort: r.Port, Logger: config.Logger,
	})
	if err != nil {
		return nil, err
	}
	n.transport = &countingTransport{NetTransport: inner, loss: r.Loss}
	config.Transport = n.transport
	port := inner.GetAutoBindPort()
	config.BindPort, config.AdvertisePort = port, port
	n.queue = &memberlist.TransmitLimitedQueue{
		NumNodes: func() int { return n.list.NumMembers() }, RetransmitMult: config.RetransmitMult,
	}
	config.Delegate, config.Events, config.Conflict = n, n, n
	n.list, err = memberlist.Create(config)
	return n, err
}

func (n *node) do(r request) answer {
	a := answer{Event: "done", Seq: r.Seq, ID: r.ID}
	var err error
	switch r.Do {
	case "join":
		a.Count, err = n.list.Join(r.Addresses)
	case "leave":
		err = n.list.Leave(10 * time.Second)
	case "update":
		n.meta.Store(r.Meta)
		err = n.list.UpdateNode(10 * time.Second)
	case "members":
		for _, m := range n.list.Members() {
			a.Members = append(a.Members, member{m.Name, m.Addr.String(), int(m.Port), m.Meta, stateName(m.State)})
		}
		a.Count = n.list.NumMembers()
		a.Health = n.list.GetHealthScore()
	case "bestEffort", "reliable":
		for _, m := range n.list.Members() {
			if m.Name != r.To {
				continue
			}
			if r.Do == "reliable" {
				err = n.list.SendReliable(m, r.Payload)
			} else {
				err = n.list.SendBestEffort(m, r.Payload)
			}
			a.Count++
		}
	case "broadcast":
		n.queue.QueueBroadcast(&broadcast{r.Payload})
	case "addKey":
		err = n.keyring.AddKey(r.Key)
	case "useKey":
		err = n.keyring.UseKey(r.Key)
	case "removeKey":
		err = n.keyring.RemoveKey(r.Key)
	case "digest":
		sum := sha256.Sum256(n.state)
		a.Digest = hex.EncodeToString(sum[:])
	case "faults":
		n.transport.mu.Lock()
		n.transport.loss = r.Loss
		n.transport.blocked = map[string]bool{}
		for _, to := range r.BlockTo {
			n.transport.blocked[to] = true
		}
		n.transport.mu.Unlock()
	case "traffic":
		a.Packets, a.Bytes, a.Streams = n.transport.packets.Load(), n.transport.bytes.Load(), n.transport.streams.Load()
	case "stop":
		err = n.list.Shutdown()
	default:
		err = fmt.Errorf("unknown request %q", r.Do)
	}
	if err != nil {
		a.Error = err.Error()
	}
	return a
}

func cpuMs() float64 {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	ms := func(t syscall.Timeval) float64 { return float64(t.Sec)*1000 + float64(t.Usec)/1000 }
	return ms(usage.Utime) + ms(usage.Stime)
}

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, each := range info.Deps {
			if each.Path == "github.com/hashicorp/memberlist" {
				return each.Version
			}
		}
	}
	return "unknown"
}

func main() {
	out.Encoder = json.NewEncoder(os.Stdout)
	tell(answer{Event: "ready", Version: version() + " (" + runtime.Version() + ")"})
	var mu sync.Mutex
	nodes := map[string]*node{}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var r request
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			tell(answer{Event: "done", Error: err.Error()})
			continue
		}
		// Each request runs by itself: a leave may take seconds.
		go func() {
			if r.Do == "cpu" {
				tell(answer{Event: "done", Seq: r.Seq, CPUMs: cpuMs()})
				return
			}
			if r.Do == "start" {
				n, err := start(r)
				a := answer{Event: "done", Seq: r.Seq, ID: r.ID}
				if err != nil {
					a.Error = err.Error()
				} else {
					mu.Lock()
					nodes[r.ID] = n
					mu.Unlock()
					a.Port, _ = strconv.Atoi(fmt.Sprint(n.list.LocalNode().Port))
				}
				tell(a)
				return
			}
			mu.Lock()
			n := nodes[r.ID]
			mu.Unlock()
			if n == nil {
				tell(answer{Event: "done", Seq: r.Seq, Error: "no such node"})
				return
			}
			tell(n.do(r))
		}()
	}
}
