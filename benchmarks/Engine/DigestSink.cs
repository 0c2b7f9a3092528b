using ActorStreams.Authoring;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Engine;

/// <summary>A sink in memory that reads every result into a digest; one writer per actor, added up when asked.</summary>
internal abstract class DigestSink<T> : Sink<T>
{
    private readonly List<ResultDigest> _digests = [];

    public override string Description => "digest in memory";

    public override ChangelogMode Changelog => ChangelogMode.Retract;

    public override SinkGuarantee Guarantee => SinkGuarantee.AtLeastOnce;

    public Outcome Outcome => _digests.Aggregate(default(Outcome), (sum, digest) => sum + digest.Outcome);

    public override ValueTask<SinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellation)
    {
        var digest = new ResultDigest();
        lock (_digests)
            _digests.Add(digest);
        return new ValueTask<SinkWriter<T>>(Open(digest));
    }

    protected abstract SinkWriter<T> Open(ResultDigest digest);
}

internal sealed class BidSink : DigestSink<Bid>
{
    protected override SinkWriter<Bid> Open(ResultDigest digest) => new Writer(digest);

    private sealed class Writer(ResultDigest digest) : SinkWriter<Bid>
    {
        public override void Write(in Chunk<Bid> chunk) => digest.Add(chunk.Rows);
    }
}

internal sealed class CountSink : DigestSink<WindowResult<long, long>>
{
    protected override SinkWriter<WindowResult<long, long>> Open(ResultDigest digest) => new Writer(digest);

    private sealed class Writer(ResultDigest digest) : SinkWriter<WindowResult<long, long>>
    {
        private readonly WindowCount[] _counts = new WindowCount[Chunk<WindowCount>.Size];

        public override void Write(in Chunk<WindowResult<long, long>> chunk)
        {
            for (int row = 0; row < chunk.Count; row++)
            {
                ref readonly WindowResult<long, long> result = ref chunk.Rows[row];
                _counts[row] = new WindowCount(result.Key, result.Window.Start, result.Result);
            }

            digest.Add(_counts.AsSpan(0, chunk.Count));
        }
    }
}
