using ActorStreams.Authoring;
using ActorStreams.Benchmarks.Harness;

namespace ActorStreams.Benchmarks.Joins;

/// <summary>Adds one result to an outcome. A struct, so that the loop over a chunk is compiled for it.</summary>
internal interface IAdd<T>
{
    void Add(in T row, ref long count, ref long sum, ref long checksum);
}

/// <summary>A sink in memory that adds up every result.</summary>
internal sealed class OutcomeSink<T, TAdd> : Sink<T>
    where TAdd : struct, IAdd<T>
{
    private readonly List<Writer> _writers = [];

    public override string Description => "sum in memory";

    public override ChangelogMode Changelog => ChangelogMode.Retract;

    public override SinkGuarantee Guarantee => SinkGuarantee.AtLeastOnce;

    public Outcome Outcome => _writers.Aggregate(default(Outcome), (sum, writer) => sum + writer.Outcome);

    public override ValueTask<SinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellation)
    {
        var writer = new Writer();
        lock (_writers)
            _writers.Add(writer);
        return new(writer);
    }

    private sealed class Writer : SinkWriter<T>
    {
        private long _count, _sum, _checksum;

        public Outcome Outcome => new(_count, _sum, _checksum);

        public override void Write(in Chunk<T> chunk)
        {
            long count = _count, sum = _sum, checksum = _checksum;
            TAdd add = default;
            foreach (ref readonly T row in chunk.Rows)
                add.Add(row, ref count, ref sum, ref checksum);
            (_count, _sum, _checksum) = (count, sum, checksum);
        }
    }
}
