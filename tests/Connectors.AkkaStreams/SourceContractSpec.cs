using ActorStreams.TestKit;
using Akka;
using Akka.Streams.Dsl;

namespace ActorStreams.Connectors.AkkaStreams.Tests;

/// <summary>Sources of Akka.Streams keep the contract of sources.</summary>
[Trait("Issue", "12")]
public sealed class SourceContractSpec
{
    [Fact]
    public Task A_source_that_cannot_be_read_again() =>
        new SourceContract<int>(() => AkkaSource.From(Source.From(Enumerable.Range(0, 40))), items: 40).HoldsAsync();

    [Fact]
    public Task A_source_that_crosses_asynchronous_boundaries() =>
        new SourceContract<int>(() => AkkaSource.From(Source.From(Enumerable.Range(0, 40)).Select(x => x).Async(), bufferRows: 3), items: 40)
            .HoldsAsync();

    [Fact]
    public Task A_source_from_an_offset() =>
        new SourceContract<int>(() => AkkaSource.Replayable(after => Numbered(after, 40)), items: 40).HoldsAsync();

    [Fact]
    public Task A_source_from_an_offset_whose_offsets_have_gaps() =>
        new SourceContract<int>(() => AkkaSource.Replayable(after => Numbered(after, 40, step: 17), bufferRows: 5), items: 40).HoldsAsync();

    [Fact]
    public Task Partitions_each_from_an_offset_of_its_own() => new SourceContract<int>(
        () => AkkaSource.Replayable(["a", "b", "c"], (partition, after) => Numbered(after, 10 + partition[0] - 'a')), items: 33).HoldsAsync();

    /// <summary>Rows 0, 1, 2, …, whose offsets are their multiples.</summary>
    private static Source<(int Row, long Offset), NotUsed> Numbered(long? after, int rows, int step = 1) =>
        Source.From(Enumerable.Range(0, rows)).Select(row => (Row: row, Offset: (long)row * step))
            .Where(item => item.Offset > (after ?? -1));
}
