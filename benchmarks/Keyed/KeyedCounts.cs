using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Keyed;

/// <summary>Counts by auction in tumbling windows of one second: our side, for one number of keys.</summary>
internal abstract class KeyedCounts(string name, string what, string baselineName, long keys) : IBenchmark
{
    public string Name => name;
    public string What => what;
    public bool Durable => false;
    public string BaselineName => baselineName;
    public long DefaultRows => Bids.ColdRows;

    public Outcome Expect(long rows) => Model.TumblingCounts([Bids.Of(rows, keys)], keys);

    public Measurement RunBaseline(long rows) => RunBaseline(Bids.Of(rows, keys), keys);

    public Measurement RunOurs(long rows)
    {
        var pipeline = Pipeline.Create(Name);
        CountSink sink = Jobs.TumblingCounts(pipeline, Sources.Of(Bids.Of(rows, keys)));
        return Jobs.Run(pipeline, rows, () => sink.Outcome);
    }

    protected abstract Measurement RunBaseline(Bid[] input, long keys);
}
