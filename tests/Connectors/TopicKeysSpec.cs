using ActorStreams.Authoring;

namespace ActorStreams.Connectors.Tests;

/// <summary>Keys of topics meet by equality: equal ones share a partition, and of a compacted topic the last row of all of them
/// stays.</summary>
[Trait("Issue", "A1")]
public sealed class TopicKeysSpec
{
    private const int Partitions = 8, Ways = 7, Keys = 5;
    private static readonly JobOptions s_options = new() { EpochInterval = TimeSpan.FromMilliseconds(10), Parallelism = 2 };

    [Fact]
    public Task Decimals() => MeetAsync((key, way) => key + new decimal(0, 0, 0, false, (byte)way));

    [Fact]
    public Task Instants() =>
        MeetAsync((key, way) => new DateTimeOffset(2024, 3, 1, key, 0, 0, TimeSpan.Zero).ToOffset(TimeSpan.FromHours(way - 3)));

    [Fact]
    public Task Tuples() =>
        MeetAsync((key, way) => (key == 0 ? (way % 2 == 0 ? 0.0 : -0.0) : key, new DateTime(5, (DateTimeKind)(way % 3))));

    [Fact]
    public void A_key_that_only_its_type_can_compare_is_refused_when_the_sink_is_made()
    {
        PipelineException error = Assert.Throws<PipelineException>(() => Topics.To("orders", 2, (int row) => new OwnEquality(row)));
        Assert.StartsWith("Topic 'orders': keys of type 'OwnEquality' are told apart by an equality that only 'OwnEquality' knows",
            error.Message, StringComparison.Ordinal);
    }

    public readonly record struct Row(int Key, int Way);

    private static async Task MeetAsync<TKey>(Func<int, int, TKey> keyOf)
    {
        await using Store store = Store.InMemory();
        Row[] rows = [.. Enumerable.Range(0, Ways).SelectMany(way => Enumerable.Range(0, Keys).Select(key => new Row(key, way)))];
        var pipeline = Pipeline.Create("writing");
        pipeline.Read("rows", Sources.Of(rows))
            .Write("topic",
                Topics.To("rows", Partitions, (Row row) => keyOf(row.Key, row.Way), new TopicOptions<Row> { IsCompacted = true }));
        await using (Job job = await Job.StartAsync(pipeline, store, s_options))
            await job.Completion;
        Assert.InRange(await PartitionsAsync(store), 1, Keys);

        await store.Topics.CompactAsync("rows", DateTimeOffset.UnixEpoch.AddYears(80));
        var left = new List<Row>();
        var reading = Pipeline.Create("reading");
        reading.Read("topic", Topics.Read<Row>("rows").ToEnd()).Write("out", Sinks.ForEach<Row>(row =>
        {
            lock (left)
                left.Add(row);
        }));
        await using (Job job = await Job.StartAsync(reading, store, s_options))
            await job.Completion;
        Assert.Equal(Enumerable.Range(0, Keys).Select(key => new Row(key, Ways - 1)), left.OrderBy(row => row.Key));
    }

    private static async Task<int> PartitionsAsync(Store store)
    {
        int used = 0;
        for (int partition = 0; partition < Partitions; partition++)
            used += (await store.Topics.RangeAsync("rows", partition)).Next > 0 ? 1 : 0;
        return used;
    }

    private sealed class OwnEquality(int value)
    {
        public int Value { get; } = value;

        public override bool Equals(object? obj) => obj is OwnEquality other && other.Value / 2 == Value / 2;

        public override int GetHashCode() => Value / 2;
    }
}
