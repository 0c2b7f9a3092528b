// link, link-remote. A row of 40 bytes goes from one process to another, on loopback, and all of its fields are read there. Not durable on
// either side. Compared with Akka.Streams TCP, with Akka.Remote, and, as a variant, with blocking sockets that do nothing else.
using ActorStreams.Benchmarks.Harness;

namespace ActorStreams.Benchmarks.Links;

internal sealed class LinkBenchmark(
    string name, string side, string baseline, double floor, long defaultRows, bool withVariant = false) : IBenchmark
{
    public string Name => name;
    public string What => $"Rows of 40 bytes between two processes on loopback. Floor {floor} times the baseline, and 20 M rows/s.";
    public bool Durable => false;
    public string BaselineName => baseline;
    public long DefaultRows => defaultRows;
    public IReadOnlyList<Variant> Variants => withVariant ? [new("plain sockets", rows => LinkPeer.Run("sockets", rows))] : [];

    public Outcome Expect(long rows) => LinkRows.Expect(LinkRows.WholeFrames(rows));

    public Measurement RunOurs(long rows) => LinkPeer.Run("ours", rows);

    public Measurement RunBaseline(long rows) => LinkPeer.Run(side, rows);
}
